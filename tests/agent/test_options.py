"""Options against evidence: what supports each, what contradicts it, and which one stands."""

import pytest

from agent.asked import Asked
from agent.options import MARGIN, asked_with, decide, for_option, ranked, weigh
from agent.reasoners.protocol import Grade, Weighed
from agent.types import Abstained, Evidence, Facet, OptionWeight, Question
from tests.conftest import passage

HEADER = ("size", "category", "follow-up")


def row(text, name="d", **more):
    return passage(text, name, HEADER, results=("category", "follow-up"), kind="guideline", **more)


def proof(item, relevance=0.9, strength=1.0):
    return Evidence.of(item, item.text, facet_id="A", relevance=relevance, strength=strength)


def grades(*evidence):
    return [Grade(facet_id="A", evidence=evidence, best=max((e.relevance for e in evidence), default=0.0))]


def weights(text, options, *evidence, library):
    question = Question.of(text, options)
    made = weigh(question, Asked.of(text), grades(*evidence), library)
    return {weight.label: weight for weight in made}


SIX_TO_EIGHT = row("| 6-8 mm | TR4 | CT at 6-12 months |")
PROSE = passage("Gallstones cast an acoustic shadow on ultrasound.", "p")


def test_what_the_evidence_says_is_supported_and_the_rest_is_not(small_library):
    made = weights("What do gallstones cast?", {"A": "A shadow", "B": "A halo"}, proof(PROSE), library=small_library)
    assert made["A"].supporting > 0.5
    assert made["A"].evidence_ids == (proof(PROSE).id,)
    assert made["B"].supporting == 0
    assert made["A"].score > made["B"].score


@pytest.mark.parametrize(
    "stem",
    [
        "All of the following are true of gallstones EXCEPT:",
        "Gallstones cast all of these, except",
        "Which is NOT cast by gallstones?",
        "Which statement on gallstones is false?",
        "Which is INCORRECT of gallstones?",
        "Which is Least Likely with gallstones?",
        "Which finding is not seen with gallstones?",
        "Which is not a feature of gallstones?",
        "Which isn't cast by gallstones?",
    ],
)
def test_stems_that_ask_for_the_exception_turn_the_weights_round(small_library, stem):
    question = Question.of(stem, {"A": "A shadow", "B": "A halo"})
    made = weigh(question, Asked.of(stem), grades(proof(PROSE)), small_library)
    assert decide(question, Weighed(weights=made))[0] == "B"
    assert made[0].score == pytest.approx(-(made[0].supporting - made[0].contradicting))


@pytest.mark.parametrize("stem", ["Which is cast by gallstones?", "Gallstones do not move; what do they cast?"])
def test_other_stems_do_not(small_library, stem):
    question = Question.of(stem, {"A": "A shadow", "B": "A halo"})
    assert decide(question, Weighed(weights=weigh(question, Asked.of(stem), grades(proof(PROSE)), small_library)))[0] == "A"


def test_a_value_must_be_said_exactly(small_library):
    options = {"A": "CT at 6-12 months", "B": "CT at 24 months", "C": "CT at 12 months"}
    made = weights("Follow-up for 7 mm?", options, proof(SIX_TO_EIGHT), library=small_library)
    assert made["A"].supporting > 0.3
    assert made["A"].contradicting == 0
    assert made["B"].supporting == made["C"].supporting == 0
    assert made["B"].contradicting > 0
    assert made["B"].contradicting_ids == (proof(SIX_TO_EIGHT).id,)


def test_values_are_compared_over_units(small_library):
    wide = passage("A dilated aorta measures 3 cm.", "p")
    made = weights("From what diameter?", {"A": "30 mm", "B": "3 mm"}, proof(wide), library=small_library)
    assert made["A"].supporting > 0
    assert made["B"].supporting == 0


def test_a_code_must_be_said_exactly(small_library):
    text = "Which category is 7 mm?"
    made = weights(text, {"A": "TR4", "B": "TR5"}, proof(SIX_TO_EIGHT), library=small_library)
    assert made["A"].supporting > 0.5
    assert made["B"].supporting == 0
    assert made["B"].contradicting > 0.5


def test_codes_do_not_match_by_words_where_the_evidence_has_none(small_library):
    made = weights("What is cast?", {"A": "Bosniak II shadow", "B": "Bosniak III halo"}, proof(PROSE), library=small_library)
    assert made["A"].supporting > made["B"].supporting


def test_weaker_evidence_counts_steeply_less(small_library):
    halo = passage("Gallstones cast an acoustic halo on ultrasound.", "q")
    options = {"A": "A shadow", "B": "A halo"}
    made = weights("What do gallstones cast?", options, proof(PROSE, strength=1.0), proof(halo, strength=0.8), library=small_library)
    assert made["A"].supporting > 3 * made["B"].supporting > 0


def test_evidence_without_any_strength_counts_nothing(small_library):
    made = weights("What do gallstones cast?", {"A": "A shadow", "B": "A halo"}, proof(PROSE, strength=0.0), library=small_library)
    assert {weight.score for weight in made.values()} == {0.0}


def test_the_same_quote_of_two_facets_counts_once_with_the_better_strength(small_library):
    question = Question.of("What do gallstones cast?", {"A": "A shadow", "B": "A halo"})
    once = weigh(question, Asked.of(question.text), grades(proof(PROSE)), small_library)
    twice = [*grades(proof(PROSE, strength=0.4)), Grade(facet_id="B", evidence=(proof(PROSE),)), *grades(proof(PROSE, strength=0.2))]
    assert weigh(question, Asked.of(question.text), twice, small_library) == once


def test_without_evidence_nothing_is_weighed(small_library):
    made = weights("What do gallstones cast?", {"A": "A shadow", "B": "A halo"}, library=small_library)
    assert {(weight.supporting, weight.contradicting) for weight in made.values()} == {(0.0, 0.0)}
    made = weights("Do they?", {"A": "yes", "B": "no", "C": "maybe"}, library=small_library)
    assert {weight.score for weight in made.values()} == {0.0}


POLAR = {"A": "Yes", "B": "no.", "C": "Maybe"}


def polar_choice(text, said, library, options=POLAR, relevance=0.9):
    question = Question.of(text, options)
    made = weigh(question, Asked.of(text), grades(proof(passage(said, "p"), relevance)), library)
    return decide(question, Weighed(weights=made))[0]


@pytest.mark.parametrize(
    ("said", "choice"),
    [
        ("Follow-up at 12 months is recommended.", "A"),
        ("No routine follow-up.", "B"),
        ("Follow-up is not recommended.", "B"),
        ("Avoid gadolinium.", "B"),
        ("Stones are not a reason for follow-up.", "B"),
        ("Unnecessary.", "B"),
    ],
)
def test_yes_when_the_best_evidence_affirms_and_no_when_it_denies(small_library, said, choice):
    assert polar_choice("Is follow-up needed?", said, small_library) == choice


@pytest.mark.parametrize(
    ("text", "said", "choice"),
    [
        ("Is gadolinium contraindicated?", "Contraindicated with an eGFR below 30.", "A"),
        ("Is gadolinium contraindicated?", "Gadolinium may be given.", "B"),
        ("Is follow-up unnecessary?", "No routine follow-up.", "A"),
        ("Is it true that biopsy is not routinely recommended?", "Biopsy is not recommended.", "A"),
        ("Should gadolinium be avoided?", "Avoid gadolinium.", "A"),
    ],
)
def test_a_question_that_asks_for_a_denial_is_turned_round(small_library, text, said, choice):
    assert polar_choice(text, said, small_library) == choice


def test_true_and_false_are_yes_and_no(small_library):
    assert polar_choice("Follow-up is needed.", "No follow-up.", small_library, {"A": "True", "B": "False"}) == "B"


def test_maybe_stands_only_between_affirming_and_denying_evidence(small_library):
    question = Question.of("Is follow-up needed?", POLAR)
    evidence = [proof(passage("No follow-up.", "p"), 0.5, 1.0), proof(passage("Follow-up at 12 months.", "q"), 0.9, 0.9)]
    made = {w.label: w for w in weigh(question, Asked.of(question.text), grades(*evidence), small_library)}
    assert made["C"].score > 0
    assert made["C"].supporting == pytest.approx(min(made["A"].supporting, made["B"].supporting))
    assert made["A"].contradicting_ids == made["B"].evidence_ids != made["A"].evidence_ids == made["B"].contradicting_ids
    assert made["C"].contradicting_ids == ()


def test_a_row_that_answers_no_is_a_no(small_library):
    none = row("| < 6 mm | TR2 | None |")
    question = Question.of("Does a 4 mm nodule need follow-up?", {"A": "yes", "B": "no"})
    made = weigh(question, Asked.of(question.text), grades(proof(none)), small_library)
    assert decide(question, Weighed(weights=made))[0] == "B"


def weight(label, score, supporting=0.5):
    return OptionWeight(label=label, text=label, supporting=supporting, contradicting=0.0, score=score)


QUESTION = Question.of("Which?", {"A": "one", "B": "two", "C": "three"})


@pytest.mark.parametrize(
    ("scores", "choice", "reason"),
    [
        ((0.5, 0.5 - MARGIN, 0.1), "A", ""),
        ((0.5, 0.5 - MARGIN + 0.001, 0.1), None, "does not separate option A from option B"),
        ((0.1, 0.5, 0.5), None, "does not separate option B from option C"),
        ((0.1, 0.2, 0.9), "C", ""),
    ],
)
def test_options_closer_than_the_margin_are_not_told_apart(scores, choice, reason):
    weighed = Weighed(weights=tuple(weight(label, score) for label, score in zip("ABC", scores, strict=True)))
    chosen, why = decide(QUESTION, weighed)
    assert chosen == choice
    assert reason in why


def test_an_option_that_nothing_supports_is_not_chosen():
    weighed = Weighed(weights=(weight("A", 0.05, 0.05), weight("B", -0.5, 0.0)))
    assert decide(QUESTION, weighed) == (None, "No option is supported by the evidence.")
    assert decide(QUESTION, Weighed()) == (None, "No option is supported by the evidence.")
    turned = Question.of("All EXCEPT?", {"A": "one", "B": "two"})
    assert decide(turned, weighed)[0] == "A"


def test_ties_go_in_label_order():
    weighed = Weighed(weights=(weight("C", 0.2), weight("A", 0.2), weight("B", 0.7)))
    assert [item.label for item in ranked(weighed)] == ["B", "A", "C"]


def test_the_evidence_of_the_chosen_option_comes_first():
    first, second = proof(PROSE), proof(SIX_TO_EIGHT)
    chosen = OptionWeight(label="A", text="x", supporting=1, contradicting=0, score=1, evidence_ids=(second.id,))
    weighed = Weighed(evidence=(first, second), weights=(chosen,))
    assert for_option(weighed) == (second, first)
    assert for_option(Weighed(evidence=(first, second))) == (first, second)


@pytest.mark.parametrize("label", ["A. Acoustic shadow", "Acoustic shadow"])
def test_documents_are_sought_with_the_options_words_too(label):
    asked = Asked.of("What do gallstones cast?")
    wider = asked_with(asked, Facet(id="A", label=label, kind="option", queries=("q",)))
    assert wider.stems == asked.stems | {"acoust", "shadow"}


def test_an_option_that_the_evidence_denies_is_contradicted(small_library):
    said = row("| <= 4 mm | thin | Endometrial sampling is not required at first; ultrasound is sufficient |")
    found = weights(
        "Endometrium of 3 mm after the menopause. Next?",
        {"A": "Endometrial sampling today", "B": "Endometrial sampling can be left", "C": "Hysteroscopy"},
        proof(said),
        library=small_library,
    )
    assert found["A"].contradicting > 0 == found["A"].supporting
    assert found["A"].contradicting_ids == found["B"].evidence_ids == (proof(said).id,)
    assert found["B"].contradicting_ids == found["C"].contradicting_ids == ()
    assert found["B"].supporting > 0
    assert found["B"].score > found["A"].score


def test_a_word_that_a_document_is_called_by_is_no_support_for_an_option(small_library):
    said = row("| 5-7 points | high | Immediate surgical exploration |", title="Acute scrotum")
    found = weights(
        "TWIST 6. What now?", {"A": "MRI of the scrotum", "B": "Immediate surgical exploration"}, proof(said), library=small_library
    )
    assert found["A"].supporting == 0
    assert found["B"].supporting > 0


def test_an_option_that_only_says_no_is_contradicted_by_a_row_that_answers(small_agent):
    """The title of a card about follow-up does not say that there is none."""
    asked = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
    answer = small_agent.ask(asked, {"A": "no follow-up", "B": "splenectomy"})
    weights = {weight.label: weight for weight in answer.weights}
    assert weights["A"].contradicting > weights["A"].supporting
    assert isinstance(answer, Abstained)
    assert small_agent.ask(asked.replace("7 mm", "4 mm").replace("high", "low"), {"A": "no follow-up", "B": "splenectomy"}).option == "A"


def test_an_option_is_not_chosen_because_nothing_speaks_against_it(small_agent):
    answer = small_agent.ask(
        "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?",
        {"A": "CT at 6 months, then CT at 48 months", "B": "splenectomy"},
    )
    assert isinstance(answer, Abstained)
