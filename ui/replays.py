"""Runs of question sets as the evals page shows them, read from their folders' files.

`ui` and `evals` stand beside each other and import nothing from one another: a run is started by its command, `radqa eval run`,
and read from what that command documents to write.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pydantic import Field

from corpora.types import Frozen

LOCAL_RUNS = Path("evals") / "runs"
"""Where the command line puts runs, from the folder it is called in."""
SHIPPED = "results"


class RunLine(Frozen):
    """A run: what was asked of whom, and how far it is."""

    path: Path
    name: str
    set_name: str
    started: str
    systems: tuple[str, ...]
    total: int
    done: int
    finished: bool


class Figure(Frozen):
    """A figure with its interval, as text."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int = 0

    @property
    def shown(self) -> str:
        """The value with its interval and n, or a dash where nothing was measured."""
        if self.value is None:
            return "–"
        interval = f" ({self.low:.3f}-{self.high:.3f})" if self.low is not None and self.high is not None else ""
        return f"{self.value:.3f}{interval}, n {self.n}"


class Reply(Frozen):
    """What one system made of one item."""

    system: str
    text: str
    option: str = ""
    kind: str = ""
    quotes: tuple[str, ...] = ()
    scores: dict[str, tuple[float | None, str]] = Field(default_factory=dict)
    failure: str = ""


def available() -> bool:
    """Whether this installation can replay question sets."""
    return find_spec("evals.runner") is not None


def sets() -> list[Path]:
    """The question sets that ship with the evals."""
    folder = _evals_folder()
    return sorted((folder / "datasets").glob("*.jsonl")) if folder else []


def _evals_folder() -> Path | None:
    spec = find_spec("evals")
    places = list(spec.submodule_search_locations or ()) if spec else []
    return Path(places[0]) if places else None


def runs(own: Path) -> list[RunLine]:
    """The person's runs, those of the command line, and those that ship with the project; the newest first."""
    shipped = _evals_folder()
    roots = [own, LOCAL_RUNS, *([shipped / SHIPPED] if shipped else [])]
    found = [_line(path.parent) for root in roots if root.is_dir() for path in root.glob("*/manifest.json")]
    return sorted((line for line in found if line), key=lambda line: line.started, reverse=True)


def _line(folder: Path) -> RunLine | None:
    try:
        kept = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        systems = tuple(_system(one) for one in kept["systems"])
        total = int(kept["items"]) * len(systems)
        return RunLine(
            path=folder, name=folder.name, set_name=str(kept["set_name"]), systems=systems,
            started=str(kept["started"])[:16].replace("T", " "),
            total=total, done=done(folder), finished=(folder / "metrics.json").exists(),
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None  # no run of a kind that this version knows


def _system(kept: dict[str, Any]) -> str:
    without = "".join(f":no-{part}" for part in kept.get("without", ()))
    return f"{kept.get('kind', '')}{without}" + (f" [{kept['model']}]" if kept.get("model") else "")


def done(folder: Path) -> int:
    """How many replies a run has so far."""
    path = folder / "answers.jsonl"
    if not path.exists():
        return 0
    with path.open("rb") as file:
        return sum(1 for _ in file)


def figures(folder: Path) -> dict[str, dict[str, Figure]]:
    """System -> figure's name -> figure; empty while the run is going."""
    made = _json(folder / "metrics.json").get("systems", {})
    return {system: {name: Figure(**_known(found)) for name, found in named.items()} for system, named in made.items()}


def _known(found: dict[str, Any]) -> dict[str, Any]:
    return {name: found.get(name) for name in Figure.model_fields if found.get(name) is not None}


def paired(folder: Path) -> list[dict[str, Any]]:
    """The paired comparisons of a run's systems."""
    return [dict(pair) for pair in _json(folder / "metrics.json").get("paired", [])]


def plots(folder: Path) -> dict[str, dict[str, Any]]:
    """Name -> Vega-Lite specification; empty where the plots' package is not installed."""
    return _json(folder / "plots.json")


def _json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.exists() else {}


def items(folder: Path) -> dict[str, dict[str, Any]]:
    """Id -> item, in order."""
    return {str(item["id"]): item for item in _lines(folder / "items.jsonl")}


def replies(folder: Path, item: str) -> list[Reply]:
    """What each system made of an item; of one asked again, the last reply counts."""
    found = {str(line["system"]): line for line in _lines(folder / "answers.jsonl") if str(line.get("id")) == item}
    return [_reply(line) for line in found.values()]


def _reply(line: dict[str, Any]) -> Reply:
    response, failure = line.get("response") or {}, line.get("failure") or {}
    quotes = (citation.get("quote", "") for sentence in response.get("sentences") or () for citation in sentence.get("citations") or ())
    scores = {name: (score.get("value"), str(score.get("explanation") or "")) for name, score in (line.get("scores") or {}).items()}
    return Reply(
        system=str(line["system"]), text=str(response.get("text") or ""), option=str(response.get("option") or ""),
        kind=str(response.get("kind") or ""), quotes=tuple(dict.fromkeys(quotes)), scores=scores,
        failure=f"{failure.get('type', '')}: {failure.get('message', '')}" if failure else "",
    )  # fmt: skip


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        with path.open(encoding="utf-8") as file:
            for line in file:
                if line.endswith("\n"):  # the last one may still be being written
                    yield json.loads(line)


def start(own: Path, questions: Path, systems: Sequence[str], limit: int) -> Path:
    """Start a run in a process of its own and return its folder; beside it stand what the run says (`.log`) and who it is (`.pid`)."""
    folder = own / f"{questions.stem}-{time.strftime('%Y%m%d-%H%M%S')}"
    own.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "agent.cli", "eval", "run", str(questions), "--systems", ",".join(systems), "--limit", str(limit)]
    with _beside(folder, "log").open("wb") as log:
        process = subprocess.Popen([*command, "--out", str(folder)], stdout=log, stderr=log)
    _processes[folder] = process
    _beside(folder, "pid").write_text(str(process.pid), encoding="ascii")
    return folder


_processes: dict[Path, subprocess.Popen[bytes]] = {}
"""The runs that this process started; those of a process before it are known by their numbers on disk."""


def _beside(folder: Path, ending: str) -> Path:
    return folder.parent / f"{folder.name}.{ending}"


def running(own: Path) -> list[Path]:
    """The folders of the person's runs that are under way, started from this page by whichever session."""
    return [folder for path in sorted(own.glob("*.pid")) if _runs_on(folder := path.with_suffix(""))]


def _runs_on(folder: Path) -> bool:
    if folder in _processes:
        return _processes[folder].poll() is None
    try:
        said = Path("/proc", _beside(folder, "pid").read_text(encoding="ascii"), "cmdline").read_bytes()
    except OSError:
        return False
    return str(folder).encode() in said  # the number may be another program's by now


def stop(folder: Path) -> None:
    """End a run of the person's and note that it was they who did."""
    if _runs_on(folder):
        _beside(folder, "stopped").touch()
        os.kill(int(_beside(folder, "pid").read_text(encoding="ascii")), signal.SIGTERM)


def unfinished(own: Path, known: Sequence[RunLine]) -> list[tuple[str, str, str]]:
    """Name, how far and why of every run without figures that is not under way: those of the page, and those of the command line."""
    lines = {line.path: line for line in known if not line.finished}
    going = set(running(own))
    mine = [path.with_suffix("") for path in own.glob("*.pid") if not (path.with_suffix("") / "metrics.json").exists()]
    left = [folder for folder in dict.fromkeys([*lines, *mine]) if folder not in going]
    return [(folder.name, f"{lines[folder].done} of {lines[folder].total}" if folder in lines else "–", _why(folder)) for folder in left]


def _why(folder: Path) -> str:
    if _beside(folder, "stopped").exists():
        return "Stopped"
    if not _beside(folder, "pid").exists():
        return "Not finished; the command line started it"
    log = _beside(folder, "log")
    return f"Ended early. {log.read_text(encoding='utf-8', errors='replace')[-600:] if log.exists() else ''}".strip()
