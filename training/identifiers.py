"""Trains the tagger of identifiers on made-up lines: templates in six languages, names and numbers drawn at random.

    pip install faker wordfreq && python -m training.identifiers words | train | measure

No line is a real person's. The common words come from wordfreq (CC BY-SA 4.0) without the names that Faker knows.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
from collections import defaultdict
from pathlib import Path

import pycrfsuite

from corpora import embedded
from corpora.concepts.vocabulary import vocabulary
from corpora.identifier_patterns import rules
from corpora.identifiers import find
from corpora.tagging import COMMON, features, tokens

DATA = Path(__file__).parent / "data" / "identifiers"
MODEL = Path(__file__).parents[1] / "corpora" / "data" / "identifiers.crfsuite"
LOCALES = {
    "en": ("en_GB", "en_US", "en_IN"), "de": ("de_DE", "de_AT", "de_CH"), "fr": ("fr_FR", "fr_CA"), "es": ("es_ES", "es_MX", "es_CO"),
    "it": ("it_IT",), "pt": ("pt_PT", "pt_BR"),
}  # fmt: skip
FOREIGN = (
    "pl_PL",
    "sv_SE",
    "nl_NL",
    "tr_TR",
    "cs_CZ",
    "hr_HR",
    "hu_HU",
    "fi_FI",
    "no_NO",
    "da_DK",
    "ro_RO",
    "en_NG",
    "en_KE",
    "vi_VN",
    "az_AZ",
    "id_ID",
)
KIND = {"N": "name", "D": "name", "B": "birth date", "T": "date", "M": "record number", "X": "record number", "I": "record number",
        "S": "record number", "H": "institution", "A": "address", "P": "phone", "E": "e-mail", "G": "age"}  # fmt: skip
MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
}
TITLES = {
    "en": "Mr Mrs Ms Miss Mr. Mrs.", "de": "Herr Frau Hr. Fr.", "fr": "M. Mme Mlle Monsieur Madame", "es": "Sr. Sra. D. Doña Don",
    "it": "Sig. Sig.ra Signor Signora", "pt": "Sr. Sra. Dona Senhor",
}  # fmt: skip
DOCTORS = {
    "en": "Dr|Dr.|Prof.|Professor|Mr|Consultant", "de": "Dr.|Dr. med.|Prof. Dr.|PD Dr.|OA Dr.|OÄ", "fr": "Dr|Docteur|Pr|le Dr|Professeur",
    "es": "Dr.|Dra.|Prof.|el Dr.|la Dra.", "it": "Dr.|Dott.|Dott.ssa|Prof.|il dott.", "pt": "Dr.|Dra.|Prof.|o Dr.|a Dra.",
}  # fmt: skip
PLACES = {
    "en": "St {g}'s Hospital|St. {g}'s Infirmary|{c} General Hospital|{c} Radiology Associates|Royal {c} Infirmary|{c} Medical Center|{s} Memorial Hospital|{c} Imaging Centre|{s} & {s} Diagnostics|University Hospital {c}|{c} Health Centre|The {s} Clinic|{c} Community Hospital|{s} Surgery|{c} District Hospital",
    "de": "Klinikum {c}|St.-{g}-Krankenhaus|Universitätsklinikum {c}|Radiologie {c}|Radiologische Praxis {s}|MVZ {c}|Kreiskrankenhaus {c}|{c}er Klinik|Praxis Dr. {s}|{s}-Klinik {c}|Krankenhaus {c}-Nord|Marienhospital {c}|Röntgenpraxis am {s}platz|Diakonie {c}|Klinik {s}",
    "fr": "CHU de {c}|Hôpital {g}-{s}|Clinique {s}|Centre d'imagerie {s}|Polyclinique de {c}|CH de {c}|Hôpital Saint-{g}|Clinique du {s}|Centre hospitalier de {c}|Cabinet de radiologie {s}|Institut {g} {s}|Hôpital {s}|Maison de santé de {c}",
    "es": "Hospital {c}|Hospital San {g}|Clínica {s}|Centro de Salud {c}|Hospital Universitario de {c}|Hospital {g} {s}|Policlínica {s}|Clínica Nuestra Señora de {c}|Centro Médico {s}|Hospital General de {c}|Instituto {s}|Sanatorio {s}|Hospital Comarcal de {c}",
    "it": "Ospedale {c}|Ospedale San {g}|Policlinico {g} {s}|Casa di Cura {s}|ASL {c}|AOU {c}|Clinica {s}|Istituto {s}|Ospedale civile di {c}|Centro Diagnostico {s}|Poliambulatorio {s}|Presidio di {c}|Azienda Ospedaliera di {c}",
    "pt": "Hospital São {g}|Hospital de {c}|Santa Casa de {c}|Clínica {s}|UBS {c}|Centro Hospitalar de {c}|Hospital {g} {s}|Instituto {s}|Centro de Saúde de {c}|Clínica Santa {g}|Hospital Municipal de {c}|Casa de Saúde {s}|Unidade Local de Saúde de {c}",
}  # fmt: skip
STREETS = {
    "en": "{n} {s} Street, {c}|{n} {s} Road, {c} {z}|Flat {d}, {n} {s} Lane, {c}|{n} {s} Close|{n}B {s} Avenue, {c}, {z}|{n} {c} Drive, {c}|The Old Mill, {s} Way, {c}|{n} Upper {s} Terrace|PO Box {n}, {c}",
    "de": "{s}straße {n}, {Z} {c}|{s}weg {n}a, {c}|Am {s} {n}, {Z} {c}|{g}-{s}-Straße {n}|{s}gasse {n}, {Z} {c}|{s}platz {d}|An der {s} {n}, {c}|Alte {s}str. {n}, {Z} {c}",
    "fr": "{n}, rue {g} {s}, {Z} {c}|{n} avenue de {c}, {c}|{n} bis rue des {s}s|{n} chemin du {s}, {Z} {c}|{d} place {s}|{n} boulevard {s}, {Z} {c}|{n} impasse des {s}|allée {s}, {Z} {c}",
    "es": "calle {s} {n}, {d}º B, {Z} {c}|C/ {s} {n}, {c}|Avda. de {c} {n}, {d}ºA|plaza {s} {d}|Paseo de {s}, {n}, {Z} {c}|c/ {g} {s}, {n}|carretera de {c} km {d}|Travesía {s} {n}",
    "it": "via {s} {n}, {Z} {c}|Via {g} {s} {n}, {c}|viale {s}, {n}|piazza {s} {d}, {Z} {c}|corso {s} {n}, {c}|vicolo {s} {d}|largo {g} {s}, {n}|strada {s} {n}/{d}, {c}",
    "pt": "Rua {s}, {n}, {c}|Av. {g} {s}, {n}, {d}º andar|Travessa {s} {d}, {Z} {c}|rua das {s}s, {n}|Praça {s}, {d}|Largo do {s} {n}, {c}|Alameda {s}, {n}, apto {d}|Estrada de {c}, {n}",
}  # fmt: skip
AGES = {
    "en": "{a}-year-old|{a} y/o|{a}yo|aged {a}|{a} years old|age {a}|{a}-yr-old|{a} yrs|{a}F|{a} M", "de": "{a}-jährige|{a} Jahre|{a} J.|{a}-jähriger|Alter {a}|{a}j.",
    "fr": "{a} ans|âgée de {a} ans|âge {a}|{a}ans", "es": "{a} años|{a} a.|edad {a}|de {a} años", "it": "{a} anni|di {a} anni|età {a}|{a} aa",
    "pt": "{a} anos|{a}a|idade {a}|de {a} anos",
}  # fmt: skip
NUMBERS = {
    "M": "00######|#######|########|##-###-##|A######|K-######|#/####/##|MR#######|######-##|H####### |@@######|##.###.###|P#########",
    "X": "########|A########|RAD-####-#####|CT##-#####|##@@######|2024######|E#######|@@@##-####|ACC#######|#######/##|XR-######",
    "I": "### ### ####|@@ ## ## ## @|###-##-####|@###############|# ## ## ## ### ### ##|########@|@@@@@@##@##@###@|@#########|###.###.###-##|### ## ####|### #### #### ####|@@@###########",
    "S": "@@@#######|PJN######|@@######@|####-#####|##@####|SN######|@#######|@@-####-@##|#########|@###-####",
}  # fmt: skip
PHONES = {
    "en": "07### ######|020 7### ####|+44 7### ######|(###) ###-####|###-###-####|ext ####|0### ### ####|+1 ### ### ####|bleep ####",
    "de": "0### #######|0##/######|+49 ### ########|01## ########|0#### ####-##|(0##) ### ## ##|Durchwahl ###", "fr": "0# ## ## ## ##|+33 # ## ## ## ##|0#.##.##.##.##|0#########|poste ####",
    "es": "6## ### ###|9## ## ## ##|+34 6## ## ## ##|6########|91# ### ###|ext. ####", "it": "3## #######|0## #######|+39 3## ### ####|0##/######|3## ## ## ###|int. ###",
    "pt": "9## ### ###|(##) 9####-####|+351 9## ### ###|+55 ## 9####-####|2## ### ###|(##) ####-####|ramal ####",
}  # fmt: skip
HEADS = "Brack Wether Dool Ravens Lind Okon Oyel Castel Hart Thorn Brandt Mont Belle Karl Steg Dub Mal Vasc Quint Zab Fer Cala Mira Sal Gros Wack Hol Pern Dunk Tar Bel Rov Sev Tav Cor Mar Zan Fab Bert Gal Per Tei Alv Nog Barr Queir Mour Vil Rib Cast Ferr Gui Laf Bon Dela Mer Char Gauth Rous".split()
TAILS = "enbury erby ittle worth qvist kwo aran lanos ington field feld hausen mann macher stein bach villard ette aux eau in ard ier oni elli ucci asco ini ato eira inho edo osa ães ez illo ado ero uelos ova ski wicz enko ansen sson idis opoulos uchi amoto adze yan okafor embe ubuike ullah abadi".split()


def lists(lang: str, times: int = 1) -> tuple[list[str], list[str], list[str]]:
    """Given names, surnames and towns of a language's countries, and foreign ones."""
    from faker import Faker

    given, surnames, towns = [], [], []
    for locale in LOCALES[lang]:
        fake = Faker(locale)
        fake.seed_instance(7)
        given += [fake.first_name() for _ in range(500 * times)]
        surnames += [fake.last_name() for _ in range(700 * times)]
        towns += [fake.city() for _ in range(200)]
    for locale in FOREIGN:
        fake = Faker(locale)
        fake.seed_instance(7)
        given += [fake.first_name() for _ in range(40)]
        surnames += [fake.last_name() for _ in range(50)]
    latin = re.compile(r"[^\W\d_][^\d_]*")
    return tuple([word for word in dict.fromkeys(part) if latin.fullmatch(word)] for part in (given, surnames, towns))  # type: ignore[return-value]


class Filler:
    """Fills a template's places for one language."""

    def __init__(self, lang: str, pick: random.Random, *, unseen: bool = False) -> None:
        """`unseen` takes the half of all names that training does not see."""
        self.lang, self.pick = lang, pick
        half = slice(1, None, 2) if unseen else slice(0, None, 2)
        self.given, self.surnames, self.towns = (part[half] for part in lists(lang))
        self.made = [head + tail for head in HEADS for tail in TAILS][half]

    def surname(self) -> str:
        one = self.pick.choice(self.made if self.pick.random() < 0.4 else self.surnames)
        return f"{one}-{self.pick.choice(self.surnames)}" if self.pick.random() < 0.08 else one

    def first(self) -> str:
        if self.pick.random() < 0.2:
            return self.pick.choice(HEADS) + self.pick.choice(("ina", "ia", "ene", "o", "us", "el", "ette", "ine", "ara", "wen", "ie", "a"))
        return self.pick.choice(self.given)

    def person(self) -> str:
        first, last, pick = self.first(), self.surname(), self.pick
        two = self.lang in ("es", "pt") and pick.random() < 0.5
        whole = f"{last} {self.surname()}" if two else last
        form = pick.random()
        titled = f"{pick.choice(TITLES[self.lang].split())} "
        if form < 0.42:
            said = f"{first} {whole}"
        elif form < 0.52:
            said = f"{last.upper()}, {first}" if pick.random() < 0.5 else f"{whole}, {first}"
        elif form < 0.58:
            said = f"{whole.upper()} {first}"
        elif form < 0.66:
            said = f"{first[0]}. {whole}"
        elif form < 0.78:
            said = titled + whole
        elif form < 0.86:
            said = titled + f"{first} {whole}"
        elif form < 0.92:
            said = f"{first} {self.first()} {whole}"
        elif form < 0.96:
            said = f"{first} {whole}".upper()
        else:
            said = f"{first} {whole}".lower()
        return said

    def doctor(self) -> str:
        form = self.pick.random()
        if form < 0.12:
            return f"{self.first()} {self.surname()}, {self.pick.choice(('MD', 'MD', 'FRCR', 'MBBS', 'PhD'))}"
        title = self.pick.choice(DOCTORS[self.lang].split("|"))
        return (
            f"{title} {self.surname()}"
            if form < 0.5
            else f"{title} {self.first()} {self.surname()}"
            if form < 0.9
            else f"{title} {self.first()[0]}. {self.surname()}"
        )

    def number(self, shape: str) -> str:
        signs = {"#": "0123456789", "@": "ABCDEFGHJKLMNPRSTVWXYZ"}
        return "".join(self.pick.choice(signs[sign]) if sign in signs else sign for sign in shape).strip()

    def text(self, shape: str) -> str:
        made = shape.replace("{n}", str(self.pick.randint(1, 240))).replace("{d}", str(self.pick.randint(1, 9)))
        made = made.replace("{z}", self.number("@@## #@@")).replace("{Z}", self.number("#####"))
        for sign, draw in (("{s}", self.surname), ("{g}", self.first), ("{c}", lambda: self.pick.choice(self.towns))):
            while sign in made:
                made = made.replace(sign, draw(), 1)
        return made

    def date(self, low: int, high: int) -> str:
        day, month, year = self.pick.randint(1, 28), self.pick.randint(1, 12), self.pick.randint(low, high)
        name = MONTHS[self.lang].split()[month - 1]
        of = {"es": " de ", "pt": " de "}.get(self.lang, " ")
        return self.pick.choice((
            f"{day:02}/{month:02}/{year}", f"{day:02}.{month:02}.{year}", f"{year}-{month:02}-{day:02}", f"{day}{of}{name}{of}{year}",
            f"{day}.{month}.{year % 100:02}", f"{day:02}-{month:02}-{year}", f"{day}/{month}/{year % 100:02}", f"{name} {day}, {year}" if self.lang == "en" else f"{day}. {name} {year}",
        ))  # fmt: skip

    def fill(self, place: str) -> str:
        """The text for a place of a template."""
        pick, lang = self.pick, self.lang
        if place in ("M", "X", "I", "S"):
            return self.number(pick.choice(NUMBERS[place].split("|")))
        if place == "E":
            name = re.sub(r"[^a-z]", "", self.surname().lower()) or "kim"
            return f"{pick.choice('abcdefghk')}{pick.choice(('.', '_', ''))}{name}{pick.choice(('', '7', '83'))}@{re.sub(r'[^a-z]', '', self.surname().lower()) or 'post'}.{pick.choice(('org', 'com', 'de', 'fr', 'es', 'it', 'pt', 'nhs.uk'))}"
        if place == "G":
            return pick.choice(AGES[lang].split("|")).replace("{a}", str(pick.randint(90, 106)))
        return {
            "N": self.person, "D": self.doctor, "B": lambda: self.date(1915, 2015), "T": lambda: self.date(2018, 2025),
            "H": lambda: self.text(pick.choice(PLACES[lang].split("|"))), "A": lambda: self.text(pick.choice(STREETS[lang].split("|"))),
            "P": lambda: self.number(pick.choice(PHONES[lang].split("|"))),
        }[place]()  # fmt: skip


def rows(name: str, parts: int) -> list[list[str]]:
    """The rows of a data file, cut at "|"."""
    lines = (DATA / name).read_text(encoding="utf-8").splitlines()
    return [line.split("|", parts - 1) for line in lines if line and not line.startswith("#")]


def line(template: str, filler: Filler, clinical: dict[tuple[str, str], list[str]]) -> tuple[str, list[tuple[int, int, str]]]:
    """A template filled: the text, and where its identifiers stand."""
    text, spans = "", []
    for part in re.split(r"(\{[A-Z]\}|<\w+>)", template):
        if re.fullmatch(r"\{[A-Z]\}", part):
            said = filler.fill(part[1])
            spans.append((len(text), len(text) + len(said), part[1]))
            text += said
        else:
            text += filler.pick.choice(clinical[(filler.lang, part[1:-1])]) if part.startswith("<") else part
    return text, spans


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
    return named(2_500, 0) + written * 5 + pick.sample([text for text in cards if 20 < len(text) < 300], 3500) + questions


def words() -> None:
    """Write the common words."""
    import wordfreq

    known = {name.lower() for lang in LOCALES for part in lists(lang, 12)[:2] for name in part}
    held: set[str] = set()
    for lang in LOCALES:
        ranked = [word for word in wordfreq.iter_wordlist(lang) if re.fullmatch(r"[^\W\d_]{2,}", word)]
        held |= {word for place, word in enumerate(ranked[:25_000]) if place < 1_500 or word not in known}
    held |= {word for term in terms() for word in re.findall(r"[^\W\d_]{3,}", term.lower()) if word not in known}
    COMMON.write_bytes(gzip.compress("\n".join(sorted(held)).encode(), mtime=0))


def train() -> None:
    """Train on all but the held-out templates and write the model."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for _, text, spans in lines(7_000, 1, held=False):
        trainer.append(features(text, tokens(text)), tags(text, spans))
    for text in clean(2):
        if spans := tokens(text):
            trainer.append(features(text, spans), ["O"] * len(spans))
    trainer.set_params({"c1": 0.4, "c2": 0.02, "max_iterations": 60, "feature.minfreq": 3})
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
    {"words": words, "train": train, "measure": measure}[sys.argv[1]]()
