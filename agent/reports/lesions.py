"""Mentions joined to findings: "this nodule", "lesion 2", a size given one sentence later, and what the impression says again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from agent.reports.choosing import speaks_of
from agent.reports.measuring import sizes as measured
from agent.reports.mentions import Mention, Read, read
from agent.reports.sentences import Sentence
from agent.reports.types import NOTHING_MM, Change, Finding, Role, Size, Stretch
from agent.reports.vocabulary import change_words, kind_words, kinds, organ_words, words_of

_ROLES: dict[str, Role] = {
    "Indication": "indication", "Technique": "technique", "Examination": "technique", "Comparison": "comparison",
    "Recommendation": "recommendation",
}  # fmt: skip
_ALIKE = (
    frozenset(("nodule", "mass", "lesion", "cyst", "observation", "granuloma", "opacity", "ground-glass", "metastasis", "polyp", "adenoma",
               "myelolipoma", "angiomyolipoma", "haemangioma", "fibroid", "asymmetry", "distortion", "calcification")),
    frozenset(("aneurysm", "dilatation")), frozenset(("consolidation", "opacity", "ground-glass", "atelectasis")),
    frozenset(("haematoma", "haemorrhage", "laceration", "contusion")), frozenset(("stenosis", "plaque", "occlusion", "atheroma")),
    frozenset(("atheroma", "calcification", "plaque")), frozenset(("infarct", "ischaemia")), frozenset(("obstruction", "intussusception")),
    frozenset(("opacity", "opacification", "thickening")), frozenset(("free air", "gas")),
    frozenset(("cavity", "lesion", "nodule", "mass")), frozenset(("erosion", "degeneration")),
    frozenset(("disc", "stenosis", "degeneration")), frozenset(("embolism", "thrombosis")),
)  # fmt: skip
"""Kinds that may be two names of one finding."""


@dataclass
class _Open:
    """A finding while the report is being read."""

    first: Mention
    mentions: list[Mention] = field(default_factory=list)
    sentences: list[Stretch] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    recommended: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


class Joined(NamedTuple):
    """The findings of a report, and the sentences that gave none, each with its role."""

    findings: tuple[Finding, ...]
    left: tuple[Stretch, ...]


def join(sentences: Sequence[Sentence], organ: str = "") -> Joined:
    """Findings in the order in which the report names them first; every sentence is in a finding or left with its role.

    `organ` is what the whole study is of, where it is of one.
    """
    found: list[_Open] = []
    left: list[Stretch] = []
    last: _Open | None = None
    context = section = listed = ""
    for sentence in sentences:
        if sentence.label and not organ_words().has(sentence.label):
            listed = ""
        if sentence.section != section:
            listed = ""
            section, context, last = sentence.section, "", None if sentence.section == "Impression" else last
        role = _ROLES.get(sentence.section) or ("" if sentence.section else "technique")
        if not role and sentence.number < _FIRST and (_PERSON.match(sentence.text) or _ASKS.match(sentence.original)):
            role = "indication"
        if role:
            left.append(_stretch(sentence, role))
            continue
        seen = read(sentence, context or organ, organ, listed)
        if advice := _is_advice(sentence, seen):
            left.append(_stretch(sentence, "recommendation"))
            _advise(sentence, seen, found, last)
        if advice and not any(mention.sizes for mention in seen.present):
            continue
        context = _context(sentence, seen, context, organ)
        if sentence.text.endswith(":") and len(sentence.text) < _CAPTION:
            left.append(_stretch(sentence, "clerical"))
            listed = next((one.meaning for one in kind_words().find(sentence.text) if kinds()[one.meaning].focal), "")
            continue
        if not seen.present:
            if last is not None and _goes_on(sentence, seen, last):
                last.sentences.append(_stretch(sentence, "finding"))
                last.own.append(sentence.text)
            elif not advice:
                left.append(_stretch(sentence, _role(sentence, seen)))
            continue
        if advice:
            left.pop()
        for mention in seen.present:
            if (named := _named_at_last(mention, sentence, found)) is not None:
                named.sentences.append(_stretch(sentence, "finding"))
                named.said.append(mention.name)
            else:
                last = _place(mention, sentence, found, last)
    return Joined(tuple(_finding(number, one) for number, one in enumerate(found, 1)), tuple(left))


_CAPTION = 40
"""Characters of a line that only names what follows: "Target lesions:"."""
_PERSON = re.compile(r"(?i)^\W*\d{1,3}[\s-]?(?:[mf]\b|y/?o\b|years?|yrs?\b|-year)")
_ASKS = re.compile(
    r"(?i)^\W{0,3}(?:clinical(?: details| information| question)?|hx|indication|history|reason for (?:exam|study)|query)\s?:"
)
"""A line at the head that says why the study was made."""
_FIRST = 4
"""Sentences at the head of a report among which one may present the patient."""


def _stretch(sentence: Sentence, role: Role) -> Stretch:
    text, start = sentence.original or sentence.text, sentence.begins if sentence.begins >= 0 else sentence.start
    return Stretch(text=text, start=start, end=sentence.end, section=sentence.section, role=role)


def _is_advice(sentence: Sentence, seen: Read) -> bool:
    return bool(words_of("recommendation").find(sentence.text)) and not seen.absent


def _advise(sentence: Sentence, seen: Read, found: Sequence[_Open], last: _Open | None) -> None:
    """The report's own recommendation goes to the finding it names, else to the one before it."""
    for mention in seen.present:
        if known := _meant(mention, sentence, found, last) or _known(mention, sentence, found):
            known.recommended.append(sentence.text)
            known.sentences.append(_stretch(sentence, "finding"))
            return
    if last is not None:
        last.recommended.append(sentence.text)


def _context(sentence: Sentence, seen: Read, context: str, study: str) -> str:
    """What the text is about behind a sentence; a vessel or a node in a study of one organ is not what it goes on about."""
    labelled = organ_words().find(sentence.label)
    if labelled:
        return labelled[0].meaning
    if not seen.present:
        return context
    beside = ("", "node", "vessel") if study else ("", "node")
    return next((mention.organ for mention in reversed(seen.present) if mention.organ not in beside), context)


def _goes_on(sentence: Sentence, seen: Read, last: _Open) -> bool:
    """Whether a sentence without a finding of its own describes the one before it."""
    kind = kinds().get(last.first.kind)
    gap = sentence.start - last.sentences[-1].end if last.sentences[-1].section == sentence.section else -1
    if not 0 <= gap < _NEAR_FEATURES or not ((kind and kind.focal) or last.first.kind in ("thickening", "laceration", "plaque")):
        return False
    if any(organ not in (last.first.organ, "node", "vessel") for organ in seen.organs):
        return False
    opened = words_of("backwards").find(sentence.text[:40])
    return bool(gap < _NEAR and opened and opened[0].start <= _OPENING) or speaks_of(last.first.kind, last.first.organ, sentence.text)


_NEAR, _NEAR_FEATURES, _OPENING = 12, 60, 4
"""Characters between two sentences that belong together, between a finding and a score's features, and before the words that refer back."""


def _role(sentence: Sentence, seen: Read) -> Role:
    """What a sentence without a finding is: normal, technique, clerical, or not understood."""
    if words_of("clerical").find(sentence.text) and not seen.organs:
        return "clerical"
    if seen.absent or words_of("normal").find(sentence.text) or (seen.organs and change_words().find(sentence.text)):
        return "normal"
    if words_of("technique").find(sentence.text) or not sentence.section:
        return "technique"
    return "not understood"


def _named_at_last(mention: Mention, sentence: Sentence, found: Sequence[_Open]) -> _Open | None:
    """The one measured mass of a report, where the impression says only what it is ("Neuroblastoma most likely")."""
    if sentence.section != "Impression" or mention.kind in kinds() or mention.organ or mention.sizes:
        return None
    masses = [one for one in found if one.first.kind in ("mass", "lesion") and any(other.sizes for other in one.mentions)]
    return masses[0] if len(masses) == 1 else None


def _place(mention: Mention, sentence: Sentence, found: list[_Open], last: _Open | None) -> _Open:
    """The finding that a mention is about: a known one, or a new one."""
    home = _meant(mention, sentence, found, last)
    if home is None:
        home = _Open(mention)
        found.append(home)
    home.mentions.append(mention)
    stretch = _stretch(sentence, "finding")
    if stretch not in home.sentences:
        home.sentences.append(stretch)
    home.own.append(mention.own)
    return home


def _meant(mention: Mention, sentence: Sentence, found: Sequence[_Open], last: _Open | None) -> _Open | None:
    if mention.label:
        return next((one for one in found if any(other.label == mention.label and _alike(other, mention) for other in one.mentions)), None)
    if (
        last is not None
        and last.sentences[-1].section == sentence.section
        and mention.refers_back
        and _alike(last.first, mention, back=True)
    ):
        return last
    if sentence.section in ("Impression", "Addendum") or (not mention.sizes and _STATES.search(sentence.text)):
        return _known(mention, sentence, found)
    if mention.kind in _DIFFUSE:
        return next(
            (one for one in found if (one.first.kind, one.first.organ, one.first.side) == (mention.kind, mention.organ, mention.side)), None
        )
    return None


_STATES = re.compile(r"\b[A-Z]{1,4}-RADS\s?[\dIV]")
"""A sentence that gives a category sums up, wherever it stands."""
_DIFFUSE = frozenset(("fibrosis", "emphysema", "atheroma", "diverticula", "steatosis", "cirrhosis", "leukoaraiosis", "atrophy"))
"""Kinds of which an organ has one, however many words tell of it."""


def _known(mention: Mention, sentence: Sentence, found: Sequence[_Open]) -> _Open | None:
    """The finding of another part that a mention names again: of its kind, at its place, of its size where both give one."""
    fits = [(score, one) for one in found if one.sentences[-1].start < sentence.start and (score := _fit(mention, one)) > 0]
    best = max((score for score, _ in fits), default=0)
    top = [one for score, one in fits if score == best]
    return (
        top[0]
        if len(top) == 1 or (top and all(one.first.kind == top[0].first.kind for one in top) and mention.multiple)
        else (top[0] if top and best >= _SURE else None)
    )


_SURE = 4


def _fit(mention: Mention, one: _Open) -> int:
    """How well a mention fits a finding; 0 where something speaks against it."""
    first = one.first
    named = {word.lower() for other in one.mentions for word in other.suggests}
    if mention.name.lower() not in named and not any(_alike(other, mention) for other in one.mentions):
        return 0
    organs, sides, parts = ({getattr(other, name) for other in one.mentions} - {""} for name in ("organ", "side", "part"))
    if mention.organ and organs and mention.organ not in organs:
        return 0
    if mention.part and parts and not any(mention.part in part or part in mention.part for part in parts):
        return 0
    score = 1 + bool(mention.organ and organs) + 2 * bool(mention.part and parts) + (mention.kind == first.kind)
    if mention.side and sides:
        score += 2 if mention.side in sides else -2
    ours, theirs = (
        [size.largest for size in which if not size.earlier] for which in (mention.sizes, [s for m in one.mentions for s in m.sizes])
    )
    if ours and theirs:
        score += 3 if any(abs(a - b) <= _SAME_MM * max(a, b) for a in ours for b in theirs) else -1
    return max(score, 0)


_SAME_MM = 0.12
"""Share by which a rounded size of the impression may differ from that of the findings."""


def _alike(one: Mention, other: Mention, *, back: bool = False) -> bool:
    if one.kind == other.kind:
        return True
    if back and kinds().get(one.kind) and kinds()[one.kind].focal and other.kind in ("lesion", "mass", "nodule", "observation", "cyst"):
        return True
    return may_be_one(one.kind, other.kind) and (not one.organ or not other.organ or one.organ == other.organ)


def may_be_one(kind: str, other: str) -> bool:
    """Whether two kinds may be two names of one finding."""
    return kind == other or any({kind, other} <= group for group in _ALIKE)


def _by_size(sizes: Sequence[Size]) -> Change | None:
    """What became of a finding by the sizes that the report gives for now and for before; None where it gives but one."""
    now, then = (next((size for size in sizes if size.earlier == earlier), None) for earlier in (False, True))
    if now is None or then is None:
        return None
    difference = now.largest - then.largest
    return "stable" if abs(difference) < NOTHING_MM else "increased" if difference > 0 else "decreased"


def _other_names(mentions: Sequence[Mention]) -> list[str]:
    """What a finding is called elsewhere that says more than its own name: an opacity that the impression calls atelectasis."""
    known = {mention.kind for mention in mentions[:1]} | _GENERIC
    return [mention.name for mention in mentions[1:] if mention.kind not in known]


_GENERIC = frozenset(("lesion", "mass", "nodule", "opacity", "observation", "ground-glass", "dilatation", "calcification", "cyst"))


def _finding(number: int, one: _Open) -> Finding:
    mentions = one.mentions

    def first(name: str) -> str:
        return next((value for mention in mentions if (value := getattr(mention, name))), "")

    seen = [size for mention in mentions for size in mention.sizes]
    told = {text for mention in mentions for text in (mention.own,)}
    seen += [m.size for text in one.own if text not in told for m in measured(text)]
    sizes = tuple({(size.mm, size.earlier): size for size in reversed(seen)}.values())[::-1]
    best = next((m for m in mentions if m.certainty == "present"), one.first)
    return Finding(
        id=f"F{number}", kind=one.first.kind, name=one.first.name, concept=first("concept"), organ=first("organ"),
        side=first("side"), part=first("part"), label=first("label"), sizes=sizes, multiple=one.first.multiple,
        descriptors=tuple(dict.fromkeys(word for mention in mentions for word in mention.descriptors)),
        suggests=tuple(dict.fromkeys((*(word for mention in mentions for word in mention.suggests), *_other_names(mentions), *one.said))),
        certainty=best.certainty,
        change=next((mention.change for mention in mentions if mention.change), None) or _by_size(sizes),
        sentences=tuple(one.sentences), own=" ".join(one.own), recommended=tuple(dict.fromkeys(one.recommended)),
    )  # fmt: skip
