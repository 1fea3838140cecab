"""What is read closely: without what values rule out, with the sibling rows that meet them."""

import pytest

from agent.judging.candidates import FIRST, SHARE, Candidate, candidates, held_by, spread
from agent.reading.asked import Asked
from agent.reading.rows import fit_document
from retrievers.types import Hit
from tests.conftest import passage

NODULE = Asked.of("What follow-up does a single solid lung nodule of 7 mm need at high risk?")


def hit(found, score=1.0):
    return Hit(passage=found, score=score, retriever="fixed")


def row(library, *cells):
    return next(one for one in library.passages("nodule-card") if one.is_row and all(cell in one.cells for cell in cells))


def texts(found):
    return [one.passage.text for one in found]


def test_a_row_that_a_value_rules_out_is_not_read_however_well_it_was_found(small_library):
    wrong, right = row(small_library, "< 6 mm", "high"), row(small_library, "6-8 mm", "high")
    read = texts(candidates(NODULE, [hit(wrong, 9.0), hit(right, 1.0)], small_library))
    assert wrong.text not in read
    assert right.text in read


def test_a_sibling_row_that_meets_the_values_is_read_though_search_did_not_name_it(small_library):
    wrong, right = row(small_library, "< 6 mm", "high"), row(small_library, "6-8 mm", "high")
    (found,) = [one for one in candidates(NODULE, [hit(wrong)], small_library) if one.passage.id == right.id]
    assert {"size", "risk"} <= set(found.fit.matched)
    assert not found.fit.conflicts


def test_a_document_that_has_the_questions_words_between_its_rows_is_read_though_search_missed_it(small_library):
    note = small_library.passages("note")[0]
    found = candidates(NODULE, [hit(note)], small_library)
    assert row(small_library, "6-8 mm", "high").text in texts(found)


def test_what_is_retracted_or_superseded_is_never_read(small_library):
    gone = passage("A lung nodule of 7 mm needs nothing.", "gone", retracted=True)
    old = passage("A lung nodule of 7 mm needs nothing at all.", "old-card")
    found = {one.passage.document_id for one in candidates(NODULE, [hit(gone, 9.0), hit(old, 9.0), hit(row(small_library, "6-8 mm", "high"))],
                                                           small_library)}  # fmt: skip
    assert "nodule-card" in found
    assert not found & {"gone", "old-card"}


def test_a_live_source_supersedes_nothing(small_library):
    live = passage("A newer word on lung nodules.", "live", supersedes=("older-card",), metadata={"live": "SearXNG"})
    old = passage("A lung nodule of 7 mm needs nothing at all.", "older-card")
    assert "older-card" in {one.passage.document_id for one in candidates(NODULE, [hit(live), hit(old)], small_library)}


@pytest.mark.parametrize("most", [1, 3])
def test_at_most_so_many_are_read(small_library, most):
    hits = [hit(one) for name in small_library.document_ids for one in small_library.passages(name)]
    assert len(candidates(NODULE, hits, small_library, most)) == most


def test_no_hits_and_no_words_give_nothing_to_read(small_library):
    assert candidates(Asked.of("Quo vadis?"), [], small_library) == []


def test_the_first_places_are_shared_between_documents():
    many = [Candidate(passage(f"Text {number}.", "a"), 9.0 - number) for number in range(10)]
    other = [Candidate(passage(f"Words {number}.", "b"), -1.0) for number in range(2)]
    order = spread([*many, *other])
    assert [one.passage.document_id for one in order[: SHARE + 2]] == ["a"] * SHARE + ["b"] * 2
    assert sorted(texts(order)) == sorted(texts([*many, *other]))
    assert [one.passage.document_id for one in order].count("a") == 10
    assert len(order) > FIRST


def test_words_that_imply_a_value_which_the_row_meets_count_as_held(small_library):
    asked = Asked.of("What follow-up does a single solid nodule of 7 mm need in a heavy smoker?")
    high, low = row(small_library, "6-8 mm", "high"), row(small_library, "6-8 mm", "low")
    fits = {fit.passage.id: fit for fit in fit_document(small_library.passages(high.document_id), asked)}
    smoking = asked.implying["risk"]
    assert smoking
    assert smoking <= asked.stems
    assert not smoking & small_library.held(asked.stems, high)
    assert smoking <= held_by(Candidate(high, 1.0, fits[high.id]), asked, small_library)
    assert not smoking & held_by(Candidate(low, 1.0, fits[low.id]), asked, small_library)
