"""Label sets: which findings of a reading a label of a public set means, as data (`data/labels.toml`)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from pydantic import Field

from agent.reports.mentions import stated
from agent.reports.types import Finding, ReadReport
from agent.reports.vocabulary import kinds
from corpora.types import Frozen

FILE = Path(__file__).parent / "data" / "labels.toml"


class Label(Frozen):
    """A label and what means it: kinds, alone or with an organ ("dilatation@heart"), and words of a finding's name, in quotes."""

    kinds: tuple[str, ...] = Field(min_length=1)
    coded: tuple[str, ...] = Field(default=(), description="the names that the set itself has for it, where they are several")

    def means(self, kind: str, organ: str, name: str) -> bool:
        """Whether a finding of this kind, organ and wording has the label."""
        return any(one in (kind, f"{kind}@{organ}") or (one.startswith('"') and one.strip('"') in name.lower()) for one in self.kinds)


@cache
def label_sets() -> dict[str, dict[str, Label]]:
    """The label sets by name; every kind is one that reports are read for."""
    held = {
        name: {label: Label.model_validate(entry) for label, entry in labels.items()}
        for name, labels in tomllib.loads(FILE.read_text(encoding="utf-8")).items()
    }
    used = {
        one.partition("@")[0] for labels in held.values() for label in labels.values() for one in label.kinds if not one.startswith('"')
    }
    if stray := used - set(kinds()):
        raise ValueError(f"{FILE.name}: there is no kind {stray.pop()!r}")
    return held


def names(labelled_by: str) -> tuple[str, ...]:
    """The labels of a set."""
    return tuple(label_sets()[labelled_by])


def labelled(report: ReadReport, labelled_by: str) -> dict[str, str]:
    """Label -> present, uncertain or absent, as a reading has it; a label that nothing means is left out."""
    order = ("present", "uncertain", "absent")
    found: dict[str, str] = {}
    read = list(_all(report))
    for label, known in label_sets()[labelled_by].items():
        states = {state for kind, organ, name, state in read if known.means(kind, organ, name)}
        if said := next((state for state in order if state in states), ""):
            found[label] = said
    return found


def _all(report: ReadReport) -> Iterator[tuple[str, str, str, str]]:
    """Every finding of a reading as kind, organ, words and state: what is there, what it is read as, and what its sentences deny."""
    for finding in report.findings:
        if finding.certainty in ("present", "uncertain", "historical"):
            yield finding.kind, finding.organ, finding.name, "uncertain" if finding.certainty == "uncertain" else "present"
            yield from _readings(finding)
    denied = [*report.left, *(sentence for finding in report.findings for sentence in finding.sentences)]
    for sentence in denied:
        for one in stated(sentence.text):
            if one.certainty == "absent":
                word = sentence.text[one.start : one.end]
                yield one.kind, _organ(one.kind, word), word, "absent"


def _readings(finding: Finding) -> Iterator[tuple[str, str, str, str]]:
    """What a finding is read as, as surely as its sentence says so."""
    for sentence in finding.sentences:
        for one in stated(sentence.text):
            word = sentence.text[one.start : one.end]
            if word in finding.suggests and one.certainty != "absent":
                state = "uncertain" if one.certainty == "uncertain" else "present"
                yield one.kind, _organ(one.kind, word) or finding.organ, word, state


def _organ(kind: str, word: str) -> str:
    known = kinds().get(kind)
    return known.at.get(word.lower(), known.organ) if known else ""
