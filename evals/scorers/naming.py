"""Which diagnosis a reply commits to: the concept it names first, or all of a list, and what stands beside each as a modifier."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from corpora.types import ConceptMention
from evals.scorers.wording import stems

_AFFIRMED = frozenset(("present", "uncertain"))
_WORD = re.compile(r"\w+(?:['\u2019-]\w+)*")
_END = re.compile(r"[.!?](?:\s|$)|\n")
_NAMES_IT = re.compile(r"(?<!differential )\bdiagnosis(?: is|:)", re.IGNORECASE)
_IS_IT = re.compile(r"\b(?:is|are) (?:by far )?the (?:\w+ ){0,3}?(?:cause|diagnosis)\b", re.IGNORECASE)
_POINTS_TO = re.compile(r"\b(?:suggest(?:s|ing)?|indicat(?:es|ing)|consistent with|compatible with|in keeping with|typical of"
                        r"|characteristic of|diagnostic of|represents?)\b", re.IGNORECASE)  # fmt: skip
_EITHER = re.compile(r"/|\b(?:or|versus|vs)\b", re.IGNORECASE)
_OR_ELSE = re.compile(r"\b(?:could|may|might) (?:also|equally|as well) be\b|\balternatively\b", re.IGNORECASE)
_ALSO = re.compile(r"[,;]|\band\b", re.IGNORECASE)
_JOINS = re.compile(r"[\s,;/]*(?:(?:and|or|versus|vs)\s+)?(?:an?\s+)?", re.IGNORECASE)
_BETWEEN_LINES = re.compile(r"[\s.;:()*\u2022\d-]*")
_BENEATH = re.compile(r"\b(?:with|without|from|due|secondary|because|given|since|as|than|after|which|that|caus\w+|complicat\w+|arising"
                      r"|associated|show\w*|is|are|was|less likely|differential)\b", re.IGNORECASE)  # fmt: skip
_WHERE = re.compile(r"\b(?:in|on|at|by|of)\b", re.IGNORECASE)
_SAYS_LITTLE = frozenset(stems(
    "most likely probable probably possible possibly presumed suspected typical classic classical definite suggests suggesting indicates "
    "represents shows showing diagnosis diagnoses differential this patient findings case image acute chronic severe mild large small huge "
    "early late extensive primary"
))  # fmt: skip
"""Words beside a diagnosis that make it no other one."""
_DENIES = re.compile(r"\b(?:no|not|without|excludes?|rather than)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


def affirmed(text: str, mentions: Iterable[ConceptMention], names: Sequence[str], identifier: str) -> list[ConceptMention]:
    """What the text does not deny, in order; where it has one of `names`, that is a mention of `identifier`, whatever the linker says."""
    found = list(mentions)
    for start, end in sorted({place for name in names for place in places(text, name)}, key=lambda place: place[0] - place[1]):
        beneath = [mention for mention in found if mention.start < end and start < mention.end]
        if any(mention.end - mention.start > end - start for mention in beneath):
            continue  # the linker knows something narrower there
        said = beneath[0].assertion if beneath else "absent" if _DENIES.search(text[:start]) else "present"
        found = [mention for mention in found if mention not in beneath]
        found.append(ConceptMention(text=text[start:end], start=start, end=end, cui=identifier, name=names[0], group="disorder", score=1,
                                    assertion=said))  # fmt: skip
    return sorted((mention for mention in found if mention.assertion in _AFFIRMED), key=lambda mention: mention.start)


def places(text: str, name: str) -> Iterator[tuple[int, int]]:
    """Start and end of every place where a name's stems stand next to each other."""
    wanted, found = stems(name), [match.span() for match in _WORD.finditer(text)]
    for first, (start, _) in enumerate(found):
        for _, end in found[first : first + len(name.split()) + 2] if wanted else ():
            if stems(text[start:end]) == wanted and stems(text[start : found[first][1]]):
                yield start, end
                break


def committed(text: str, mentions: Sequence[ConceptMention]) -> list[ConceptMention]:
    """The diagnosis that the text gives, or all that it lists side by side; what a diagnosis comes with or from is left out.

    It stands after "the diagnosis is", before "is the diagnosis" or, in the sentence of the first concept, after "suggests" and its like.
    """
    left = _from_cue(text, mentions)
    chosen = list(left[:1])
    for before, mention in pairwise(left):
        gap = text[before.end : mention.start]
        alone = bool(_BETWEEN_LINES.fullmatch(gap)) and bool(_END.search(gap)) and _ends(text, mention)
        if alone or _OR_ELSE.search(gap) or (not _END.search(gap) and _EITHER.search(gap)):
            chosen.append(mention)
        elif _END.search(gap) or _BENEATH.search(gap) or not _ALSO.search(gap) or _WHERE.search(_ALSO.split(gap)[-1]):
            break
        elif mention.group == chosen[0].group or mention.group == "disorder":
            chosen.append(mention)
    return chosen


def _from_cue(text: str, mentions: Sequence[ConceptMention]) -> Sequence[ConceptMention]:
    """The mentions from the one that is named as the diagnosis."""
    if not mentions:
        return mentions
    pointed = [cue for cue in _POINTS_TO.finditer(text, mentions[0].end) if not _END.search(text, mentions[0].end, cue.start())]
    starts = (*(_after(text, mentions, cue.end()) for cue in _NAMES_IT.finditer(text)),
              *(_before(text, mentions, cue.start()) for cue in _IS_IT.finditer(text)),
              *(_after(text, mentions, cue.end()) for cue in pointed))  # fmt: skip
    return mentions[next((start for start in starts if start is not None), 0) :]


def _after(text: str, mentions: Sequence[ConceptMention], cue: int) -> int | None:
    """Where the first concept after a cue stands; None without one in the cue's sentence."""
    place = next((place for place, mention in enumerate(mentions) if mention.start >= cue), None)
    return None if place is None or _END.search(text, cue, mentions[place].start) else place


def _before(text: str, mentions: Sequence[ConceptMention], cue: int) -> int | None:
    """Where the last concept before a cue, or the list that it ends, begins; None without one in the cue's sentence."""
    place = sum(mention.end <= cue for mention in mentions) - 1
    if place < 0 or _END.search(text, mentions[place].end, cue):
        return None
    while place and _lists(text, mentions[place - 1], mentions[place]):
        place -= 1
    return place


def _lists(text: str, one: ConceptMention, other: ConceptMention) -> bool:
    """Whether two concepts are joined in a list; a finding before a diagnosis is no other diagnosis, but for "or"."""
    gap = text[one.end : other.start]
    return bool(_JOINS.fullmatch(gap)) and (one.group == other.group or bool(_EITHER.search(gap)))


def _ends(text: str, mention: ConceptMention) -> bool:
    """Whether nothing stands after it in its line or sentence."""
    return bool(re.match(r"[^\S\n]{0,9}(?:[.;!?]|\n|$)", text[mention.end :]))


def modifiers(text: str, mention: ConceptMention) -> frozenset[str]:
    """Stems of the words that narrow a concept: right before it ("gastric volvulus"), or after "of" ("fracture of the femur")."""
    before = re.split(r"[^\w\s'\u2019-]|\n", text[: mention.start])[-1].split()
    after = re.match(r"\s+of\s+(?:the\s+|an?\s+)?([\w\s-]*)", text[mention.end :])
    return frozenset((*_run(reversed(before)), *_run(after[1].split() if after else ())))


def _run(tokens: Iterable[str]) -> Iterator[str]:
    """The stems up to a word that says little or nothing."""
    for token in tokens:
        found = stems(token)
        if not found:
            return
        if not set(found) <= _SAYS_LITTLE:
            yield from found
