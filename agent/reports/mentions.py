"""What a sentence says there is: each finding with its place, size, descriptors, change and certainty, from the words that are its own.

A sentence that holds several findings is divided between them; what only reads a finding ("likely a cyst") is no finding of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from agent.reports.linked import is_unseen, kind_of, organ_of
from agent.reports.measured import oversized
from agent.reports.measuring import sizes
from agent.reports.sentences import PHASE, Sentence
from agent.reports.types import Change, Size
from agent.reports.vocabulary import (
    Kind,
    Matcher,
    Said,
    change_words,
    descriptor_words,
    kind_words,
    kinds,
    organ_words,
    part_organs,
    part_words,
    side_words,
    words_of,
)
from corpora.concepts.linker import linker
from corpora.types import Assertion, ConceptMention


class Mention(NamedTuple):
    """A finding in a sentence; `own` is the stretch of the sentence that is about it alone."""

    kind: str
    name: str
    concept: str
    organ: str
    side: str
    part: str
    label: str
    sizes: tuple[Size, ...]
    multiple: bool
    descriptors: tuple[str, ...]
    suggests: tuple[str, ...]
    certainty: Assertion
    change: Change | None
    own: str
    start: int
    end: int
    refers_back: bool


class Read(NamedTuple):
    """A sentence's findings, what it denies, and the organs it names."""

    present: tuple[Mention, ...]
    absent: tuple[str, ...]
    organs: tuple[str, ...]


class Stated(NamedTuple):
    """A word for a finding, denied ones too: its kind, where it stands, and how sure the sentence is of it."""

    kind: str
    start: int
    end: int
    certainty: Assertion


_APPOSES = re.compile(r"(?:=|\(|,? ?\ban?\b(?!-))[\w\s,/'-]{0,30}$", re.IGNORECASE)
_WORDS_BEHIND = 30
"""Characters between "likely" and what it is likely."""
_CUT = re.compile(
    r";|,\s+(?:and|with|as well as|plus)\b|\band\b|\bas well as\b|\bplus\b|\bwith\b|\bcausing\b|\bresulting in\b|\bcontaining\b|,|\.\s",
    re.IGNORECASE,
)
_LABEL = re.compile(r"(?:#|no\.?\s|number\s)?\b(?P<number>\d{1,2}|[A-D])\b(?![./-]?\d)(?!\s?(?:mm|cm|x\b|×|%|o'clock|HU))", re.IGNORECASE)
_BACK = re.compile(r"(?:^|\b)(?:this|these|that|the|said|above|aforementioned)\s(?:[\w-]+\s){0,3}$", re.IGNORECASE)
_MANY = re.compile(r"\b(?:multiple|several|numerous|few|scattered|bilateral|many|two|three|four|five|innumerable)\b", re.IGNORECASE)
_CLOCK = re.compile(r"\b\d{1,2}(?::\d\d)?\s?o'?clock(?:\sposition)?", re.IGNORECASE)
_GENERIC = frozenset(("lesion", "mass", "nodule", "opacity", "observation", "density", "thickening", "dilatation", "calcification"))
_SELF = frozenset(
    (
        "disease",
        "finding",
        "pain",
        "illness",
        "abnormality",
        "symptoms",
        "collectionism",
        "calcinosis",
        "normal",
        "syndrome",
        "sign",
        "lesion",
        "mass",
        "masses",
        "congenital abnormality",
        "change",
        "disorder",
        "injury",
        "weight loss",
        "hematuria",
        "trismus",
        "vomiting",
        "dyspnea",
        "fever",
        "cough",
        "hematochezia",
        "seizure",
        "headache",
        "small lung",
        "pulmonary hypoplasia",
        "pelvic kidney",
        "herpes zoster",
        "carcinoma",
        "lymphoma",
        "trauma",
        "tumour progression",
        "tumor progression",
        "disease progression",
    )
)
_GROUPS = frozenset(("disorder", "finding"))


def read(sentence: Sentence, organ: str = "", study: str = "", listed: str = "") -> Read:
    """The findings of a sentence; `organ` is what the text around it is about, where it names none, `study` what the whole study is of.

    `listed` is the kind of finding of the list that the sentence is an item of ("Nodules:").
    """
    text = sentence.text
    said = _asserted(text)
    absent = tuple(one.meaning for one, how in said if how == "absent")
    held: list[tuple[Said, Assertion]] = [(one, how) for one, how in said if how != "absent"]
    organs = [one.meaning for one in _organs(text)]
    places = {*organs, *([] if organs else [organ or study])} - {""}
    held = [(one, how) for one, how in held if not _is_called_normal(text, one) and _is_of(one, places)]
    if implied := _implied(text, study, [one for one, _ in held], listed):
        held = sorted([*held, (implied, "present")], key=lambda pair: pair[0].start)
    outgrown = dict(oversized(text, sentence.label, [one for one, _ in said]))
    held = sorted([*held, *((one, _PRESENT) for one in outgrown)], key=lambda pair: pair[0].start)
    subjects, readings = _subjects(text, [one for one, _ in held])
    certain = dict(held)
    stretches = _divided(text, subjects)
    present = tuple(
        _mention(sentence, one, certain[one], piece, readings.get(one, ()), organ, study, alone=len(subjects) == 1)
        for one, stretch in zip(subjects, stretches, strict=True)
        for piece in _apart(text, one, stretch)
    )
    present = tuple(
        one._replace(organ=next((at for word, at in outgrown.items() if word.start == one.start), one.organ)) for one in present
    )
    return Read(present, absent, tuple(dict.fromkeys(organs)))


_PRESENT: Assertion = "present"


def stated(text: str) -> tuple[Stated, ...]:
    """Every word for a finding in an English sentence with its assertion; what is called normal counts as absent."""
    return tuple(Stated(one.meaning, one.start, one.end, "absent" if _is_called_normal(text, one) else how) for one, how in _asserted(text))


def _asserted(text: str) -> list[tuple[Said, Assertion]]:
    said = _findings(text)
    held = linker().asserted(cued(text), [(one.start + _lead(one), one.end) for one in said])
    asked = ("uncertain" if how == "present" and _ASKED.search(text[: one.start]) else how for one, how in zip(said, held, strict=True))
    return list(zip(said, asked, strict=True))


def _lead(one: Said) -> int:
    """The characters of a finding's first word where a denial may take it along: "no focal" lesion."""
    found = re.match(r"(?i)(?:focal|large|gross|abnormal)\s", one.text)
    return len(found[0]) if found else 0


_ASKED = re.compile(r"\?\s?(?:[\w-]+\s){0,3}$")
"""A question mark in front of a finding: "?hydronephrosis"."""


_NO_CUES = re.compile(r"(?i)\bnon-(?=\w)|\bsuspicious\b(?!\s(?:for|of)\b)")
"""Parts of words and adjectives that neither deny nor doubt what stands behind them: "non-avid", "no suspicious opacity"."""


def cued(text: str) -> str:
    """A text for assertion, without words that only look like cues; places stay."""
    return _NO_CUES.sub(lambda match: "x" * (len(match[0]) - 1) + ("-" if match[0].endswith("-") else "x"), text)


def _is_of(one: Said, places: set[str]) -> bool:
    """Whether a word is a finding at the places that a sentence is about: diffusion is restricted by an infarct in the brain only."""
    kind = kinds().get(one.meaning)
    where = kind.only.get(" ".join(one.text.lower().split())) if kind else None
    return where is None or not places or not places.isdisjoint(where)


def _apart(text: str, one: Said, stretch: tuple[int, int]) -> list[tuple[int, int]]:
    """The stretches of several findings that one word names, each with its size and place: "two nodules, 5 mm RUL and 4 mm LLL"."""
    start, end = stretch
    kind = kinds().get(one.meaning)
    found = [m for m in sizes(text) if start <= m.start < end and not m.size.earlier]
    if len(found) < _TWO or not (kind and kind.focal and _is_many(text[start:end], one, start)):
        return [stretch]
    bounds = [start]
    for before, after in pairwise(found):
        cuts = list(re.finditer(r",|;|\band\b", text[before.end : after.start]))
        if not cuts:
            return [stretch]
        bounds.append(before.end + cuts[-1].start())
    pieces = list(pairwise([*bounds, end]))
    placed = all(_sides(text[a:b]) or part_organs().has(text[a:b]) for a, b in pieces)
    return pieces if placed else [stretch]


_TWO = 2
_IMPLIED = {"thyroid": "nodule", "prostate": "lesion", "breast": "mass"}
_DESCRIBED = 2
_SCORED = re.compile(r"(?i)\b(?:T2W?|DWI|ADC)\b(?:\sscore)?\s?[:=]?\s?[1-5]\b")
"""The scores of a prostate lesion, which describe it too."""


def _implied(text: str, study: str, held: Sequence[Said], listed: str = "") -> Said | None:
    """The finding of a line that only measures and describes: in a study of one organ, or in a list of findings of one kind.

    "right mid pole: 14 x 9 mm, solid, isoechoic"; "Nodules: 1. RML, part-solid, 11 mm".
    """
    kind = listed or _IMPLIED.get(study, "")
    if not kind or any((of := kinds().get(one.meaning)) and of.focal for one in held):
        return None
    measured = sizes(text)
    said = len(descriptor_words().find(text)) + len(_SCORED.findall(text))
    if not measured or said < (1 if listed else _DESCRIBED):
        return None
    return Said(kind, measured[0].start, measured[0].end, kind)


_NORMAL = re.compile(
    r"(?i)^\s(?:is|are|was|were|appears?|remains?)\s(?:also\s|grossly\s|otherwise\s)?"
    r"(?:normal|unremarkable|intact|preserved|within normal|patent|not enlarged|clear|symmetric|maintained)|^\sphysiologic"
)


def _is_called_normal(text: str, one: Said) -> bool:
    """Whether the sentence says that what could be a finding is normal: "lymph nodes are unremarkable"."""
    return bool(
        _NORMAL.match(text[one.end :])
        or re.search(r"(?i)\b(?:normal|unremarkable|physiologic\w*|expected)\s(?:[\w-]+\s)?$", text[: one.start])
    ) and not sizes(text)


def _findings(text: str) -> list[Said]:
    """Kinds by the vocabulary, and disorders by the linker where the vocabulary has no word for them."""
    known = [one for one in kind_words().find(text) if not _is_no_finding(text, one)]
    linked = [mention for mention in linker().link(text, _GROUPS) if _is_a_finding(text, mention, known)]
    return sorted([*known, *(Said(_kind_of(one), one.start, one.end, one.text, one.cui) for one in linked)], key=lambda one: one.start)


_TISSUE = re.compile(r"(?i)\b(?:bone|bony|breast|water|fat|fluid|soft tissue|mammographic)\s$")


def _is_no_finding(text: str, one: Said) -> bool:
    """A density of bone, breast or water, and a focus of something that is named behind it."""
    low = one.text.lower()
    if low == "density" and not sizes(text):
        return bool(_TISSUE.search(text[: one.start]) or re.match(r":?\s[a-d]\b", text[one.end :]))
    behind = _NO_FINDING_BEFORE.get(low)
    return bool(behind and re.match(behind, text[one.end :], re.IGNORECASE))


_NO_FINDING_BEFORE = {
    "focus": r"\sof\s", "ground-glass": r"\sechoe?s?\b", "ground glass": r"\sechoe?s?\b",
    "resection": r"\s(?:margin|bed)", "tumour": r"\s(?:progression|recurrence|markers?)\b",
    "tumor": r"\s(?:progression|recurrence|markers?)\b",
}  # fmt: skip
"""Words for findings that are none before some words."""


def _kind_of(mention: ConceptMention) -> str:
    """The kind that a concept is of ("SBO": "Intestinal obstruction"), else the concept itself."""
    return kind_of(mention.cui) or f"={mention.name}"


def _is_a_finding(text: str, mention: ConceptMention, known: Sequence[Said]) -> bool:
    if any(mention.start < one.end and one.start < mention.end for one in known):
        return False
    if re.match(r"(?i)-?rads|\s?\d", text[mention.end :]) or re.search(r"(?i)\bgrad|\bstag|\bscore|\bsystem\b", mention.name):
        return False  # a score's name or grade
    if mention.name.lower().endswith(("pain", "ache")) or is_unseen(mention.cui):
        return False
    return mention.name.lower() not in _SELF and mention.text.lower() not in _SELF and len(mention.text) > 2


def _subjects(text: str, held: Sequence[Said]) -> tuple[list[Said], dict[Said, tuple[str, ...]]]:
    """The findings of their own, and what each is read as; the word behind "likely" or "consistent with" reads the one before it."""
    subjects: list[Said] = []
    readings: dict[Said, tuple[str, ...]] = {}
    for one in held:
        before = subjects[-1] if subjects else None
        gap = text[before.end : one.start] if before else ""
        if before and before.meaning == "enhancement" and one.meaning in kinds() and _reads(gap, across=True):
            subjects[-1] = one  # an uptake "consistent with metastases" is these
            continue
        if before and before.meaning in _ADJECTIVES and re.search(r"=\s?(?:[\w-]+\s){0,2}$", gap):
            subjects[-1] = one
            continue
        if before and (_reads(gap) or _names_again(before, one, gap)) and not re.search(r"[;.]\s", gap):
            readings[before] = (*readings.get(before, ()), one.text)
            continue
        if before and _is_part(before, one, gap):
            continue
        if before and before.meaning == "node" and one.meaning in _ADJECTIVES and re.fullmatch(r"\s(?:[\w-]+\s){0,3}", gap):
            continue  # nodes that are enlarged
        if before and before.meaning in _ADJECTIVES and re.fullmatch(r"\s(?!and\b)(?:[\w/-]+,?\s){0,5}", gap):
            subjects[-1] = one  # an "enlarged lymph node" is the node
            continue
        if before and before.meaning == "enhancement" and _takes_up(one, gap):
            subjects[-1] = one  # "focal uptake in a nodule" is the nodule
            continue
        if before and before.meaning == one.meaning and not sizes(gap) and not re.search(r"\band\b|,|;", gap):
            continue
        subjects.append(one)
    return subjects, readings


def _takes_up(one: Said, gap: str) -> bool:
    """Whether what stands between an uptake and a finding says that the finding takes up the tracer."""
    kind = kinds().get(one.meaning)
    with_it = bool(kind and kind.focal and re.fullmatch(r"[^.;]{0,40}\bwith\s(?:an?\s)?[^,;]{0,25}", gap))
    return with_it or bool(re.fullmatch(r"\s(?:in|within|of|at)\s[^,;]{0,60}", gap))


def _reads(gap: str, *, across: bool = False) -> bool:
    """Whether what stands between two findings makes the second a reading of the first; `across` sizes and commas."""
    found = words_of("reads").find(gap)
    if found and re.search(r"(?i)\b(?:with|and)\s(?:an?\s)?$", gap[: found[-1].start]):
        return False  # "opacities with probable effusion" are two findings
    if found:
        behind = gap[found[-1].end :]
        return len(behind) <= _WORDS_BEHIND and (across or not (sizes(behind) or re.search(r",|\band\b", behind)))
    return bool(_APPOSES.search(gap)) and not sizes(gap) and not re.search(r"\band\b", gap) and not _is_list(gap)


def _names_again(before: Said, one: Said, gap: str) -> bool:
    """Whether a comma puts a second name behind the first: "a cyst with echoes, typical endometrioma"."""
    return (
        before.meaning == one.meaning
        and bool(re.search(r",\s(?:an?\s)?(?:[\w-]+\s){0,2}$", gap))
        and not sizes(gap)
        and not _is_list(gap[: gap.rfind(",")])
    )


def _is_part(before: Said, one: Said, gap: str) -> bool:
    """Whether the second tells more of the first: a plaque with the stenosis that it makes."""
    if before.meaning == "laceration" and one.meaning in ("haemorrhage", "aneurysm"):
        return True
    if (before.meaning, one.meaning) in _PARTS:
        return bool(re.search(r"(?i)\b(?:with|causing|producing)\b", gap) or re.fullmatch(r",\s(?:[\w%-]+\s){0,3}", gap))
    if before.meaning == "inflammation" and one.meaning in ("oedema", "thickening"):
        return bool(re.search(r"(?i)\bwith\b", gap))
    with_both = bool(re.search(r"(?i)\bwith\b[^;.]*\band\s(?:[\w-]+\s){0,2}$", gap)) and before.meaning == "cyst"
    described = (before.meaning, one.meaning) in _DESCRIBES and (with_both or not re.search(r"\band\b|;", gap[-25:]))
    return described and bool(with_both or re.search(r"(?i)\b(?:with|containing)\s(?:[\w-]+\s){0,2}$|,\s(?:[\w-]+\s){0,2}$", gap))


_ADJECTIVES = frozenset(("dilatation", "thickening"))
_PARTS = frozenset(
    (
        ("plaque", "stenosis"),
        ("atheroma", "stenosis"),
        ("thrombosis", "occlusion"),
        ("laceration", "haemorrhage"),
        ("plaque", "calcification"),
    )
)
_DESCRIBES = frozenset(
    (one, what) for one in ("nodule", "mass", "cyst", "lesion", "node", "metastasis") for what in ("calcification", "enhancement")
) | {("cyst", "thickening")}
"""What another finding's word may say of a finding: a nodule with calcifications, a node with uptake."""


def _is_unsure(before: str) -> bool:
    """Whether a word that leaves a finding open stands right in front of it."""
    found = words_of("unsure").find(before)
    return bool(found and re.fullmatch(r"\s(?:an?\s|the\s)?(?:[\w-]+\s){0,2}", before[found[-1].end :]))


def _is_list(gap: str) -> bool:
    """Whether a comma alone stands between two findings."""
    return bool(re.fullmatch(r"\s?,\s?(?:[\w-]+\s){0,2}", gap))


def _divided(text: str, subjects: Sequence[Said]) -> list[tuple[int, int]]:
    """The stretch of the sentence that is about each finding, cut at the last comma, "and" or "with" between two of them."""
    if not subjects:
        return []
    bounds = [0]
    for before, after in pairwise(subjects):
        gap = text[before.end : after.start]
        cuts = list(_CUT.finditer(gap))
        place = cuts[-1].start() if cuts else max((_described_from(gap, m.start) for m in sizes(gap)), default=_adjectives(gap))
        bounds.append(before.end + place)
    bounds.append(len(text))
    return list(pairwise(bounds))


def _described_from(gap: str, place: int) -> int:
    """Where the words that describe what a size measures begin: a "stable 3 mm nodule" is stable."""
    words = sorted([*change_words().find(gap[:place]), *descriptor_words().find(gap[:place])], key=lambda word: word.end)
    while words and not gap[words[-1].end : place].strip():
        place = words.pop().start
    return place


def _adjectives(gap: str) -> int:
    """Where the last three words in front of a finding begin, which describe it; all of a shorter gap is behind the one before."""
    words = list(re.finditer(r"\S+", gap))
    return words[-3].start() if len(words) > _FEW else len(gap)


_FEW = 4


def _organs(text: str) -> list[Said]:
    found = [*organ_words().find(text), *part_organs().find(text)]
    return sorted(
        (one for one in found if not (PHASE.match(text, one.end) or _OF_A_PHASE.search(text[: one.start]))), key=lambda one: one.start
    )


_OF_A_PHASE = re.compile(r"(?i)\b(?:phase|fase)\s$")


def _mention(
    sentence: Sentence,
    one: Said,
    how: Assertion,
    stretch: tuple[int, int],
    suggests: tuple[str, ...],
    context: str,
    study: str,
    *,
    alone: bool,
) -> Mention:
    text, (start, end) = sentence.text, stretch
    own = text[start:end]
    kind = kinds().get(one.meaning)
    measured = [m.size for m in sizes(text) if start <= m.start < end]
    by_itself = (organ_of(one.concept) if one.concept else "") or (kind.organ if kind and not one.concept else "")
    organ = _organ(sentence, one, stretch, by_itself, context, study)
    if study in _LOBED and organ == "lung" and not organ_words().has(text):
        organ = study  # its lobes, not those of the lung
    organ = _SAID_AS.get((one.meaning, organ), organ)
    side = _nearest(_sides(text), one, stretch, text)
    part = _part(text, one, stretch, organ)
    if not side and (implied := re.match(r"right|left", part)):
        side = implied[0]
    if _is_on_both_sides(own, one, start):
        side = "bilateral"
    if not side and (label := re.search(r"(?i)\b(right|left)\b", sentence.label)):
        side = label[1].lower()
    if how == "uncertain" and end < len(text):  # what is behind the finding's own words says nothing of it
        (how,) = linker().asserted(cued(text[:end]), [(one.start + _lead(one), one.end)])
    if how in ("uncertain", "historical") and measured and not _is_unsure(text[: one.start]):
        how = "present"  # what is measured is there; what it is may be open
    described = [
        word.text.lower() for word in _own(descriptor_words(), own) if not start + word.start >= one.start or not _denied(own, word)
    ]
    return Mention(
        kind=one.meaning.removeprefix("=").lower() if kind is None else _kind_at(one.meaning, organ, one.text), name=one.text,
        concept=_concept(text, one), organ=organ,
        side=side, part=part, label=_label(sentence, one), sizes=tuple(measured), multiple=_is_many(own, one, start),
        descriptors=tuple(dict.fromkeys(described)), suggests=suggests, certainty=how, change=_change(own, alone, text),
        own=own, start=one.start, end=one.end, refers_back=bool(_BACK.search(text[:one.start])) and not measured,
    )  # fmt: skip


_EACH_SIDE = re.compile(r"(?i)\bright\W{1,3}\d[^.;]{0,20}\bleft\W{1,3}\d|\bleft\W{1,3}\d[^.;]{0,20}\bright\W{1,3}\d")


def _is_on_both_sides(own: str, one: Said, start: int) -> bool:
    """Whether the words about several findings name both sides: "filling defects in the right and left lower lobe arteries"."""
    sides = {word.meaning for word in _sides(own) if not re.search(r"(?i)\b(?:to|towards?|from)\s(?:the\s)?$", own[: word.start])}
    return {"right", "left"} <= sides and (_is_many(own, one, start) or bool(_EACH_SIDE.search(own)))


_SAID_AS = {
    ("metastasis", "spine"): "bone", ("enhancement", "spine"): "bone", ("effusion", "bone"): "joint",
    **dict.fromkeys((("effusion", organ) for organ in (
        "lung", "spine", "mediastinum", "aorta", "vessel", "liver", "node", "colon", "bowel", "stomach", "oesophagus", "spleen")),
        "pleura"),
}  # fmt: skip
"""Where a kind is, in an organ where it is not said to be."""


def _kind_at(kind: str, organ: str, word: str) -> str:
    """A kind, where its word means another thing in some organs: a fractured spleen is torn, a collection at the brain is blood."""
    if kind == "abscess" and organ == "brain" and re.search(r"(?i)\bcollections?\b", word):
        return "haematoma"
    return "laceration" if kind in ("fracture", "tear") and organ in _SOLID else kind


_SOLID = frozenset(("spleen", "liver", "kidney", "pancreas"))


def _own(matcher: Matcher, own: str) -> list[Said]:
    return matcher.find(own)


def _denied(own: str, word: Said) -> bool:
    return bool(re.search(r"(?i)\b(?:no|without|not|non)\s(?:[\w-]+\s){0,3}$", own[: word.start]))


def _organ(sentence: Sentence, one: Said, stretch: tuple[int, int], default: str, context: str, study: str = "") -> str:
    """Where a finding is: by its own words, by its kind, by what the sentence or its label names, by what the text is about."""
    text = sentence.text
    if (kind := kinds().get(one.meaning)) and (there := kind.at.get(" ".join(one.text.lower().split()))):
        return there
    organs = [organ for organ in _organs(text) if default == "node" or organ.meaning != "node"]
    if one.text.lower().startswith("soft tissue") and kinds().get(one.meaning, _NO_KIND).focal:
        organs = [organ for organ in organs if not one.start <= organ.start < one.end]  # what it is made of, not where it is
    if within := [organ for organ in organs if one.start <= organ.start < one.end]:
        told = [organ.meaning for organ in within if organ.meaning != "vessel"] if default in _OFTEN_ELSEWHERE else []
        return (told[0] if told else default) or within[0].meaning
    near = _nearest(organs, one, stretch, text)
    labelled = [organ.meaning for organ in _organs(sentence.label)]
    if one.meaning in ("fracture", "tear") and not near and labelled and labelled[0] in _SOLID:
        return labelled[0]
    if labelled and near and labelled[0] != near and not default and _is_far(organs, one, text):
        return labelled[0]
    if default == "lung" and not near and study and study not in _OF_CHEST:
        return study
    if default and (default not in _OFTEN_ELSEWHERE or not near or near == "vessel"):
        return default
    if near:
        return near
    if labelled:
        return labelled[0]
    anywhere = {organ.meaning for organ in organs}
    if len(anywhere) == 1:
        return anywhere.pop()
    return context


_NO_KIND = Kind(words=("",))


def _is_far(organs: Sequence[Said], one: Said, text: str) -> bool:
    """Whether every organ that a sentence names stands far from a finding, so that the line's label tells where it is."""
    return min((_distance(organ, one, text) for organ in organs), default=_FAR) >= _FAR


_FAR = 40
_OF_CHEST = frozenset(("lung", "pleura", "mediastinum", "heart", "aorta", "coronary", "vessel", "breast", "bone", "spine"))
_LOBED = frozenset(("thyroid", "liver", "prostate", "breast", "brain"))
_OFTEN_ELSEWHERE = frozenset(("bone", "joint", "vessel", "lung", "kidney", "aorta", "liver", "brain", "ovary"))
"""Organs of a kind by default that other words of the sentence override."""


def _nearest(found: Sequence[Said], one: Said, stretch: tuple[int, int], text: str) -> str:
    """The word of a finding's own stretch that stands nearest to it, and where it has none the next one behind it."""
    own = [word for word in found if stretch[0] <= word.start < stretch[1]]
    if own:
        return min(own, key=lambda word: _distance(word, one, text)).meaning
    behind = [word for word in found if word.start >= stretch[1] and ";" not in text[one.end : word.start]]
    return behind[0].meaning if behind and re.search(r"\b(?:in|of|at|within)\b", text[stretch[1] : behind[0].start + 1]) else ""


def _distance(word: Said, one: Said, text: str) -> int:
    gap = text[word.end : one.start] if word.end <= one.start else text[one.end : word.start]
    return len(gap) + 25 * len(re.findall(r"[,;:(]", gap))


def _sides(text: str) -> list[Said]:
    return [word for word in side_words().find(text) if len(word.text) > 1 or word.text.isupper()]


def _part(text: str, one: Said, stretch: tuple[int, int], organ: str) -> str:
    if organ == "breast" and (clock := _CLOCK.search(text, stretch[0], stretch[1])):
        return clock[0]
    if organ == "node":
        stations = [word for word in _organs(text) if word.meaning != "node" and stretch[0] <= word.start < stretch[1]]
        return min(stations, key=lambda word: _distance(word, one, text)).text.lower() if stations else ""
    own = [word for word in part_words(organ).find(text) if stretch[0] <= word.start < stretch[1]]
    return min(own, key=lambda word: _distance(word, one, text)).meaning if own else ""


def _label(sentence: Sentence, one: Said) -> str:
    """The number by which a report calls a finding: "lesion 2", "Nodule #1:"."""
    behind = _LABEL.match(sentence.text, one.end + 1) if sentence.text[one.end : one.end + 1] in " #" else None
    named = re.search(r"(?i)\b(?:nodule|lesion|mass|cyst|observation|target|node|index)\D{0,8}#?\s?(\d{1,2})\b", sentence.label)
    if re.search(r"(?i)\bindex\s$", sentence.text[: one.start]):
        return "INDEX"
    return (behind["number"] if behind else named[1] if named else "").upper()


def _is_many(own: str, one: Said, start: int) -> bool:
    before = own[: max(0, one.start - start)]
    low = one.text.lower()
    is_plural = low.endswith(("s", "ia")) and not low.endswith(("ss", "sis", "us", "itis"))
    return is_plural or bool(_MANY.search(before[-30:]))


def _change(own: str, alone: bool, text: str) -> Change | None:
    said = own if change_words().has(own) or not alone else text
    found = [
        word
        for word in change_words().find(said)
        if not re.search(r"(?i)\b(?:no|not|without)\s(?:[\w-]+\s){0,2}$", said[: word.start]) or word.meaning == "stable"
    ]
    found = [word for word in found if not _compares(word, said)]
    stable = [word for word in found if word.meaning == "stable"]
    return (stable or found)[0].meaning if found else None  # type: ignore[return-value]


def _compares(word: Said, text: str) -> bool:
    """Whether "smaller" compares with another lesion of the study: "a second smaller nodule"."""
    return word.text.lower() in ("smaller", "larger") and bool(
        re.match(r"(?i)\s(?:\w+\s)?(?:nodules?|lesions?|mass|cysts?|nodes?|ones?|of)\b", text[word.end :])
    )


def _concept(text: str, one: Said) -> str:
    """The vocabulary's concept of the finding's words; empty where they are no term."""
    if one.concept:
        return one.concept
    return next((mention.cui for mention in linker().link(text) if mention.start < one.end and one.start < mention.end), "")
