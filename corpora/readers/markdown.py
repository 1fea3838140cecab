"""Markdown: a guideline card when front matter says `kind: guideline`, else a user's document with its headings as sections.

Note takers and site builders write front matter of their own (`version: 2.1`, `aliases: one`, `title: Protocol: chest`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from corpora.errors import MalformedDocument
from corpora.readers.text import decode, document_id, title_of
from corpora.readers.trust import UNREAD
from corpora.types import Document, Section, SourceRecord

_HEADING = re.compile(r"^#{1,6}[ \t]+(?=\S)(.*)$", re.MULTILINE)
_OWN_NAME = re.compile(r"[^\x00-\x1f\x7f\s#][^\x00-\x1f\x7f#]{0,199}")
_CARD = re.compile(r"""\s{0,9}kind:\s{1,9}["']?guideline["']?\s{0,9}""")
_FENCE = "---"
_NO_KEYS = "front matter is not a list of `key: value` lines"
_FIELDS = frozenset(SourceRecord.model_fields) - {
    "id", "title", "kind", "topic_kind", "concepts", "checked", "supersedes", "superseded_by"
}  # fmt: skip
"""What a file may say of its source; what only the package may say is not even looked at."""

if yaml.__with_libyaml__:
    from yaml.cyaml import CParser  # type: ignore[attr-defined]

    class _Loader(Composer, CParser, SafeConstructor, Resolver):
        """A safe loader whose signs are read by libyaml, in a seventh of the time.

        What they make is put together in Python: libyaml's own way of doing that ends the process where a file is nested too deeply.
        """

        def __init__(self, stream: str) -> None:
            CParser.__init__(self, stream)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)

else:
    _Loader = yaml.SafeLoader  # type: ignore[assignment,misc]


def read(path: Path) -> Iterator[Document]:
    """One document. What its front matter says in another form than ours is not used and told; the text is read all the same.

    Raises `MalformedDocument` naming file and line for a guideline card with a fault, and where there is no text.
    """
    front, body, unused = _front_of_any(path)
    if front.get("kind") == "guideline":
        from corpora.readers.cards import card

        yield card(path)
        return
    sections = headed_sections(body)
    name, title = _own_name(path, front, unused), front.get("title")
    if not isinstance(title, (str, int, float)) or not str(title).strip():
        title = next((heading for m in _HEADING.finditer(body) if (heading := _bare(m[1]))), title_of(path))
    known = _known(front, unused)
    if front.get("kind") in ("web", "article", "case"):  # what was kept of a live source is no document of the user's own
        known["kind"] = front["kind"]
    if unused:
        known["metadata"] = known.get("metadata", {}) | {UNREAD: f"front matter: {'; '.join(unused)}"}
    if not body.strip():
        raise MalformedDocument(str(path), "holds no text below its front matter")
    source = SourceRecord(id=name, title=str(title), **{"licence": "user's own"} | known)
    yield Document(id=name, text=body, source=source, sections=sections)


def _front_of_any(path: Path) -> tuple[dict[str, Any], str, list[str]]:
    """Front matter as anybody writes it, the text below it, and what of it could not be used."""
    try:
        front, body, _ = front_matter(path)
    except MalformedDocument as error:
        lines = decode(path).split("\n")
        closing = _closing(lines)
        if any(_CARD.fullmatch(line) for line in lines[1:closing]):
            raise
        if closing is None or error.reason == _NO_KEYS:  # a rule across the page, and text below it
            return {}, "\n".join(lines[1:]), []
        return {}, "\n".join(lines[closing + 1 :]), [f"line {error.line}: {error.reason.removeprefix('front matter ')}"]
    return front, body, []


def _known(front: dict[str, Any], unused: list[str]) -> dict[str, Any]:
    """The fields of a source that the front matter names and that can be used: a single name is a list of one, a figure its text."""
    known: dict[str, Any] = {}
    for key in _FIELDS & front.keys():
        value, plural = front[key], SourceRecord.model_fields[key].annotation == tuple[str, ...]
        if value is None:
            continue
        if plural:
            value = tuple(str(one) for one in (value if isinstance(value, list) else [value]) if one is not None)
        elif key == "year" and isinstance(value, date):
            value = value.year
        elif SourceRecord.model_fields[key].annotation is str and isinstance(value, (int, float, date)):
            value = str(value)
        try:
            SourceRecord.model_validate({"id": "one", "title": "one", key: value})
        except ValidationError as error:
            unused.append(first_problem(error))
        else:
            known[key] = value
    return known


def _own_name(path: Path, front: dict[str, Any], unused: list[str]) -> str:
    """The `doc_id` of the front matter, or what the file is called."""
    name = front.get("doc_id")
    if isinstance(name, (str, int)) and _OWN_NAME.fullmatch(str(name)):
        return str(name)
    if name is not None:
        unused.append("doc_id: is a name of at most 200 characters on one line, without #")
    return document_id(path)


def _bare(heading: str) -> str:
    """A heading without the # signs that may close it."""
    bare = heading.rstrip()
    closed = bare.rstrip("#")
    return closed.rstrip() if not closed or closed[-1] in " \t" else bare


def front_matter(path: Path) -> tuple[dict[str, Any], str, int]:
    """YAML front matter (empty without one), the body after it, and the file line the body starts on (1-based)."""
    text = decode(path)
    lines = text.split("\n")
    if lines[0].strip() != _FENCE:
        return {}, text, 1
    closing = _closing(lines)
    if closing is None:
        raise MalformedDocument(str(path), "front matter opens with --- and never closes", 1)
    try:
        front = yaml.load("\n".join(lines[1:closing]), Loader=_Loader) or {}  # type: ignore[arg-type]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 2 if mark else 1
        raise MalformedDocument(str(path), f"front matter is not YAML: {getattr(error, 'problem', error)}", line) from error
    except RecursionError as error:
        raise MalformedDocument(str(path), "front matter is nested too deeply", 1) from error
    except ValueError as error:  # a date that is none, a number beyond what Python takes
        raise MalformedDocument(str(path), f"front matter holds a value that cannot be read ({error})", 1) from error
    if not isinstance(front, dict):
        raise MalformedDocument(str(path), _NO_KEYS, 2)
    return front, "\n".join(lines[closing + 1 :]), closing + 2


def _closing(lines: list[str]) -> int | None:
    """Which line closes the front matter that the first one opens."""
    return next((number for number, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), None)


def headed_sections(text: str) -> tuple[Section, ...]:
    """One section per heading, from below the heading to the next; text before the first has an empty heading."""
    headings = list(_HEADING.finditer(text))
    starts = [0] + [match.end() for match in headings]
    ends = [match.start() for match in headings] + [len(text)]
    names = [""] + [_bare(match[1]) for match in headings]
    found = zip(names, starts, ends, strict=True)
    return tuple(Section(heading=name, start=start, end=end) for name, start, end in found if text[start:end].strip())


def first_problem(error: ValidationError) -> str:
    """The first complaint of a validation, with the field it is about."""
    problem = error.errors()[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
