"""A report, read: text in, findings with advice out, and every other sentence with what it was taken for."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import partial

from agent.errors import EmptyQuestion, QuestionTooLong
from agent.reports.advising import Asker, advise
from agent.reports.change import compare
from agent.reports.checking import flags
from agent.reports.choosing import NO_COMPARISON, Told
from agent.reports.glossary import code_of, english, name_of, translated
from agent.reports.lesions import join
from agent.reports.masking import masked as without_identifiers
from agent.reports.sentences import Spoken, parts, sentences
from agent.reports.setting import dated, modality, organ, patient
from agent.reports.types import Finding, Flag, ReadReport
from corpora.rules.system import System

LONGEST = 200_000
"""Characters; a report has some thousands, and a book is none."""


def read(text: str, prior: str | None = None, *, system: System | None = None, ask: Asker | None = None, masked: bool = True) -> ReadReport:
    """A report's findings, what to do about each, and what became of every other sentence.

    Args:
        text: the report.
        prior: an earlier report of the same patient, to compare with.
        system: use only this scoring system.
        ask: answers a question about one finding where no rules are for it; by default nobody is asked.
        masked: mask patient identifiers in everything that is returned.

    Raises:
        EmptyQuestion: there is no text. QuestionTooLong: it is longer than `LONGEST` characters.
    """
    made = _as_it_stands(text, system, ask)
    if prior is not None:
        comparison, more = compare(made, _as_it_stands(prior, None, None))
        made = made.model_copy(update={"comparison": comparison, "flags": (*more, *made.flags)})
    return without_identifiers(made) if masked else made


def _as_it_stands(text: str, system: System | None, ask: Asker | None) -> ReadReport:
    _check(text)
    code, about = code_of(text), patient(text)
    spoken = partial(english, code=code) if code != "en" else str
    found = sentences(text, other=code != "en", spoken=spoken)
    if code != "en":
        found = translated(found, code)
        about = patient(" ".join(sentence.text for sentence in found))
    said = text if code == "en" else "\n".join(sentence.text for sentence in found)
    study = organ(text if code == "en" else " ".join(sentence.text for sentence in found[:1]))
    joined = join(found, study or ("breast" if "MG" in modality(text) else ""))
    labelled = tuple(f"{sentence.label}: {sentence.text}" if sentence.label else sentence.text for sentence in found)
    there = Counter((one.organ, one.kind) for one in joined.findings if one.certainty in ("present", "uncertain"))
    told = Told(said, labelled + _comparison(text), modality(text), about, dict(there))
    findings = _with_advice(joined.findings, told, system, ask)
    return ReadReport(
        text=text, language=code, modality=told.modality, dated=dated(text), patient=about,
        sections=_sections(text, spoken), findings=findings,
        left=joined.left, flags=(*_of_language(code), *flags(findings, joined.left, text)),
    )  # fmt: skip


def _of_language(code: str) -> tuple[Flag, ...]:
    says = f"The report is in {name_of(code)} and was read word by word through a glossary; what it does not know was not read."
    return (Flag(kind="input", says=says),) if code != "en" else ()


def _check(text: str) -> None:
    if not text.strip():
        raise EmptyQuestion("The report is empty.")
    if len(text) > LONGEST:
        raise QuestionTooLong(f"The report has {len(text)} characters, the limit is {LONGEST}: give one report at a time.")


def _comparison(text: str) -> tuple[str, ...]:
    """A comparison part that says there is none: the splitter leaves it out, and rules ask for it."""
    return (
        (NO_COMPARISON,) if re.search(r"(?im)^[^\w\n]{0,9}comparisons?\s{0,3}:\s{0,9}(?:none|no prior|not available|n/?a)\b", text) else ()
    )


def _with_advice(findings: Sequence[Finding], told: Told, system: System | None, ask: Asker | None) -> tuple[Finding, ...]:
    return tuple(finding.model_copy(update={"advice": advise(finding, told, system, ask)}) for finding in findings)


def _sections(text: str, spoken: Spoken) -> dict[str, str]:
    made: dict[str, str] = {}
    for part in parts(text, spoken):
        name = part.heading or "Head"
        body = text[part.start : part.end]
        made[name] = f"{made[name]}\n{body}" if name in made else body
    return made
