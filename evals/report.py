"""A run's figures as files: `metrics.json`, two CSV files, the plots and one self-contained HTML page; for a terminal: `evals.tables`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.ablation import ablations
from evals.folder import RunFolder, put_json, put_text
from evals.metrics import Figures, figures, table
from evals.scorers import LOWER_IS_BETTER

FIGURES_FILE, CSV_FILE, ITEMS_FILE, PLOTS_FILE = "metrics.json", "metrics.csv", "items.csv", "plots.json"


def figures_of(folders: Sequence[RunFolder]) -> Figures:
    """The figures of one or several runs, under the first one's seed."""
    return figures(table(folders), folders[0].manifest().seed)


def as_json(made: Figures) -> dict[str, Any]:
    """The document that `radqa eval run --json` prints: systems, paired comparisons, failed items."""
    return {
        "systems": {system: {name: found.model_dump() for name, found in named.items()} for system, named in made.systems.items()},
        "paired": [pair.model_dump() for pair in made.paired],
        "failed": sum(made.failed.values()),
        "failures": made.failures,
        "missing": made.missing,
        "n": made.n,
        "seed": made.seed,
        "subgroups": [group.model_dump() for group in made.subgroups],
        "ablations": [found.model_dump() for found in ablations(made.systems, made.paired)],
    }


def write(folder: RunFolder, made: Figures) -> None:
    """Put metrics.json, metrics.csv, items.csv and plots.json (where Altair is installed) into the folder. Raises `FolderUnwritable`."""
    from corpora.errors import MissingExtra
    from evals.plots import specs

    put_json(folder.path / FIGURES_FILE, as_json(made) | {"manifest": folder.manifest().model_dump(mode="json")})
    put_text(folder.path / CSV_FILE, figures_csv(made))
    put_text(folder.path / ITEMS_FILE, _items_csv(folder))
    try:
        put_json(folder.path / PLOTS_FILE, specs(made))
    except MissingExtra:
        (folder.path / PLOTS_FILE).unlink(missing_ok=True)


def figures_csv(made: Figures) -> str:
    """One line per system and figure: value, interval, n."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("system", "figure", "value", "low", "high", "n"))
    for system, named in made.systems.items():
        for name, found in sorted(named.items()):
            writer.writerow((system, name, found.value, found.low, found.high, found.n))
    return out.getvalue()


_ITEM_COLUMNS = (
    "system",
    "id",
    "kind",
    "topic",
    "gold",
    "reply",
    "option",
    "correct",
    "confidence",
    "seconds",
    "calls",
    "tokens",
    "failure",
)


def _items_csv(folder: RunFolder) -> str:
    items, out = {item.id: item for item in folder.items()}, io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_ITEM_COLUMNS)
    for record in folder.records():
        item, reply = items[record.id], record.response
        correct = record.scores.get("correct")
        told = (reply.kind, reply.option, correct.value if correct else None, reply.confidence, round(reply.seconds, 4), reply.calls,
                reply.tokens_in + reply.tokens_out) if reply else ("failed", *[None] * 6)  # fmt: skip
        gold = item.gold or ("; ".join(item.answer) if isinstance(item.answer, tuple) else item.answer)
        failure = f"{record.failure.type}: {record.failure.message}" if record.failure else ""
        writer.writerow((record.system, record.id, item.kind, item.topic, gold, *told, failure))
    return out.getvalue()


def below(made: Figures, floors: dict[str, dict[str, float]]) -> list[str]:
    """What misses its floor, in words; a system or figure that is not there misses it too."""
    missed = []
    for system, named in floors.items():
        for name, floor in named.items():
            found = made.systems.get(system, {}).get(name)
            if found is None or found.value is None:
                missed.append(f"{system}: {name} has no value, the floor is {floor}")
            elif (found.value > floor) if _is_ceiling(name) else (found.value < floor):
                missed.append(f"{system}: {name} is {found.value:.3f}, the {'ceiling' if _is_ceiling(name) else 'floor'} is {floor}")
    return missed


def _is_ceiling(name: str) -> bool:
    return name.removesuffix("_p50").removesuffix("_p95") in LOWER_IS_BETTER


def write_html(folders: Sequence[RunFolder], made: Figures, path: Path) -> None:
    """Write the page. Raises `MissingExtra` without Altair and vl-convert, and `FolderUnwritable`."""
    from evals.page import page

    put_text(path, page(folders, made))
