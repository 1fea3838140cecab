"""When evidence is enough: relevance as a probability, confidence, and the rules by which an answer is withheld. Pure."""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from pydantic import Field

from agent.asked import Asked
from agent.polar import is_polar
from agent.precedence import is_dictionary, is_live, standing
from agent.reading import DocumentFit, Reading, logistic
from agent.reasoners.protocol import Weighed
from agent.rows import unmet
from agent.types import Confidence, Draft, Question
from corpora.types import Authority, Frozen

FILE = Path(__file__).parent / "data" / "relevance.toml"


class Scale(Frozen):
    """Weights of the logistic that turns a reading into the probability that it answers; see docs/decisions/0003-abstention.md."""

    bias: float
    about: float
    covered: float
    named: float
    cosine: float
    relevance: float


class Calibration(Frozen):
    """Weights of the logistic that turns a raw confidence's log odds into the probability of being right; see `evals.calibration`."""

    bias: float
    slope: float = Field(gt=0)
    choice: float
    polar: float


@cache
def calibration() -> Calibration:
    """The fitted weights, from `data/relevance.toml`."""
    return Calibration.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8"))["calibration"])


def calibrated(raw: float, question: Question) -> float:
    """Probability (0-1) of being right of an answer whose raw confidence this is (0-1, ends excluded); rises with it."""
    weights = calibration()
    kind = 0.0 if not question.options else weights.polar if is_polar(question) else weights.choice
    return logistic(weights.bias + weights.slope * math.log(raw / (1 - raw)) + kind)


@cache
def scale() -> Scale:
    """The fitted weights, from `data/relevance.toml`."""
    return Scale.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8"))["scale"])


def features(document: DocumentFit, reading: Reading) -> tuple[float, float, float, float, float]:
    """What the logistic sees: about, covered, named, cosine of the document, and the reading's relevance (capped at 1.2)."""
    return document.about, document.covered, document.named, document.cosine, min(1.2, reading.relevance)


def enough(document: DocumentFit, reading: Reading) -> float:
    """Probability (0-1) that this reading of this document answers the question; a retracted source never does."""
    if document.source.retracted:
        return 0.0
    weights = scale()
    about, covered, named, cosine, relevance = features(document, reading)
    value = (
        weights.bias
        + weights.about * about
        + weights.covered * covered
        + weights.named * named
        + weights.cosine * cosine
        + weights.relevance * relevance
    )
    return logistic(value + 0.06 * (document.source.authority.rank - Authority.CASE.rank))


def strength(document: DocumentFit, reading: Reading) -> float:
    """What orders the evidence of all documents, 0 and up: how well it answers, how near its document is, who says it."""
    if document.source.retracted:
        return 0.0
    authority = 0.02 * document.source.authority.rank + standing(document.source)
    return max(0.0, 0.6 * reading.relevance + 0.5 * document.about + authority)


def confidence(question: Question, weighed: Weighed, drafts: Sequence[Draft]) -> Confidence:
    """How sure, as a probability: the best evidence's relevance, less for what speaks for doubt, calibrated on answers that were scored.

    What counts as doubt: sources that differ, a value that the row does not take in, unchecked sources, a narrow margin between options.
    """
    if not weighed.evidence:
        return Confidence(score=0.0, level="low", why="nothing was found")
    raw, most = _raw(question, weighed)
    return Confidence.of(min(most, calibrated(min(0.97, max(0.02, raw)), question)), _why(weighed, drafts))


def _raw(question: Question, weighed: Weighed) -> tuple[float, float]:
    """The uncalibrated confidence, and the most that the calibrated one may be because of who says it."""
    lead = weighed.evidence[0]
    score, most = lead.relevance, 1.0
    if weighed.conflicts:
        score, most = min(score - 0.15, 0.79), 0.79
    if unmet(lead.passage, Asked.of(question.text, question.report)):
        score -= 0.2
    if lead.passage.source.authority is not Authority.GUIDELINE_CHECKED:
        score -= 0.12
        most = most if lead.passage.source.kind == "guideline" else 0.79
    if is_live(lead.passage.source):
        most = min(most, LIVE_PAPER if lead.passage.source.kind == "article" else LIVE_OTHER)
    if is_dictionary(lead.passage.source):
        most = min(most, DICTIONARY)
    score = min(score, most)
    if not lead.passage.is_row:
        most = min(most, PROSE)
    if not question.options:
        score = min(score, _ceiling(weighed))
    elif weighed.weights:
        ordered = sorted((weight.score for weight in weighed.weights), reverse=True)
        score = min(score, 0.35 + min(0.6, ordered[0] - ordered[1]))
    return score, most


PROSE = 0.79
"""The most that a confidence may be where a sentence leads and no row, whose conditions could be compared one by one."""
LIVE_PAPER, LIVE_OTHER, DICTIONARY = 0.7, 0.55, 0.55
"""The most that a confidence may be where a paper nobody has looked at carries the answer, or a single case, a page or a dictionary."""

_CLEAR = 0.10
"""How far the answer's row must stand above the next row that says something else before it counts as settled."""


def _ceiling(weighed: Weighed) -> float:
    """The most that a confidence may be (0.5-1): less when the next best row of the same source says something else and is close."""
    lead = weighed.evidence[0]
    if not lead.passage.is_row:
        return 1.0
    source = lead.passage.source
    said = {name: lead.passage.row[name] for name in lead.passage.header if name in source.results}
    for item in weighed.evidence[1:]:
        rival = item.passage.is_row and item.passage.document_id == lead.passage.document_id and item.passage.header == lead.passage.header
        if rival and any(item.passage.row[name] != cell for name, cell in said.items()):
            return 0.5 + 0.5 * min(1.0, (lead.strength - item.strength) / _CLEAR)
    return 1.0


def _why(weighed: Weighed, drafts: Sequence[Draft]) -> str:
    lead = weighed.evidence[0]
    cited = {name for draft in drafts for name in draft.evidence_ids}
    close = {item.passage.document_id: item.passage.source for item in weighed.evidence if item.id in cited} or {
        lead.id: lead.passage.source
    }
    guidelines = sum(source.kind == "guideline" for source in close.values())
    others = len(close) - guidelines
    counted = [f"{guidelines} guideline{'s' * (guidelines != 1)}"] * bool(guidelines) + [
        f"{others} other source{'s' * (others != 1)}"
    ] * bool(others)
    doubt = "sources differ" if weighed.conflicts else "no source differs"
    unchecked = ", numbers not checked against the source" if lead.passage.source.authority is Authority.GUIDELINE_UNCHECKED else ""
    return f"{' and '.join(counted)}, {doubt}{unchecked}"


class ImageWording(Frozen):
    """Patterns (regular expressions) of questions that can only be answered by looking; see `data/relevance.toml`."""

    names: tuple[str, ...]
    deictic: tuple[str, ...]
    asks: tuple[str, ...]
    general: tuple[str, ...]
    most_words: int
    case_words: int


@cache
def _image() -> ImageWording:
    return ImageWording.model_validate(tomllib.loads(FILE.read_text(encoding="utf-8"))["image"])


def _matches(patterns: Sequence[str], text: str) -> bool:
    return any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def needs_image(question: Question) -> bool:
    """Whether the question points at an image and nobody described one.

    Either it names the image ("in this radiograph"), or it is short, gives no case and no value, and asks for what is there
    ("Is there a pneumothorax?", "Where is the mass?"); "Is there a role for MRI?" asks for knowledge.
    """
    wording, text = _image(), question.text.strip()
    length = len(text.split())
    if question.report:
        return False
    if _matches(wording.names, text):
        return True
    if _matches(wording.general, text):
        return False
    asked = Asked.of(text)
    measured = any(quantity.dimension != "number" for quantity in asked.quantities)
    short = length <= wording.most_words and not asked.quantities and not asked.codes and not question.options
    case = length <= wording.case_words and not measured  # who gives a size has looked
    return (case and _matches(wording.deictic, text)) or (short and _matches(wording.asks, text))


def off_topic(weighed: Weighed, threshold: float) -> str:
    """Why there is no answer, in one sentence."""
    if not weighed.evidence or weighed.best < 0.15:
        return "Nothing in the sources is about this question."
    return "The nearest sources share words with this question, but no passage carries an answer."
