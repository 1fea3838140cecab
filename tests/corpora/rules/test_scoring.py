"""Every system against its card: gold cases read off the published tables, and what holds for every row and every gap."""

import random
import tomllib
from pathlib import Path

import pytest

from corpora.errors import MalformedDocument
from corpora.rules.given import UnknownFeature
from corpora.rules.rows import joined
from corpora.rules.scoring import FINAL, score
from corpora.rules.system import LENGTH, UnknownSystem, load, named, systems

GOLD = tomllib.loads((Path(__file__).parent / "gold.toml").read_text(encoding="utf-8"))
CASES = [(system, case) for system, cases in GOLD.items() for case in cases]
UNIT = {LENGTH: "mm", "attenuation (HU)": "HU", "share (%)": "%", "age (years)": "years old"}


def of(name, **said):
    return score(named(name), {key.replace("_", "-"): value for key, value in said.items()})


@pytest.mark.parametrize(
    ("system", "case"), CASES, ids=lambda part: part if isinstance(part, str) else " ".join(map(str, part["given"].values()))
)
def test_a_gold_case_of_the_published_table(system, case):
    found = score(named(system), case["given"])
    if "refused" in case:
        assert case["refused"] in found.refused
    for name in ("category", "management", "points"):
        if name in case:
            assert getattr(found, name) == case[name]
    for name in ("possible", "deciding"):
        if name in case:
            assert set(getattr(found, name)) == set(case[name])


def test_every_system_has_gold_cases():
    assert set(GOLD) == set(systems())


@pytest.mark.parametrize("name", systems())
def test_each_row_that_the_card_has_can_come_out(name):
    system = systems()[name]
    derived = {table.gives for table in system.tables}
    for table, rows in joined(system):
        if table.way == "sum":
            continue
        for row in rows:
            if any(condition.feature in derived for condition in row.conditions):
                continue
            said = {one.feature: next(iter(sorted(one.values))) if one.values else _inside(system, one) for one in row.conditions}
            found = score(system, said, assume=False)
            step = next((step for step in found.steps if step.gives == table.gives), None)
            assert found.refused or (step and (row.then in step.values or _outranked(table, row, step))), (row, found)


def _outranked(table, row, step):
    """Whether a higher or an earlier row holds for the same values, which is how the table says it is read."""
    return bool(step.values) and (table.way == "first" or table.scale.index(step.values[0]) > table.scale.index(row.then))


def _inside(system, condition):
    interval = condition.intervals[0]
    unit = UNIT.get(interval.dimension, "")
    if interval.low is None:
        return f"{interval.high - (1 if interval.high_open else 0):g} {unit}"
    if interval.high is None:
        return f"{interval.low + (1 if interval.low_open else 0):g} {unit}"
    return f"{(interval.low + interval.high) / 2 if interval.low_open else interval.low:g} {unit}"


@pytest.mark.parametrize("name", systems())
def test_what_is_left_out_never_takes_the_true_outcome_away(name):
    system, draw = systems()[name], random.Random(7)
    for _ in range(60):
        whole = {feature.id: _drawn(system, feature, draw) for feature in system.features}
        full = score(system, whole, assume=False)
        if full.refused:
            continue
        part = {key: value for key, value in whole.items() if draw.random() < 0.6}
        less = score(system, part, assume=False)
        assert not less.refused
        assert set(full.possible) <= set(less.possible)
        assert set(full.managements) <= set(less.managements)


@pytest.mark.parametrize("name", systems())
def test_with_every_feature_given_each_table_says_one_thing_or_that_no_row_holds(name):
    system, draw = systems()[name], random.Random(11)
    for _ in range(60):
        found = score(system, {feature.id: _drawn(system, feature, draw) for feature in system.features})
        for step in found.steps:
            assert len(step.values) <= 1, (found.given, step)
            if not step.values and step.gives in FINAL:
                assert found.uncovered


def _drawn(system, feature, draw):
    if feature.values:
        return draw.choice([value for value in feature.values if value not in feature.rare])
    limits = [limit for table, rows in joined(system) for row in rows for one in row.conditions if one.feature == feature.id
              for interval in one.intervals for limit in (interval.low, interval.high) if limit is not None]  # fmt: skip
    value = max(0, (draw.choice(limits) if limits else 5) + draw.choice((-1, 0, 1)))
    return f"{value:g} {UNIT.get(feature.dimension, '')}"


@pytest.mark.parametrize("name", systems())
def test_an_outcome_names_the_card_and_the_row_it_rests_on(name):
    system = systems()[name]
    for _, rows in joined(system):
        for row in rows:
            assert row.cited.quote
            assert row.cited.card
            assert row.cited.title


def test_a_missing_feature_gives_the_range_and_what_decides():
    found = of("TI-RADS", composition="solid", echogenicity="hypoechoic", shape="wider-than-tall", size="12 mm")
    assert found.possible == ("TR4", "TR5")
    assert found.category == ""
    assert set(found.deciding) == {"margin", "foci"}
    assert found.points == "4-13 points"


def test_the_feature_that_narrows_most_is_named_first():
    found = of("Lung-RADS", type="solid")
    assert found.deciding[0] == "size"


def test_a_vague_size_keeps_what_it_cannot_exclude():
    found = of("Lung-RADS", type="solid", size="> 10 mm")
    assert set(found.possible) == {"Lung-RADS 4A", "Lung-RADS 4B"}


def test_the_diameter_that_counts_is_taken_from_two():
    assert of("Lung-RADS", type="solid", size="9 x 6 mm").category == "Lung-RADS 3"
    assert of("Lung-RADS", type="solid", size="0.9 x 0.6 cm").category == "Lung-RADS 3"


def test_an_assumption_is_told_and_can_be_left():
    found = of("Lung-RADS", type="solid", size="7 mm")
    assert found.assumed["time"] == "baseline"
    open_ = score(named("Lung-RADS"), {"type": "solid", "size": "7 mm"}, assume=False)
    assert len(open_.possible) > 1
    assert not open_.assumed


def test_a_value_in_the_words_of_dictation_is_read():
    assert of("TI-RADS", composition="almost completely solid").given["composition"] == "solid"


def test_what_is_unknown_is_missing_and_no_error():
    assert of("TI-RADS", composition="?", size="unknown").given == {}


def test_a_wrong_feature_or_value_names_the_near_one():
    with pytest.raises(UnknownFeature, match="did you mean 'composition'"):
        of("TI-RADS", compositon="solid")
    with pytest.raises(UnknownFeature, match="there are cystic, spongiform, mixed, solid"):
        of("TI-RADS", composition="wooden")
    with pytest.raises(UnknownFeature, match="write a number with mm"):
        of("TI-RADS", size="big")


def test_one_feature_takes_one_value():
    with pytest.raises(UnknownFeature, match="has one value, and 2 were given"):
        of("TI-RADS", composition=["solid", "cystic"])


def test_a_system_is_found_by_any_of_its_names():
    assert named("tirads").id == named("ACR TI-RADS").id == "acr-ti-rads"
    assert named("eu tirads").id == "eu-tirads"
    with pytest.raises(UnknownSystem, match=r"There is no scoring system 'x'; there are .*Bosniak"):
        named("x")


SMALL = """
name = "Small"
card = "lung-rads-2022"
[[features]]
id = "size"
title = "size"
dimension = "length (mm)"
[[tables]]
gives = "category"
"""


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (
            'rows = [{ when = { size = "< 7 mm" }, then = "x", row = "solid | baseline | < 6 mm | Lung-RADS 2 (benign)" }]',
            "does not stand in",
        ),
        ('rows = [{ when = { size = "< 6 mm" }, then = "x", row = "no such | row" }]', "does not say"),
        ('rows = [{ when = { weight = "1" }, then = "x", said = "a" }]', "neither feature nor given before"),
        ('rows = [{ when = {}, then = "x" }]', "needs either `row` or `said`"),
        ('parts = [{ section = "Nothing", result = "category" }]', "no table under"),
        ('parts = [{ section = "Solid nodules", result = "category", columns = { weight = "size" } }]', "no column 'weight'"),
        ('parts = [{ section = "Solid nodules", result = "category", columns = { time = "size" } }]', "is no size"),
        ("rows = [", "no scoring system"),
    ],
)
def test_a_broken_file_is_named_with_what_is_wrong(tmp_path, lines, reason):
    file = tmp_path / "small.toml"
    file.write_text(SMALL + lines, encoding="utf-8")
    with pytest.raises(MalformedDocument, match=r"small\.toml") as caught:
        joined(load(file))
    assert reason in str(caught.value)
