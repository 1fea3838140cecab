"""Identifiers told by what stands around them: a name beside an age, a date or another name, an institution by its form of words.

A word that is a name and a common word too ("Wellington", "Baptiste") is a name where a person is to be expected, and a word elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpora.bounded import compiled
from corpora.privacy.forms import CAPITAL, LOWER, NUMERIC_DATE, PARTICLES, TWO_NAMES, UPPER
from corpora.privacy.names import GERMAN_TERM, HEAD
from corpora.privacy.patterns import rules
from corpora.privacy.tagging import given_names, knowledge, labels, name_words

Stretch = tuple[int, int]

_YEARS = r"(?:-year|years?|yrs?|y/?o|Jahre|jährig|ans|años|anni|anos|J\.)"
_OLD = rf"(?:\d{{1,3}}[\s-]?{_YEARS}|9\d|1[01]\d|ninety|neunzig|\w{{3,8}}undneunzig|quatre-vingt|noventa|novant)"
_IS = r"(?:is|was|turned|turns|ist|wird|wurde|tiene|cumple|cumplió|ha|compie|a|aura|tem|fez|faz|completa)"
_ONE = rf"[{UPPER}][{LOWER}]{{2,40}}(?:[-'’][{UPPER}]?[{LOWER}]{{1,40}}){{0,2}}"
_SOLO = (
    compiled(rf"(?:^|[\s\"'“„«(])(?P<it>{_ONE})(?=\s{_IS}\s(?:now\s|nearly\s|almost\s|schon\s|ya\s|già\s|já\s|déjà\s)?{_OLD})"),
    compiled(rf"\d{{2,3}}[\s-]?{_YEARS}(?:\sold)?[,)]{{1,2}}\s(?P<it>{_ONE})(?=[,;.])"),
    compiled(rf"(?:^|\s)(?P<it>{_ONE})(?=,\s(?:aged\s)?\d{{1,3}}[\s-]?{_YEARS})"),
    compiled(
        r"(?i:\b(?:reader|observer|rater|lecteur|lector|lettore|leitor|befunder|bed|lit|cama|letto|leito|bett|zimmer|room|chambre|habitación|stanza|quarto))"
        rf"\s\d{{1,3}}:?\s(?P<it>{CAPITAL})(?![\w-])"
    ),
    compiled(rf"(?:^|\s)(?P<it>{_ONE})(?=\s\((?:9\d|1[01]\d|\d{{1,3}}\s?{_YEARS})\))"),
    compiled(rf"(?:^|\s)(?P<it>{_ONE})(?:\s[a-zß-ÿ]{{3,12}})?\s\((?=\+?0?\d[\d\s./-]{{6,20}}\))"),
    compiled(
        r"\b(?:dottori|dottoresse|doctores|docteurs|doutores|[Dd]octors|[Dd]rs\.?|[Dd]res\.?)\s"
        rf"(?P<it>{CAPITAL})(?=\s(?:and|und|et|y|e|&)\s)"
    ),
)
"""A single word where a person stands: "Demelza is ninety-five", "92 anni, Immacolata,", "Conceição, 90 anos"."""
_WORD = compiled(rf"(?<![\w.'’-])(?P<it>[{UPPER}][{LOWER}]{{3,30}})(?![\w'’-])")
_PAIRED = (
    compiled(rf"(?:^|\n|[;:|/]\s)(?P<it>{TWO_NAMES})(?=,?\s(?:\|\s|/\s)?(?:\*\s?)?(?:{NUMERIC_DATE}|[A-Z]{{0,3}}\d{{5,12}})(?!\w))"),
    compiled(rf"(?:^|\n|[;:|/]\s)(?P<it>{CAPITAL}(?:\s{CAPITAL})?,\s{CAPITAL})(?=\s[|/]\s|,?\s(?:\*\s?)?(?:{NUMERIC_DATE})(?!\w))"),
)
"""Surname and given name in front of a date or a number."""
_BEHIND = compiled(
    rf"(?:(?P<joined>-)|(?P<apart>\s|,\s)|\s(?P<also>and|und|et|y|e|&)\s)(?P<it>{CAPITAL})(?![\w-]|\s(?:sign|syndrome|disease))"
)
_ANOTHER = (
    rf"(?:(?:de|da|do|dos|das|del|della|di|du|la|los|le|van|von|d['’])\s?){{0,2}}[{UPPER}][{LOWER}]{{1,40}}(?:-[{UPPER}][{LOWER}]{{1,40}})?"
)
_SURNAME = compiled(rf"(?P<it>(?:\s{_ANOTHER}){{1,3}})(?=(?P<ends>\s?[,;.:()/]|\s*$|\n)|\s[a-zß-ÿ])")
"""Words behind a given name that end the phrase or stand before a small one."""
_AHEAD = compiled(rf"(?<![\w'’.-])(?P<it>[{UPPER}][{LOWER}'’]{{2,40}})(?:\s|,\s|(?P<also>\s(?:and|und|et|y|e|&)\s))$")
_CAPITALISED = compiled(rf"(?:[a-zß-ÿ]|[,;:(])\s?(?P<it>[{UPPER}][{LOWER}]{{3,40}})\s$")
"""A capitalised word within a sentence, in front of a name."""
_GERMAN = re.compile(r"\b(?:der|die|das|und|mit|bei|nach|von|im|ist|für|nicht|zur|zum|oder|eine?[rnm]?|wegen|durch)\b")
_JOINED = compiled(rf"(?:-{CAPITAL}){{1,3}}(?![\w])")

_FIRMS = (
    r"(?:Ltd\.?|LLC|PLC|LLP|GmbH|gGmbH|AG|KG|e\.\s?V\.|SAS|SARL|SELARL|S\.?L\.?U?\.?|S\.\s?A\.|S\.?r\.?l\.?|S\.?p\.?A\.?|Lda\.?|Ltda\.?"
    r"|Inc\.?|&\sCo\.?|&\sSons|&\sSöhne|&\sPartners?|&\sKollegen|e\sFigli|et\sFils|y\sHijos|e\sFilhos)"
)
_FIRM = compiled(rf"(?<![\w-])(?P<it>{CAPITAL}(?:\s{CAPITAL}){{0,3}}\s{_FIRMS})(?!\w)")
_SAINT = r"(?:St\.?|Sankt|Sainte?|San(?:t[aoe])?|São)"
_OF = (
    r"(?:(?:de|del|della|delle|di|do|da|dos|das|du|des|la|le|les|los|of|am|im|in|zu|sur|Les?|La|Los|Las|Gli|Os|As|Il|El)\s){0,3}(?:[ld]['’])?"
    rf"(?:(?P<saint>{_SAINT})[\s-])?"
)
_HEADS = (
    r"(?:HIA|Foyer(?:-logement)?|Pisos tutelados|Alloggi protetti|Residência assistida|[Uu]nidade? d[ea] [Mm]ama"
    r"|Unità|Unité de \w{4,20}|Unit|[Aa]mbulatorio"
    r"|[Cc]abinet|[Cc]onsultorio|Lar|[Ii]nstitut[oe]?|Istituto|Cabinet(?: médical| dentaire)?"
    r"|Studio (?:medico|dentistico)|Consult[óo]rio|Radiolog(?:ie|ia|ía|y)"
    r"|[Tt]ele-?[Rr]+adiolog(?:ie|ia|ía|y)|Téléradiologie|Imagerie|Imagens|Diagnósticos?|Onkologie|Oncolog(?:ie|ia|ía)|Ambulatorio"
    r"|Poliambulatorio|Poliklinik|Tagesklinik|Casa (?:de Saúde|della Salute|di Riposo)|Pronto [Ss]occorso|Urg[eê]ncias?"
    r"|Rete [Oo]ncologica|Rede? [Oo]ncológica|Maison (?:de (?:santé|repos)|médicale)"
    r"|[Mm]aterni(?:té|tà|dade?)|[Hh]ospice|[Cc]lini(?:ca|que)|[Cc]línica"
    r"|[Rr]ésidence|[Rr]esiden(?:cia|za|ce)|Fundi(?:ção|ciones|ción)|Fonder(?:ie|ies|ia)|Gießerei|Werk|Fábrica|Fabbrica|Usine|Haus"
    r"|UBS|UPA|CAP|ASL|AUSL|[Ee]scuela|[Cc]olegio|[Ss]cuola|[Ll]iceo|[Éé]cole|[Ll]ycée|[Cc]ollège|[Ee]scola|Grundschule|Gymnasium"
    r"|[Mm]ine|Zeche|Brauerei|Bäckerei)"
)
_HEADED = compiled(rf"(?<!\w)(?P<it>{_HEADS}\s{_OF}(?P<first>{CAPITAL})(?:\s(?:(?:de|di|da|do|du|del)\s)?{CAPITAL}){{0,2}})(?!\w)")
_TAILED = compiled(
    rf"(?<![\w-])(?P<it>(?P<first>{CAPITAL})(?:\s{CAPITAL}){{0,2}}\s(?:(?:District|County|City|Regional)\sGeneral|General|VA|Royal|Memorial|Infirmary"
    r"|Urgent\sCare|Walk-[Ii]n(?:\sCentre)?|Cancer\sAlliance|Cancer\sNetwork|Tele-?radiology|Imaging|Foundry|Works|Mills?|Colliery|Quarry|(?:High|Primary|Grammar|Middle)\sSchool|Brewery|Bakery|Prison|Barracks))"
    r"(?!\w)"
)


_TERM = (
    r"(?:sign[eos]?|segno|señal|sinal|zeichen|tests?|prueba|teste|índex|índice|indice|index|scores?|escore|escala|scala|échelle|skala|klassifikation|classificazione"
    r"|classification|clasificación|classificação|fractures?|fracturas?|fratture?|frattura|fraturas?|fraktur(?:en)?|syndrome|síndrome|sindrome|syndrom|maladies?"
    r"|malattie?|malattia|enfermedad|doenças?|morbus|cist[io]s?|kystes?|quistes?|zysten?|cysts?|criteri[ao]s?|critères|kriterien|méthode|método|metodo|ligne|línea|linea|linha|linie"
    r"|ángulo|angolo|ângulo|angle|winkel|triade?|tríada|tríade|trias|grado|grade|stadio|estadio|estádio|stade|lesión|lesione|lésion|lesão|läsion|triangle|triángulo|triangolo|hernie|hernia"
    r"|ligament[oe]?|nervio|nerf|nervo|glándula|ghiandola|células?|cellule|trompa|tubo|operación|intervento|operation|op|operação|regla|regola|règle|manoeuvre|maniobra|manovra"
    r"|protocol[loe]*|catheter|catéter|catetere|cathéter|anatomía|arco|anillo|anello|anneau)"
)
_LIST = rf"(?:{CAPITAL}(?:\s[IVX\d]{{1,4}}[a-c]?)?(?:,|\s(?:and|und|oder|or|et|ou|y|o|e))\s(?:de\s|di\s|von\s)?){{0,3}}"
_CALLED = compiled(rf"(?<!\w)(?i:{_TERM})(?:\s(?:of|de|di|do|da|du|des|del|nach|von|d['’])|\sde\sla)?\s?{_LIST}$")
_AFTER = re.compile(
    r"(?:RECIST|RADS|[Ss]cores?|[Cc]riteria|[Cc]lassifications?|[Ss]taging|[Gg]rading|[Ss]ystems?)"
    r"\s(?:by|of|after|according to|nach|von|de|di)\s$"
)
_HOLDS = compiled(rf"(?<!\w)(?i:{_TERM})\s(?i:of|de|di|do|da|du|del|nach|von)\s")
_COMPOUND = compiled(rf"(?P<first>{CAPITAL})-(?P<last>[{UPPER}][{LOWER}]{{3,40}})")


def is_term(text: str, start: int, end: int) -> bool:
    """Whether what was taken for a name or a place is a term called after somebody: "test de Finkelstein", "Milwaukee-Schulter"."""
    end = joined(text, end)
    said = text[start:end]
    around = text[max(0, start - 16) : end + 16].lower().replace("-", " ")
    if any(term in around and (term in said.lower().replace("-", " ") or said.lower() in term) for term in rules().not_names):
        return True
    words = re.findall(r"[^\W\d_]{3,}", said)
    if any(word.lower() in rules().given or word.lower() in given_names() for word in words if word[0].isupper()):
        return False
    if words and GERMAN_TERM.fullmatch(words[0].lower()):
        return True
    compound = _COMPOUND.fullmatch(said)
    if (
        compound
        and knowledge(compound["last"].lower()) in ("plain", "common")
        and not is_given(compound["last"])
        and (is_german(text) or knowledge(compound["first"].lower()) != "common")
    ):
        return True
    return len(words) <= _FEW and bool(
        _CALLED.search(text[max(0, start - 90) : start]) or _AFTER.search(text[max(0, start - 40) : start]) or _HOLDS.search(said)
    )


_FEW = 6
"""Words of a stretch up to which it can be a term."""


def _is_called(text: str, start: int, end: int) -> bool:
    """Whether a word stands in a term: behind its noun, in front of it, or in a row of such words."""
    return bool(
        HEAD.match(text, end) or _CALLED.search(text[max(0, start - 90) : start]) or _BESIDE_TERM.search(text[max(0, start - 40) : start])
    )


_BESIDE_TERM = re.compile(
    r"(?:[A-ZÀ-Þ](?:[^\W\d_]|-){2,30}(?:,|\s(?:and|und|et|y|e|or|oder|ou|o))"
    r"|\b(?:Los|San|Santa|Saint|St\.?|Rio de|Mount|Lake|New|von|van|de|El|La))\s$"
)


def people(text: str) -> Iterator[Stretch]:
    """Names told by what stands beside them, in no order."""
    for pattern in _SOLO:
        for match in pattern.finditer(text):
            if is_named(match["it"]):
                yield match.span("it")
    for match in _WORD.finditer(text):
        if (
            match["it"].lower() in given_names()
            and knowledge(match["it"].lower()) == "unknown"
            and not _is_called(text, match.start(), match.end())
        ):
            yield match.span("it")
    for pattern in _PAIRED:
        for match in pattern.finditer(text):
            words = [word for word in re.findall(r"[^\W\d_]{2,}", match["it"]) if word.lower() not in PARTICLES]
            known = [word for word in words if word.lower() in rules().never or knowledge(word.lower()) in ("plain", "eponym")]
            if not known and any(map(is_named, words)):
                yield match.span("it")


def places(text: str) -> Iterator[Stretch]:
    """Institutions, firms and schools told by their form of words, in no order."""
    for match in _FIRM.finditer(text):
        words = [word.lower() for word in re.findall(r"[^\W\d_]{2,}", match["it"])]
        if not {*words} & (rules().makers | rules().products) and any(map(is_named, re.findall(r"[^\W\d_]{3,}", match["it"]))):
            yield match.span("it")
    for pattern in (_HEADED, _TAILED):
        for match in pattern.finditer(text):
            saint = pattern is _HEADED and match["saint"]
            if saint or (is_named(match["first"]) and match["first"].lower() not in labels()):
                yield match.span("it")
    for match in _SMALL_GERMAN.finditer(text):
        if knowledge(match["name"].lower()) in ("unknown", "given", "common") and not GERMAN_TERM.fullmatch(match["name"].lower()):
            yield match.span("it")
    for match in _SMALL_ROMANCE.finditer(text):
        if match["name"] in name_words() or knowledge(match["name"].lower()) in ("unknown", "given"):
            yield match.span("it")
    for match in _CLINIC.finditer(text):
        if is_named(match["name"]):
            yield match.span("it")


_SMALL_GERMAN = compiled(
    r"(?<!\w)(?:in der|in die|aus der|von der|bei der|im|vom|beim)\s"
    rf"(?P<it>(?:klinik|praxis|krankenhaus|hospital)\s(?:am|an der|zum|zur)\s(?P<name>[{LOWER}]{{4,30}}))(?![\w-])"
)
_SMALL_ROMANCE = compiled(
    r"(?<!\w)(?P<it>(?:hospital|cl[ií]nica|clinique|hôpital|ospedale|residencia|residência|résidence)"
    rf"\s(?:de\slas|de\slos|das|dos|delle|dei|degli|des)\s(?P<name>[{LOWER}]{{4,30}}))(?![\w-])"
)
_CLINIC = compiled(rf"(?<!\w)[Tt]he\s(?P<it>(?P<name>{CAPITAL})\s(?:clinic|surgery|practice|infirmary))(?!\w)")
"""Institutions in small letters, called after a plant or a place."""


def is_german(text: str) -> bool:
    """Whether a text has small words of German, which writes every noun with a capital."""
    return bool(_GERMAN.search(text))


def is_named(word: str) -> bool:
    """Whether a word with a capital can be the name of a person or a place: unknown, a given name, or a name and a word at once."""
    low = word.strip(".,").lower()
    if not word[:1].isupper() or (word.isupper() and len(word) < 5):
        return False
    return low in name_words() or low in given_names() or knowledge(low) in ("unknown", "given")


def widened(text: str, start: int, end: int) -> Stretch:
    """A name with the names directly beside it: behind a blank, a comma, a hyphen or an "and", and in front of it."""
    while (match := _BEHIND.match(text, end)) and (
        match["joined"] or _is_certain(match["it"]) or (match["also"] and is_named(match["it"]))
    ):
        end = match.end("it")
    if (match := _SURNAME.match(text, end)) and is_given(re.split(r"\s", text[start:end])[0]):
        words = [word for word in match["it"].split() if word[0].isupper()]
        if (len(words) == 1 or not is_german(text)) and all(_is_family(word, ends=match["ends"] is not None) for word in words):
            end = match.end("it")
    if (
        (match := _CAPITALISED.search(text[max(0, start - 45) : start]))
        and knowledge(match["it"].lower()) == "common"
        and match["it"].lower() not in labels()
        and not is_german(text)
    ):
        start -= len(match["it"]) + 1
    while (match := _AHEAD.search(text[max(0, start - 45) : start])) and (
        _is_certain(match["it"]) or (match["also"] and _is_unheard(match["it"]))
    ):
        start -= len(match[0])
    return start, end


def joined(text: str, end: int) -> int:
    """Where the parts end that hyphens join to a name of a place."""
    match = _JOINED.match(text, end)
    return match.end() if match else end


def _is_certain(word: str) -> bool:
    """Whether a word beside a name belongs to it: a name by some list, and no eponym."""
    low = word.lower()
    return is_given(word) and word[:1].isupper() and not word.isupper() and low not in rules().eponyms


_HOUSED = compiled(rf"\s(?:(?:de|des|du|del|della|dei|degli|delle|di|da|do|dos|das)\s)?(?P<it>{CAPITAL})(?=\s?[,;.:()]|\s*$|\n|\s[a-zß-ÿ])")


def housed(text: str, start: int, end: int) -> int:
    """Where an institution's name ends: with the word behind a particle, or the surname behind a given name."""
    match = _HOUSED.match(text, end)
    if not match or is_german(text) or match["it"].lower() in labels() or knowledge(match["it"].lower()) in ("plain", "eponym"):
        return end
    particle = match["it"] != match[0].strip()
    return match.end("it") if particle or is_given(text[start:end].split()[-1]) else end


def _is_family(word: str, *, ends: bool) -> bool:
    """Whether a word behind a given name is the surname: a common word, or one of medicine where the phrase ends with it."""
    low = word.lower()
    if low in labels() or low in rules().never or len(word) < 3:
        return False
    known = {knowledge(part) for part in low.split("-")}
    if "-" in low:
        return known <= {"common", "unknown", "plain", "eponym", "given"}
    return known <= ({"common", "unknown", "plain"} if ends else {"common"})


def _is_unheard(word: str) -> bool:
    return word[1:].islower() and knowledge(word.lower()) == "unknown"


def is_given(word: str) -> bool:
    """Whether some list has a word as a name."""
    low = word.strip(".,").lower()
    return low in name_words() or low in given_names() or low in rules().given
