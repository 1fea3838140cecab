import re
import time

import pytest

from corpora.concepts.forms import Forms, is_acronym, paraphrased, turned, uninverted
from corpora.concepts.overrides import Overrides
from corpora.concepts.table import Row, Table
from corpora.concepts.vocabulary import Vocabulary, vocabulary
from corpora.errors import MalformedDocument

PACKAGED = Overrides.packaged()


def test_loads_within_a_second():
    started = time.process_time()
    Vocabulary.open()
    assert time.process_time() - started < 1.0


def test_a_concept_has_name_group_terms_and_parents(known):
    concept = known.concept("C0034065")
    assert (concept.name, concept.group) == ("Pulmonary embolism", "disorder")
    assert {"pulmonary embolus", "PE"} <= set(concept.terms)
    assert concept.parents == known.parents("C0034065")
    assert known.terms("C0034065") == concept.terms


def test_the_hierarchy_counts_steps(known):
    above = known.ancestors("C2239176")
    assert all(steps >= 1 for steps in above.values())
    assert list(above.values()) == sorted(above.values())
    parent = known.parents("C2239176")[0]
    assert above[parent] == 1
    assert known.distance("C2239176", parent) == 1
    assert known.distance("C2239176", "C2239176") == 0
    assert known.ancestors("C2239176") is above


def test_concepts_without_a_common_kind_have_no_distance():
    known = Vocabulary(Table(rows=[Row("C0000001", "a", "finding", (), ()), Row("C0000002", "b", "finding", ("C0000009",), ())]))
    assert known.distance("C0000001", "C0000002") is None
    assert known.parents("C0000002") == ()
    assert len(known) == 2


def test_links_that_run_in_a_circle_end():
    rows = [Row("C0000001", "a", "finding", ("C0000002",), ()), Row("C0000002", "b", "finding", ("C0000001",), ())]
    assert Vocabulary(Table(rows=rows)).ancestors("C0000001") == {"C0000002": 1}


def test_an_unknown_concept_is_a_key_error(known):
    assert "C9999999" not in known
    with pytest.raises(KeyError):
        known.name("C9999999")


def test_every_identifier_is_a_cui_or_an_ontologys_own(known):
    assert all(re.fullmatch(r"C\d{7}|[A-Z]+:\d+", cui) for cui in known)


def test_another_vocabulary_can_be_named(tmp_path, monkeypatch):
    Table(rows=[Row("C0000001", "thing", "finding", (), (("thing", 10),))]).save(tmp_path / "own.xz")
    monkeypatch.setenv("RADQA_VOCABULARY", str(tmp_path / "own.xz"))
    vocabulary.cache_clear()
    try:
        assert list(vocabulary()) == ["C0000001"]
    finally:
        vocabulary.cache_clear()


@pytest.mark.parametrize("item", [*PACKAGED.curated, *PACKAGED.scoped, *PACKAGED.wrong], ids=lambda item: f"{item.cui} {item.terms[0]}")
def test_every_curated_identifier_stands_in_the_vocabulary_under_the_name_beside_it(known, item):
    assert known.name(item.cui) == item.name


@pytest.mark.parametrize("item", PACKAGED.curated, ids=lambda item: item.name)
def test_every_curated_term_is_linked_to_its_concept(link, item):
    scoped = {term for other in PACKAGED.scoped for term in other.terms}
    for term in set(item.terms) - scoped:
        found = {mention.cui for mention in link.link(f"There is {term} here.") if mention.text.lower() == term.lower()}
        assert found == {item.cui}, term


@pytest.mark.parametrize("item", PACKAGED.scoped, ids=lambda item: f"{item.terms[0]} {item.name}")
def test_every_scoped_term_takes_its_meaning_from_a_cue(link, item):
    for term in item.terms:
        found = {mention.cui for mention in link.link(f"Known {item.cues[0]}. There is {term} here.") if mention.text == term}
        assert found == {item.cui}, term


@pytest.mark.parametrize("item", PACKAGED.wrong, ids=lambda item: item.name)
def test_no_wrong_merge_is_linked(link, item):
    for term in item.terms:
        assert item.cui not in {mention.cui for mention in link.link(f"There is {term} here.")}, term


@pytest.mark.parametrize("term", PACKAGED.ignored)
def test_terms_that_say_nothing_are_not_linked(link, term):
    curated = {name for item in (*PACKAGED.curated, *PACKAGED.scoped) for name in item.terms}
    assert term in curated or term not in {mention.text for mention in link.link(f"There is {term} here.")}


@pytest.mark.parametrize("phrase", PACKAGED.blocked)
def test_blocked_phrases_hide_the_terms_in_them(link, phrase):
    assert link.link(f"There is {phrase} here.") == []


def test_overrides_that_break_their_form_are_named(tmp_path):
    path = tmp_path / "o.toml"
    path.write_text('[[curated]]\ncui = "C1"\nname = "x"\nterms = []\n', encoding="utf-8")
    with pytest.raises(MalformedDocument, match=r"o\.toml"):
        Overrides.packaged(path)


def test_overrides_leave_alone_what_a_vocabulary_lacks():
    known = Vocabulary(Table(rows=[Row("C0034065", "PE", "disorder", (), (("x", 1),))]), PACKAGED)
    assert {item.cui for item in known.overrides.curated} == {"C0034065"}
    assert known.overrides.wrong == ()


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("metastases", "metastasis"),
        ("oedema", "edema"),
        ("hepatic", "liver"),
        ("masses", "mass"),
        ("nodules", "nodule"),
        ("pelvis", "pelvis"),
    ],
)
def test_words_of_one_kind_have_one_form(text, form):
    forms = Forms.of_terms(["metastasis", "edema", "liver mass", "nodule", "pelvis"])
    assert forms.of(text) == forms.of(form)


def test_a_plural_of_no_known_word_stays():
    assert Forms.of_terms(["lung"]).of("gases") == "gases"


def test_an_adjective_alone_may_say_less_than_its_noun():
    forms = Forms.of_terms(["diabetes mellitus", "anemia"])
    assert forms.strays("diabetic")
    assert not forms.strays("anaemic")
    assert not forms.strays("anemia")


def test_keys_drop_fillers_and_possessives():
    forms = Forms.of_terms(["Crohn disease", "carcinoma of the lung"])
    assert forms.key("Crohn's disease") == forms.key("Crohn disease")
    assert forms.key("carcinoma of the lung") == ("carcinoma", "lung")


def test_terms_turn_round_and_take_a_verb():
    assert turned(("lung", "sign")) == [("sign", "lung")]
    assert ("a", "b", "c") not in turned(("a", "b", "c"))
    assert ("liver", "is", "enlargement") in turned(("enlargement", "liver"))
    assert ("pain", "in", "leg") in turned(("leg", "pain"))
    assert turned(("one",)) == []
    assert turned(("a", "b", "c", "d")) == []


def test_inverted_headings_stand_up():
    assert uninverted("Carcinoma, Renal Cell") == "Renal Cell Carcinoma"
    assert uninverted("edema (disease)") == "edema"
    assert uninverted("Bronchitis, and asthma") == "Bronchitis, and asthma"


@pytest.mark.parametrize(("term", "answer"), [("NSIP", True), ("pH", False), ("PE", True), ("Fever", False), ("SARS-CoV-2", False)])
def test_acronyms_are_short_and_in_capitals(term, answer):
    assert is_acronym(term) is answer


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("Elevated circulating creatinine concentration", "high creatinine"),
        ("Decreased serum iron", "low iron"),
        ("metastatic malignant neoplasm in the spinal cord", "spinal cord metastasis"),
    ],
)
def test_names_of_a_pattern_are_paraphrased_as_reports_put_them(term, said):
    assert said in paraphrased(term)


def test_other_names_are_not_paraphrased():
    assert paraphrased("Fever") == []
