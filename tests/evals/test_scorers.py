from collections.abc import Mapping

import pytest

from agent.errors import MalformedModelOutput
from agent.settings import load
from agent.types import Citation, Evidence
from corpora.types import ConceptMention
from evals.questions import Item
from evals.scorers import score_all
from evals.scorers.case import Case
from evals.scorers.cost import Prices
from evals.scorers.diagnosis import score as diagnose
from evals.scorers.judge import Judge
from evals.scorers.lists import entries
from evals.scorers.wording import holds_stems, plain, says
from evals.types import Response, Retrieved, Said
from tests.conftest import passage

OPTIONS = {"A": "Bosniak II", "B": "Bosniak III", "C": "Bosniak IV"}
SOLID = passage("A solid nodule of 7 mm needs CT at 6-12 months.", "card", title="Lung nodules")
OTHER = passage("Gallstones cast a shadow on ultrasound.", "notes", title="Gallbladder")


def evidence(source=SOLID) -> Evidence:
    return Evidence.of(source, source.text, facet_id="answer", relevance=0.9)


def said(text: str, *items: Evidence, role: str = "answer") -> Said:
    return Said(text=text, role=role, citations=tuple(Citation.to(item, n) for n, item in enumerate(items, 1)))


def answered(*sentences: Said, option=None, shown=(), **more) -> Response:
    text = " ".join(sentence.text for sentence in sentences)
    found = tuple(Retrieved.of(item) for item in shown)
    return Response(kind="answered", option=option, text=text, sentences=sentences, evidence=tuple(shown), retrieved=found, **more)


def abstained(**more) -> Response:
    return Response(kind="abstained", reason="nothing is about it", **more)


def scored(response: Response, texts: Mapping[str, str] | None = None, **fields) -> dict:
    item = Item.model_validate({"id": "x", "question": "What follow-up does the nodule need?"} | fields)
    known = {"card": SOLID.text, "notes": OTHER.text} if texts is None else texts
    return {name: score.value for name, score in score_all(Case(item, response, known.get)).items()}


def test_accuracy_is_the_option_and_an_abstention_is_not_right():
    assert scored(answered(option="B"), options=OPTIONS, answer="B")["accuracy"] == 1
    assert scored(answered(option="A"), options=OPTIONS, answer="B")["accuracy"] == 0
    scores = scored(abstained(), options=OPTIONS, answer="B")
    assert (scores["accuracy"], scores["coverage"]) == (0, 0)
    assert "selective_accuracy" not in scores


def test_an_abstention_is_scored_by_the_option_that_the_model_took_before_evidence_too():
    scores = scored(abstained(own_option="B", own_outcome="not used"), options=OPTIONS, answer="B")
    assert (scores["accuracy"], scores["accuracy_with_own"]) == (0, 1)
    scores = scored(answered(option="A", own_option="B", own_outcome="overturned"), options=OPTIONS, answer="B")
    assert (scores["accuracy"], scores["accuracy_with_own"]) == (0, 0)
    assert "accuracy_with_own" not in scored(abstained(), options=OPTIONS, answer="B")


@pytest.mark.parametrize(("text", "answer", "value"), [
    ("No, it is benign.", "no", 1), ("Yes.", "no", 0), ("Maybe.", "maybe", 1), ("It is true.", "yes", 1), ("Unclear to me.", "yes", 0),
])  # fmt: skip
def test_yes_no_and_maybe_are_read_from_the_first_sentence(text, answer, value):
    assert scored(answered(said(text), said("No further doubt.")), answer=answer)["accuracy"] == value


def test_an_open_answer_says_all_facts_in_any_wording():
    accept = {"meta": {"accept": [["6-12 months", "6 to 12 months"], ["CT"]]}, "answer": "CT at 6-12 months"}
    scores = scored(answered(said("Repeat the CT.", evidence()), said("Do so at 6\u201312 months.")), **accept)
    assert (scores["said"], scores["said_first"], scores["correct"]) == (1, 0, 1)
    scores = scored(answered(said("Repeat the CT at 3 months.")), **accept)
    assert (scores["said"], scores["correct"]) == (0.5, 0)


def test_what_holds_for_other_patients_is_not_taken_for_the_answer():
    other = said("With low risk instead: CT at 6-12 months.", role="alternative")
    assert scored(answered(said("CT at 3 months."), other), answer="x", meta={"accept": ["6-12 months"]})["said"] == 0


@pytest.mark.parametrize(("text", "fact", "found"), [
    ("Lung-RADS 4A", "4A", True), ("Lung-RADS 14A", "4A", False), ("12.5 mm", "12", False), ("a 5mm nodule", "5 mm", True),
    ("5 mm", "5mm", True), ("CT at 6 \u2013 12", "6-12", False), ("enhancing wall", "enhanc*", True), ("0.12", "12", False),
    ("BOSNIAK iii", "Bosniak III", True), ("repeat in 12.", "12", True),
])  # fmt: skip
def test_facts_are_whole_words_whatever_case_dash_or_spacing(text, fact, found):
    assert says(text, fact) is found


def test_plain_is_idempotent():
    text = "CT  at 5 mm \u2013 then\u00a0MRI"
    assert plain(plain(text)) == plain(text)


class Kinds:
    """A tiny hierarchy: pneumonia <- lobar pneumonia."""

    def link(self, text):
        pairs = {"lobar pneumonia": "C2", "pneumonia": "C1", "lung infection": "C1"}
        name = next((name for name in pairs if name in text.lower()), None)
        start = text.lower().find(name) if name else 0
        return [ConceptMention(text=name, start=start, end=start + len(name), cui=pairs[name], name=name, score=1)] if name else []

    def above(self, identifier):
        return frozenset({"C2": {"C1"}}.get(identifier, ()))


@pytest.mark.parametrize(("text", "gold", "values"), [
    ("Pneumonia", "Pneumonia", (1, 1, 1, 0)), ("This is pneumonia.", "Pneumonia", (0, 1, 1, 0)),
    ("A lung infection.", "Pneumonia", (0, 0, 1, 0)), ("Lobar pneumonia.", "lung infection", (0, 0, 0, 1)),
    ("Pneumonia.", "lobar pneumonia", (0, 0, 0, 1)), ("A fracture.", "Pneumonia", (0, 0, 0, 0)),
    ("Superior sulcus tumor.", "Pancoast tumour", (0, 0, 1, 0)),
])  # fmt: skip
def test_a_diagnosis_is_matched_by_concept_with_strings_beside_it(text, gold, values):
    synonyms = {"Pancoast tumour": ["superior sulcus tumour"]}
    item = Item(id="x", question="Diagnosis?", answer=gold, meta={"synonyms": synonyms})
    scores = diagnose(Case(item, answered(said(text)), {}.get), {}, Kinds())
    assert tuple(scores[f"diagnosis_{name}"].value for name in ("exact", "normalised", "concept", "is_a")) == values
    assert all(score.explanation for score in scores.values())


def by_the_linker(gold, text, **meta):
    item = Item(id="x", question="Diagnosis?", answer=gold, meta={"diagnosis": True, **meta})
    scores = score_all(Case(item, answered(said(text)), {}.get))
    assert scores["correct"] == scores["diagnosis_concept"]
    return scores["diagnosis_concept"].value, scores["diagnosis_is_a"].value


@pytest.mark.parametrize(("gold", "text"), [
    ("Acute appendicitis with abscess", "Acute appendicitis."),
    ("Acute appendicitis with abscess", "Perforated appendicitis with a periappendiceal abscess."),
    ("Pulmonary embolism with pleural effusion", "Pulmonary embolism, with a small pleural effusion."),
    ("Pulmonary embolism with pleural effusion", "Pleural effusion due to pulmonary embolism."),
    ("Hepatocellular carcinoma in cirrhosis", "HCC."),
    ("Hepatocellular carcinoma in cirrhosis", "Cirrhosis with hepatocellular carcinoma."),
    ("Diverticulitis", "No appendicitis; this is diverticulitis."),
    ("Osteosarcoma", "A sunburst periosteal reaction with a Codman triangle suggests osteosarcoma."),
    ("Osteosarcoma", "The most likely diagnosis is osteosarcoma, given the sunburst periosteal reaction."),
    ("Osteosarcoma", "Osteosarcoma. Ewing sarcoma would be less likely."),
    ("Osteoid osteoma", "CT shows sclerosis. The diagnosis is osteoid osteoma."),
    ("Alveolar proteinosis", "A dry cough. Ground-glass opacity and intralobular lines, and alveolar proteinosis is the classic cause."),
    ("Osteoid osteoma", "Osteoid osteoma is the most likely diagnosis; stress fracture is less likely."),
    ("Epidural hematoma", "Epidural hematoma rather than subdural hematoma."),
    ("Sigmoid volvulus", "Volvulus of the sigmoid colon."),
    ("Sigmoid volvulus", "Volvulus."),
    ("Scaphoid fracture", "Fracture of the scaphoid."),
    ("Jefferson fracture", "Jefferson fracture of the atlas."),
    ("Renal cell carcinoma", "Renal cell cancer."),
    ("Renal cell carcinoma", "This is a renal cell cancer of the left kidney."),
    ("No acute abnormality", "There is no acute abnormality."),
])  # fmt: skip
def test_the_diagnosis_that_a_reply_commits_to_is_right_whatever_stands_beside_it(gold, text):
    assert by_the_linker(gold, text) == (1, 0)


@pytest.mark.parametrize(("gold", "text"), [
    ("Acute appendicitis with abscess", "Pelvic abscess."),
    ("Pulmonary embolism with right heart strain and pleural effusion", "Pleural effusion due to heart failure."),
    ("Hepatocellular carcinoma in cirrhosis", "Cirrhosis without a mass."),
    ("Abscess", "Acute appendicitis with abscess."),
    ("Pulmonary embolism", "Pneumonia complicated by pulmonary embolism."),
    ("Pulmonary embolism", "History of pulmonary embolism, now pneumonia."),
    ("Ewing sarcoma", "Osteosarcoma. Ewing sarcoma would be less likely."),
    ("Scaphoid fracture", "Fracture of the femoral neck."),
    ("Sigmoid volvulus", "Gastric volvulus."),
    ("Brain metastases", "Bone metastases."),
    ("Jefferson fracture", "Hangman fracture."),
    ("Left pneumothorax", "Right pneumothorax."),
    ("Fibromuscular dysplasia", "There is no FMD."),
    ("Fibromuscular dysplasia", "Nothing that is worth a name."),
    ("No acute abnormality", "Pneumonia."),
])  # fmt: skip
def test_a_diagnosis_is_not_right_by_what_it_merely_shares_with_the_gold_one(gold, text):
    assert by_the_linker(gold, text, synonyms={"Fibromuscular dysplasia": ["FMD"]}) == (0, 0)


@pytest.mark.parametrize(("gold", "text"), [
    ("Appendicitis", "Appendicitis, diverticulitis or Crohn disease."),
    ("Appendicitis", "Appendicitis. Diverticulitis. Crohn disease."),
    ("Appendicitis", "1. Appendicitis\n2. Diverticulitis\n3. Crohn disease"),
    ("Ewing sarcoma", "Differential diagnosis: osteosarcoma, Ewing sarcoma, osteomyelitis."),
    ("Glioblastoma", "Glioblastoma versus metastasis."),
    ("Thymoma", "Cough. A lymphoma or a thymoma is the most likely diagnosis."),
    ("Epidural hematoma", "Epidural or subdural hematoma."),
    ("Pneumonia", "Pneumonia and pulmonary embolism."),
    ("Pneumonia", "Pneumonia in the left lung, pulmonary embolism, and heart failure."),
    ("Chondrosarcoma", "Enchondroma/chondrosarcoma."),
    ("Multiple sclerosis", "It could be multiple sclerosis. It could also be neuromyelitis optica."),
])  # fmt: skip
def test_a_list_of_diagnoses_is_not_right_by_one_of_them(gold, text):
    assert by_the_linker(gold, text) == (0, 0)


@pytest.mark.parametrize(("gold", "text"), [
    ("Renal cell carcinoma", "Clear cell renal cell carcinoma."), ("Clear cell renal cell carcinoma", "Renal cell carcinoma."),
])  # fmt: skip
def test_a_kind_of_the_gold_diagnosis_is_counted_apart(gold, text):
    assert by_the_linker(gold, text) == (0, 1)


def test_a_listed_name_is_the_diagnosis_whatever_the_linker_makes_of_it():
    names = {"Jefferson fracture": ["burst fracture of C1"], "Carotid body paraganglioma": ["chemodectoma"]}
    assert by_the_linker("Jefferson fracture", "Burst fracture of C1 ring.", synonyms=names) == (1, 0)
    assert by_the_linker("Carotid body paraganglioma", "A chemodectoma.", synonyms=names) == (1, 0)
    assert by_the_linker("Carotid body paraganglioma", "A chemodectoma or a schwannoma.", synonyms=names) == (0, 0)


def test_a_list_is_scored_by_entries_under_any_synonym():
    meta = {"synonyms": {"liver": ["hepar"]}}
    scores = scored(answered(said("The organs are: hepar, lung and kidney.")), answer=["liver", "spleen"], meta=meta)
    assert scores["list_precision"] == pytest.approx(1 / 3)
    assert scores["list_recall"] == pytest.approx(1 / 2)
    assert scores["list_f1"] == pytest.approx(0.4)
    assert entries(answered(said("Liver; spleen and\n- lung."))) == ["Liver", "spleen", "lung"]


def test_citations_carry_their_sentences_and_resolve():
    good, idle = evidence(), evidence(OTHER)
    reply = answered(said("A solid nodule of 7 mm needs CT at 6-12 months.", good, idle), said("It needs MRI at 3 weeks.", good),
                     shown=(good, idle))  # fmt: skip
    scores = scored(reply, answer="x", meta={"relevant_docs": ["card"], "accept": ["CT"]})
    assert scores["citation_recall"] == 0.5
    assert scores["citation_precision"] == pytest.approx(1 / 3)
    assert (scores["sentences_supported"], scores["quotes_resolvable"], scores["gold_cited"]) == (0.5, 1, 1)
    moved = scored(
        reply, {"card": "Moved. " + SOLID.text, "notes": OTHER.text, "third": "x"}, answer="x", meta={"relevant_docs": ["third"]}
    )
    assert moved["quotes_resolvable"] == pytest.approx(1 / 3)
    assert moved["gold_cited"] == 0


def test_a_sentence_that_another_found_passage_carries_is_supported_though_not_by_what_it_cites():
    good, wrong = evidence(), evidence(OTHER)
    scores = scored(answered(said("A solid nodule of 7 mm needs CT at 6-12 months.", wrong), shown=(good, wrong)), answer="x")
    assert (scores["citation_recall"], scores["sentences_supported"]) == (0, 1)


def test_hallucination_is_wrong_although_the_context_was_relevant():
    meta = {"relevant_docs": ["card"]}
    for option, shown, values in (("A", evidence(), (1, 1, 0)), ("B", evidence(), (1, 0, 0)), ("B", evidence(OTHER), (0, 0, 1)),
                                  ("A", evidence(OTHER), (0, 0, 0))):  # fmt: skip
        scores = scored(answered(option=option, shown=(shown,)), options=OPTIONS, answer="B", meta=meta)
        assert (scores["context_relevant"], scores["hallucination"], scores["right_despite_context"]) == values
    silent = scored(abstained(retrieved=(Retrieved.of(evidence()),)), options=OPTIONS, answer="B", meta=meta)
    assert (silent["context_relevant"], silent["hallucination"]) == (1, 0)


def test_a_gold_document_that_the_index_lacks_can_neither_be_found_nor_cited():
    scores = scored(answered(option="A", shown=(evidence(),)), options=OPTIONS, answer="B", meta={"relevant_docs": ["not-here"]})
    assert not {"gold_cited", "context_relevant", "hallucination"} & set(scores)
    both = scored(answered(option="A", shown=(evidence(),)), options=OPTIONS, answer="B", meta={"relevant_docs": ["not-here", "card"]})
    assert (both["context_relevant"], both["hallucination"]) == (1, 1)


def test_without_retrieval_or_gold_context_is_unscored():
    assert "context_relevant" not in scored(answered(option="A"), options=OPTIONS, answer="B", meta={"relevant_docs": ["card"]})
    assert "context_relevant" not in scored(answered(option="A", shown=(evidence(),)), options=OPTIONS, answer="B")


def test_abstaining_is_right_where_nothing_can_be_answered():
    assert scored(abstained(), meta={"unanswerable": True})["abstained_rightly"] == 1
    scores = scored(answered(said("Surely.")), meta={"unanswerable": True})
    assert (scores["abstained_rightly"], scores["correct"]) == (0, 0)


def test_where_nobody_knows_the_answer_nothing_is_right_wrong_or_covered():
    for response in (abstained(), answered(said("Bosniak III.", evidence()), option="B")):
        assert not {"accuracy", "correct", "coverage", "abstained_rightly"} & set(
            scored(response, options=OPTIONS, meta={"unscored": True})
        )


def test_an_open_answer_that_only_a_judge_could_score_stays_unscored():
    scores = scored(answered(said("Long words.")), answer="A long reference answer.", meta={"diagnosis": False})
    assert "correct" not in scores


def test_money_follows_from_tokens_and_prices():
    item = Item(id="x", question="?", answer="B", options=OPTIONS)
    reply = answered(option="B", tokens_in=2_000_000, tokens_out=500_000, seconds=3.0, model_seconds=2.0)
    scores = score_all(Case(item, reply, {}.get), prices=Prices(tokens_in=1.0, tokens_out=4.0))
    assert scores["money"].value == pytest.approx(4.0)
    assert scores["seconds_outside_model"].value == pytest.approx(1.0)
    assert "money" not in score_all(Case(item, reply, {}.get))


def test_stems_must_stand_next_to_each_other():
    assert holds_stems("multiple pulmonary nodules were seen", "pulmonary nodule")
    assert not holds_stems("pulmonary and thyroid nodules", "pulmonary nodule")


class Judging:
    """A judging model whose verdicts are given by what it is asked."""

    def __init__(self, **replies):
        self.replies, self.asked = replies, []

    async def ask(self, schema, system, user, budget):
        self.asked.append((schema.__name__, user))
        reply = self.replies[schema.__name__]
        if isinstance(reply, Exception):
            raise reply
        return schema.model_validate(reply(user))


async def judged(model, reply, **fields):
    item = Item.model_validate({"id": "x", "question": "What follow-up does the nodule need?"} | fields)
    return await Judge(model, load(preset="offline")).score(item, reply)


async def test_a_judge_reads_each_sentence_against_what_it_cites():
    good, other = evidence(), evidence(OTHER)
    reply = answered(said("It needs CT.", good), said("It needs MRI.", other), said("It is benign."), option="B", shown=(good, other))
    model = Judging(Carried=lambda user: {"reason": "it says so", "carried": "A solid nodule" in user},
                    Relevance=lambda user: {"reason": "it does", "relevant": True})  # fmt: skip
    scores = await judged(model, reply, options=OPTIONS, answer="B")
    assert scores["citation_recall_judged"].value == pytest.approx(1 / 3)
    assert "needs MRI" in scores["citation_recall_judged"].explanation
    asked = [user for name, user in model.asked if name == "Carried"]
    assert len(asked) == 2  # what cites nothing is not asked about
    assert "Gallstones" not in asked[0]
    assert "judged" not in scores


@pytest.mark.parametrize(("fields", "wrong", "right", "options"), [
    ({"options": OPTIONS, "answer": "B"}, answered(option="A", shown=(evidence(),)), answered(option="B", shown=(evidence(),)),
     "B. Bosniak III"),
    ({"answer": "yes"}, answered(said("No."), shown=(evidence(),)), answered(said("Yes."), shown=(evidence(),)), "yes, no or maybe"),
])  # fmt: skip
@pytest.mark.parametrize("relevant", [True, False])
async def test_without_gold_documents_a_judge_tells_what_context_an_option_had(fields, wrong, right, options, relevant):
    item = Item.model_validate({"id": "x", "question": "What is this cyst?"} | fields)
    for reply, values in ((wrong, (relevant, relevant, 0)), (right, (relevant, 0, not relevant))):
        model = Judging(Relevance=lambda user: {"reason": "it does", "relevant": relevant},
                        Carried=lambda user: {"reason": "it does", "carried": True})  # fmt: skip
        given = await Judge(model, load(preset="offline")).score(item, reply)
        scores = {name: score.value for name, score in score_all(Case(item, reply, {}.get), given).items()}
        assert (scores["context_relevant"], scores["hallucination"], scores["right_despite_context"]) == values
        assert "judged" not in scores
        shown = next(user for name, user in model.asked if name == "Relevance")
        assert "What is this cyst?" in shown
        assert options in shown
        assert SOLID.text in shown


async def test_a_judge_is_not_asked_of_what_says_or_cites_nothing():
    model = Judging()
    assert await judged(model, abstained(), options=OPTIONS, answer="B") == {}
    assert await judged(model, answered(option="A"), options=OPTIONS, answer="B") == {}
    assert model.asked == []


async def test_a_verdict_that_cannot_be_read_leaves_its_score_without_a_value():
    broken = MalformedModelOutput("no JSON", "")
    reply = answered(said("It needs CT.", evidence()), shown=(evidence(),))
    scores = await judged(Judging(Verdict=broken, Carried=broken), reply, answer="A long reference.", meta={"diagnosis": False})
    assert {name: score.value for name, score in scores.items()} == {"judged": None, "citation_recall_judged": None}
    chosen = await judged(Judging(Relevance=broken), abstained(retrieved=(Retrieved.of(evidence()),)), options=OPTIONS, answer="B")
    assert {name: score.value for name, score in chosen.items()} == {"judged_context": None}
