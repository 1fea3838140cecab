"""Question sets: one neutral schema, and how its rows and published forms are read. A broken row is named by file and line.

    id, question, options (letter -> text, or null), answer (letter or text, or a list), context, rationale, topic, source, meta

`meta` may hold `relevant_docs` (ids of gold documents), `needs_image`, `unanswerable`, `unscored` (nobody knows the answer yet: it is
asked, and its answers are listed), `accept` (facts an open answer must say, each as a list of wordings), `synonyms` (answer -> other
names), `diagnosis` (the answer names one), `harm` (kind of harm -> options that would do it: high_risk, unsafe, contradicted),
`conflict` (texts that speak for a wrong answer, for systems with `:planted`), and `context: "report"` (the context is a report that
belongs to the question; otherwise it is gold evidence and no system sees it).
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

from pydantic import Field, ValidationError, model_validator

from agent.errors import MalformedQuestionSet
from agent.reasoners.orders import movable
from corpora.errors import MalformedDocument
from corpora.readers.text import decode
from corpora.types import Frozen

Kind = Literal["choice", "polar", "diagnosis", "open", "list", "unanswerable", "unscored"]
POLAR = frozenset(("yes", "no", "maybe", "true", "false", "uncertain"))
_LONGEST_DIAGNOSIS = 12
"""An answer of at most so many words, without facts to say, is read as the name of a diagnosis."""


class Item(Frozen):
    """A question of a set with its gold answer."""

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    options: dict[str, str] | None = None
    answer: str | tuple[str, ...] = ""
    context: str = ""
    rationale: str = ""
    topic: str = ""
    source: str = ""
    meta: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _answer_is_there(self) -> Self:
        if self.options is not None:
            if len(self.options) < 2:
                raise ValueError("there are fewer than two options")
            if isinstance(self.answer, tuple):
                raise ValueError("several answers to a question with options; only one may be right")
            if self.answer and not self.gold:
                raise ValueError(f"the answer {self.answer!r} is none of the options {', '.join(self.options)}")
        if unknown := {label for labels in self.harm.values() for label in labels} - set(self.options or {}):
            raise ValueError(f"meta.harm labels {', '.join(sorted(unknown))}, which is no option")
        if not self.answer and not (self.without_answer or self.unscored or self.relevant_docs):
            raise ValueError("there is no answer, no meta.relevant_docs, and meta says neither unanswerable nor needs_image nor unscored")
        return self

    @property
    def gold(self) -> str:
        """The label of the right option; empty without options or answer."""
        given = str(self.answer).strip()
        if not self.options or not given:
            return ""
        if given in self.options:
            return given
        same = [label for label, text in self.options.items() if text.strip().casefold() == given.casefold()]
        labels = [label for label in self.options if label.casefold() == given.casefold().strip("().: ")]
        return next(iter((*same, *labels)), "")

    @property
    def kind(self) -> Kind:
        """What scores it: the option, yes/no/maybe, a named diagnosis, facts said, a list, or that nothing is answered."""
        if self.without_answer:
            return "unanswerable"
        if not self.answer:
            return "unscored"
        if self.options:
            return "polar" if all(text.strip().rstrip(".").casefold() in POLAR for text in self.options.values()) else "choice"
        if isinstance(self.answer, tuple):
            return "list"
        if self.answer.strip().rstrip(".").casefold() in POLAR:
            return "polar"
        short = len(self.answer.split()) <= _LONGEST_DIAGNOSIS and not self.facts
        return "diagnosis" if self.meta.get("diagnosis", short) else "open"

    @property
    def without_answer(self) -> bool:
        """Whether the right reply is to abstain."""
        return bool(self.meta.get("unanswerable") or self.meta.get("needs_image"))

    @property
    def unscored(self) -> bool:
        """Whether nobody knows yet what the right reply is, not even whether there is one."""
        return bool(self.meta.get("unscored")) and not self.answer

    @property
    def relevant_docs(self) -> tuple[str, ...]:
        """Ids of the documents that hold the answer."""
        return tuple(str(name) for name in self.meta.get("relevant_docs") or ())

    @property
    def harm(self) -> dict[str, tuple[str, ...]]:
        """Kind of harm -> the options that are labelled so; empty where the set has no such labels."""
        return {str(kind): tuple(map(str, labels)) for kind, labels in (self.meta.get("harm") or {}).items()}

    @property
    def conflict(self) -> tuple[str, ...]:
        """Texts that speak for a wrong answer, to be planted among the evidence."""
        return tuple(map(str, self.meta.get("conflict") or ()))

    @property
    def facts(self) -> tuple[tuple[str, ...], ...]:
        """What an open answer must say: every fact in any of its wordings."""
        accepted = self.meta.get("accept") or ()
        return tuple((fact,) if isinstance(fact, str) else tuple(fact) for fact in accepted)

    def names(self, answer: str) -> tuple[str, ...]:
        """The answer and its listed synonyms."""
        listed = (self.meta.get("synonyms") or {}).get(answer, ())
        return (answer, *(str(name) for name in listed))

    @property
    def report(self) -> str:
        """The pasted report; empty where the context is gold evidence."""
        return self.context if self.meta.get("context") == "report" else ""


class Posed(Frozen):
    """An item as it is asked: options moved under the seed; `original` maps a shown label to the set's own."""

    item: Item
    options: dict[str, str] | None = None
    original: dict[str, str] = Field(default_factory=dict)

    @classmethod
    def of(cls, item: Item, seed: int) -> Posed:
        """The item with its options in an order that only the seed and the item's id decide."""
        if not item.options:
            return cls(item=item)
        labels, texts = list(item.options), list(item.options)
        if movable(item.options.values()):
            random.Random(f"{seed}:{item.id}").shuffle(texts)
        original = dict(zip(labels, texts, strict=True))
        return cls(item=item, options={shown: item.options[own] for shown, own in original.items()}, original=original)

    def mapped_back(self, label: str | None) -> str | None:
        """The set's own label of a shown one."""
        return self.original.get(label) if label is not None else None


class Row(NamedTuple):
    """A row of a file: its line (or its number, in a JSON document), and its fields or what is wrong with it."""

    line: int
    fields: dict[str, Any]
    problem: str = ""


Convert = Callable[[Mapping[str, Any]], dict[str, Any]]


def load(path: Path, form: str = "", on_bad: Callable[[MalformedQuestionSet], None] | None = None) -> list[Item]:
    """The items of a set, in order.

    Args:
        path: JSON Lines, JSON, CSV or TSV in the neutral schema or a published form.
        form: the published form (`evals.adapters.FORMS`); without it the first rows tell.
        on_bad: called for each broken row, and reading goes on; without it the first one is raised.

    Raises:
        MalformedQuestionSet: names file and line.
    """
    from evals.adapters import converter

    rows = read_rows(path)
    convert = converter([row for row in rows if not row.problem], path, form)
    items: list[Item] = []
    seen: dict[str, int] = {}
    for row in rows:
        try:
            item = _item(path, row, convert)
            if item.id in seen:
                raise MalformedQuestionSet(str(path), row.line, f"the id {item.id!r} was used in line {seen[item.id]}")
        except MalformedQuestionSet as error:
            if on_bad is None:
                raise
            on_bad(error)
            continue
        seen[item.id] = row.line
        items.append(item)
    if not items:
        raise MalformedQuestionSet(str(path), 1, "the set holds no usable question")
    return items


def _item(path: Path, row: Row, convert: Convert) -> Item:
    if row.problem:
        raise MalformedQuestionSet(str(path), row.line, row.problem)
    try:
        fields = convert(row.fields)
        fields["id"] = fields.get("id") or f"{path.stem}-{row.line}"
        return Item.model_validate({name: value for name, value in fields.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MalformedQuestionSet(str(path), row.line, f"{where}: {first['msg']}".removeprefix(": ")) from error
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, MalformedDocument) as error:
        what = f"there is no field {error}" if isinstance(error, KeyError) else str(error)
        raise MalformedQuestionSet(str(path), row.line, what) from error


def read_rows(path: Path) -> list[Row]:
    """Every row of a file, broken ones with their problem.

    Raises:
        MalformedQuestionSet: there is no such file, its ending is unknown, or it is no text.
    """
    readers: dict[str, Callable[[str], Iterator[Row]]] = {
        ".jsonl": _json_lines, ".ndjson": _json_lines, ".json": _json_document, ".csv": _table, ".tsv": _table,
    }  # fmt: skip
    if not path.is_file():
        raise MalformedQuestionSet(str(path), 1, "there is no such file")
    if path.suffix.lower() not in readers:
        raise MalformedQuestionSet(str(path), 1, f"the ending is none of {' '.join(readers)}")
    try:
        text = decode(path)
    except MalformedDocument as error:
        raise MalformedQuestionSet(str(path), 1, error.reason) from error
    if path.suffix.lower() == ".json" and not _is_document(text):
        return list(_json_lines(text))
    return list(readers[path.suffix.lower()](text))


def _is_document(text: str) -> bool:
    """Whether a .json file is one document; some published sets are JSON Lines under that ending."""
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return "\n{" not in text.strip()
    return True


def _json_lines(text: str) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            try:
                fields = json.loads(line)
            except json.JSONDecodeError as error:
                yield Row(number, {}, f"not JSON: {error.msg}")
                continue
            yield Row(number, fields) if isinstance(fields, dict) else Row(number, {}, "the row is no JSON object")


def _json_document(text: str) -> Iterator[Row]:
    """Rows of a list, of `{"questions": [...]}`, or of an object by id (the key is kept as `_key`)."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        yield Row(error.lineno, {}, f"not JSON: {error.msg}")
        return
    if isinstance(document, dict) and isinstance(document.get("questions"), list):
        document = document["questions"]
    if isinstance(document, dict):
        document = [{"_key": key, **value} if isinstance(value, dict) else value for key, value in document.items()]
    for number, fields in enumerate(document if isinstance(document, list) else [document], 1):
        yield Row(number, fields) if isinstance(fields, dict) else Row(number, {}, "the row is no JSON object")


def _table(text: str) -> Iterator[Row]:
    from evals.adapters import mmlu

    delimiter = "\t" if "\t" in text.split("\n", 1)[0] else ","
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    header: Sequence[str] = ()
    line = 1
    for cells in reader:
        start, line = line, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if not header:
            header = mmlu.HEADER if mmlu.is_headerless(cells) else [cell.strip() for cell in cells]
            if header is not mmlu.HEADER:
                continue
        if len(cells) != len(header):
            yield Row(start, {}, f"has {len(cells)} cells where the header has {len(header)}")
        else:
            yield Row(start, dict(zip(header, cells, strict=True)))
