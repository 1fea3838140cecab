"""Does the verifier depend on the evidence? Claims checked against the right evidence, none, another topic's, and a flipped claim.

After *Case-Grounded Evidence Verification*: a verifier that says "supported" without, or against, the evidence is of no use,
however often it is right with it. Items are made from the embedded cards and cases with a fixed seed; see `items`.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

from agent.judging.verify import check
from agent.reading.asked import normalise
from agent.types import Evidence, Verdict
from corpora.passages import sentences, split
from corpora.quantities import find_quantities
from corpora.readers import cards, cases
from corpora.types import Document, Frozen, Passage

Condition = Literal["right", "removed", "other topic", "flipped"]
Flip = Literal["", "number", "side", "presence", "category", "negation", "modality", "procedure", "anatomy"]
Verifier = Callable[[str, Sequence[Evidence]], Verdict]
_PER_CARD, _PER_CASE = 4, 2
_ADVISED = (("is recommended", "is advised"), ("are recommended", "are advised"), ("is used", "is employed"), ("should be", "ought to be"))


class Item(Frozen):
    """One claim with the passages it is held against (empty: evidence removed)."""

    id: str
    condition: Condition
    flip: Flip = ""
    claim: str
    passages: tuple[Passage, ...]


def rules(claim: str, evidence: Sequence[Evidence]) -> Verdict:
    """The default verifier."""
    return check(claim, evidence).verdict


def items(seed: int = 7) -> list[Item]:
    """At least 400 items, the same for the same seed and corpus: every claim in each condition that applies to it."""
    chance = random.Random(seed)
    documents = [*cards.read_all(), *cases.read_all()]
    passages = [passage for document in documents for passage in split(document)]
    elsewhere = {
        field: [passage for passage in passages if passage.source.subspecialty != field]
        for field in {passage.source.subspecialty for passage in passages}
    }
    made: list[Item] = []
    for document in documents:
        for passage, claim in _claims(document, chance):
            made.extend(_conditions(f"v{len(made):04}", passage, claim, elsewhere[passage.source.subspecialty], chance))
    return made


def _conditions(name: str, passage: Passage, claim: str, others: Sequence[Passage], chance: random.Random) -> Iterator[Item]:
    yield Item(id=f"{name}-right", condition="right", claim=claim, passages=(passage,))
    yield Item(id=f"{name}-removed", condition="removed", claim=claim, passages=())
    yield Item(id=f"{name}-other", condition="other topic", claim=claim, passages=(chance.choice(others),))
    flips = [(kind, flipped) for kind, flip in FLIPS.items() if (flipped := flip(claim, passage, chance)) and flipped != claim]
    if flips:
        kind, flipped = chance.choice(flips)
        yield Item(id=f"{name}-{kind}", condition="flipped", flip=kind, claim=flipped, passages=(passage,))


def _claims(document: Document, chance: random.Random) -> Iterator[tuple[Passage, str]]:
    """Statements of a document in another form than its own, with the passage that carries each."""
    parts = split(document)
    if document.source.kind == "guideline":
        rows = [part for part in parts if part.is_row]
        prose = [part for part in parts if not part.is_row]
        for row in chance.sample(rows, min(_PER_CARD, len(rows))):
            yield row, _row_claim(row)
        for part in chance.sample(prose, min(2, len(prose))):
            yield part, _prose_claim(sentences(part)[0], document)
    else:
        found = [(part, said) for part in parts if part.section == "Findings" for said in sentences(part)]
        for part, said in chance.sample(found, min(_PER_CASE, len(found))):
            yield part, _finding_claim(said)


def _row_claim(row: Passage) -> str:
    """The row as a sentence: "With size 6-8 mm and risk high, follow-up CT at 6-12 months"."""
    results = [name for name in row.header if name in row.source.results]
    conditions = [f"{name} {row.row[name]}" for name in row.header if name not in results and row.row[name].lower() not in ("any", "all")]
    said = "; ".join(f"{name} {row.row[name]}" for name in results)
    return f"With {' and '.join(conditions)}, {said}." if conditions else f"{said}."


def _prose_claim(sentence: str, document: Document) -> str:
    for there, instead in _ADVISED:
        sentence = sentence.replace(there, instead)
    return f"{document.source.organisation}: {sentence}"


def _finding_claim(sentence: str) -> str:
    if sentence.startswith("No "):
        return f"There is no {sentence[3:]}"
    if sentence.startswith("Possible "):
        return f"There may be a {sentence[9:]}"
    return f"The study shows {sentence[0].lower()}{sentence[1:]}"


def _flip_number(claim: str, passage: Passage, chance: random.Random) -> str:
    """Another value for one quantity with a unit, one that the passage does not have anywhere."""
    measured = [q for q in find_quantities(claim) if q.dimension != "number" and re.search(r"\d", q.text)]
    if not measured:
        return ""
    chosen = chance.choice(measured)
    number = re.search(r"\d+(?:\.\d+)?", chosen.text)
    assert number is not None
    for factor in (3, 7, 11):
        value = f"{float(number[0]) * factor + 1:g}"
        if value not in passage.text:
            there = chosen.text[: number.start()] + value + chosen.text[number.end() :]
            return claim[: chosen.start] + there + claim[chosen.end :]
    return ""


def _flip_side(claim: str, passage: Passage, chance: random.Random) -> str:
    if bool(re.search(r"\bleft\b", claim, re.I)) == bool(re.search(r"\bright\b", claim, re.I)):
        return ""
    swap = {"left": "right", "right": "left", "Left": "Right", "Right": "Left"}
    flipped = re.sub(r"\b(?:left|right)\b", lambda match: swap.get(match[0], match[0]), claim, flags=re.I)
    whole = passage.text.lower()
    return flipped if not ("left" in whole and "right" in whole) else ""


def _flip_presence(claim: str, passage: Passage, chance: random.Random) -> str:
    if claim.startswith("There is no "):
        return f"The study shows {claim[12:]}"
    if claim.startswith("The study shows "):
        return f"There is no {claim[16:]}"
    return ""


_CATEGORY = re.compile(
    r"\b(Bosniak|grade|type|TR|LR-|BI-RADS|PI-RADS|CAD-RADS|Lung-RADS|Deauville|Garden|Salter-Harris)(\s?)(IV|III|II|I|V|\d)\b"
)
_NEXT = {"I": "III", "II": "IV", "III": "I", "IV": "II", "V": "II"}


def _flip_category(claim: str, passage: Passage, chance: random.Random) -> str:
    match = _CATEGORY.search(claim)
    if not match:
        return ""
    other = _NEXT.get(match[3]) or str((int(match[3]) + 2) % 6)
    there = {normalise(found[2]) for found in re.findall(_CATEGORY, passage.text)}
    return "" if normalise(other) in there else f"{claim[: match.start(3)]}{other}{claim[match.end(3) :]}"


def _flip_negation(claim: str, passage: Passage, chance: random.Random) -> str:
    for verb in (" is ", " are ", " should ", " may "):
        if verb in claim and not re.search(r"\b(?:no|not|without|never|cannot)\b", claim, re.I):
            return claim.replace(verb, f"{verb}not ", 1)
    return ""


_MODALITIES = ("CT", "MRI", "ultrasound", "PET", "scintigraphy", "mammography", "radiography", "angiography")
_PROCEDURES = (
    "biopsy",
    "surgery",
    "resection",
    "ablation",
    "embolisation",
    "drainage",
    "thrombectomy",
    "endoscopy",
    "transplantation",
    "radiotherapy",
)
_SITES = (
    ("brain", "cerebral"), ("lung", "pulmonary"), ("heart", "cardiac"), ("liver", "hepatic"), ("kidney", "renal"), ("spleen", "splenic"),
    ("pancreas", "pancreatic"), ("stomach", "gastric"), ("bladder", "vesical"), ("prostate", "prostatic"), ("uterus", "uterine"),
    ("ovary", "ovarian"), ("testis", "testicular"), ("thyroid", "thyroid"), ("breast", "mammary"), ("colon", "colonic"),
    ("femur", "femoral"), ("tibia", "tibial"), ("spine", "spinal"), ("pleura", "pleural"), ("aorta", "aortic"),
)  # fmt: skip


def _flip_modality(claim: str, passage: Passage, chance: random.Random) -> str:
    return _swapped(claim, passage, [(name,) for name in _MODALITIES], chance)


def _flip_procedure(claim: str, passage: Passage, chance: random.Random) -> str:
    return _swapped(claim, passage, [(name,) for name in _PROCEDURES], chance)


def _flip_anatomy(claim: str, passage: Passage, chance: random.Random) -> str:
    return _swapped(claim, passage, _SITES, chance)


def _swapped(claim: str, passage: Passage, kinds: Sequence[tuple[str, ...]], chance: random.Random) -> str:
    """The claim with one name put for another, in the same form (noun, adjective), that neither passage nor source has."""
    source = passage.source
    whole = " ".join((passage.shown, passage.section, source.title, *source.aliases, *source.topics, *source.modality, claim))
    by = f"{source.organisation}: " if claim.startswith(f"{source.organisation}: ") else ""
    said = claim.removeprefix(by)
    places = [(kind, form) for kind in kinds for form, name in enumerate(kind) if _names(name, said)]
    others = [kind for kind in kinds if not any(_names(name, whole) for name in kind)] if places else []
    if not others:
        return ""
    kind, form = chance.choice(places)
    return by + re.sub(rf"\b{kind[form]}\b", chance.choice(others)[form], said, flags=re.IGNORECASE)


def _names(name: str, text: str) -> bool:
    return name.lower() in text.lower() and bool(re.search(rf"\b{name}\b", text, re.IGNORECASE))


FLIPS: dict[Flip, Callable[[str, Passage, random.Random], str]] = {
    "number": _flip_number,
    "side": _flip_side,
    "presence": _flip_presence,
    "category": _flip_category,
    "negation": _flip_negation,
    "modality": _flip_modality,
    "procedure": _flip_procedure,
    "anatomy": _flip_anatomy,
}


def supported(made: Sequence[Item], verifier: Verifier = rules) -> dict[str, tuple[int, int]]:
    """Condition, and each kind of flip, -> (claims called supported, claims)."""
    counts: dict[str, tuple[int, int]] = {}
    for item in made:
        evidence = [Evidence.of(passage, passage.text, facet_id="f", relevance=1.0) for passage in item.passages]
        holds = verifier(item.claim, evidence) == "supported"
        for name in (item.condition, f"flipped: {item.flip}") if item.flip else (item.condition,):
            yes, count = counts.get(name, (0, 0))
            counts[name] = (yes + holds, count + 1)
    return counts
