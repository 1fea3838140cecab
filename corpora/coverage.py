"""What a radiology reference must carry: its titles by group, and which disease cards are looked up most."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from corpora.readers import topics

TITLES = Path(__file__).parent / "data" / "topics.txt"
"""A title a line below the `# ` heading of its group, in each group the most often asked first."""
WITH_CASE = 250
"""So many of the commonest disease cards have a teaching case of their own."""


class Title(NamedTuple):
    """A title of the list: its line in the file, and its place in its group from 0 (most often asked) to below 1."""

    text: str
    line: int
    place: float


def titles(path: Path = TITLES) -> list[Title]:
    """The titles of the list in order."""
    groups: list[list[tuple[int, str]]] = [[]]
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("# "):
            groups.append([])
        elif line.strip():
            groups[-1].append((number, line.strip()))
    return [Title(text, line, place / len(group)) for group in groups for place, (line, text) in enumerate(group)]


def commonest(number: int = WITH_CASE, path: Path = TITLES, folder: Path = topics.FOLDER) -> list[str]:
    """The ids of so many disease cards that are looked up most: by the best place of what they cover, then by id."""
    places = {title.text: title.place for title in titles(path)}
    ranked = []
    for card in sorted(folder.glob("*/*.md")):
        matter = topics.read_matter(card)[0]
        if matter.kind == "disease" and (best := [places[title] for title in matter.covers if title in places]):
            ranked.append((min(best), matter.id))
    return [name for _, name in sorted(ranked)[:number]]
