"""Texts made to slow a pattern down, from the pattern's own parts: each repeat pumped, what matches repeated, common junk."""

from __future__ import annotations

import ast
import importlib
import re
import re._constants as sre
import re._parser as parser
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
JUNK = (
    " ", "\n", "\t", "a", "A", "1", "Aa ", "1 ", "1-", "a.", "- ", ".", "#", "| ", "a ", "1/", "\x00", ", ", "\n \n", "(", ")", "*", "_", "a-",
    "A-", "aA1 ", "pager. ", "4 mm ", "dob ", "call ", "<", '"', "{", "[a", "AA", "é", "肺",
)  # fmt: skip
_SAMPLES = {
    sre.CATEGORY_DIGIT: "1", sre.CATEGORY_SPACE: " ", sre.CATEGORY_WORD: "a", sre.CATEGORY_NOT_SPACE: "a", sre.CATEGORY_NOT_WORD: " ",
    sre.CATEGORY_NOT_DIGIT: "a",
}  # fmt: skip
_REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT)


@cache
def patterns(package: str) -> dict[tuple[str, int], str]:
    """(pattern, flags) -> where it stands: literals given to `re` and compiled module constants of a package."""
    found: dict[tuple[str, int], str] = {}
    for path in sorted((ROOT / package).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if _is_call_of_re(node) and isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str):
                found[(node.args[0].value, _flags(node))] = f"{module}:{node.lineno}"
        if package != "ui":
            for name, value in vars(importlib.import_module(module.removesuffix(".__init__"))).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    found.setdefault((value.pattern, value.flags & ~re.UNICODE), f"{module}.{name}")
    return found


def _is_call_of_re(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "re" and bool(node.args)
    )  # fmt: skip


def _flags(node: ast.Call) -> int:
    said = [
        part.attr
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name) and part.value.id == "re"
    ]
    return int(sum({int(getattr(re, name)) for name in said if name.isupper()}))


def attacks(pattern: str, flags: int, size: int) -> Iterator[str]:
    """Texts of about `size` characters."""
    tree = parser.parse(pattern, flags)
    for node in _repeated(tree):
        for choice in range(3):
            pump = _sample(node, None, 1, choice) or " "
            whole = _sample(tree, node, size, choice)
            place = whole.find(pump * size)
            yield whole[: 2 * size] + "\x00"
            yield (whole[: max(0, place)] + pump * (size // len(pump)))[: 2 * size] + "\x00"
    for choice in range(3):
        one = _sample(tree, None, 1, choice) or " "
        for piece in (one, one[:-1] or " ", one + " "):
            yield piece * (size // len(piece))
    for piece in JUNK:
        yield piece * (size // len(piece)) + "\x01"


def nested(pattern: str, flags: int) -> bool:
    """Whether a repeat without an end has nothing but another one in it, so that a run can be cut in exponentially many ways."""
    return any(
        _is_open(op, value)
        and any(_is_open(inner, held) and _others_may_be_empty(value[2], place) for place, (inner, held) in enumerate(_flat(value[2])))
        for op, value in _nodes(parser.parse(pattern, flags))
    )


def _is_open(op: Any, value: Any) -> bool:
    return op in _REPEATS and value[1] is sre.MAXREPEAT


def _flat(tree: Any) -> list[tuple[Any, Any]]:
    found = []
    for op, value in tree:
        found += _flat(value[3]) if op is sre.SUBPATTERN else [(op, value)]
    return found


def _others_may_be_empty(tree: Any, place: int) -> bool:
    return all(op in _REPEATS and value[0] == 0 for number, (op, value) in enumerate(_flat(tree)) if number != place)


def _nodes(tree: Any) -> Iterator[tuple[Any, Any]]:
    for op, value in tree:
        yield op, value
        for part in _parts(op, value):
            yield from _nodes(part)


def _parts(op: Any, value: Any) -> list[Any]:
    if op in (*_REPEATS, sre.POSSESSIVE_REPEAT):
        return [value[2]]
    if op is sre.SUBPATTERN:
        return [value[3]]
    if op is sre.BRANCH:
        return list(value[1])
    if op in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    return [value] if op is sre.ATOMIC_GROUP else []


def _repeated(tree: Any) -> Iterator[Any]:
    for op, value in _nodes(tree):
        if op in _REPEATS and value[1] >= 20:
            yield value[2]


def _holds(tree: Any, node: Any) -> bool:
    return node is not None and (tree is node or any(_holds(part, node) for op, value in tree for part in _parts(op, value)))


def _sample(tree: Any, pumped: Any, size: int, choice: int) -> str:
    """A text that the tree may match, one of its repeats as long as `size`."""
    made = []
    for op, value in tree:
        if op is sre.LITERAL:
            made.append(chr(value))
        elif op is sre.NOT_LITERAL:
            made.append("a" if value != ord("a") else "b")
        elif op is sre.ANY:
            made.append("a")
        elif op is sre.IN:
            signs = _signs(value)
            made.append(signs[choice % len(signs)])
        elif op is sre.BRANCH:
            chosen = next((part for part in value[1] if _holds(part, pumped)), value[1][choice % len(value[1])])
            made.append(_sample(chosen, pumped, size, choice))
        elif op is sre.ASSERT_NOT or (op is sre.ASSERT and not _holds(value[1], pumped)):
            continue
        elif op in (*_REPEATS, sre.POSSESSIVE_REPEAT):
            times = size if value[2] is pumped else max(value[0], int(_holds(value[2], pumped)))
            made.append(_sample(value[2], pumped, size, choice) * min(times, size))
        else:
            made += [_sample(part, pumped, size, choice) for part in _parts(op, value)]
    return "".join(made)


def _signs(members: Any) -> list[str]:
    negated = any(op is sre.NEGATE for op, _ in members)
    if negated:
        return [sign for sign in "a1 A.-," if not any(_is_in(sign, op, value) for op, value in members)] or ["~"]
    return [chr(value if op is sre.LITERAL else value[0]) if op in (sre.LITERAL, sre.RANGE) else _SAMPLES[value] for op, value in members]


def _is_in(sign: str, op: Any, value: Any) -> bool:
    if op is sre.LITERAL:
        return ord(sign) == value
    if op is sre.RANGE:
        return bool(value[0] <= ord(sign) <= value[1])
    return op is sre.CATEGORY and bool(re.match({
        sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_SPACE: r"\S",
        sre.CATEGORY_NOT_WORD: r"\W", sre.CATEGORY_NOT_DIGIT: r"\D",
    }[value], sign))  # fmt: skip
