"""What a text asserts of a concept: present, absent, uncertain, historical, or of the family. ConText rules over a sentence's events.

After Chapman et al., J Biomed Inform 2001 (NegEx) and Harkema et al., J Biomed Inform 2009 (ConText): a trigger governs the
concepts after (or before) it, up to a word that ends its reach, another trigger, or so many words.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_left, bisect_right
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
    starts, ends = [event.start for event in events], [event.end for event in events]
    last_join = max((place for place, event in enumerate(events) if event.trigger is not None and event.trigger.joins), default=-1)
    return [
        _weightier(_from_left(start, events, bisect_right(ends, start), last_join), _from_right(end, events, bisect_left(starts, end)))
        for start, end in concepts
    ]


def _weightier(left: Assertion, right: Assertion) -> Assertion:
    return right if _PRIORITY[right] > _PRIORITY[left] else left


def _from_left(start: int, events: Sequence[Event], before: int, last_join: int) -> Assertion:
    """The nearest trigger on the left that still reaches the concept; one of the family reaches past nearer ones.

    `before` is how many events end before the concept, `last_join` the place of the sentence's last joining event.
    """
    nearest: Assertion = "present"
    for position in range(before - 1, -1, -1):
        event = events[position]
        if start - event.end > REACH_BEFORE:
            break
        if event.trigger is None:
            continue
        trigger = event.trigger
        if trigger.stops:
            break
        if trigger.affirms and trigger.before is None:
            if last_join <= position and _follows_comma(position, events):
                break
            continue
        if trigger.before is not None and (nearest == "present" or trigger.before == "family"):
            nearest = _both(nearest, trigger.before)
    return nearest


def _follows_comma(position: int, events: Sequence[Event]) -> bool:
    """Whether an event stands right after a comma: an affirming word there opens the sentence's last part, unless an "or" follows."""
    return position > 0 and events[position - 1].trigger is COMMA and events[position - 1].end == events[position].start


def _both(nearer: Assertion, farther: Assertion) -> Assertion:
    """The assertion of two triggers: a denied family history denies; otherwise the family outweighs."""
    return nearer if nearer == "absent" else farther


def _from_right(end: int, events: Sequence[Event], first: int) -> Assertion:
    """The nearest trigger on the right, if nothing ends its reach before the concept; `first` is the first event behind it."""
    for position in range(first, len(events)):
        event = events[position]
        if event.start - end > REACH_AFTER:
            break
        if event.trigger is None:
            continue
        if event.trigger.after is not None:
            return event.trigger.after
        if event.trigger.stops or event.trigger.before is not None:
            break
    return "present"


assert set(get_args(Assertion)) == set(_PRIORITY)
