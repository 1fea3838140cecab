"""What Markdown files share: YAML front matter, headings, and how a fault in them is named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from yaml.composer import Composer
from yaml.constructor import SafeConstructor
from yaml.resolver import Resolver

from corpora.errors import MalformedDocument
from corpora.readers.text import decode
from corpora.types import Section

HEADING = re.compile(r"^#{1,6}[ \t]+(?=\S)(.*)$", re.MULTILINE)
_FENCE = "---"
NO_KEYS = "front matter is not a list of `key: value` lines"

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


def bare(heading: str) -> str:
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
    closing = closing_line(lines)
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
        raise MalformedDocument(str(path), NO_KEYS, 2)
    return front, "\n".join(lines[closing + 1 :]), closing + 2


def closing_line(lines: list[str]) -> int | None:
    """Which line closes the front matter that the first one opens."""
    return next((number for number, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), None)


def headed_sections(text: str) -> tuple[Section, ...]:
    """One section per heading, from below the heading to the next; text before the first has an empty heading."""
    headings = list(HEADING.finditer(text))
    starts = [0] + [match.end() for match in headings]
    ends = [match.start() for match in headings] + [len(text)]
    names = [""] + [bare(match[1]) for match in headings]
    found = zip(names, starts, ends, strict=True)
    return tuple(Section(heading=name, start=start, end=end) for name, start, end in found if text[start:end].strip())


def first_problem(error: ValidationError) -> str:
    """The first complaint of a validation, with the field it is about."""
    problem = error.errors()[0]
    return f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
