"""What the reader learns from: cards held out whole, candidates with the answers marked."""

import random

import pytest

from corpora.passages import split as passages_of
from retrievers.types import Hit
from training import examples
from training.examples import HELD_OUT_OF, NEIGHBOURS, _example, held_out, split
from training.questions import Tied


def tied(document, *passages, name="q"):
    return Tied(id=name, question="What does it need?", document=document, passages=passages, manner="ward", writer="tester")


def test_a_card_is_held_out_with_every_question_tied_to_it():
    asked = [tied(f"card-{number % 60}", name=str(number)) for number in range(240)]
    learnt, kept = split(asked)
    assert len(learnt) + len(kept) == len(asked)
    assert not {one.document for one in learnt} & {one.document for one in kept}
    assert all(held_out(one.document) for one in kept)


def test_about_a_fifth_of_cards_is_held_out():
    share = sum(held_out(f"card-{number}") for number in range(2000)) / 2000
    assert share == pytest.approx(1 / HELD_OUT_OF, abs=0.03)


@pytest.fixture
def cards(small_documents, monkeypatch):
    known = {document.id: (document, passages_of(document)) for document in small_documents}
    monkeypatch.setattr(examples, "library", lambda: known)
    return known


def test_an_answer_that_search_missed_is_put_in_and_marked(cards):
    own, other = cards["nodule-card"][1], cards["kidney-card"][1]
    made = _example(tied("nodule-card", own[0].id), [Hit(passage=other[0], score=2.0, retriever="x")], random.Random(0))
    assert [p.id for p, answers in zip(made.passages, made.answers, strict=True) if answers] == [own[0].id]
    assert made.passages[0] == other[0]
    assert made.scores[0] == 2.0
    assert all(score != score for score in made.scores[1:])  # NaN: not found, only near
    assert len(made.passages) <= 2 + NEIGHBOURS


def test_a_near_miss_has_candidates_and_no_answer(cards):
    made = _example(tied("nodule-card"), [], random.Random(0))
    assert made.passages
    assert not any(made.answers)


def test_by_words_finds_a_questions_own_words(cards):
    own = cards["note"][1]
    asked = [tied("note", own[0].id).model_copy(update={"question": "Do gallstones cast a shadow on ultrasound?"})]
    (made,) = examples.by_words(asked)
    assert made.passages[0].document_id == "note"
    assert made.scores[0] > 0


def test_the_shared_questions_are_none_where_there_is_no_file(tmp_path):
    assert list(examples.shared_questions(tmp_path / "gone.jsonl")) == []
