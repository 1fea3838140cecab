"""Reports with gold findings: how many are found, at which certainty, with which category and advice, and whether anything got lost.

`python -m evals.reports [SET]` prints the figures; a set is JSON Lines with `id`, `text` and `findings`, each of organ, kind, side,
mm, certainty, system, category ("?" where the report leaves it open), the beginning of the advice and the change since the prior.
What a report denies, or says of the past or of the family, stands in `denied`.

`reports.jsonl`, `reports_a.jsonl` and `reports_c.jsonl` may be used for mending; `reports_b.jsonl` and `reports_d.jsonl` are held out:
run for figures, never read to write rules. A and B are by a second writer, C and D by a third.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from pydantic import Field, ValidationError

from agent.errors import MalformedQuestionSet
from agent.reports.lesions import may_be_one
from agent.reports.reading import read
from agent.reports.types import Finding, ReadReport
from agent.reports.vocabulary import kind_words
from corpora.readers.reports import headings
from corpora.rules.system import System, UnknownSystem, named
from corpora.types import Frozen

SET = Path(__file__).parent / "datasets" / "reports.jsonl"


class Gold(Frozen):
    """A finding that a report holds; what is empty is not asked. `change` is against `Case.prior`, or as the report itself says it."""

    organ: str
    kind: str
    side: str = ""
    mm: float | None = None
    certainty: str = "present"
    system: str = ""
    category: str = ""
    advice: str = ""
    change: str = ""


class Entity(Frozen):
    """A word of a report that names a finding, by its characters, and how sure the report is of it."""

    start: int
    end: int
    certainty: Literal["present", "absent", "uncertain"]


class Case(Frozen):
    """A report with what is known of it; what is empty is not asked.

    `findings` are all that it holds (where `whole`), `labels` say label by label of the label set `labelled_by` whether it is there,
    `entities` are the words that name findings, `category` is the study's by `system`, `sections` its parts, and `translation` the same
    report in English. `denied` is what it says is absent, past or of the family, `response` that of the whole to treatment, `flags` the
    kinds of faults planted in it, and `origin` where it came from.
    """

    id: str
    subspecialty: str = ""
    language: str = ""
    text: str
    prior: str = ""
    findings: tuple[Gold, ...] = ()
    whole: bool = True
    labelled_by: str = ""
    labels: dict[str, str] = Field(default={})
    entities: tuple[Entity, ...] = ()
    system: str = ""
    category: str = ""
    sections: dict[str, str] = Field(default={})
    translation: str = ""
    denied: tuple[Gold, ...] = ()
    response: str = ""
    flags: tuple[str, ...] = ()
    origin: str = ""


class Outcome(NamedTuple):
    """What came of one report: gold findings with those read for them, what was read beyond, and sentences that are nowhere."""

    case: Case
    report: ReadReport
    pairs: tuple[tuple[Gold, Finding | None], ...]
    beyond: tuple[Finding, ...]
    lost: tuple[str, ...]
    seconds: float


def cases(path: Path = SET) -> list[Case]:
    """The cases of a set. Raises `MalformedQuestionSet` naming file and line."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            found.append(Case.model_validate_json(line))
        except ValidationError as error:
            raise MalformedQuestionSet(str(path), number, str(error)) from error
    return found


def replay(case: Case) -> Outcome:
    """Read a report and pair what was read with its gold."""
    started = time.perf_counter()
    report = read(case.text, case.prior or None, system=_only(case.system), masked=False)
    seconds = time.perf_counter() - started
    left = [finding for finding in report.findings if finding.certainty in ("present", "uncertain")]
    pairs: list[tuple[Gold, Finding | None]] = []
    for gold in case.findings:
        fits = [finding for finding in left if _fits(gold, finding)]
        best = max(fits, key=lambda finding: _closeness(gold, finding), default=None)
        if best is not None:
            left.remove(best)
        pairs.append((gold, best))
    return Outcome(case, report, tuple(pairs), tuple(left), lost(case.text, report), seconds)


def _only(name: str) -> System | None:
    """The system that a set names for a report; None where it names none that there are rules for."""
    try:
        return named(name) if name else None
    except UnknownSystem:
        return None


def _fits(gold: Gold, finding: Finding) -> bool:
    """Whether a radiologist would call both the same finding: its kind, its place and its side."""
    if not is_same_place(gold.kind, gold.organ, finding.organ) or not _is_on_side(gold, finding):
        return False
    return any(may_be_one(gold.kind, kind) or is_same_kind(gold.kind, kind) for kind in called(finding))


def fits_exactly(gold: Gold, finding: Finding) -> bool:
    """Whether both name the same organ, and kinds that the reader itself takes for one."""
    return gold.organ in ("", finding.organ) and _is_on_side(gold, finding) and may_be_one(gold.kind, finding.kind)


def _is_on_side(gold: Gold, finding: Finding) -> bool:
    return not (gold.side and finding.side and finding.side != gold.side)


def called(finding: Finding) -> frozenset[str]:
    """The kinds that a report gives to one finding: an opacity, "likely infarction", is both."""
    return frozenset((finding.kind, *(word.meaning for name in finding.suggests for word in kind_words().find(name))))


_PLACES: tuple[tuple[frozenset[str], frozenset[str]], ...] = tuple(
    (frozenset(organs.split(", ")), frozenset(kinds.split(", ")) if kinds else frozenset())
    for organs, kinds in (
        ("bone, spine", ""),  # a vertebra is a bone
        ("bone, spine, joint", "degeneration, erosion, oedema, enhancement, inflammation, dislocation, ischaemia, deformity, device"),
        ("joint, muscle, soft tissue", "tear, atrophy, degeneration, inflammation, oedema, haematoma, effusion, cyst"),
        ("lung, vessel", "embolism, thrombosis"),  # an embolus lies in a vessel of the lung
        ("aorta, vessel", "atheroma, calcification, plaque, thrombosis"),
        ("soft tissue, peritoneum, bowel", "hernia"),  # named by its gap, its sac, or what it holds
        ("peritoneum, appendix, colon, bowel", "abscess, ascites, free air, gas, haematoma, oedema"),  # beside the organ it comes from
        ("brain, ventricles", "haemorrhage, haematoma"),
        ("mediastinum, oesophagus, stomach", "hernia"),
        ("neck, larynx", ""),
        ("gallbladder, bile duct", "stone, debris, gas"),
        ("kidney, ureter", "dilatation, hydronephrosis, obstruction"),
    )
)
"""Organs that are two names of one place for findings of some kinds; for all kinds where none are named."""
_KINDS = tuple(
    frozenset(kinds.split(", "))
    for kinds in (
        "deformity, dislocation",  # a vertebra that slipped
        "device, surgery",  # the clips of an operation
        "variant, malformation",
        "oedema, inflammation",  # fat stranding
        "enhancement, lesion",  # a focus that takes up the tracer
        "dilatation, hydronephrosis", "dilatation, hydrocephalus", "fracture, deformity", "effusion, ascites",
        "haematoma, effusion",  # blood in a cavity
    )
)  # fmt: skip
"""Kinds that are two names of one finding at one place."""


def is_same_place(kind: str, organ: str, other: str) -> bool:
    """Whether two organs are one place for a finding of a kind; a gold finding without an organ may be anywhere."""
    return organ in ("", other) or any({organ, other} <= organs and (not kinds or kind in kinds) for organs, kinds in _PLACES)


def is_same_kind(kind: str, other: str) -> bool:
    """Whether two kinds are two names of one finding, where the place is the same."""
    return kind == other or any({kind, other} <= kinds for kinds in _KINDS)


def _closeness(gold: Gold, finding: Finding) -> int:
    size = finding.size.largest if finding.size else None
    alike = 2 * (gold.mm is not None and gold.mm == size) + (gold.kind == finding.kind) + (gold.side == finding.side)
    return alike + 2 * fits_exactly(gold, finding)


def lost(text: str, report: ReadReport) -> tuple[str, ...]:
    """The words of a report that stand neither in a finding, nor in a listed sentence, nor in a heading or label."""
    covered = [False] * len(report.text)
    for sentence in [*report.left, *(one for finding in report.findings for one in finding.sentences)]:
        covered[sentence.start : sentence.end] = [True] * (sentence.end - sentence.start)
    bare = "".join(" " if held else sign for held, sign in zip(covered, report.text, strict=True))
    bare = re.sub(r"(?<=[\s:*#])\d{1,2}[.)](?=\s)", " ", bare)
    bare = "\n".join("" if headings().named(line.strip(" \t#*:")) else line for line in bare.splitlines())
    bare = re.sub(r"(?m)[A-Za-z /,&()#'-]{1,48}(?:\d[-/]?[A-Z]?\d?)?\s*:(?=\s|$)|^\s*\d{1,2}[.)]\s", " ", bare)
    return tuple(re.findall(r"[A-Za-z]{3,}", bare))


def figures(outcomes: Sequence[Outcome]) -> dict[str, float]:
    """Precision, recall and F1 of findings, and shares of those found with the right certainty, size, category and advice."""
    pairs = [pair for outcome in outcomes for pair in outcome.pairs]
    found = [(gold, finding) for gold, finding in pairs if finding is not None]
    read_ = len(found) + sum(len(outcome.beyond) for outcome in outcomes)
    recall, precision = len(found) / max(len(pairs), 1), len(found) / max(read_, 1)
    advised = Counter(advice(gold, finding) for gold, finding in pairs if gold.advice)
    categories = [category(gold, finding) for gold, finding in pairs if gold.category]
    denied = [(gold, outcome.beyond) for outcome in outcomes for gold in outcome.case.denied]
    sizes = [(gold.mm, finding.size.largest if finding.size else None) for gold, finding in found if gold.mm]
    return {
        "reports": len(outcomes), "findings": len(pairs), "precision": precision, "recall": recall,
        "F1": 2 * precision * recall / max(precision + recall, 1e-9),
        "F1 by exact names": 2 * sum(fits_exactly(*pair) for pair in found) / max(read_ + len(pairs), 1),
        "certainty": _share([gold.certainty == finding.certainty for gold, finding in found]),
        "size": _share([gold == size for gold, size in sizes]),
        "denied": len(denied), "denied read as present": _share([any(_fits(gold, one) for one in beyond) for gold, beyond in denied]),
        "category exact": _share(categories), "categories": len(categories),
        "advice right": advised["right"] / max(advised.total(), 1), "advice wrong": advised["wrong"] / max(advised.total(), 1),
        "advised": advised.total(), "nothing lost": _share([not outcome.lost for outcome in outcomes]),
        "seconds": sorted(outcome.seconds for outcome in outcomes)[len(outcomes) // 2],
    }  # fmt: skip


def category(gold: Gold, finding: Finding | None) -> bool:
    """Whether the category is the gold one, or is left open where the report leaves it open."""
    if finding is None:
        return False
    return finding.advice.category == ("" if gold.category == "?" else gold.category)


def advice(gold: Gold, finding: Finding | None) -> str:
    """Whether the advice is "right", "wrong" (another one, for certain), or "open" (none, or several that are still possible)."""
    if finding is None or finding.advice.by == "nothing" or len(finding.advice.managements) != 1:
        return "open"
    return "right" if finding.advice.says.startswith(gold.advice) else "wrong"


def _share(held: Sequence[bool]) -> float:
    return sum(held) / len(held) if held else float("nan")


def main(arguments: Sequence[str]) -> int:
    """Print the figures of a set, and with `-v` what was missed, read beyond it, or said otherwise."""
    paths = [Path(argument) for argument in arguments if not argument.startswith("-")]
    replay(Case(id="warm-up", subspecialty="", text="CT\nFindings: nodule."))
    outcomes = [replay(case) for case in cases(*paths[:1])]
    for name, value in figures(outcomes).items():
        print(f"{name:22} {value:.3f}" if isinstance(value, float) else f"{name:22} {value}")  # noqa: T201
    if "-v" in arguments:
        for outcome in outcomes:
            for line in _told(outcome):
                print(line)  # noqa: T201
    return 0


def _told(outcome: Outcome) -> list[str]:
    said = [
        f"{outcome.case.id}: missed {json.dumps(gold.model_dump(exclude_defaults=True))}" for gold, found in outcome.pairs if found is None
    ]
    said += [f"{outcome.case.id}: beyond {one.organ} {one.kind} {one.side} {one.own!r}" for one in outcome.beyond]
    for gold, found in outcome.pairs:
        if found is None:
            continue
        given = dict(found.advice.score.given) if found.advice.score else ""
        got = f"{found.advice.system} {found.advice.category or found.advice.possible} {found.advice.says!r} {given}"
        if (gold.category and not category(gold, found)) or (gold.advice and advice(gold, found) != "right"):
            said.append(f"{outcome.case.id}: wanted {gold.system} {gold.category} {gold.advice!r}, got {got}")
        if gold.mm and (found.size is None or found.size.largest != gold.mm):
            said.append(f"{outcome.case.id}: size {gold.mm} got {found.size}")
        if gold.certainty != found.certainty:
            said.append(f"{outcome.case.id}: certainty {gold.kind} got {found.certainty}")
    return [*said, *([f"{outcome.case.id}: lost {' '.join(outcome.lost)}"] if outcome.lost else [])]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
