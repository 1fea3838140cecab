"""Which checked sentence moves the model from the option that it took before it read."""

import pytest

from agent.inquiry.nodes.conclude import _moving
from agent.types import Citation, Claim, Question

CITED = Citation(id="c", number=1, document_id="d", passage_id="p", title="t", url="", quote="q", start=0, end=1)
ABSCESS = ("Glioblastoma", "Pyogenic abscess")
FNA = ("FNA", "No FNA")
ANSWER = "A pyogenic abscess is most likely."
CONTRAST = "The dual rim sign favours abscess over glioblastoma."
OTHER = "The necrotic centre of glioblastoma shows facilitated diffusion."


def moved(options, before, after, *said, basis="evidence"):
    asked = Question.of("Which is it?", dict(zip("AB", options, strict=True)))
    claims = tuple(Claim(text=text, basis=basis, citations=(CITED,) if basis == "evidence" else ()) for text in said)
    found = _moving(claims, asked, before, after)
    return found.text if found else None


@pytest.mark.parametrize(
    ("options", "before", "after", "said", "by"),
    [
        (ABSCESS, "A", "B", (ANSWER, CONTRAST, OTHER), ANSWER),
        (ABSCESS, "B", "A", (ANSWER, CONTRAST, OTHER), None),
        (ABSCESS, "B", "A", (ANSWER, OTHER), None),
        (ABSCESS, "A", "B", ("Restricted diffusion is seen in the centre.",), None),
        (ABSCESS, "A", "B", (), None),
        (FNA, "A", "B", ("No FNA is advised.",), "No FNA is advised."),
        (FNA, "B", "A", ("No FNA is advised.",), None),
        (("Yes", "No"), "A", "B", ("Growth is not needed.",), "Growth is not needed."),
    ],
)
def test_a_choice_moves_by_the_words_that_tell_the_options_apart(options, before, after, said, by):
    assert moved(options, before, after, *said) == by


def test_own_knowledge_moves_nothing():
    assert moved(ABSCESS, "A", "B", ANSWER, basis="own") is None
