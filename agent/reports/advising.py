"""What to do about a finding: by the rules of its system, else by the ordinary agent's answer to a question about it alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from agent.reports.choosing import Told, candidates, features, stated, stated_of_side
from agent.reports.types import Advice, Finding
from agent.types import Abstained, Answer
from corpora.rules.given import UnknownFeature
from corpora.rules.rows import Cited
from corpora.rules.scoring import Score, score
from corpora.rules.system import System

NOTHING = "No guideline here covers this."
NOT_ASKED = "No scoring rules are for this; the library was not asked (--ask)."
Asker = Callable[[str], Answer]
"""Answers one question; `RadiologyAgent.ask` does."""


def advise(finding: Finding, told: Told, wanted: System | None = None, ask: Asker | None = None) -> Advice:
    """The advice for one finding; `wanted` is the only system to use, `ask` answers where no system is for it."""
    if finding.certainty in ("absent", "family"):
        return Advice(says=NOTHING)
    kept = ""
    for system in candidates(finding, told, wanted):
        made = _by_rules(system, finding, told)
        if made is not None and made.score is not None and not made.score.refused:
            return made
        kept = kept or (f"{made.score.name}: {made.score.refused}" if made and made.score else "")
    if ask is not None and _is_worth_asking(finding):
        answered = _by_answer(finding, told, ask)
        if answered is not None:
            return answered
    unasked = ask is None and _is_worth_asking(finding) and not kept
    return Advice(says=NOT_ASKED if unasked else f"{NOTHING} {kept}".strip())


def _by_rules(system: System, finding: Finding, told: Told) -> Advice | None:
    given = features(system, finding, told)
    named = (
        stated(system, finding.own)
        or stated_of_side(system, finding, told.text)
        or (stated(system, told.text) if _is_of_the_study(system, finding) else "")
    )
    try:
        free, made = score(system, given, assume=False), score(system, given, stated=named)
    except UnknownFeature:
        return None
    if not made.given and not named:
        return None
    disagrees = ""
    if named and free.possible and named not in free.possible:
        disagrees = f"The report says {named}; what it describes gives {' or '.join(free.possible)}."
    return Advice(
        by="rules", says=_spoken(made), system=made.name, category=made.category, possible=made.possible, managements=made.managements,
        deciding=made.deciding, stated=named, disagrees=disagrees, source=made.source, score=made,
    )  # fmt: skip


def _is_of_the_study(system: System, finding: Finding) -> bool:
    """Whether the category of the whole study is this finding's: not that of one which is called benign or has not changed."""
    return system.about.whole or (system.id == "bi-rads" and "benign" not in finding.descriptors and finding.change != "stable")


def _spoken(made: Score) -> str:
    """The advice in one line."""
    if made.refused:
        return made.refused
    if made.management:
        return made.management
    meaning = next((step.values[0] for step in made.steps if step.gives in ("meaning", "washout") and len(step.values) == 1), "")
    if meaning:
        return meaning
    if made.uncovered:
        return made.uncovered
    if made.managements and len(made.managements) <= _MOST_SAID:
        return " | or: ".join(made.managements)
    return f"Not decided: {', '.join(made.deciding)} not stated." if made.deciding else NOTHING


_MOST_SAID = 3


_QUIET = frozenset((
    "device", "surgery", "variant", "degeneration", "atrophy", "leukoaraiosis", "granuloma", "atelectasis", "atheroma", "calcification",
    "diverticula",
    "opacity", "enhancement", "dilatation", "thickening", "fibrosis", "emphysema", "oedema",
))  # fmt: skip
"""Kinds that have no management of their own; nobody is asked about them."""


def _is_worth_asking(finding: Finding) -> bool:
    return finding.kind not in _QUIET and finding.certainty in ("present", "uncertain") and bool(finding.organ)


def question(finding: Finding, told: Told) -> str:
    """A question about this finding alone, with its own values and the patient's age and sex."""
    patient = told.patient
    who = f"In a {patient.age:g}-year-old" if patient.age else "In an adult"
    who += {"female": " woman", "male": " man"}.get(patient.sex, " patient")
    made = {"MG": "mammography", "US": "ultrasound", "MRI": "MRI", "CT": "CT", "XR": "radiography"}.get(
        told.modality.split("/")[0], "imaging"
    )
    words = re.sub(r"\s+", " ", finding.own).strip(" .,;")
    shown = f"{who}, {made} shows this finding: {words[:_LONGEST]} ({finding.where or finding.organ})."
    return f"{shown} What management or follow-up is recommended?"


_LONGEST = 300


def _by_answer(finding: Finding, told: Told, ask: Asker) -> Advice | None:
    answer = ask(question(finding, told))
    if isinstance(answer, Abstained) or not answer.claims:
        return None
    claim = answer.claims[0]
    cited = claim.citations[0] if claim.citations else None
    source = _cited(answer, cited.id if cited else "")
    return Advice(by="answer", says=claim.text, source=source, limitations=tuple(answer.limitations)) if source else None


def _cited(answer: Answer, evidence_id: str) -> Cited | None:
    for item in answer.evidence:
        if item.id == evidence_id:
            source = item.passage.source
            return Cited(
                card=source.id, title=source.title, year=source.year, link=source.link, quote=item.passage.shown, spoken=item.passage.spoken
            )
    return None
