"""Where persons are named in a text: behind a title, a label or a cue, by a known given name, or by words that no guideline uses.

A word is familiar when an embedded guideline or case writes it in lower case, when it is an eponym, or when it is built like a
medical term. Two unfamiliar capitalised words where a person is to be expected are a name; so is "dave henderson" behind "for".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpora.plain_words import plain_words
from corpora.privacy.forms import PARTICLES
from corpora.privacy.patterns import Rules, rules
from corpora.privacy.tagging import common_words, given_names, knowledge, name_words

Stretch = tuple[int, int]

_LABEL_WORDS = re.compile(
    r"dob|mrn|sex|age|id|nhs|ct|mri|dr|date|tel|acc|accession|gender|born|ref|phone|address|ward|exam|study|verified|dictated|signed|reported|"
    r"resident|fellow|attending|read|reviewed|approved|interpreted|transcribed|referring|ordering|requesting|performed|checked|electronically"
)
_CREDENTIALS = frozenset(
    "md do frcr fracr facr phd ms bsc mbbs mbchb rn np pa dnp frca frcs mrcp frcp spr sho st f1 f2 gp consultant".split()
)
_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*\.?")
TERM = re.compile(
    r"\w{1,60}(?:itis|oma|omas|osis|oses|emia|aemia|uria|pathy|pathies|ectomy|otomy|ostomy|plasty|graphy|graphic|gram|grams|scopy|scopic|metry|metric"
    r"|cytes?|blasts?|clasts?|oids|floxacin|oxine|diol|kinesia|valence|tonia|esis|genic|genous|ology|ological|plasia|trophy|trophic|ectasis|ectasia|algia|rrhage|rrhagic|rrhoea|rrhea|itic|atic|oid|oidal|ical|ally|tion|sion|ment"
    r"|ness|ing|ous|ive|able|ible|mab|nib|pril|sartan|olol|statin|azole|mycin|cillin|parin|xaban|gliptin|gado\w*|ium|ide|ate|ase|ine)"
)
"""How words of medicine end; a surname with such an ending is found only behind a title or a label."""

GERMAN_TERM = re.compile(
    r"\w{1,40}(?:fraktur|ruptur|zysten?|karzinome?|läsion|stenosen?|embolie|thrombosen?|blutung(?:en)?|ödeme?|nummer|untersuchung(?:en)?|erkrankung(?:en)?"
    r"|verletzung(?:en)?|bildgebung|kontrollen?|drüsen?|gelenke?s?|muskel|knochens?|sehnen?|einriss|faserriss|erguss|befunde?s?|syndroms?|infarkte?s?|entzündung(?:en)?"
    r"|schmerz(?:en)?|gefäße?s?|arterien?|punktion|biopsien?|metastasen?|lymphome?|sarkome?|verkalkung(?:en)?|verdickung(?:en)?|raumforderung(?:en)?|implantate?s?|aufnahmen?"
    r"|diagnostik|verdacht|rundherde?|herde?|säule|schädel|becken|mittellinie|kontrastmittels?|erweiterung|verschluss|verletzungen|insuffizienz|hypertrophie|atrophie|sohle|lappen|\w{3}(?:er|st|ck|ss|tz|ll|nd|ft|eg)ung(?:en)?)"
)
"""How compounds of medical German end, which no list has all of."""
HEAD = re.compile(
    r"['’]?s?\s{1,3}(?:sign|syndrome|disease|lesion|fracture|classification|criteria|score|scale|grade|stage|type|nodule|cyst|node|views?|line|triad|tumou?r"
    r"|pouch|procedure|operation|angina|criterion|index|ratio|rule|trial|study|method|test|system|staging|grading|category|position|projection|technique"
    r"|manoeuvre|maneuver|phenomenon|sequence|malformation|anomaly|deformity|dislocation|injury|effect|artefact|artifact|filter|stent|catheter|tube|plate"
    r"|nail|screw|device|Inc|Ltd|GmbH|Corp|LLC|AG|SA|Company|virus|cells?|antigen|antibody|agar|et al|[IVX]{1,4}[a-cA-C]?|\d|Grad"
    r"|Stadium|Typ|Klassifikation|Läsion|Fraktur|Zyste|Linien|Winkel|Syndrom|Zeichen|Kriterien"
    r"|Score|grade?o?|stade|tipo|clase|classe|estadio|stadio|estádio|grau|angle|ángulo|angolo)(?!\w)",
    re.IGNORECASE,
)
"""What makes the words in front of it a term named after somebody."""


def names(text: str) -> Iterator[Stretch]:
    """Where persons are named, in no order; stretches may overlap."""
    patterns = rules()
    yield from _titled(text, patterns)
    yield from _given(text, patterns)
    yield from _shaped(text, patterns)
    yield from _cued(text, patterns)
    yield from _bare(text, patterns)


def _titled(text: str, patterns: Rules) -> Iterator[Stretch]:
    for pattern in (patterns.titled, patterns.magnetic, patterns.person, patterns.spoken):
        for match in pattern.finditer(text):
            if pattern is patterns.magnetic and _is_plain(match["it"].lower()):
                continue
            if (
                not _is_term(match["it"], patterns)
                and not _says_something(text, match)
                and (span := _person(text, *match.span("it"), patterns))
            ):
                yield span
    for match in patterns.labelled.finditer(text):
        if not _says_something(text, match) and (span := _person(text, *match.span("it"), patterns, any_case=True)):
            yield span
    for match in patterns.low_titled.finditer(text):
        if not _familiar(match["it"]) or _is_given(match["it"], patterns):
            whole = match["more"] and (not _familiar(match["more"]) or _is_given(match["more"], patterns))
            yield match.start("it"), match.end("more" if whole else "it")


def _says_something(text: str, match: re.Match[str]) -> bool:
    """Whether a label is the subject of a sentence: "the mother is healthy"."""
    return text[match.start() : match.start("it")].split()[-1:] == ["is"] and _familiar(match["it"].split()[0])


def _is_term(words: str, patterns: Rules) -> bool:
    return " ".join(re.split(r"[\s,]+", words)[:2]).lower() in patterns.not_names


def _given(text: str, patterns: Rules) -> Iterator[Stretch]:
    for pattern in (patterns.two_words, patterns.reversed):
        for match in pattern.finditer(text):
            if _is_known_name(match["it"], patterns, reverse=pattern is patterns.reversed):
                yield match.span("it")
    for match in patterns.related.finditer(text):
        first = re.split(r"[\s,]", match["it"])[0]
        if _is_term(match["it"], patterns):
            continue
        if _is_given(first, patterns) or not _familiar(first) or _is_named_after_kin(match[0], first):
            span = _person(text, *match.span("it"), patterns)
            if span:
                yield span
    for match in patterns.acting.finditer(text):
        if _is_given(match["it"], patterns) or (match["it"][0].isupper() and not _familiar(match["it"])):
            yield match.span("it")


_SYLLABLE = (
    "ji|won|min|jun|seo|hyun|ho|hoo?n|soo|su|jin"
    "|young|yong|kyung|mi|sun|hee|hye|eun|joo|ju|woo|sung|seung|sang|tae|yeon|yoo?n|dong"
    "|jae|kyu|bin|hwan|seok|chul|ha|na|ra|in|gi|ki|il"
)
_KOREAN = re.compile(rf"(?:{_SYLLABLE})-(?:{_SYLLABLE})")
"""Korean given names of two syllables, which no list has all of."""


def _is_named_after_kin(relation: str, first: str) -> bool:
    """Whether a capitalised word behind a relation in small letters is a name though it looks like a term, or is a word elsewhere."""
    what = knowledge(first.lower())
    return first[:1].isupper() and (what == "unknown" or (what == "common" and relation.islower() and first[1:].islower()))


def _is_given(word: str, patterns: Rules) -> bool:
    low = word.strip(".,").lower()
    return low in patterns.given or low in given_names() or bool(_KOREAN.fullmatch(low))


def _is_known_name(words: str, patterns: Rules, *, reverse: bool) -> bool:
    """Whether one of some capitalised words is a known given name and the others may be a surname."""
    parts = re.split(r"[\s,]+", words.replace(".", ""))
    given = parts[1] if reverse else parts[0]
    others = {part.lower() for part in parts if part != given}
    if given.lower() not in patterns.given or (given.isupper() and not words.isupper()) or not others:
        return False
    return " ".join(parts[:2]).lower() not in patterns.not_names and not others & patterns.never


def _shaped(text: str, patterns: Rules) -> Iterator[Stretch]:
    for match in patterns.shaped.finditer(text):
        words = [word for word in re.split(r"[\s,^/.]+", match["it"]) if word]
        if patterns.societies & set(words) or any(word.lower() in patterns.never for word in words):
            continue
        strange = [word for word in words if len(word) > 1 and not _familiar(word)]
        if "^" in match["it"] or any(_is_given(word, patterns) for word in words) or len(strange) > 1:
            yield match.span("it")


def _cued(text: str, patterns: Rules) -> Iterator[Stretch]:
    """Names in any case behind a cue that stands without a colon: "pt maria lopez", "for dave henderson", "ask for Denise"."""
    for pattern, strong in ((patterns.strong_cue, True), (patterns.weak_cue, False)):
        for match in pattern.finditer(text):
            if span := _run(text, match.end(), patterns, strong=strong):
                yield span


def _run(text: str, start: int, patterns: Rules, *, strong: bool) -> Stretch | None:
    """The words of a person from a place on: at most four, the first a given name or, in capitals, unfamiliar."""
    end, first, taken, strange = start, "", 0, 0
    position = start
    while taken < 4 and (match := _WORD.match(text, position)):
        word = match[0].rstrip(".")
        particle = word.lower() in PARTICLES
        initial = len(word) == 1 and word.isupper()
        if (not taken and len(word) == 1 and word.islower()) or word.lower() in _CREDENTIALS or _LABEL_WORDS.fullmatch(word.lower()):
            break
        odd = not _familiar(word) or _is_given(word, patterns)
        if strong and not taken and not odd and word.lower() in patterns.eponyms and (given := re.match(r",\s(\w+)", text[match.end() :])):
            odd = given[1][0].isupper() and not _familiar(given[1])
        if strong and not taken and word.istitle() and knowledge(word.lower()) in ("common", "plain") and not TERM.fullmatch(word.lower()):
            behind = re.match(r"\s([^\W\d_]{4,40})", text[match.end() :])
            odd = odd or bool(behind and behind[1].istitle() and knowledge(behind[1].lower()) == "unknown" and not _familiar(behind[1]))
        surname = bool(taken) and word[0].isupper() and first[0].isupper() and word.lower() in patterns.eponyms
        if not (odd or initial or surname or (particle and taken)):
            break
        if first and first[0].isupper() and not word[0].isupper() and not particle:
            break
        first = first or word
        taken += 1
        strange += odd or surname
        if not particle:
            end = match.end()
        position = match.end()
        if match[0].endswith(".") and len(word) > 3:
            break
        gap = re.match(r"[ \t]+|,\s(?=[A-Z])" if taken == 1 and strong else r"[ \t]+", text[position:])
        if not gap:
            break
        position += gap.end()
    if not first or not strange or (HEAD.match(text, end) and not _is_given(first, patterns)):
        return None
    known = _is_given(first, patterns)
    if len(first) > 1 and not first[0].isupper() and not (known and taken > 1):
        return None
    initial = len(first) == 1 and text.startswith(".", start + 1)
    if not strong and not (taken > 1 and (known or strange > 1 or initial)):
        return None
    if len(first) == 1 and taken < 2:
        return None
    return start, start + len(text[start:end].rstrip(" ,."))


def _bare(text: str, patterns: Rules) -> Iterator[Stretch]:
    """Two or more unfamiliar capitalised words in a row, where no head makes a term of them; initials with a surname before an age."""
    for match in patterns.capitals.finditer(text):
        words = [word for word in re.split(r"[\s,]+", match["it"]) if word]
        own = [word for word in words if word.lower() not in PARTICLES and len(word.strip(".")) > 1]
        if len(own) < 2 or any(_familiar(word) and not _is_given(word, patterns) and word.lower() not in name_words() for word in own):
            continue
        if all(_familiar(word) and not _is_given(word, patterns) for word in own):
            continue
        if all(word.isupper() for word in own) or HEAD.match(text, match.end("it")) or patterns.societies & set(words):
            continue
        if sum(len(word) > 2 for word in own) >= 1 and " ".join(words[:2]).lower() not in patterns.not_names:
            yield match.span("it")
    for match in patterns.beside.finditer(text):
        kind = match.lastgroup or ""
        words = [word for word in re.split(r"[\s,.]+", match[kind]) if len(word) > 1]
        odd = [word for word in words if not _familiar(word) or _is_given(word, patterns)]
        if kind == "low":
            if _is_given(words[1], patterns) and (words[0] in patterns.eponyms or not _familiar(words[0])):
                yield match.span(kind)
            continue
        if len(odd) == len(words) or (kind == "dated" and odd and not any(word.lower() in patterns.never for word in words)):
            yield match.span(kind)
    for match in patterns.initials.finditer(text):
        said = match[match.lastgroup or "it"]
        if match.lastgroup not in ("user", "lone") or not _familiar(said) or not re.search(r"[aeiouy]", said):
            yield match.span(match.lastgroup or "it")
    for match in patterns.initialled.finditer(text):
        surname = max(re.split(r"[\s.]+", match["it"]), key=len)
        if surname.lower() not in patterns.never and surname.lower() not in plain_words() and not HEAD.match(text, match.end("it")):
            yield match.span("it")


def _familiar(word: str) -> bool:
    """Whether a word is one of medicine, or of plain English as the guidelines write it; a word in parts when every part is."""
    low = re.sub(r"['’]s$", "", word.strip(".,:;()").lower())
    patterns = rules()
    if (
        low in patterns.eponyms
        or low in patterns.never
        or low in patterns.titles
        or TERM.fullmatch(low)
        or re.fullmatch(r"(\w)\1+(?:-.*)?", low)
    ):
        return True
    shown = word.strip(".,:;()")
    if (shown.isupper() and len(low) < 7 and low not in patterns.given) or _MIXED.search(shown):
        return True
    parts = [part for part in re.split(r"[-'’.]", shown) if part]
    return bool(parts) and all(
        _is_plain(part.lower()) or part.lower() in patterns.eponyms or (part.isupper() and len(parts) > 1) for part in parts
    )


_MIXED = re.compile(
    r"(?<![Oo]['’])(?<!^Mc)(?<!^Mac)(?<!^Fitz)(?<!^De)(?<!^Di)(?<!^La)(?<!^Le)(?<!^Van)(?<!^O)(?<=[a-z])[A-Z]|[\u0370-\u03ff]"
)
"""A capital inside a word that no surname has there, or a Greek letter."""


def _is_plain(low: str) -> bool:
    return low in plain_words() or low in common_words() or low in rules().never or bool(TERM.fullmatch(low) or GERMAN_TERM.fullmatch(low))


def _person(text: str, start: int, end: int, patterns: Rules, *, any_case: bool = False) -> Stretch | None:
    """The stretch without what cannot be a person's name at its end; None where it starts with such a word."""
    end_of_name = start
    for seen, match in enumerate(re.finditer(r"[^\s,^]+", text[start:end])):
        word = match[0].strip(".:;-'’()[]").lower()
        initial = len(word) == 1 and match[0][0].isupper()
        if not word or (word in patterns.never and not initial) or (any_case and seen >= 4) or re.search(r"\d", word):
            break
        if _LABEL_WORDS.fullmatch(word) or word in patterns.products or word in patterns.makers or GERMAN_TERM.fullmatch(word):
            break
        end_of_name = start + match.end()
        if match[0].endswith(".") and len(word) > 3:
            break
    stretch = text[start:end_of_name].rstrip(" ,.:;-")
    return (start, start + len(stretch)) if len(stretch) > 1 else None
