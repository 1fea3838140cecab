import io
import json

import numpy as np
import pytest
from rich.console import Console

from evals import curves, page, report, tables
from evals.folder import UnusableRun
from evals.metrics import figures, table
from evals.plots import charts
from evals.runner import Asked, Runner
from evals.types import Response
from tests.evals.conftest import Scripted, chose, item, right, right_on_even

ITEMS = [item(number, topic="chest" if number < 10 else "neuro", source="made up") for number in range(30)]
UNANSWERABLE = [item(100 + number, meta={"unanswerable": True}, options=None, answer="") for number in range(4)]


def sometimes_silent(posed):
    if posed.item.without_answer or int(posed.item.id[1:]) % 3 == 0:
        return Response(kind="abstained", reason="nothing")
    return right_on_even(posed)


async def made(begun, items, **replies):
    solvers = [Scripted(name.replace("_", "-"), reply) for name, reply in replies.items()]
    folder = begun(items, [solver.name for solver in solvers])
    await Runner(folder, items, solvers, Asked(seed=0, text_of={}.get)).run()
    return folder


async def test_figures_have_values_intervals_and_n(begun):
    folder = await made(begun, ITEMS + UNANSWERABLE, extractive=sometimes_silent)
    found = figures(table([folder]), seed=1).systems["extractive"]
    assert found["coverage"].value == pytest.approx(20 / 30)
    assert (found["coverage"].n, found["accuracy"].n) == (30, 30)
    assert found["accuracy"].value == pytest.approx(10 / 30)
    assert found["selective_accuracy"].value == pytest.approx(10 / 20)
    assert found["abstained_rightly"].value == 1
    assert found["accuracy"].low < found["accuracy"].value < found["accuracy"].high
    assert figures(table([folder]), seed=1) == figures(table([folder]), seed=1)


async def test_systems_are_compared_pairwise_and_flips_counted_against_closed_book(begun):
    named = {"closed-book": right_on_even, "extractive": sometimes_silent, "agent": right, "agent:no-refinement": sometimes_silent}
    folder = begun(ITEMS, named)
    await Runner(folder, ITEMS, [Scripted(*pair) for pair in named.items()], Asked(seed=0, text_of={}.get)).run()
    got = figures(table([folder]), seed=1)
    pairs = {(pair.first, pair.second): pair for pair in got.paired}
    assert len(pairs) == 6
    against = pairs["closed-book", "agent"]
    assert (against.only_first, against.only_second) == (0, 15)
    assert against.adjusted >= against.p
    assert against.p == pytest.approx(2 * 0.5**15)
    assert got.systems["agent"]["wrong_to_right"].value == 0.5
    assert got.systems["agent"]["right_to_wrong"].value == 0
    silent = got.systems["agent:no-refinement"]  # right on even items but for every sixth, where it says nothing
    assert silent["right_to_wrong"].value == 0
    assert silent["right_to_abstained"].value == pytest.approx(5 / 30)
    assert "wrong_to_right" not in got.systems["closed-book"]


async def test_failed_and_missing_items_are_counted_apart(begun):
    def fails(posed):
        from agent.errors import MalformedModelOutput

        if posed.item.id < "q0005":
            raise MalformedModelOutput("no JSON")
        return right(posed)

    folder = begun(ITEMS)
    await Runner(folder, ITEMS[:20], [Scripted("extractive", fails)], Asked(seed=0, text_of={}.get)).run()
    got = figures(table([folder]), seed=0)
    assert (got.failed, got.missing, got.failures) == ({"extractive": 5}, {"extractive": 10}, {"extractive": {"MalformedModelOutput": 5}})
    assert (got.systems["extractive"]["accuracy"].value, got.systems["extractive"]["accuracy"].n) == (1, 15)
    assert report.as_json(got)["failed"] == 5


async def test_subgroups_by_topic_kind_and_never_by_a_single_value(begun):
    folder = await made(begun, ITEMS + UNANSWERABLE, extractive=sometimes_silent)
    got = figures(table([folder]), seed=0)
    assert {group.by for group in got.subgroups} == {"topic", "kind"}
    chest = next(group for group in got.subgroups if group.group == "chest")
    assert (chest.n, chest.figures["coverage"].value) == (10, pytest.approx(0.6))


async def test_two_runs_side_by_side_carry_their_folders_names(begun, tmp_path):
    one = await made(begun, ITEMS, extractive=right)
    two = begun(ITEMS, path=tmp_path / "other")
    await Runner(two, ITEMS, [Scripted("extractive", right_on_even)], Asked(seed=0, text_of={}.get)).run()
    got = figures(table([one, two]), seed=0)
    assert set(got.systems) == {"run/extractive", "other/extractive"}
    assert got.paired[0].only_first == 15


async def asked(begun, path, items=ITEMS, **replies):
    named = {name.replace("_", "-"): reply for name, reply in replies.items()}
    folder = begun(items, named, path=path)
    await Runner(folder, items, [Scripted(*pair) for pair in named.items()], Asked(seed=0, text_of={}.get)).run()
    return folder


async def test_runs_whose_folders_end_alike_are_told_apart_by_more_of_the_path(begun, tmp_path):
    one = await asked(begun, tmp_path / "a" / "core", extractive=right)
    two = await asked(begun, tmp_path / "b" / "core", extractive=right_on_even)
    got = figures(table([one, two]), seed=0)
    assert {name: found["correct"].value for name, found in got.systems.items()} == {"a/core/extractive": 1, "b/core/extractive": 0.5}
    assert got.missing == {}
    assert set(page._items([one, two])[0]["replies"]) == set(got.systems)


async def test_one_id_for_two_different_items_is_refused(begun, tmp_path):
    one = await asked(begun, tmp_path / "one", extractive=right)
    two = await asked(begun, tmp_path / "two", items=[item(0, question="Another question?")], extractive=right)
    with pytest.raises(UnusableRun, match=r"one and .*two have different items of the id 'q0000'"):
        table([one, two])


def wrong(posed):
    return chose("C")


@pytest.mark.parametrize("other", ["other", "closed-book-test"])
async def test_flips_are_counted_against_the_closed_book_system_of_the_same_run(begun, tmp_path, other):
    one = await asked(begun, tmp_path / "run", closed_book=right, agent=right)
    two = await asked(begun, tmp_path / other, closed_book=wrong, agent=wrong)
    got = figures(table([one, two]), seed=0).systems
    assert [got[f"{other}/agent"][name].value for name in ("right_to_wrong", "wrong_to_right")] == [0, 0]
    alone = await asked(begun, tmp_path / "third", agent=wrong)
    assert figures(table([two, one, alone]), seed=0).systems["third/agent"]["right_to_wrong"].value == 0  # the first run's baseline
    assert "right_to_wrong" not in figures(table([alone]), seed=0).systems["agent"]


async def test_flips_are_not_counted_against_another_model(begun, tmp_path, offline):
    one = await asked(begun, tmp_path / "run", closed_book=right)
    two = await asked(begun, tmp_path / "other", agent=wrong)
    kept = two.manifest()
    two.begin(kept.model_copy(update={"settings": kept.settings | {"model": "another"}}), ITEMS)
    assert "right_to_wrong" not in figures(table([one, two]), seed=0).systems["agent"]


async def test_an_empty_run_has_a_report(begun):
    got = figures(table([begun(ITEMS)]), seed=0)
    assert got.missing == {"extractive": 30}
    assert tables.as_text(got)
    assert report.figures_csv(got).splitlines() == ["system,figure,value,low,high,n"]


async def test_floors_and_ceilings(begun):
    folder = await made(begun, ITEMS, extractive=right_on_even)
    got = figures(table([folder]), seed=0)
    assert report.below(got, {"extractive": {"accuracy": 0.5, "coverage": 0.9}}) == []
    missed = report.below(got, {"extractive": {"accuracy": 0.6, "seconds_p50": -1.0, "none": 0.1}, "agent": {"accuracy": 0.1}})
    assert len(missed) == 4
    assert "the floor is 0.6" in missed[0]
    assert "ceiling" in missed[1]


async def test_the_files_of_a_report(begun):
    folder = await made(begun, ITEMS, extractive=right_on_even)
    got = figures(table([folder]), seed=0)
    report.write(folder, got)
    document = json.loads((folder.path / "metrics.json").read_text())
    assert set(document["systems"]["extractive"]["accuracy"]) == {"value", "low", "high", "n"}
    assert document["manifest"]["set_name"] == "set.jsonl"
    rows = (folder.path / "items.csv").read_text().splitlines()
    assert len(rows) == 31
    assert rows[1].startswith("extractive,q0000,choice,chest,B,answered,B,1.0")
    specs = json.loads((folder.path / "plots.json").read_text())
    assert {"systems", "reliability", "risk_coverage", "latency"} <= set(specs)
    assert {name: chart.to_dict() for name, chart in charts(got).items()} == specs  # which validates
    assert all(spec["$schema"].startswith("https://vega.github.io/schema/vega-lite") for spec in specs.values())


def test_calibration_of_the_calibrated_is_good_and_of_the_boastful_bad():
    random = np.random.default_rng(0)
    sure = random.random(4000)
    honest = curves.calibration_error(sure, (random.random(4000) < sure).astype(float))
    boastful = curves.calibration_error(np.full(100, 0.95), np.zeros(100))
    assert curves.plain(honest, 4000) < 0.05
    assert curves.plain(boastful, 100) == pytest.approx(0.95)


def test_reliability_bins_hold_every_item_once():
    bins = curves.reliability(np.array([0.0, 0.05, 0.5, 1.0]), np.array([0.0, 0, 1, 1]))
    assert [found.n for found in bins] == [2, 1, 1]
    assert bins[-1].low == pytest.approx(0.9)


def test_risk_falls_when_the_sure_answers_are_right():
    sure, correct = np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 1, 0, 0])
    points = curves.risk_coverage(sure, correct, answerable=8)
    assert [(point.coverage, point.risk) for point in points] == [(0.125, 0), (0.25, 0), (0.375, pytest.approx(1 / 3)), (0.5, 0.5)]
    assert curves.plain(curves.area_under_risk(sure, correct), 4) == pytest.approx((0 + 0 + 1 / 3 + 1 / 2) / 4)
    worst = curves.plain(curves.area_under_risk(sure, correct[::-1]), 4)
    assert worst == pytest.approx((1 + 1 + 2 / 3 + 1 / 2) / 4)
    assert curves.plain(curves.area_under_risk(np.full(4, 0.5), correct), 4) == pytest.approx(0.5)


def test_chosen_places_keep_first_and_last():
    assert curves.spread(1000, 5) == [0, 249, 499, 749, 999]
    assert curves.spread(0, 5) == []
    assert chose("A").option == "A"


async def test_systems_without_a_part_are_compared_with_whole_ones_alone(begun):
    names = ["extractive", "extractive:no-refinement", "extractive:no-verification"]
    folder = begun(ITEMS, names)
    await Runner(folder, ITEMS, [Scripted(name, right_on_even) for name in names], Asked(seed=0, text_of={}.get)).run()
    got = figures(table([folder]), seed=0)
    shown = Console(width=240, file=io.StringIO())
    shown.print(tables.as_text(got))
    told = shown.file.getvalue()
    assert "Without a part" in told
    assert "Right replies by subgroup" in told
    assert report.as_json(got)["ablations"][0]["part"] == "refinement"
    pairs = {(pair.first, pair.second) for pair in got.paired}
    assert pairs == {("extractive", names[1]), ("extractive", names[2])}
