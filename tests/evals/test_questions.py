import json
from pathlib import Path

import pytest

from agent.errors import MalformedQuestionSet
from evals.loading import load
from evals.questions import Item, Posed
from evals.rows import read_rows

CHOICE = {"id": "q1", "question": "Which?", "options": {"A": "one", "B": "two", "C": "three"}, "answer": "B"}


def written(tmp_path: Path, *rows: object, name: str = "set.jsonl") -> Path:
    path = tmp_path / name
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_neutral_row_is_read_as_it_is(tmp_path):
    (item,) = load(written(tmp_path, CHOICE))
    assert (item.id, item.gold, item.kind) == ("q1", "B", "choice")


@pytest.mark.parametrize(
    ("fields", "kind", "gold"),
    [
        ({"options": {"A": "yes", "B": "no", "C": "maybe"}, "answer": "maybe"}, "polar", "C"),
        ({"options": {letter: f"text {letter}" for letter in "ABCDEFGHIJ"}, "answer": "J"}, "choice", "J"),
        ({"answer": "no"}, "polar", ""),
        ({"answer": "Pancoast tumour"}, "diagnosis", ""),
        ({"answer": ["liver", "spleen"]}, "list", ""),
        ({"answer": "Repeat CT.", "meta": {"accept": [["CT"]]}}, "open", ""),
        ({"meta": {"unanswerable": True}}, "unanswerable", ""),
        ({"answer": "A", "options": {"A": "x", "B": "y"}, "meta": {"needs_image": True}}, "unanswerable", "A"),
        ({"meta": {"relevant_docs": ["card"]}}, "unscored", ""),
        ({"options": {"A": "x", "B": "y"}, "meta": {"unscored": True}}, "unscored", ""),
    ],
)
def test_the_kind_tells_what_scores_an_item(fields, kind, gold):
    item = Item(id="x", question="?", **fields)
    assert (item.kind, item.gold) == (kind, gold)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "no JSON object"),
        ({"id": "x", "question": "?", "options": {"A": "one", "B": "two"}, "answer": "E"}, "none of the options"),
        ({"id": "x", "question": "?", "options": {"A": "one"}, "answer": "A"}, "fewer than two"),
        ({"id": "x", "question": "?", "answer": ""}, "no answer"),
        ({"id": "q1", "question": "?", "answer": "y"}, "was used in line 1"),
        ({"id": "x", "question": "", "answer": "y"}, "question"),
    ],
)
def test_a_broken_row_is_named_by_its_line_and_skipped_on_request(tmp_path, row, reason):
    path = written(tmp_path, CHOICE, row, {**CHOICE, "id": "q3"})
    with pytest.raises(MalformedQuestionSet, match=reason) as caught:
        load(path)
    assert caught.value.line == 2
    bad: list[MalformedQuestionSet] = []
    assert [item.id for item in load(path, on_bad=bad.append)] == ["q1", "q3"]
    assert [error.line for error in bad] == [2]


def test_csv_has_the_same_columns_with_json_in_its_cells(tmp_path):
    path = tmp_path / "set.csv"
    path.write_text('id,question,options,answer,meta\nq1,"Which,\nthen?","{""A"": ""one"", ""B"": ""two""}",A,"{""needs_image"": false}"\n'
                    'q2,Broken\nq3,Which?,,"[""a"", ""b""]",\n')  # fmt: skip
    bad: list[MalformedQuestionSet] = []
    items = load(path, on_bad=bad.append)
    assert items[0].options == {"A": "one", "B": "two"}
    assert items[0].question == "Which,\nthen?"
    assert items[1].answer == ("a", "b")
    assert [error.line for error in bad] == [4]


def test_what_cannot_be_a_set_says_so(tmp_path):
    for path, reason in (
        (tmp_path / "none.jsonl", "no such file"),
        (written(tmp_path, "x", name="set.xlsx"), "ending"),
        (written(tmp_path, {"strange": 1}), "no form has these fields: strange"),
        (written(tmp_path, "{}", name="empty.jsonl"), "no form"),
    ):
        with pytest.raises(MalformedQuestionSet, match=reason):
            load(path)


def test_options_move_under_the_seed_and_map_back():
    item = Item.model_validate({**CHOICE, "options": {letter: f"text {letter}" for letter in "ABCDEFGHIJ"}})
    orders = {tuple(Posed.of(item, seed).options.values()) for seed in range(20)}
    assert len(orders) > 10
    posed = Posed.of(item, 7)
    assert posed == Posed.of(item, 7)
    assert list(posed.options) == list(item.options)
    for shown, text in posed.options.items():
        assert item.options[posed.mapped_back(shown)] == text
    assert posed.mapped_back("Z") is None
    assert posed.mapped_back(None) is None


@pytest.mark.parametrize("option", ["All of the above", "Both A and C", "A and B", "None of these", "a, b and c", "A or C."])
def test_options_that_name_others_stay_where_they_are(option):
    item = Item(id="x", question="?", options={"A": "one", "B": "two", "C": "three", "D": option}, answer="D")
    assert all(Posed.of(item, seed).options == item.options for seed in range(10))


def test_a_json_file_may_hold_lines_or_a_document(tmp_path):
    lines = written(tmp_path, CHOICE, {**CHOICE, "id": "q2"}, name="lines.json")
    assert [row.line for row in read_rows(lines)] == [1, 2]
    document = written(tmp_path, [CHOICE], name="document.json")
    assert [item.id for item in load(document)] == ["q1"]
