import pytest

from agent.errors import InvalidSettings
from corpora.errors import InputError
from evals.questions import Item
from evals.retrieval import NAMES, Ranking, evaluate, measures
from retrievers.embedding import HashEmbedder
from retrievers.factory import MODES


def asked(number: int, question: str, *gold: str) -> Item:
    return Item(id=f"q{number}", question=question, meta={"relevant_docs": list(gold)})


ASKED = [
    asked(1, "solid lung nodule follow-up", "nodule-card"),
    asked(2, "cystic kidney mass with enhancing wall", "kidney-card"),
    asked(3, "gallstones on ultrasound", "note"),
    asked(4, "something", "not-in-this-index"),
]


def test_measures_are_those_of_the_ranking():
    found = measures([
        Ranking(asked(1, "x", "a"), ("a", "b", "c")), Ranking(asked(2, "x", "c"), ("a", "b", "c")), Ranking(asked(3, "x", "z"), ("a",)),
        Ranking(asked(4, "x", "a", "z"), ("b", "a")), Ranking(asked(5, "x", "a"), ()),
    ])  # fmt: skip
    assert list(found["P@1"]) == [1, 0, 0, 0, 0]
    assert list(found["MRR@10"]) == pytest.approx([1, 1 / 3, 0, 1 / 2, 0])
    assert list(found["recall@10"]) == pytest.approx([1, 1, 0, 0.5, 0])
    assert found["nDCG@10"][1] == pytest.approx(0.5)
    assert tuple(found) == NAMES


def test_every_mode_is_measured_on_items_whose_gold_is_in_the_index(small_index):
    steps = []
    made = evaluate(ASKED, small_index, HashEmbedder(), MODES, 0, lambda done, total: steps.append((done, total)))
    assert (made.n, made.left_out) == (3, 1)
    assert made.modes["lexical"]["P@1"].value == 1
    assert steps[-1] == (3 * len(MODES), 3 * len(MODES))
    document = made.as_json()
    assert set(document) == set(MODES)
    assert {"nDCG@10", "recall@10", "MRR@10", "P@1", "n"} <= set(document["hybrid"])
    assert document["hybrid"]["n"] == 3
    low, high = document["hybrid"]["intervals"]["nDCG@10"]
    assert low <= document["hybrid"]["nDCG@10"] <= high
    assert len(made.paired) == len(MODES) * (len(MODES) - 1) // 2


def test_what_cannot_be_measured_says_so(small_index):
    with pytest.raises(InvalidSettings, match="Modes: "):
        evaluate(ASKED, small_index, HashEmbedder(), ["telepathic"], 0)
    with pytest.raises(InputError, match="relevant_docs"):
        evaluate(ASKED[3:], small_index, HashEmbedder(), MODES, 0)
