"""The questions of a run: one set or several, a sample of each, in an order that any beginning of it is fair to all sets."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, zip_longest
from pathlib import Path
from typing import TypeVar

from agent.errors import MalformedQuestionSet
from evals.loading import load
from evals.questions import Item


def gather(
    paths: Sequence[Path], form: str = "", *, limit: int | None = None, seed: int = 0, images: bool = True,
    on_bad: Callable[[MalformedQuestionSet], None] | None = None,
) -> list[Item]:  # fmt: skip
    """The questions of the sets in turn, so that a run that stops early has asked as many of each.

    Args:
        paths: the sets; one set keeps its order.
        form: their published form, by default told by the rows of each.
        limit: at most so many of each set, drawn under the seed.
        seed: of the sample.
        images: with False, questions that need an image are left out before the sample is drawn.
        on_bad: as in `evals.loading.load`.

    Raises:
        MalformedQuestionSet: names file and line; also where two sets use one id, or where nothing is left.
    """
    taken = [sample(_usable(load(path, form, on_bad), images), limit, seed) for path in paths]
    _check_ids(paths, taken)
    items = list(_in_turn(taken))
    if not items:
        raise MalformedQuestionSet(", ".join(map(str, paths)), 1, "every question needs an image, and --no-images leaves those out")
    return items


def name_of(paths: Sequence[Path]) -> str:
    """The sets' file names as one name."""
    return " + ".join(path.name for path in paths)


Asked = TypeVar("Asked")


def sample(items: Sequence[Asked], limit: int | None, seed: int) -> list[Asked]:
    """All items, or so many drawn under the seed, in the order of the set."""
    if limit is None or limit >= len(items):
        return list(items)
    return [items[place] for place in sorted(random.Random(seed).sample(range(len(items)), limit))]


def _usable(items: Sequence[Item], images: bool) -> list[Item]:
    return [item for item in items if images or not item.meta.get("needs_image")]


def _in_turn(taken: Sequence[Sequence[Item]]) -> Iterable[Item]:
    return (item for item in chain.from_iterable(zip_longest(*taken)) if item is not None)


def _check_ids(paths: Sequence[Path], taken: Sequence[Sequence[Item]]) -> None:
    owner: dict[str, Path] = {}
    for path, items in zip(paths, taken, strict=True):
        for item in items:
            if item.id in owner:
                raise MalformedQuestionSet(str(path), 1, f"the id {item.id!r} is used in {owner[item.id]} too; give each its own")
        owner |= {item.id: path for item in items}
