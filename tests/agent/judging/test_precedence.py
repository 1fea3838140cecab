"""Who is heard first: a dictionary never before a higher authority that answers, and never against its values."""

import pytest

from agent.judging.precedence import disagreeing, newer, outranked, ranked
from agent.nodes.conclude import limitations
from agent.reading.asked import Asked
from agent.reasoners.extractive import DICTIONARY, FOLLOW_ON, SUMMAND, ExtractiveReasoner, _with_roles
from agent.reasoners.protocol import Weighed
from agent.settings import load
from agent.types import Citation, Claim, Draft, Evidence, Question
from tests.conftest import passage

QUESTION = Question(text="At what diameter is an aortic aneurysm operated?")
ASKED = Asked.of(QUESTION.text, "")


def said(text, kind="dictionary", relevance=0.9, strength=1.0, **source):
    return Evidence.of(passage(text, text[:12], kind=kind, **source), text, facet_id="a", relevance=relevance, strength=strength)


DEFINED = said("An aneurysm is repaired at 45 mm.", strength=2.0)
CARD = said("The aneurysm is repaired at 55 mm.", "guideline", checked=("https://example.org/a",))
CASE = said("Large aneurysms were repaired.", "case", strength=0.8)


def test_a_dictionary_stands_behind_every_higher_authority_that_answers():
    weak = said("Aneurysms are seen on CT.", "guideline", relevance=0.1, strength=0.1)
    assert ranked([DEFINED, CARD, CASE, weak], threshold=0.5) == (CARD, CASE, weak, DEFINED)


def test_a_dictionary_leads_where_nothing_higher_answers():
    weak = said("Aneurysms are seen on CT.", "guideline", relevance=0.1, strength=0.1)
    assert ranked([weak, DEFINED], threshold=0.5) == (DEFINED, weak)


def test_a_web_page_does_not_put_a_dictionary_last():
    page = said("Repair of an aneurysm is a matter of size.", "web", strength=0.5)
    assert ranked([page, DEFINED], threshold=0.5) == (DEFINED, page)


def test_of_equal_evidence_the_newer_source_comes_first():
    old, new = (said("The same words.", "guideline", year=year) for year in (2010, 2020))
    assert ranked([old, new], threshold=0.5)[0] is new


@pytest.mark.parametrize(
    ("cited", "others", "above"),
    [
        ([DEFINED], [DEFINED, CARD], CARD),
        ([DEFINED], [DEFINED, CASE], None),
        ([DEFINED], [DEFINED], None),
        ([DEFINED, CARD], [DEFINED, CARD], None),
        ([CASE], [CASE, CARD], None),
        ([], [CARD], None),
    ],
)
def test_a_value_that_only_a_dictionary_gives_falls_against_another_of_higher_authority(cited, others, above):
    assert outranked(cited, others, ASKED, threshold=0.5) is above


async def test_an_answer_out_of_a_dictionary_says_so_and_is_never_sure(small_library):
    weighed = Weighed(evidence=(DEFINED,), best=0.99)
    draft = Draft(text=DEFINED.quote, evidence_ids=(DEFINED.id,))
    rules = ExtractiveReasoner(small_library, load(embedding="hash", reader="words"))
    decision = await rules.conclude(QUESTION, await rules.understand(QUESTION), weighed, [draft])
    assert decision.confidence.score <= DICTIONARY
    claim = Claim(text=DEFINED.quote, citations=(Citation.to(DEFINED, 1),))
    assert limitations((claim,), weighed) == [
        "Rests on a dictionary only, which names no sources for what it says; no guideline was found."
    ]


def test_an_answer_from_a_live_page_says_so_even_where_a_further_sentence_cites_the_index():
    page = said("It means striped enhancement.", "web", metadata={"live": "SearXNG"})
    first, further = (Claim(text=item.quote, citations=(Citation.to(item, number),)) for number, item in ((1, page), (2, CARD)))
    note = "Rests on live sources only: no guideline of the index answers it."
    assert note in limitations((first, further), Weighed(evidence=(page, CARD)))
    assert note not in limitations((further, first), Weighed(evidence=(CARD, page)))


def live(text, relevance, kind="web", **metadata):
    return said(text, kind, relevance, year=2024, metadata={"live": "searxng", **metadata})


LEAD = said("CT is repeated at 6 to 12 months.", "guideline", relevance=0.4, year=2017)


@pytest.mark.parametrize(("text", "relevance", "named"), [
    ("CT is repeated at 48 months.", 0.2, True), ("CT is repeated at 48 months.", 0.1, False), ("CT is repeated at 9 months.", 0.4, False),
])  # fmt: skip
def test_a_page_disagrees_when_it_answers_about_as_well_with_other_values(text, relevance, named):
    assert bool(disagreeing(LEAD, [live(text, relevance)], Asked.of("When is CT repeated?"))) is named


@pytest.mark.parametrize(("relevance", "study", "stands"), [(0.3, "trial", True), (0.15, "trial", False), (0.3, "opinion", False)])
def test_newer_judged_work_stands_beside_an_answer_like_a_sentence_of_the_index(relevance, study, stands):
    found = newer([LEAD, live("CT at 6 months found as many cancers.", relevance, "article", study_type=study)], LEAD)
    assert bool(found) is stands


def test_a_row_that_search_found_as_well_still_follows_in_its_role():
    lead, row = said("Type IIa.", "guideline"), said("Type IIa: ultrasound again.", "guideline")
    made = _with_roles([lead, row, CASE], [row.model_copy(update={"role": FOLLOW_ON}), lead.model_copy(update={"role": SUMMAND})])
    assert [(item.id, item.role) for item in made] == [(lead.id, lead.role), (CASE.id, CASE.role), (row.id, FOLLOW_ON)]
