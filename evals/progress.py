"""A live bar on stderr: items done, right so far, time left, tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from evals.types import Record

if TYPE_CHECKING:
    from evals.run import Prepared

_SYSTEMS_SHOWN = 3


class Live:
    """Follows a run; without a terminal it says nothing but what must be told."""

    def __init__(self, prepared: Prepared, console: Console, *, shown: bool) -> None:
        """Take the run, its console, and whether anything is shown."""
        self._console, self._speaks = console, shown
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
                   TextColumn("eta"), TimeRemainingColumn())  # fmt: skip
        self._bar = Progress(*columns, console=console, transient=True, disable=not shown or not console.is_terminal)
        self._right: Counter[str] = Counter()
        self._scored: Counter[str] = Counter()
        self._tokens = self._failed = 0
        done = len(prepared.folder.done())
        self._task = self._bar.add_task("asking", total=prepared.total, completed=done)

    def __enter__(self) -> Live:
        """Show the bar."""
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take it away."""
        self._bar.stop()

    def record(self, record: Record) -> None:
        """Count one record."""
        if record.response is None:
            self._failed += 1
        else:
            self._tokens += record.response.tokens_in + record.response.tokens_out
            correct = record.scores.get("correct")
            if correct is not None and correct.value is not None:
                self._scored[record.system] += 1
                self._right[record.system] += int(correct.value >= 1)
        self._bar.update(self._task, advance=1, description=escape(self.line))

    @property
    def line(self) -> str:
        """What has come out so far, in a line."""
        shares = [f"{name} {self._right[name] / count:.0%} right" for name, count in self._scored.items()]
        more = f" +{len(shares) - _SYSTEMS_SHOWN}" if len(shares) > _SYSTEMS_SHOWN else ""
        parts = [*shares[:_SYSTEMS_SHOWN], f"{self._tokens:,} tokens", *([f"{self._failed} failed"] if self._failed else [])]
        return ", ".join(parts) + more

    def tell(self, text: str) -> None:
        """Say a line above the bar."""
        self._console.print(f"[yellow]{escape(text)}[/yellow]", highlight=False, soft_wrap=True)


@contextmanager
def bar(label: str, console: Console, *, shown: bool) -> Iterator[Callable[[int, int], None]]:
    """A plain bar for work that is counted."""
    columns = (SpinnerColumn(), TextColumn(label), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not shown or not console.is_terminal) as progress:
        task = progress.add_task(label, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)
