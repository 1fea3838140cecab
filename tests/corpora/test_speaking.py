"""A row's sentence: brackets with what matters, articles and verbs that follow the cell."""

from __future__ import annotations

import pytest

from corpora.speaking import speak


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"size": "any", "new": "any"}, "A polyp is seen."),
        ({"size": "any", "new": "none"}, "A polyp (no new lesion) is seen."),
        ({"size": "< 6 mm", "new": "yes"}, "A polyp (size < 6 mm; new lesion) is seen."),
        ({"size": "large", "new": "present"}, "A polyp (size: large; new lesion present) is seen."),
    ],
)
def test_a_bracket_holds_the_conditions_that_matter(row: dict[str, str], said: str) -> None:
    assert speak("a polyp (size: {size}; new lesion: {new}) is seen.", row) == said


def test_a_bracket_without_fields_and_a_field_outside_of_brackets_stay_as_they_are() -> None:
    assert speak("An aneurysm (AAA) of {size} is followed.", {"size": "any size"}) == "An aneurysm (AAA) of any size is followed."


@pytest.mark.parametrize(
    ("subject", "verb"),
    [
        ("metastases", "are"),
        ("renal metastases of melanoma", "are"),
        ("N2a and N2b", "are"),
        ("ascites", "is"),
        ("Extravasation into veins", "is"),
        ("ARDS", "is"),
        ("Myositis ossificans", "is"),
        ("age >= 70 years", "is"),
    ],
)
def test_the_verb_agrees_with_the_cell_before_it(subject: str, verb: str) -> None:
    assert speak("On CT, {what} is told by size.", {"what": subject}) == f"On CT, {subject} {verb} told by size."


def test_a_second_verb_of_the_same_subject_agrees_too() -> None:
    said = speak("{fault} is caused by {cause} and is avoided by {care}.", {"fault": "dark spots", "cause": "splashes", "care": "order"})
    assert said == "Dark spots are caused by splashes and are avoided by order."


@pytest.mark.parametrize(
    ("kind", "article"), [("inferior", "an"), ("superior", "a"), ("one-sided", "a"), ("EU-TIRADS 3", "a"), ("old", "an")]
)
def test_the_article_follows_what_stands_in_the_field(kind: str, article: str) -> None:
    assert speak("On CT, a {kind} lesion is seen.", {"kind": kind}) == f"On CT, {article} {kind} lesion is seen."


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("Repeat MRI", "repeat MRI"),
        ("CT of the chest", "CT of the chest"),
        ("No CTPA", "no CTPA"),
        ("Crohn disease", "Crohn disease"),
        ("Stage II", "stage II"),
        ("Chance fracture", "Chance fracture"),
    ],
)
def test_a_cell_loses_its_capital_within_a_sentence_unless_it_begins_with_a_name(cell: str, said: str) -> None:
    assert speak("On {study}, the advice is: {advice}.", {"study": "CT", "advice": cell}) == f"On CT, the advice is: {said}."


def test_a_cell_that_is_a_sentence_of_its_own_keeps_its_capital() -> None:
    assert speak("The stage is {stage}. {advice}.", {"stage": "Stage II", "advice": "Repeat MRI"}) == "The stage is stage II. Repeat MRI."


@pytest.mark.parametrize(
    ("meaning", "said"),
    [
        ("Bowel ischaemia", "means bowel ischaemia"),
        ("Torsion is likely; operate", "means that torsion is likely; operate"),
        ("Supports torsion", "supports torsion"),
        ("Repeat: twice", "means: repeat: twice"),
        ("Do not treat", "means: do not treat"),
    ],
)
def test_a_meaning_needs_no_colon_where_it_is_a_noun_a_clause_or_a_verb(meaning: str, said: str) -> None:
    assert speak("On CT, {sign} means: {meaning}.", {"sign": "gas", "meaning": meaning}) == f"On CT, gas {said}."


def test_brackets_that_meet_become_one() -> None:
    assert speak("A nodule of {size} ({number}) is seen.", {"size": "6 mm (100 mm3)", "number": "single"}) == (
        "A nodule of 6 mm (100 mm3; single) is seen."
    )
    assert speak("{artery} ({contact}) is met.", {"artery": "the hepatic artery (CHA)", "contact": "none"}).startswith(
        "The hepatic artery (CHA) ("
    )


@pytest.mark.parametrize(
    ("subject", "verb"), [("Polyps", "are"), ("Margins", "are"), ("Melanomas", "are"), ("Biceps", "is"), ("Hydrops", "is")]
)
def test_plurals_in_ps_ns_and_as_are_plurals(subject: str, verb: str) -> None:
    assert speak("On CT, {what} is seen.", {"what": subject.lower()}) == f"On CT, {subject.lower()} {verb} seen."
