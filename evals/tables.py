"""A run's figures as tables for a terminal, and what must be said beside them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Group
from rich.table import Table
from rich.text import Text

from evals.ablation import Ablation, ablations, whole_of
from evals.metrics import Figures
from evals.plots import SHOWN
from evals.retrieval import RetrievalFigures
from evals.stats import Interval, Paired

_MOST_GROUPS, _LONGEST_GROUP = 8, 40
_COSTS = ("seconds_p50", "seconds_p95", "seconds_outside_model_p50", "calls", "tokens", "money")
_OTHERS = (
    "accuracy_with_own", "said_first", "diagnosis_exact", "diagnosis_normalised", "diagnosis_is_a", "list_precision", "list_recall",
    "judged", "judged_context", "citation_recall_judged", "quotes_resolvable", "right_despite_context", "right_to_wrong",
    "right_to_abstained", "wrong_to_right", "ece", "aurc", "coverage_at_5", "proven_sentences", "own_sentences", "evidenced",
    "high_risk_error", "unsafe_answer", "contradiction", "overconfident_harm",
)  # fmt: skip


def as_text(made: Figures) -> Group:
    """Tables for a terminal: figures by system, what each part is worth, comparisons, subgroups, what failed."""
    parts: list[Table | Text] = [_figures_table(made)]
    if found := ablations(made.systems, made.paired):
        parts += [Text(), _ablation_table(found)]
    if whole := [pair for pair in made.paired if not (whole_of(pair.first)[1] or whole_of(pair.second)[1])]:
        parts += [Text(), _paired_table(whole)]
    if made.subgroups:
        parts += [Text(), _subgroup_table(made)]
    parts += [Text(line) for line in asides(made)]
    return Group(*parts)


def _figures_table(made: Figures) -> Table:
    shown = Table(title=f"{made.n} items, 95 % bootstrap intervals, seed {made.seed}", title_justify="left")
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


def _p(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _detectable(value: float | None) -> str:
    return "too few items" if value is None else f"{value:.3f}"


def _paired_table(paired: Sequence[Paired]) -> Table:
    shown = Table(title="Paired: second minus first; p adjusted by Benjamini-Hochberg over all rows", title_justify="left")
    for name in ("first", "second", "figure", "difference", "only first / only second", "p", "adjusted", "detectable at this n"):
        shown.add_column(name)
    for pair in paired:
        split = "" if pair.only_first is None else f"{pair.only_first} / {pair.only_second}"
        shown.add_row(pair.first, pair.second, pair.metric, told(pair.difference), split, f"{pair.p:.4f}", _p(pair.adjusted),
                      _detectable(pair.detectable))  # fmt: skip
    return shown


def _ablation_table(found: Sequence[Ablation]) -> Table:
    title = "Without a part: right replies, and what is lost (below 0) or gained; beside it figures with the part > without"
    shown = Table(title=title, title_justify="left")
    beside = list(dict.fromkeys(name for ablation in found for name in ablation.beside))
    for name in ("system", "correct", "change", "lost / won", "adjusted p", "detectable", *beside):
        shown.add_column(name, no_wrap=name in ("system", "correct", "change"))
    for one in found:
        split = "" if one.lost is None else f"{one.lost} / {one.won}"
        pairs = (f"{_number(one.beside[name][0])} > {_number(one.beside[name][1])}" if name in one.beside else "" for name in beside)
        shown.add_row(one.system, told(one.right), told(one.change).partition(", n")[0] + ")", split, _p(one.adjusted),
                      _detectable(one.detectable), *pairs)  # fmt: skip
    return shown


def _subgroup_table(made: Figures) -> Table:
    """The largest groups of each kind, the sets first."""
    shown = Table(title="Right replies by subgroup, the largest ones; small ones tell little", title_justify="left")
    for name in ("by", "group", *made.systems):
        shown.add_column(name)
    for by in ("source", "kind", "topic"):
        rows: dict[str, dict[str, str]] = {}
        for group in made.subgroups:
            if group.by == by and (found := group.figures.get("correct")):
                rows.setdefault(group.group, {})[group.system] = told(found)
        for name, cells in list(rows.items())[:_MOST_GROUPS]:
            shown.add_row(by, name[:_LONGEST_GROUP], *(cells.get(system, "") for system in made.systems))
    return shown


OWN_JUDGE = (
    "Citation figures are judged by radqa's own verifier, which also decides which of the agent's sentences stay: they say less of the "
    "agent than of systems without that gate. --judge MODEL adds a second opinion (citation_recall_judged)."
)


ALL_ALIKE = "Where all n items score alike, the bootstrap has no width; the truth may still lie up to 3/n away (95 %, the rule of three)."


def asides(made: Figures) -> Iterator[str]:
    """What a reader of the figures must know, a line each."""
    if any(found.n and found.low == found.high for named in made.systems.values() for found in named.values()):
        yield ALL_ALIKE
    if any("citation_recall" in named and "citation_recall_judged" not in named for named in made.systems.values()):
        yield OWN_JUDGE
    for system, kinds in made.failures.items():
        yield f"{system}: {made.failed[system]} items failed and are not scored ({', '.join(f'{n} {kind}' for kind, n in kinds.items())})."
    for system, left in made.missing.items():
        yield f"{system}: {left} items are not asked yet; go on with --resume."


def retrieval_text(made: RetrievalFigures) -> Group:
    """Tables of retrieval figures for a terminal."""
    shown = Table(title=f"{made.n} questions with gold documents in the index, {made.left_out} without", title_justify="left")
    shown.add_column("mode")
    for name in next(iter(made.modes.values())):
        shown.add_column(name, justify="right")
    for mode, named in made.modes.items():
        shown.add_row(mode, *(told(found).partition(", n")[0] + ")" for found in named.values()))
    return Group(shown, _paired_table(made.paired)) if made.paired else Group(shown)
