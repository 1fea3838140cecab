"""What a text asserts of a concept: present, absent, uncertain, historical, or of the family. ConText rules over a sentence's events.

After Chapman et al., J Biomed Inform 2001 (NegEx) and Harkema et al., J Biomed Inform 2009 (ConText): a trigger governs the
concepts after (or before) it, up to a word that ends its reach, another trigger, or so many words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from pydantic import ValidationError

from corpora.errors import MalformedDocument
from corpora.types import Assertion, Frozen

FILE = Path(__file__).parent / "data" / "triggers.toml"
REACH_BEFORE, REACH_AFTER = 14, 7
"""Words a trigger reaches forward, and back."""
Act = Literal["pseudo", "stop", "affirm", "before", "after"]
_PRIORITY: dict[Assertion, int] = {"family": 4, "absent": 3, "uncertain": 2, "historical": 1, "present": 0}


class Trigger(Frozen):
    """What a phrase does to the concepts around it."""

    before: Assertion | None = None
    after: Assertion | None = None
    stops: bool = False
    affirms: bool = False
    joins: bool = False


class Event(NamedTuple):
    """Something at words `start` to `end` of a sentence: a trigger, or a comma (None)."""

    start: int
    end: int
    trigger: Trigger | None


COMMA = None


@cache
def triggers(path: Path = FILE) -> dict[str, Trigger]:
    """Phrase -> what it does.

    Raises:
        MalformedDocument: the file breaks its form.
    """
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
        found: dict[str, dict[str, object]] = {phrase: {} for phrase in _phrases(raw.pop("pseudo"))}
        for name, act in (("stop", "stops"), ("affirm", "affirms"), ("join", "joins")):
            for phrase in _phrases(raw.pop(name)):
                found.setdefault(phrase, {})[act] = True
        for assertion, sides in raw.items():
            for side, text in sides.items():
                for phrase in _phrases(text):
                    found.setdefault(phrase, {})[side] = assertion
        return {phrase: Trigger.model_validate(acts) for phrase, acts in found.items()}
    except (tomllib.TOMLDecodeError, ValidationError, KeyError, AttributeError) as error:
        raise MalformedDocument(str(path), f"not a file of assertion rules ({error})") from error


def _phrases(text: str) -> list[str]:
    return [phrase.strip() for phrase in text.replace("\n", ";").split(";") if phrase.strip()]


def assertions(concepts: Sequence[tuple[int, int]], events: Sequence[Event]) -> list[Assertion]:
    """What one sentence says of each concept, given as word spans in order, with the sentence's events in order. Pure."""
    if not events:
        return ["present"] * len(concepts)
    return [_of(start, end, events) for start, end in concepts]


def _of(start: int, end: int, events: Sequence[Event]) -> Assertion:
    left = _from_left(start, events)
    right = _from_right(end, events)
    return max(left, right, key=_PRIORITY.__getitem__)


def _from_left(start: int, events: Sequence[Event]) -> Assertion:
    """The nearest trigger on the left that still reaches the concept; one of the family reaches past nearer ones."""
    nearest: Assertion = "present"
    for position in range(len(events) - 1, -1, -1):
        event = events[position]
        if event.end > start or event.trigger is None:
            continue
        trigger = event.trigger
        if trigger.stops or start - event.end > REACH_BEFORE:
            break
        if trigger.affirms and trigger.before is None:
            if _opens_last_part(position, events):
                break
            continue
        if trigger.before is not None and (nearest == "present" or trigger.before == "family"):
            nearest = _both(nearest, trigger.before)
    return nearest


def _opens_last_part(position: int, events: Sequence[Event]) -> bool:
    """Whether an affirming word stands right after a comma, and no "or" follows that would make it an item of a list."""
    comma = position > 0 and events[position - 1].trigger is COMMA and events[position - 1].end == events[position].start
    return comma and not any(event.trigger is not None and event.trigger.joins for event in events[position + 1 :])


def _both(nearer: Assertion, farther: Assertion) -> Assertion:
    """The assertion of two triggers: a denied family history denies; otherwise the family outweighs."""
    return nearer if nearer == "absent" else farther


def _from_right(end: int, events: Sequence[Event]) -> Assertion:
    """The nearest trigger on the right, if nothing ends its reach before the concept."""
    for event in events:
        if event.start < end or event.trigger is None:
            continue
        if event.trigger.after is not None and event.start - end <= REACH_AFTER:
            return event.trigger.after
        if event.trigger.stops or event.start - end > REACH_AFTER:
            break
        if event.trigger.before is not None:
            break
    return "present"


assert set(get_args(Assertion)) == set(_PRIORITY)
