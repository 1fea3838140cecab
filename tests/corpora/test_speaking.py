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
        ("Metastases", "are"),
        ("Renal metastases of melanoma", "are"),
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
