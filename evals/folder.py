"""A run's folder: `manifest.json`, `items.jsonl`, `answers.jsonl` (one line per item and system), `calls.sqlite`, its reports."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import ValidationError

from corpora.errors import FolderUnwritable, InputError
from evals.journal import lines
from evals.manifest import Manifest
from evals.questions import Item
from evals.types import Failure, Record

RETRIED = frozenset(("ModelUnavailable", "ModelTimeout"))
"""Failures of the model and not of the item: a resumed run asks these items again."""


_MODEL_FAILED = re.compile(rb'"failure": ?\{"type": ?"Model')
_BY_CHANCE = RETRIED | {"BudgetExceeded", "ModelRefused"}


class UnusableRun(InputError):
    """The folder holds no run, or another one than is asked for."""


class RunFolder:
    """Where a run is written and read."""

    def __init__(self, path: Path) -> None:
        """Take the folder; nothing is read yet."""
        self.path = path
        self.manifest_file, self.items_file = path / "manifest.json", path / "items.jsonl"
        self.answers_file = path / "answers.jsonl"
        self.calls_file = path / "calls.sqlite"
        """The model's answers; one that several systems ask for is asked once, and each of them is charged what it cost."""

    @property
    def exists(self) -> bool:
        """Whether a run was begun here."""
        return self.manifest_file.exists()

    def begin(self, manifest: Manifest, items: Sequence[Item]) -> None:
        """Write manifest and items, each put in place whole. Raises `FolderUnwritable`."""
        put_text(self.items_file, "".join(item.model_dump_json() + "\n" for item in items))
        self.note(manifest)

    def note(self, manifest: Manifest) -> None:
        """Write the manifest, put in place whole. Raises `FolderUnwritable`."""
        put_text(self.manifest_file, manifest.model_dump_json(indent=1) + "\n")

    def manifest(self) -> Manifest:
        """The run's manifest. Raises `UnusableRun`."""
        try:
            return Manifest.model_validate_json(self.manifest_file.read_text(encoding="utf-8"))
        except (OSError, ValidationError) as error:
            raise UnusableRun(f"{self.path} holds no run that can be read. Give the --out folder of `radqa eval run`.") from error

    def items(self) -> list[Item]:
        """The items as they were asked, in order."""
        return [Item.model_validate(fields) for fields in lines(self.items_file)]

    def records(self) -> Iterator[Record]:
        """The records in the order in which they ended; of one item asked again, the last one counts."""
        if self._repeats():
            last = {(fields["system"], fields["id"]): number for number, fields in enumerate(lines(self.answers_file))}
            for number, fields in enumerate(lines(self.answers_file)):
                if last[fields["system"], fields["id"]] == number:
                    yield Record.model_validate(fields)
        else:
            yield from (Record.model_validate(fields) for fields in lines(self.answers_file))

    def _repeats(self) -> bool:
        """Whether some item may have been asked again: only failures of the model are, and their lines name them."""
        if not self.answers_file.exists():
            return False
        with self.answers_file.open("rb") as file:
            return any(_MODEL_FAILED.search(line) for line in file)

    def times(self) -> dict[tuple[str, str], tuple[float, float]]:
        """Seconds in all and in the model of every reply, by system and item."""
        kept = {}
        for fields in lines(self.answers_file):
            if reply := fields.get("response"):
                kept[fields["system"], fields["id"]] = (reply.get("seconds", 0.0), reply.get("model_seconds", 0.0))
        return kept

    def lost(self) -> dict[tuple[str, str], Failure]:
        """What failed without a reply that could be replayed: by chance, or refused; by system and item."""
        failed = {(record.system, record.id): record.failure for record in self.records() if record.failure}
        return {key: failure for key, failure in failed.items() if failure and failure.type in _BY_CHANCE}

    def done(self) -> set[tuple[str, str]]:
        """System and item of every record that need not be asked again."""
        finished: dict[tuple[str, str], bool] = {}
        for fields in lines(self.answers_file):
            failure = fields.get("failure")
            finished[fields["system"], fields["id"]] = not failure or failure["type"] not in RETRIED
        return {key for key, whole in finished.items() if whole}


def put_text(path: Path, text: str) -> None:
    """Write a text, put in place whole, its folder made where it is missing. Raises `FolderUnwritable`."""
    beside = path.with_suffix(".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise FolderUnwritable(f"{path} cannot be written: {error.strerror}. Choose another place, or free some space.") from error


def put_json(path: Path, document: object) -> None:
    """Write a JSON document, put in place whole. Raises `FolderUnwritable`."""
    put_text(path, json.dumps(document, ensure_ascii=False, indent=1) + "\n")
