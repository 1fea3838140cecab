import pytest

from agent.errors import MalformedQuestionSet
from evals.reports import SET, Case, advice, cases, category, figures, main, replay

CASE = Case.model_validate({
    "id": "a", "subspecialty": "chest",
    "text": "CT CHEST\nINDICATION: never smoker, 50-year-old.\nFINDINGS: 7 mm solid nodule in the right upper lobe. Small left pleural effusion. The quick brown fox.",
    "findings": [
        {"organ": "lung", "kind": "nodule", "side": "right", "mm": 7, "system": "Fleischner", "advice": "CT at 6-12 months"},
        {"organ": "liver", "kind": "lesion"},
    ],
})  # fmt: skip


def test_findings_are_paired_by_place_and_kind_and_the_rest_is_counted():
    outcome = replay(CASE)
    assert outcome.pairs[0][1].organ == "lung"
    assert outcome.pairs[1][1] is None
    assert [one.kind for one in outcome.beyond] == ["effusion"]
    assert outcome.lost == ()
    made = figures([outcome])
    assert (made["precision"], made["recall"], made["advice right"], made["advice wrong"]) == (0.5, 0.5, 1.0, 0.0)


def test_advice_is_right_wrong_or_left_open():
    gold, finding = replay(CASE).pairs[0]
    assert advice(gold, finding) == "right"
    assert advice(gold.model_copy(update={"advice": "Biopsy"}), finding) == "wrong"
    assert advice(gold, None) == "open"


def test_a_category_that_the_report_leaves_open_is_right_only_when_left_open():
    gold, finding = replay(CASE).pairs[0]
    assert category(gold.model_copy(update={"category": "?"}), finding)
    assert not category(gold.model_copy(update={"category": "Lung-RADS 3"}), finding)
    assert not category(gold, None)


def test_a_broken_line_is_named(tmp_path):
    file = tmp_path / "set.jsonl"
    file.write_text(CASE.model_dump_json() + "\n{}\n", encoding="utf-8")
    with pytest.raises(MalformedQuestionSet, match="line 2"):
        cases(file)


def test_the_shipped_reports_are_of_twelve_subspecialties():
    shipped = cases(SET)
    assert len(shipped) == 60
    assert len({case.subspecialty for case in shipped}) == 12
    assert len({case.id for case in shipped}) == 60


def test_the_shipped_reports_are_read_as_well_as_they_were():
    made = figures([replay(case) for case in cases(SET)])
    assert made["F1"] >= 0.95
    assert made["category exact"] >= 0.95
    assert made["advice right"] >= 0.95
    assert made["advice wrong"] <= 0.02
    assert made["nothing lost"] == 1.0


def test_the_figures_are_printed(tmp_path, capsys):
    file = tmp_path / "set.jsonl"
    file.write_text(CASE.model_dump_json() + "\n", encoding="utf-8")
    assert main([str(file), "-v"]) == 0
    told = capsys.readouterr().out
    assert "F1" in told
    assert 'a: missed {"organ": "liver", "kind": "lesion"}' in told
