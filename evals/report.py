"""A run's figures for people and programs: a terminal table, `metrics.json`, two CSV files and one self-contained HTML page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table as RichTable
from rich.text import Text

from evals.folder import RunFolder, put_json
from evals.metrics import Figures, figures, table
from evals.plots import SHOWN
from evals.retrieval import RetrievalFigures
from evals.stats import Interval, Paired

FIGURES_FILE, CSV_FILE, ITEMS_FILE, PLOTS_FILE = "metrics.json", "metrics.csv", "items.csv", "plots.json"
_COSTS = ("seconds_p50", "seconds_p95", "seconds_outside_model_p50", "calls", "tokens", "money")
_OTHERS = (
    "said_first", "diagnosis_exact", "diagnosis_normalised", "diagnosis_is_a", "list_precision", "list_recall", "judged",
    "judged_context", "quotes_resolvable", "right_despite_context", "right_to_wrong", "wrong_to_right", "ece", "aurc",
)  # fmt: skip


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
    }


def write(folder: RunFolder, made: Figures) -> None:
    """Put metrics.json, metrics.csv, items.csv and plots.json (where Altair is installed) into the folder."""
    from corpora.errors import MissingExtra
    from evals.plots import specs

    put_json(folder.path / FIGURES_FILE, as_json(made) | {"manifest": folder.manifest().model_dump(mode="json")})
    (folder.path / CSV_FILE).write_text(figures_csv(made), encoding="utf-8")
    with (folder.path / ITEMS_FILE).open("w", encoding="utf-8", newline="") as file:
        _write_items(folder, file)
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


def _write_items(folder: RunFolder, file: io.TextIOBase | Any) -> None:
    items = {item.id: item for item in folder.items()}
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(_ITEM_COLUMNS)
    for record in folder.records():
        item, reply = items[record.id], record.response
        correct = record.scores.get("correct")
        told = (reply.kind, reply.option, correct.value if correct else None, reply.confidence, round(reply.seconds, 4), reply.calls,
                reply.tokens_in + reply.tokens_out) if reply else ("failed", *[None] * 6)  # fmt: skip
        gold = item.gold or ("; ".join(item.answer) if isinstance(item.answer, tuple) else item.answer)
        failure = f"{record.failure.type}: {record.failure.message}" if record.failure else ""
        writer.writerow((record.system, record.id, item.kind, item.topic, gold, *told, failure))


def as_text(made: Figures) -> Group:
    """Tables for a terminal: figures by system, comparisons, what failed."""
    parts: list[Any] = [_figures_table(made)]
    if made.paired:
        parts += [Text(), _paired_table(made.paired)]
    parts += [Text(line) for line in _asides(made)]
    return Group(*parts)


def _figures_table(made: Figures) -> RichTable:
    shown = RichTable(title=f"{made.n} items, 95 % bootstrap intervals, seed {made.seed}", title_justify="left")
    shown.add_column("figure")
    for system in made.systems:
        shown.add_column(system, justify="right")
    for name in ("n", "failed", *SHOWN, *_OTHERS, *_COSTS):
        cells = list(_row(made, name))
        if any(cells):
            shown.add_row(name, *cells)
    return shown


def _row(made: Figures, name: str) -> Iterator[str]:
    for system, named in made.systems.items():
        if name == "n":
            yield str(made.n - made.missing.get(system, 0))
        elif name == "failed":
            yield str(made.failed[system]) if any(made.failed.values()) else ""
        else:
            yield told(named[name]) if name in named and named[name].value is not None else ""


def told(found: Interval) -> str:
    """`.812 (.760-.861, n 250)`; bigger figures without decimals."""
    if found.value is None:
        return "not scored"
    low, high = (_number(bound) for bound in (found.low, found.high))
    return f"{_number(found.value)} ({low}-{high}, n {found.n})"


def _number(value: float | None) -> str:
    if value is None:
        return "?"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"


def _paired_table(paired: Sequence[Paired]) -> RichTable:
    shown = RichTable(title="Paired: second minus first; p adjusted by Benjamini-Hochberg over all rows", title_justify="left")
    for name in ("first", "second", "figure", "difference", "only first / only second", "p", "adjusted", "detectable at this n"):
        shown.add_column(name)
    for pair in paired:
        split = "" if pair.only_first is None else f"{pair.only_first} / {pair.only_second}"
        adjusted = "" if pair.adjusted is None else f"{pair.adjusted:.4f}"
        detectable = "" if pair.detectable is None else f"{pair.detectable:.3f}"
        shown.add_row(pair.first, pair.second, pair.metric, told(pair.difference), split, f"{pair.p:.4f}", adjusted, detectable)
    return shown


def _asides(made: Figures) -> Iterator[str]:
    for system, kinds in made.failures.items():
        yield f"{system}: {made.failed[system]} items failed and are not scored ({', '.join(f'{n} {kind}' for kind, n in kinds.items())})."
    for system, left in made.missing.items():
        yield f"{system}: {left} items are not asked yet; go on with --resume."


def retrieval_text(made: RetrievalFigures) -> Group:
    """Tables of retrieval figures for a terminal."""
    shown = RichTable(title=f"{made.n} questions with gold documents in the index, {made.left_out} without", title_justify="left")
    shown.add_column("mode")
    for name in next(iter(made.modes.values())):
        shown.add_column(name, justify="right")
    for mode, named in made.modes.items():
        shown.add_row(mode, *(told(found).partition(", n")[0] + ")" for found in named.values()))
    return Group(shown, _paired_table(made.paired)) if made.paired else Group(shown)


def below(made: Figures, floors: dict[str, dict[str, float]]) -> list[str]:
    """What misses its floor, in words; a system or figure that is not there misses it too."""
    missed = []
    for system, named in floors.items():
        for name, floor in named.items():
            found = made.systems.get(system, {}).get(name)
            if found is None or found.value is None:
                missed.append(f"{system}: {name} has no value, the floor is {floor}")
            elif (found.value > floor) if name in _CEILINGS else (found.value < floor):
                missed.append(f"{system}: {name} is {found.value:.3f}, the {'ceiling' if name in _CEILINGS else 'floor'} is {floor}")
    return missed


_CEILINGS = frozenset(("hallucination", "ece", "aurc", "seconds_p50", "seconds_p95", "failed"))


def write_html(folders: Sequence[RunFolder], made: Figures, path: Path) -> None:
    """Write the page. Raises `MissingExtra` without Altair and vl-convert."""
    from evals.page import page

    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page(folders, made), encoding="utf-8")
