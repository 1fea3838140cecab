"""What each part of a system is worth: the system without it against the whole one, item by item. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping

from corpora.types import Frozen
from evals.stats import Interval, Paired

_NAME = re.compile(r"(?P<kind>.+?)(?P<without>(?::no-[a-z-]+)+)(?P<model>@.*)?")
_BESIDE = ("sentences_supported", "seconds_p50", "calls", "tokens")


class Ablation(Frozen):
    """A system without a part; `change` is without minus with, in the share of right replies."""

    system: str
    whole: str
    part: str
    right: Interval
    change: Interval
    lost: int | None
    won: int | None
    p: float
    adjusted: float | None
    detectable: float | None
    beside: dict[str, tuple[float, float]]
    """Figure -> its value with and without the part."""


def whole_of(system: str) -> tuple[str, str]:
    """The name of the whole system, and the part that this one lacks; the part is empty for a whole one."""
    found = _NAME.fullmatch(system)
    if found is None:
        return system, ""
    return found["kind"] + (found["model"] or ""), found["without"].removeprefix(":no-").replace(":no-", ", ")


def ablations(systems: Mapping[str, Mapping[str, Interval]], paired: tuple[Paired, ...]) -> list[Ablation]:
    """One for each system that lacks a part and stands beside the whole one, in the order of the systems."""
    found = {}
    for pair in paired:
        for whole, system, sign in ((pair.first, pair.second, 1), (pair.second, pair.first, -1)):
            if pair.metric == "correct" and system != whole and whole_of(system) == (whole, whole_of(system)[1]):
                found[system] = _made(systems, pair, whole, system, sign)
    return [found[system] for system in systems if system in found]


def _made(systems: Mapping[str, Mapping[str, Interval]], pair: Paired, whole: str, system: str, sign: int) -> Ablation:
    lost, won = (pair.only_first, pair.only_second) if sign > 0 else (pair.only_second, pair.only_first)
    beside = {
        name: (before.value, after.value)
        for name in _BESIDE
        if (before := systems[whole].get(name)) and (after := systems[system].get(name))
        if before.value is not None and after.value is not None
    }
    return Ablation(
        system=system, whole=whole, part=whole_of(system)[1], right=systems[system]["correct"], change=_turned(pair.difference, sign),
        lost=lost, won=won, p=pair.p, adjusted=pair.adjusted, detectable=pair.detectable, beside=beside,
    )  # fmt: skip


def _turned(found: Interval, sign: int) -> Interval:
    if sign > 0 or found.value is None or found.low is None or found.high is None:
        return found
    return found.model_copy(update={"value": -found.value, "low": -found.high, "high": -found.low})
