"""A model that reads perfectly loses nothing that its passages carry; one that lies about them, whatever it says it rests on, gets nothing through."""

import random

import pytest

from agent.inquiry.checking import Ground, judged
from agent.inquiry.schemas import Line
from agent.judging.entailment import ConceptScorer
from agent.types import Evidence, Question
from corpora.passages import split
from evals.verification import FLIPS, _row_claim

ITEMS = 200


@pytest.fixture(scope="module")
def read_items(embedded_documents):
    """(row's sentence, its number, ground, flipped twins) of card rows among other rows, some of the same table: as many as it takes for 200 that can be flipped."""
    chance = random.Random(11)
    documents = [document for document in embedded_documents if document.source.kind == "guideline"]
    rows = [(document, passage) for document in documents for passage in split(document) if passage.is_row]
    made = []
    for document, row in chance.sample(rows, len(rows)):
        if sum(bool(lies) for *_, lies in made) == ITEMS:
            break
        same = [other for other in split(document) if other.id != row.id]
        shown = [row, *chance.sample(same, min(6, len(same))), *(other for _, other in chance.sample(rows, 17))]
        chance.shuffle(shown)
        evidence = tuple(Evidence.of(passage, passage.text, facet_id="a", relevance=0.5) for passage in shown)
        asked = Question.of(f"What holds for {document.source.title}: {row.cells[0]}?")
        claim = _row_claim(row)
        lies = [flipped for flip in FLIPS.values() if (flipped := flip(claim, row, chance)) and flipped != claim]
        made.append((claim, shown.index(row) + 1, Ground(evidence, asked), lies))
    return made


async def test_the_perfect_reader_keeps_its_sentences(read_items):
    kept = 0
    for claim, number, ground, _ in read_items:
        (made,) = await judged([Line(text=claim[:400], evidence=[number])], ground, ConceptScorer())
        kept += made.claim is not None and made.claim.proven
    assert kept >= 0.97 * len(read_items)


async def test_the_perfect_liar_gets_nothing_through_whatever_it_says_it_rests_on(read_items):
    through = lies = 0
    for _, number, ground, flipped in read_items:
        for text in flipped:
            for basis in ("evidence", "own", "report", "reckoned"):
                (made,) = await judged(
                    [Line(text=text[:400], basis=basis, evidence=[number] if basis != "own" else [])], ground, ConceptScorer()
                )
                lies += 1
                through += made.claim is not None
    assert lies >= 4 * ITEMS
    assert through <= 0.02 * lies
