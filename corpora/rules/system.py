"""The form of a scoring system's file, checked on load: its features, and its tables over the rows of guideline cards.

A table takes its rows from a section of a card (`section`, `columns` naming the feature of each column, `result` naming the column
that answers), so that each number stands in one place, the card; or it writes a condition out (`when`, `then`) for a row or a sentence
of the card that words alone decide, which must stand in the card as quoted.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from corpora.errors import InputError, MalformedDocument
from corpora.types import Frozen

FOLDER = Path(__file__).parent
LENGTH = "length (mm)"
Measure = Literal["largest", "mean", "short"]
Way = Literal["first", "highest", "sum"]


class UnknownSystem(InputError):
    """There is no scoring system of that name."""


class Feature(Frozen):
    """What a system asks of a finding: one of its `values` (each with the words that say it), or a quantity of a `dimension`.

    `measured` says which of several diameters counts, `whole` that millimetres are rounded first; `assume` is the value taken where
    nothing is said (the result tells it), `no` the one that a denied feature has ("no washout"). Words of `said_of` tell whose measure
    a number is ("wall 3 mm"), `words` say a quantity without a number ("thin wall" is "<= 2 mm"), and `rare` values are not thought of
    unless they are said.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    values: dict[str, tuple[str, ...]] = Field(default={})
    dimension: str = ""
    several: bool = False
    of: Literal["finding", "report"] = Field(default="finding", description="whose words say it: the finding's own, or the whole report's")
    measured: Measure = "largest"
    whole: bool = False
    assume: str = ""
    no: str = ""
    rare: tuple[str, ...] = ()
    said_of: tuple[str, ...] = ()
    words: dict[str, str] = Field(default={})

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        if bool(self.values) == bool(self.dimension):
            raise ValueError(f"feature {self.id!r} needs either `values` or a `dimension`")
        if self.values and (stray := {value for value in (self.assume, self.no, *self.rare) if value} - set(self.values)):
            raise ValueError(f"feature {self.id!r} has no value {stray.pop()!r}")
        taken: dict[str, str] = {}
        for value, words in self.values.items():
            for word in (value, *words):
                if taken.setdefault(word.lower(), value) != value:
                    raise ValueError(f"feature {self.id!r}: {word!r} says both {taken[word.lower()]!r} and {value!r}")
        return self

    def value(self, said: str) -> str:
        """The value that a word or a card's cell means; empty when it is none."""
        low = " ".join(said.lower().split())
        return next((value for value, words in self.values.items() if low == value.lower() or low in map(str.lower, words)), "")


When = dict[str, str | tuple[str, ...]]
"""Feature -> a value or quantity as text, or several of which one must hold."""


class Written(Frozen):
    """A condition written out, for a row of the card (`row`, its cells) or a sentence of it (`said`)."""

    when: When
    then: str
    row: str = ""
    said: str = ""
    card: str = ""
    instead: bool = Field(default=False, description="of a sum: holds in place of it")

    @model_validator(mode="after")
    def _rests_on_something(self) -> Self:
        if bool(self.row) == bool(self.said):
            raise ValueError(f"the row for {self.then!r} needs either `row` or `said`")
        return self


class Part(Frozen):
    """A section of a card whose rows are read as conditions.

    `columns` maps a column to a feature or to what an earlier table gives; a column that is not named does not decide. `cells` says what a
    cell asks where it is not simply a value of its column's feature. In a long table `feature_in` names the column that says which
    feature, `value_in` the one with its value, and `names` the features of its cells. Rows with a cell in `leave` are not read.
    """

    section: str
    result: str
    columns: dict[str, str] = Field(default={})
    cells: dict[str, When] = Field(default={})
    feature_in: str = ""
    value_in: str = ""
    names: dict[str, str] = Field(default={})
    leave: tuple[str, ...] = ()
    card: str = ""


class Table(Frozen):
    """What one step gives, and from which rows; `way` says which of several matching rows holds: the first, the highest, or their sum."""

    gives: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    way: Way = "first"
    parts: tuple[Part, ...] = ()
    rows: tuple[Written, ...] = ()
    scale: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _has_rows(self) -> Self:
        if not (self.parts or self.rows):
            raise ValueError(f"the table that gives {self.gives!r} has no rows")
        if self.way == "highest" and not self.scale:
            raise ValueError(f"the table that gives {self.gives!r} takes the highest and needs a `scale`")
        return self


class Refusal(Frozen):
    """A combination that cannot be: conditions that exclude each other, or a part (`exceeds[0]`) larger than its whole (`exceeds[1]`)."""

    because: str
    when: When = Field(default={})
    exceeds: tuple[str, ...] = ()


class About(Frozen):
    """Which findings of a report the system is for; `context` words must stand in the report, `never` words must not."""

    organs: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    modalities: tuple[str, ...] = ()
    context: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    whole: bool = Field(default=False, description="scores the study (a patient, a breast), not one finding")


class System(Frozen):
    """A scoring system: checked, its tables not yet joined to their card (`corpora.rules.rows`)."""

    id: str
    name: str
    card: str
    aliases: tuple[str, ...] = ()
    about: About = About()
    notes: tuple[str, ...] = ()
    features: tuple[Feature, ...] = Field(min_length=1)
    refused: tuple[Refusal, ...] = ()
    tables: tuple[Table, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_known(self) -> Self:
        known = {feature.id for feature in self.features}
        if len(known) < len(self.features):
            raise ValueError("two features have the same id")
        for refusal in self.refused:
            if stray := {*refusal.when, *refusal.exceeds} - known:
                raise ValueError(f"a refusal names {stray.pop()!r}, which is no feature")
        for table in self.tables:
            used = {name for row in table.rows for name in row.when}
            used |= {
                name
                for part in table.parts
                for name in (*part.columns.values(), *part.names.values(), *(one for when in part.cells.values() for one in when))
            }
            if stray := used - known:
                raise ValueError(f"the table that gives {table.gives!r} names {stray.pop()!r}, which is neither feature nor given before")
            known.add(table.gives)
        return self

    def __hash__(self) -> int:
        """By the id: what is kept per system is found again without walking it."""
        return hash(self.id)

    def feature(self, name: str) -> Feature | None:
        """The feature of an id or title; None when there is none."""
        low = re.sub(r"[\s_]+", "-", name.strip().lower())
        return next((feature for feature in self.features if low in (feature.id, re.sub(r"\s+", "-", feature.title.lower()))), None)


def load(path: Path) -> System:
    """The system of a file.

    Raises:
        MalformedDocument: the file breaks the form; says where.
    """
    try:
        return System.model_validate({"id": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))})
    except (tomllib.TOMLDecodeError, ValidationError, OSError) as error:
        raise MalformedDocument(str(path), f"no scoring system ({error})") from error


@cache
def systems() -> dict[str, System]:
    """Every shipped system by its id, in the order of their names."""
    return {path.stem: load(path) for path in sorted(FOLDER.glob("*.toml"))}


def named(name: str) -> System:
    """The system of an id, a name or an alias, whatever its case, hyphens and spaces.

    Raises:
        UnknownSystem: there is none; names the nearest.
    """
    wanted = _plain(name)
    for system in systems().values():
        if wanted in map(_plain, (system.id, system.name, *system.aliases)):
            return system
    near = [system.name for system in systems().values() if wanted and (wanted in _plain(system.name) or _plain(system.name) in wanted)]
    said = f"did you mean {', '.join(near)}?" if near else f"there are {', '.join(system.name for system in systems().values())}."
    raise UnknownSystem(f"There is no scoring system {name!r}; {said}")


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
