"""A score by the name of a system, for programs."""

from __future__ import annotations

from collections.abc import Sequence

from corpora.rules import scoring
from corpora.rules.scoring import Score
from corpora.rules.system import named


def score(system: str, /, *, assume: bool = True, **features: str | Sequence[str]) -> Score:
    """What a scoring system says of a finding.

    Args:
        system: any of its names ("TI-RADS", "Bosniak"); `radqa score --list` shows them.
        assume: take what the system assumes where nothing is said.
        features: feature -> value ("12 x 8 mm", "solid"), or several values; hyphens of a feature as underscores.

    Returns:
        The category and advice, or all that are still possible with the features that decide; with the card's rows.

    Raises:
        UnknownSystem, UnknownFeature: there is no such system, feature or value; names the near ones.
    """
    return scoring.score(named(system), {name.replace("_", "-"): value for name, value in features.items()}, assume=assume)
