"""Concept linking and assertions against human annotation: `python -m bench concepts`.

Linking counts a mention as right where it overlaps an annotated span and names one of its CUIs; a mention of a concept without a
CUI claims none and is not counted. Every set is linked by the product and by exact strings in the same run.
"""

from __future__ import annotations

import re
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bench.gold import GoldText, folder, rows, texts
from bench.report import keep
from corpora.concepts.linker import Linker, linker
from corpora.concepts.vocabulary import Vocabulary
from corpora.errors import MissingCorpus
from corpora.types import ConceptMention, Frozen

Spans = Sequence[tuple[int, int, str]]
SETS: dict[str, tuple[str, frozenset[str] | None]] = {
    "E3C gold, train": ("el_e3c_gold_train.jsonl", None),
    "Mantra, disorders": ("el_mantra_en.jsonl", frozenset({"DISO"})),
    "Mantra, all groups": ("el_mantra_en.jsonl", None),
    "MedMentions, three abstracts": ("el_medmentions_sample.jsonl", None),
}
TARGETS = {"E3C gold, train": 0.53, "Mantra, disorders": 0.59}
INDIANA = Path(__file__).parent / "data" / "indiana.toml"
LONGEST_EXACT = 8


class Scores(Frozen):
    """Precision, recall and F1 (0-1) over `n` annotated spans."""

    precision: float
    recall: float
    f1: float
    n: int

    @classmethod
    def of(cls, right: int, claimed: int, hit: int, n: int) -> Scores:
        """From how many claims were right, of how many, and how many annotated spans were hit, of how many."""
        precision, recall = right / max(1, claimed), hit / max(1, n)
        return cls(precision=precision, recall=recall, f1=2 * precision * recall / max(1e-9, precision + recall), n=n)


def linking(gold: Iterable[GoldText], link: Callable[[str], Spans]) -> Scores:
    """How well a linker finds the annotated CUIs."""
    right = claimed = hit = n = 0
    for item in gold:
        n += len(item.spans)
        found: set[tuple[int, int]] = set()
        for start, end, cui in link(item.text):
            matched = [span for span, cuis in item.spans.items() if span[0] < end and start < span[1] and cui in cuis]
            claimed += 1
            right += bool(matched)
            found.update(matched)
        hit += len(found)
    return Scores.of(right, claimed, hit, n)


def product(made: Linker) -> Callable[[str], Spans]:
    """The linker's mentions as spans with CUIs."""
    return lambda text: [(m.start, m.end, m.cui) for m in made.link(text) if ":" not in m.cui]


def exact_strings(known: Vocabulary) -> Callable[[str], Spans]:
    """The baseline: the longest run of words that is, in lower case, a term of the vocabulary; the first concept that has it."""
    terms: dict[str, str] = {}
    for cui in known:
        if ":" not in cui:
            for term in known.weighted_terms(cui):
                terms.setdefault(term.lower(), cui)

    def link(text: str) -> list[tuple[int, int, str]]:
        return list(_exact(text, terms))

    return link


def _exact(text: str, terms: dict[str, str]) -> Iterable[tuple[int, int, str]]:
    words = _words(text)
    lowered, position = text.lower(), 0
    while position < len(words):
        for last in range(min(position + LONGEST_EXACT, len(words)), position, -1):
            start, end = words[position][0], words[last - 1][1]
            if cui := terms.get(lowered[start:end]):
                yield start, end, cui
                position = last - 1
                break
        position += 1


def _words(text: str) -> list[tuple[int, int]]:
    return [(match.start(), match.end()) for match in re.finditer(r"\w+", text)]


def lookup(made: Linker) -> Scores:
    """How often a disease name alone is linked to one of its CUIs (MedQuAD's topics)."""
    right = claimed = n = 0
    for row in rows("el_medquad_focus_cui.jsonl"):
        n += 1
        found = [mention for mention in made.link(row["mention"]) if ":" not in mention.cui]
        whole = max(found, key=lambda mention: mention.end - mention.start, default=None)
        claimed += whole is not None
        right += whole is not None and whole.cui in row["cuis"]
    return Scores.of(right, claimed, right, n)


def assertions_on_indiana(made: Linker) -> dict[str, Any]:
    """Findings that human coders gave to chest reports against what the linker says is present.

    `linked` counts the pairs of report and finding in which the finding was linked at all; `all` adds the coded findings that no
    link speaks of, as missed. `false_present` is the share of linked but not coded pairs that are called present.
    """
    findings = tomllib.loads(INDIANA.read_text(encoding="utf-8"))
    reports = [row for row in rows("corpus_indiana_cxr_reports.jsonl") if "No Indexing" not in row["problems"]]
    linked = [(row, made.link(_body(row["text"]))) for row in reports]
    each = {name: _counts(linked, finding, made.vocabulary) for name, finding in findings.items()}
    total: Counter[str] = sum(each.values(), Counter())
    right, wrong, missed, silent = (total[key] for key in ("right", "wrong", "missed", "silent"))
    return {
        "reports": len(reports),
        "linked": Scores.of(right, right + wrong, right, right + missed),
        "all": Scores.of(right, right + wrong, right, right + missed + silent),
        "false_present": wrong / max(1, wrong + total["rejected"]),
        "not_coded_pairs": wrong + total["rejected"],
        "findings": {name: dict(counts) for name, counts in each.items()},
    }


def _body(report: str) -> str:
    """Findings and impression; the indication tells what was asked, not what was seen."""
    starts = [place for place in (report.find("Findings:"), report.find("Impression:")) if place >= 0]
    return report[min(starts) :] if starts else report


def _counts(linked: Sequence[tuple[dict[str, Any], list[ConceptMention]]], finding: dict[str, Any], known: Vocabulary) -> Counter[str]:
    concepts = _kinds(finding, known)
    counts: Counter[str] = Counter()
    for row, mentions in linked:
        coded = any(_is_coded(row, code) for code in finding["codes"])
        said = [mention.assertion for mention in mentions if mention.cui in concepts]
        if not said:
            counts["silent"] += coded
        elif "present" in said:
            counts["right" if coded else "wrong"] += 1
        else:
            counts["missed" if coded else "rejected"] += 1
    return counts


def _kinds(finding: dict[str, Any], known: Vocabulary) -> set[str]:
    """The finding's concepts, found by name, and unless it says otherwise whatever is a kind of them."""
    named = {cui for cui in known if known.name(cui) in finding["concepts"]}
    if not finding.get("kinds", True):
        return named
    return {cui for cui in known if cui in named or named & known.ancestors(cui).keys()}


def _is_coded(row: dict[str, Any], code: str) -> bool:
    if code.startswith("/"):
        return any(code in coded for coded in row["mesh_coded"])
    return code in row["problems"] or ("/" in code and any(coded.startswith(code) for coded in row["mesh_coded"]))


def speed(made: Linker) -> dict[str, float]:
    """Megabytes of report text linked per second on one core, assertions included, and how much text that was."""
    reports = [row["text"] for row in rows("corpus_indiana_cxr_reports.jsonl")]
    size = sum(len(report.encode()) for report in reports) / 1e6
    made.link(reports[0])
    start = time.process_time()
    for report in reports:
        made.link(report)
    return {"mb": round(size, 2), "mb_per_s": round(size / (time.process_time() - start), 1)}


def measure() -> dict[str, Any]:
    """All figures, one entry per set and system."""
    start = time.perf_counter()
    made = linker()
    figures: dict[str, Any] = {"loading_s": round(time.perf_counter() - start, 2)}
    baseline = exact_strings(made.vocabulary)
    for name, (file, groups) in SETS.items():
        gold = texts(file, groups)
        target = {"target": TARGETS[name]} if name in TARGETS else {}
        figures[f"{name}, linker"] = _rounded(linking(gold, product(made))) | target
        figures[f"{name}, exact strings"] = _rounded(linking(gold, baseline))
    figures["MedQuAD topics, looked up"] = _rounded(lookup(made))
    indiana = assertions_on_indiana(made)
    figures["Indiana, findings that were linked"] = _rounded(indiana["linked"])
    figures["Indiana, all coded findings"] = _rounded(indiana["all"]) | {"target": 0.9, "reports": indiana["reports"]}
    figures["Indiana, false present"] = {"share": round(indiana["false_present"], 4), "n": indiana["not_coded_pairs"], "target": 0.015}
    return figures | {"speed": speed(made) | {"target_mb_per_s": 2}}


def _rounded(scores: Scores) -> dict[str, float]:
    return {name: round(value, 3) for name, value in scores.model_dump().items()}


def main() -> int:
    """Print the figures and keep them; without the gold sets say so and do nothing."""
    try:
        folder()
    except MissingCorpus as error:
        print(f"concepts: skipped. {error}")
        return 0
    keep("concepts", measure())
    return 0


if __name__ == "__main__":
    sys.exit(main())
