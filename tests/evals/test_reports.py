import re
from collections import Counter

import pytest

from agent.errors import MalformedQuestionSet
from agent.reports.vocabulary import kinds
from evals.reports import (
    SET,
    Case,
    Gold,
    advice,
    called,
    cases,
    category,
    figures,
    fits_exactly,
    is_same_kind,
    is_same_place,
    main,
    replay,
)

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


HALVES = [SET.with_name(f"reports_{half}.jsonl") for half in "ab"]


def test_the_two_halves_share_no_report_and_are_alike_in_language():
    one, other = (cases(half) for half in HALVES)
    assert len(one) == len(other) == 70
    assert len({case.id for case in [*one, *other]} | {case.text for case in [*one, *other]}) == 280
    assert Counter(case.language for case in one) == Counter(case.language for case in other)
    assert len({case.language for case in one}) == 6
    assert all({case.subspecialty for case in half} == {case.subspecialty for case in cases(SET)} for half in (one, other))


@pytest.mark.parametrize("case", [case for half in HALVES for case in cases(half)], ids=lambda case: case.id)
def test_a_report_of_the_halves_is_fictional_and_holds_the_sizes_of_its_gold(case):
    assert case.origin.startswith("fictional")
    assert 1 <= len(case.findings) <= 12
    said = {float(value.replace(",", ".")) for value in re.findall(r"\d+(?:[.,]\d+)?", case.text)}
    assert all({gold.mm, round(gold.mm / 10, 2)} & said for gold in case.findings if gold.mm)
    assert {gold.certainty for gold in case.findings} <= {"present", "uncertain"}
    assert {gold.certainty for gold in case.denied} <= {"absent", "historical", "family"}


def test_what_a_report_denies_is_counted_when_it_is_read_as_present():
    gold = CASE.findings[0].model_copy(update={"organ": "pleura", "kind": "effusion", "side": "", "certainty": "absent"})
    made = figures([replay(CASE.model_copy(update={"denied": (gold, CASE.findings[1])}))])
    assert (made["denied"], made["denied read as present"]) == (2, 0.5)


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


def _one(text):
    return replay(Case(id="x", text=f"CT\nFINDINGS:\n{text}")).report.findings[0]


def test_one_finding_may_be_placed_and_called_in_two_ways():
    hernia = _one("Umbilical hernia containing fat.")
    assert is_same_place("hernia", "peritoneum", hernia.organ)
    assert not fits_exactly(Gold(organ="peritoneum", kind="hernia"), hernia)
    assert called(_one("Wedge-shaped consolidation, likely pulmonary infarction.")) == {"consolidation", "infarct"}


def test_other_organs_and_kinds_stay_apart():
    assert not is_same_place("nodule", "lung", "pleura")
    assert not is_same_place("stenosis", "peritoneum", "bowel")
    assert not is_same_kind("nodule", "stone")


@pytest.mark.parametrize("name", ["reports_c.jsonl", "reports_d.jsonl"])
def test_the_sets_for_mending_and_checking_are_whole(name):
    held = cases(SET.with_name(name))
    assert len(held) >= 50
    assert len({case.id for case in held}) == len(held)
    assert {case.language for case in held} == {"en", "de", "fr", "es", "it", "pt"}
    assert all(case.origin for case in held)
    assert {gold.kind for case in held for gold in case.findings} <= set(kinds())
