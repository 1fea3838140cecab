"""No pattern that meets a stranger's text takes more than linear time, whatever the text."""

import re
import signal
import time

import pytest

from agent.reading.shorthand import shorthand
from corpora.privacy.patterns import rules
from tests.attacks import attacks, nested, patterns

SHORT, LONG, FAST, AT_MOST, ENOUGH = 1_500, 12_000, 0.2, 24.0, 2.0
"""Characters of two attacks; seconds of processor time below which the longer one is fast; how much longer it
may take (linear: 8, quadratic: 64); seconds after which it is stopped."""
BRIEF = FAST / 2 / (LONG / SHORT) ** 2
"""Seconds of the shorter attack below which the longer one is fast even where the time grows with the square."""
MIDDLE, STEADY = 4_500, 4.0
"""Characters of an attack between the two; how much longer than the shorter one it may take for the longer one to be spared (linear: 3,
quadratic: 9; with 4 the longer one takes at most 18 times as long)."""
OWN = ("agent.prompts",)
"""Modules whose patterns read the package's own files."""


class TooSlow(Exception):
    pass


def seconds(pattern, text):
    """Processor time of finding all in the text, at most `ENOUGH`."""

    def stop(*_):
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, ENOUGH)
    started = time.thread_time()
    try:
        for _ in pattern.finditer(text):
            pass
    except TooSlow:
        return ENOUGH
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return time.thread_time() - started


def slow(found):
    """Each pattern with an attack on which it takes more than linear time."""
    for (text, flags), where in found.items():
        if where.startswith(OWN):
            continue
        pattern = re.compile(text, flags)
        for short, middle, long in dict.fromkeys(zip(*(attacks(text, flags, size) for size in (SHORT, MIDDLE, LONG)), strict=True)):
            brief = seconds(pattern, short)
            if brief < BRIEF or (brief < ENOUGH and seconds(pattern, middle) < STEADY * brief):
                continue
            took = brief if brief >= ENOUGH else seconds(pattern, long)
            if took >= ENOUGH or (took > FAST and took > AT_MOST * brief):
                yield where, text[:80], long[:30]
                break


@pytest.mark.parametrize("package", ["corpora", "retrievers", "agent", "ui"])
def test_patterns_of_a_package_are_linear(package):
    found = patterns(package)
    assert len(found) >= 20
    assert list(slow(found)) == []


def test_patterns_of_identifiers_and_shorthand_are_linear():
    made = [value for value in vars(rules()).values() if isinstance(value, re.Pattern)] + [pattern for _, pattern in rules().plain]
    found = {(pattern.pattern, pattern.flags & ~re.UNICODE): "identifiers" for pattern in made}
    found |= {(pattern, 0): "shorthand" for pattern in shorthand().patterns}
    assert len(found) >= 60
    assert list(slow(found)) == []


@pytest.mark.parametrize("package", ["corpora", "retrievers", "agent", "ui"])
def test_no_repeat_holds_nothing_but_another_repeat(package):
    assert [(where, text[:80]) for (text, flags), where in patterns(package).items() if nested(text, flags)] == []


@pytest.mark.parametrize(
    ("pattern", "is_nested"), [(r"(?:a+)+b", True), (r"(a*\s*)*", True), (r"(?:a+,)+", False), (r"(?:[^()]|\([^()]*\))*", False)]
)
def test_the_lint_knows_a_nested_repeat(pattern, is_nested):
    assert nested(pattern, 0) is is_nested


@pytest.mark.parametrize("pattern", [r"a\s*b?\s*d?\s*c", r"\w+x", r"(?:a|aa)+$"])
def test_the_attacks_find_what_is_slow(pattern):
    assert list(slow({(pattern, 0): "here"}))
