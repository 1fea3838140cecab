"""A vocabulary compiled for matching: every pattern that can match, with what it stands for.

Compiling takes seconds, reading what was compiled a fraction of one: an entry stays text until its pattern first matches. The packaged
vocabulary ships compiled (`python -m corpora.concepts.compiled rebuild`, `... check`); another one is kept on disk once it is made.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import re
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from corpora.concepts.assertion import Trigger, triggers
from corpora.concepts.coded import Codes
from corpora.concepts.forms import Forms, is_acronym, turned
from corpora.concepts.vocabulary import Vocabulary, stamp, vocabulary
from corpora.disk import cache_folder

TURNED_SCORE, ACRONYM_SCORE, SCOPED_SCORE = 0.85, 0.9, 0.9
UNCODED = 0.4
"""What a term's weight counts for a concept without a CUI, when one with a CUI has the term too."""
KEPT = 3
"""Compiled vocabularies that stay on disk; older ones go."""
_HEAD = "radqa compiled vocabulary 1"
PACKAGED = Path(__file__).parent / "data" / "compiled.txt.xz"
"""The packaged vocabulary, compiled: below the key of what it was made from, the text that `save` writes."""
_RULES = ("assertion", "coded", "compiled", "forms", "overrides", "table", "vocabulary")
"""Modules that decide what a compiled vocabulary holds."""
_UNFIT = (OSError, ValueError, EOFError, lzma.LZMAError)
"""What goes wrong with a packaged file that is not there, not whole or not up to date."""
_Weights = dict[tuple[str, ...], dict[str, float]]


class Meaning(NamedTuple):
    """What a term may mean: the concept, and how firmly (0-1)."""

    cui: str
    score: float


class Scope(NamedTuple):
    """A meaning that a term has in texts with a cue word."""

    cue: re.Pattern[str]
    meaning: Meaning
    capitals: bool


class Entry(NamedTuple):
    """What a pattern stands for: meanings of the words, of the capitals, in some texts; a trigger; or nothing (a blocked phrase).

    `spelled` holds acronyms in S, whose form is another word's ("PRES", "pre"): only they have the meaning of the capitals.
    """

    words: tuple[Meaning, ...] = ()
    capitals: tuple[Meaning, ...] = ()
    trigger: Trigger | None = None
    scoped: tuple[Scope, ...] = ()
    spelled: frozenset[str] = frozenset()

    def written(self) -> str:
        """As one line of JSON without what is empty."""
        if self.trigger is None and not (self.capitals or self.scoped or self.spelled):  # nearly all of them
            return json.dumps({"words": self.words} if self.words else {}, separators=(",", ":"))
        said: dict[str, Any] = {
            "words": self.words,
            "capitals": self.capitals,
            "trigger": self.trigger and self.trigger.model_dump(exclude_defaults=True),
            "scoped": [(scope.cue.pattern, scope.meaning, scope.capitals) for scope in self.scoped],
            "spelled": sorted(self.spelled),
        }
        return json.dumps({name: value for name, value in said.items() if value or value == {}}, separators=(",", ":"))

    @classmethod
    def read(cls, line: str) -> Self:
        """What `written` wrote."""
        said: dict[str, Any] = json.loads(line)
        return cls(
            words=tuple(Meaning(*meaning) for meaning in said.get("words", ())),
            capitals=tuple(Meaning(*meaning) for meaning in said.get("capitals", ())),
            trigger=Trigger.model_validate(said["trigger"]) if "trigger" in said else None,
            scoped=tuple(Scope(re.compile(cue), Meaning(*meaning), capitals) for cue, meaning, capitals in said.get("scoped", ())),
            spelled=frozenset(said.get("spelled", ())),
        )


@dataclass
class Compiled:
    """Patterns in code with their entries as lines, the words a plural may be reduced to, and the forms in the order of their codes."""

    known: list[str]
    forms: list[str]
    patterns: list[str]
    entries: list[str]

    @classmethod
    def of(cls, vocabulary: Vocabulary) -> Self:
        """Compile a vocabulary; takes about three seconds for the packaged one."""
        compiler = _Compiler(vocabulary)
        entries = dict(sorted(compiler.entries().items()))  # the same in every process
        codes = Codes(compiler.forms)
        patterns = [codes.of_key(key) for key in entries]
        return cls(sorted(compiler.forms.known), codes.ordered, patterns, [entry.written() for entry in entries.values()])

    @classmethod
    def in_use(cls) -> Self:
        """The compiled form of the vocabulary in use: as it ships, else as it was kept, else made now."""
        try:
            return cls.packaged()
        except _UNFIT:
            return cls.kept(vocabulary())

    @classmethod
    def packaged(cls, path: Path = PACKAGED) -> Self:
        """What ships with the package.

        Raises:
            OSError: it cannot be read. ValueError: it was made from another vocabulary or by other rules.
            LZMAError, EOFError: it was cut off.
        """
        with lzma.open(path) as file:
            if file.readline().decode("utf-8").strip() != _key():
                raise ValueError(f"{path} was made from another vocabulary: python -m corpora.concepts.compiled rebuild")
            return cls._read(file.read(), path)

    @classmethod
    def kept(cls, vocabulary: Vocabulary, folder: Path | None = None) -> Self:
        """What was kept of the vocabulary in use, or else compiled now and kept, where the folder can be written.

        Args:
            vocabulary: the one in use.
            folder: where to keep it, by default the user's cache.
        """
        folder = folder or cache_folder()
        path = folder / f"vocabulary-{_key()}.txt"
        try:
            return cls.open(path)
        except (OSError, ValueError):
            made = cls.of(vocabulary)
        try:
            made.save(path)
        except OSError:  # a cache that cannot be written costs seconds, not the answer
            return made
        for old in sorted(folder.glob("vocabulary-*.txt"), key=lambda file: file.stat().st_mtime)[:-KEPT]:
            old.unlink(missing_ok=True)
        return made

    def text(self) -> str:
        """As one text, headed by what tells whether it is whole."""
        body = "\n".join((" ".join(self.known), " ".join(self.forms), " ".join(self.patterns), "\n".join(self.entries)))
        return f"{_HEAD} {len(self.entries)} {_digest(body)}\n{body}"

    def save(self, path: Path) -> None:
        """Write it beside its place and rename it there."""
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(dir=path.parent, prefix=".vocabulary-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(self.text())
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            Path(beside).unlink(missing_ok=True)
            raise

    @classmethod
    def open(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            OSError: it cannot be read. ValueError: it was cut off or altered.
        """
        return cls._read(path.read_bytes(), path)

    @classmethod
    def _read(cls, raw: bytes, path: Path) -> Self:
        head, _, body = raw.decode("utf-8").partition("\n")
        known, forms, patterns, *entries = body.split("\n")
        made = cls(known.split(" "), forms.split(" "), patterns.split(" "), entries)
        if head != f"{_HEAD} {len(entries)} {_digest(body)}" or len(made.patterns) != len(entries):
            raise ValueError(f"{path} is no compiled vocabulary, or was cut off.")
        return made


class _Compiler:
    """Gathers what the terms of one vocabulary stand for."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._weighted = {cui: vocabulary.weighted_terms(cui) for cui in vocabulary}
        self.forms = Forms.of_terms(term for terms in self._weighted.values() for term in terms)

    def entries(self) -> dict[tuple[str, ...], Entry]:
        """Every key that can match, with what it stands for."""
        words, capitals = self._gather()
        scoped = self._scoped()
        entries = {self.forms.key(term): Entry() for term in self._vocabulary.blocked}
        entries |= {key: Entry(_meanings(weights)) for key, weights in words.items()}
        for key in {**capitals, **scoped}:
            either = (_meanings(words.get(key, {})), _meanings(capitals.get(key, {}), ACRONYM_SCORE))
            entries[key] = Entry(*either, scoped=tuple(scoped.get(key, ())), spelled=self._spelled(key, capitals.get(key, {})))
        entries |= {self.forms.key(phrase): Entry(trigger=trigger) for phrase, trigger in triggers().items()}
        return {key: entry for key, entry in entries.items() if key}

    def _gather(self) -> tuple[_Weights, _Weights]:
        """Key -> concept -> weight, for words (turned orders included) and for acronyms, which only curation makes safe to read."""
        overrides = self._vocabulary.overrides
        ignored = {self.forms.key(term) for term in overrides.ignored}
        curated = {term for item in overrides.curated for term in item.terms}
        words: _Weights = {}
        capitals: _Weights = {}
        of_term = self.forms.key
        for cui, terms in self._weighted.items():
            trust = 1.0 if ":" not in cui else UNCODED
            for term, weight in terms.items():
                key = of_term(term)
                if term in curated:
                    _add(capitals if len(key) == 1 and is_acronym(term) else words, key, cui, weight)
                elif key and key not in ignored and not (len(key) == 1 and (len(key[0]) < 4 or is_acronym(term))):
                    _add(words, key, cui, weight * trust)
        for key, weights in list(words.items()):
            for order in turned(key):
                if order not in words:
                    words[order] = {cui: weight * TURNED_SCORE for cui, weight in weights.items()}
        return words, capitals

    def _spelled(self, key: tuple[str, ...], weights: dict[str, float]) -> frozenset[str]:
        """The curated acronyms of a key, where its form is not their own."""
        terms = {term for item in self._vocabulary.overrides.curated if item.cui in weights for term in item.terms if is_acronym(term)}
        mine = {term for term in terms if self.forms.key(term) == key}
        return frozenset(mine) if any(term.isupper() and term.lower() != key[0] and term.endswith("S") for term in mine) else frozenset()

    def _scoped(self) -> dict[tuple[str, ...], list[Scope]]:
        """Key -> its meanings in texts of some kind, with the cue words that tell the kind."""
        scoped: dict[tuple[str, ...], list[Scope]] = defaultdict(list)
        for item in self._vocabulary.overrides.scoped:
            cue = re.compile(r"\b(?:" + "|".join(map(re.escape, item.cues)) + r")\b")
            for term in item.terms:
                scoped[self.forms.key(term)].append(Scope(cue, Meaning(item.cui, SCOPED_SCORE), is_acronym(term)))
        return scoped


def _add(found: _Weights, key: tuple[str, ...], cui: str, weight: float) -> None:
    known = found.get(key)
    if known is None:
        found[key] = {cui: weight}
    else:
        known[cui] = max(known.get(cui, 0.0), weight)


def _meanings(weights: dict[str, float], factor: float = 1.0) -> tuple[Meaning, ...]:
    """Best first; the score is the share of the weight, so that an undisputed term scores 1."""
    if not weights:
        return ()
    if len(weights) == 1:
        return (Meaning(next(iter(weights)), factor),)
    total = sum(weights.values())
    ranked = sorted(weights.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Meaning(cui, round(factor * (0.5 + 0.5 * weight / total), 3)) for cui, weight in ranked[:4])


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]


@cache
def _code() -> str:
    """Hash of the rules that compile: what an earlier release kept is not read by a later one."""
    digest = hashlib.sha256()
    for name in _RULES:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]


def _key() -> str:
    """Names the vocabulary in use and the rules that compile it."""
    return f"{stamp()}-{_code()}"


def rebuild(path: Path = PACKAGED) -> int:
    """Write the packaged vocabulary compiled; how many patterns it has."""
    made = Compiled.of(vocabulary())
    beside = path.with_suffix(".partial")
    beside.write_bytes(lzma.compress(f"{_key()}\n{made.text()}".encode(), preset=9 | lzma.PRESET_EXTREME))
    beside.replace(path)
    return len(made.entries)


def main(arguments: list[str]) -> int:
    """`rebuild` or `check`; 0 when all is well."""
    if arguments == ["rebuild"]:
        print(f"{rebuild()} patterns in {PACKAGED.name}")  # noqa: T201
        return 0
    if arguments == ["check"]:
        try:
            Compiled.packaged()
        except _UNFIT as error:
            print(error)  # noqa: T201
            return 1
        print(f"{PACKAGED.name} fits the packaged vocabulary")  # noqa: T201
        return 0
    print("usage: python -m corpora.concepts.compiled rebuild|check")  # noqa: T201
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
