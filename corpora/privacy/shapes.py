"""Shapes that are identifiers wherever they stand: e-mail addresses, phone numbers, postal addresses, ages over 89."""

from __future__ import annotations

import re
from collections.abc import Iterator

from corpora.bounded import compiled
from corpora.privacy.forms import CAPITAL, LOWER, PARTICLE, TITLED_WORD, UPPER
from corpora.privacy.words import Kind, Words, either

Shapes = Iterator[tuple[Kind, re.Pattern[str]]]


def plain(lists: Words) -> Shapes:
    """Shapes that need no second look."""
    yield from _contacts(lists)
    yield from _addresses(lists)
    yield from _ages(lists)


def _contacts(lists: Words) -> Shapes:
    groups = r"(?:\(?\d{1,6}\)?(?:\s?[/-]\s?|\.|\s)?){1,5}\d{1,6}(?:\s?(?:x|ext\.?)\s?\d{1,5})?"
    yield "record number", compiled(r"(?<!\w)(?:TC|TDM|CT|RM|MR|MRT|IRM|RX|XR|CR|DX|US|ECO|RÖ)/(?P<it>\d{2,4}[/-]\d{3,7})(?!\w)")
    yield "e-mail", compiled(r"(?<![\w.+'’-])(?P<it>[\w.+'’-]{1,64}\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+)")
    dot = r"(?:\s+(?:dot|\(dot\))\s+|\.)"
    yield (
        "e-mail",
        compiled(
            rf"(?<!\w)(?!(?:me|us|him|her|them|is|was|were|are)\s)(?P<it>\w+(?:{dot}\w+){{0,6}}\s+(?:at|\(at\))\s+\w+(?:\s+dot\s+\w+)+)",
            re.IGNORECASE,
        ),
    )
    labels = rf"(?<![\w-])(?:{either(lists.phone_labels)})\.?\s*(?:no\.?|number|at|on|me at|us at)?\s*[:#]?\s*"
    yield "phone", compiled(rf"{labels}(?P<it>\+?\(?\d{{1,6}}\)?(?:\s?[./-]\s?|\s)?{groups}(?!\w)|(?<=ext)\s*\d{{3,5}})", re.IGNORECASE)
    yield (
        "phone",
        compiled(
            r"(?<![\w.])(?:ext|extension|pager|bleep|durchwahl|dw|funk|piepser|poste|bip|bipe|int|interno|busca|ramal|anexo|cercapersone)\.?\s*[:#]?\s*(?P<it>\d{3,6})(?!\w)",
            re.IGNORECASE,
        ),
    )
    yield "phone", compiled(r"(?<![\w.])(?P<it>x(?!\d{1,3}00)\d{4,5})(?!\w|[.,]\d)")
    yield "phone", compiled(rf"(?<![\w.])(?P<it>(?:\+|00)\d{{1,3}}[\s.-]?(?:\(0\)\s?)?{groups})(?!\w)")
    yield (
        "phone",
        compiled(
            r"(?<![\w.-])(?P<it>(?:(?:1[-.\s])?\(?\d{3}\)?[-.]\s?\d{3}[-.]\d{4}|\(\d{3}\)\s?\d{3}[-.\s]\d{4})(?:\s?(?:x|ext\.?)\s?\d{2,5})?)(?![\w-])"
        ),
    )
    yield (
        "phone",
        compiled(r"(?<![\w.-])(?P<it>\(?0\d{2,4}\)?\s?[\s/-]\s?\d{3,6}(?:[\s-]?\d{2,5}){0,2}|0\d(?:\s\d\d){4}|0\d{9,10})(?![\w-])"),
    )


def _addresses(lists: Words) -> Shapes:
    segment = rf"[{UPPER}\d][\w'’.-]*(?:\s[{UPPER}\d][\w'’.-]*)*"
    streets = either((*lists.streets, *(word.upper() for word in lists.streets if len(word) > 3)))
    post = r"[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2}"
    flat = r"(?:\.?,?\s*(?:Apt|Unit|Suite|Flat|#)\.?\s*\w+)?"
    town = rf"{flat}(?:,\s*{CAPITAL}(?:\s{CAPITAL}){{0,2}})?(?:,?\s+(?:[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?|{post}))?"
    code = r"(?:\d{5}|\d{2}-\d{3}|\d{4}(?:\s?[A-Z]{2})?)"
    door = r"\d{1,4}\s?[a-z]?(?:,\s*\d{1,2}\.?[ºª°]?\s?[A-Z]?(?!\w))?"
    yield (
        "address",
        compiled(
            rf"(?<![\w.])(?P<it>(?:(?i:via|viale|piazza|corso|calle|avenida|avda\.?|plaza|paseo|rua|praça|ul\.|ulica|aleja|rue)\s+)"
            rf"(?:{PARTICLE}|des\s+|dei\s+|degli\s+|delle\s+|dello\s+"
            rf"|l['’])?{CAPITAL}(?:\s+{PARTICLE}?{CAPITAL}){{0,3}},?\s+(?:n[.º°]?\s?)?{door}(?:,\s*{code}\s+{CAPITAL}(?:"
            rf"\s{CAPITAL})?)?)(?!\w)"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>{CAPITAL}(?:\s+(?:der|den|dem"
            rf"|{CAPITAL})){{0,3}}\s+{door},\s*{code}\s+{CAPITAL})(?!\w)"
        ),
    )
    yield (
        "address",
        compiled(
            r"(?<![\w.,])(?P<it>\d{1,4}(?:\s?(?:bis|ter|[a-d])\b)?,?\s(?:rue|avenue|allée|place|chemin|impasse|boulevard|quai|cours|square|passage|montée|venelle|ruelle|sentier|route|villa|faubourg|traverse|promenade|mail)"
            r"\s(?:de\s(?:la\s|l['’])?|des\s|du\s|d['’])?[^\W\d_]{3,30}(?:[\s-][A-ZÀ-Þ][^\W\d_]{1,30}){0,3}(?:,\s\d{5}\s[A-ZÀ-Þ][^\W\d_]{1,30})?)(?!\w)",
            re.IGNORECASE,
        ),
    )
    yield (
        "address",
        compiled(
            r"(?<![\w-])(?P<it>(?:[^\W\d_]{2,30}-){0,4}(?:(?<=-)|[^\W\d_]{3,30})(?:straße|strasse|str\.|allee|gasse|weg|platz|damm|ufer|ring)"
            r"\s\d{1,4}\s?[a-d]?)(?![\w.,]\d|\w|\s?(?:mm|cm|HE|%))",
            re.IGNORECASE,
        ),
    )
    yield (
        "address",
        compiled(
            r"(?<!\w)(?:natural de|originari[oa] di|originaire de|nascid[oa] em|nacid[oa] en|nat[oa] a|née? à|vecin[oa] de"
            r"|morador[a]? (?:de|em)|mora em|stammt aus"
            r"|geboren in|born in|native of|moved (?:here )?from|zog von|she left|dejó|ha lasciato|a quitté|saiu de)\s"
            rf"(?P<it>{CAPITAL}(?:\s(?:{PARTICLE}{{0,2}}|do\s|dos\s|das\s|los\s|sur\s|al\s|am\s){CAPITAL}){{0,3}})(?!\w)"
        ),
    )
    yield (
        "address",
        compiled(rf"(?:junction|corner|crossing) of (?P<it>{CAPITAL}(?:\s{CAPITAL})*(?:\s(?:and|&)\s{CAPITAL}(?:\s{CAPITAL})*)?)"),
    )
    yield (
        "address",
        compiled(
            rf"(?:gentleman|lady|man|woman|patient|boy|girl|referred|comes?"
            rf"|arrived) from (?P<it>\d{{1,4}}[a-z]?\s{TITLED_WORD}(?:\s{TITLED_WORD}){{1,2}}(?:,\s{TITLED_WORD})?)"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?<![\w./-])(?P<it>(?:(?:Flat|Apt\.?|Apartment|Unit"
            rf"|Suite)\s\w+,?\s+)?\d{{1,5}}[A-Za-z]?,?\s+(?:[NSEW]\.?\s+)?(?:(?:\d{{1,3}}(?:st|nd|rd|th)"
            rf"|{CAPITAL})\s+){{1,3}}(?:{streets})\b\.?{town})"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>[{UPPER}][{LOWER}]+(?:straße|strasse|str\.|weg|gasse|allee"
            rf"|platz)\s+\d{{1,4}}[a-z]?(?:,\s*\d{{5}}\s+{CAPITAL})?)"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>\d{{1,4}},?\s+(?:bis\s+)?(?:rue|avenue|boulevard|via|calle|plaza)\s+(?:(?:de|du|des|la|le|los|del"
            rf"|della)\s+){{0,2}}(?-i:{CAPITAL}(?:\s{CAPITAL})?(?:,\s*{code}\s{CAPITAL})?))",
            re.IGNORECASE,
        ),
    )
    yield "address", compiled(rf"(?<!\w)(?P<it>{CAPITAL}(?:\s{CAPITAL}){{0,2}},\s+[A-Z]{{2}}\s+\d{{5}}(?:-\d{{4}})?)(?!\w)")
    house = r"(?:Cottage|House|Farm|Farmhouse|Lodge|Barn|Grange|Manor|Vicarage|Rectory|Bungalow|Hall|Villa|Croft)"
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>(?:The\s)?(?:{CAPITAL}\s){{0,2}}{house}(?:,\s{CAPITAL}(?:\s{CAPITAL}){{0,2}}){{1,3}}(?:\s{post})?)(?!\w)"
        ),
    )
    yield "address", compiled(r"(?<!\w)(?P<it>P\.?\s?O\.?\s?Box\s+\d+)", re.IGNORECASE)
    yield (
        "address",
        compiled(
            r"(?<![\w/-])(?P<it>(?!(?:T|L|C|S|TR|LR|PR|CR)\d{1,2}[A-C]? \d(?:MM|CM|ML))"
            r"[A-Z]{1,2}\d[A-Z\d]?\s\d[ABD-HJLNP-UW-Z]{2})(?![\w-])"
        ),
    )
    yield (
        "address",
        compiled(
            rf"(?:(?i:address|home address|lives (?:alone )?(?:at|in)|lives(?=\s(?-i:Flat|The|Apt|\d+[a-z]?\s[A-Z]))|living at"
            rf"|residing at|residence|resident (?:of|at)|domiciliat[ao] (?:in|a)"
            rf"|wohnhaft(?: in)?|residente (?:en|in|a)|demeurant(?: au)?|zamieszkał[ay])\s*[:=]?\s+)"
            rf"(?P<it>\d{{1,5}}(?:\b(?:[NSEW]|Ave|St|Rd|Blvd|Dr|Ln|Apt|Pl|No)\."
            rf"|[^\n;.]){{5,70}}|(?:The\s)?{segment}(?:,\s*{segment}){{0,4}})"
        ),
    )
    yield (
        "address",
        compiled(
            r"(?<!\w)(?i:domicile|domicilio|domicílio|residenza|anschrift|adresse|indirizzo|dirección|direccion|endereço|morada|wohnort|address)\s*[:=]\s*"
            r"(?P<it>(?=[^\n;|]{0,50}[A-ZÀ-Þ\d])(?:[^\n;|.]|(?<=\w)\.(?=\s?[\dA-ZÀ-Þa-z]{1,3}(?!\w))|(?<=[A-Z]za)\.|(?<=[A-Z]v)\.|(?<=str)\.|(?<=esc)\.|(?<=izda)\.|(?<=St)\.|(?<=Col)\.){4,90}?)(?=\s*[;|\n]|\.\s|\.?$|\s(?i:tel|tél|phone|dob)\b)",
        ),
    )
    estate = (
        r"(?i:zona\sindustriale?|zone\s(?:industrielle|artisanale|commerciale)|polígono(?:\sindustrial)?|urbanización|condomínio|residenza|résidence|lotissement"
        r"|loteamento|gewerbepark|industriegebiet|siedlung|complesso|edif[íi]cio|quartiere|barrio|bairro|contrada|frazione|località|lieu-dit|sítio|fazenda|cascina|masía|finca|cortijo|quinta|ferme|domaine|masseria|podere)"
    )
    inside = r"(?i:scala|bloco|bloque|portal|bât\.?|bâtiment|interno|lote|nave|escalera|appt\.?|étage|piso|andar|block|haus)"
    yield (
        "address",
        compiled(
            rf"(?<!\w)(?P<it>{estate}\s(?:{PARTICLE}|des\s|dos\s|das\s){{0,2}}{CAPITAL}(?:\s{CAPITAL}){{0,2}}(?:,?\s(?:n\.?[.º°]?\s?)?\d{{1,4}}[a-z]?(?!\w))?"
            rf"(?:,\s{inside}\s\w{{1,4}})?(?:,\s(?:{code}\s)?{CAPITAL}(?:[\s-]{CAPITAL})?)?)(?!\w)"
        ),
    )


def _ages(lists: Words) -> Shapes:
    old = r"(?:9\d|1[0-2]\d)"
    word = r"(?:ninety(?:[\s-](?:one|two|three|four|five|six|seven|eight|nine))?|one[\s-]hundred(?:[\s-]and[\s-]\w+)?)"
    yield "age", compiled(rf"(?<![\w-])(?P<it>{word}[\s-]years?(?:[\s-]old|[\s-]of[\s-]age)?)(?!\w)", re.IGNORECASE)
    yield "age", compiled(rf"[(,;]\s?(?P<it>{word})(?=\s?[),;.])", re.IGNORECASE)
    yield (
        "age",
        compiled(rf"(?<!\w)(?:who\sis|aged?|turned|turning|nearly)\s(?P<it>{word}|{old})(?![\w%]|[.,]\d|\s?(?:%|mm|cm|HU))", re.IGNORECASE),
    )
    kin = either(lists.relations)
    spelled = (
        r"(?:(?:ein|zwei|drei|vier|fünf|sechs|sieben|acht|neun)und)?neunzig(?:jährige?[nmrs]?)?|quatre-vingt[\s-](?:dix(?:[\s-](?:sept|huit|neuf))?|onze|douze|treize"
        r"|quatorze|quinze|seize)|nonante(?:[\s-](?:et[\s-]un|deux|trois|quatre|cinq|six|sept|huit|neuf))?|noventa(?:\s[ye]\s\w{2,7})?|novant(?:uno|otto|a(?:due|tré|tre|quattro|cinque|sei|sette|nove)?)"
    )
    units = (
        r"\s(?:%|mm|cm|ml|HE|HU|UH|Prozent|pour\scent|por\scien?to|per\scento|Grad|Minuten|minut[eio]s?|Tage[n]?|jours|días|giorni|dias)"
    )
    yield "age", compiled(rf"(?<![\w-])(?P<it>(?:{spelled})(?:\s(?:años|anos|anni|ans|Jahre))?)(?![\w-]|{units})", re.IGNORECASE)
    yield (
        "age",
        compiled(
            rf"(?i:cumplir|cumplido|compiuto|compiere|fazer|feito|d['’]avoir|avoir|geworden|wurde|wird)\s(?P<it>{old})(?![\w%]|[.,]\d|\s?(?:%|mm|cm|HU|HE|UH))"
        ),
    )
    yield (
        "age",
        compiled(
            rf"(?<!\w)(?:(?i:he|she|they|{kin})(?:,?\s{CAPITAL}(?:\s{CAPITAL})?,?)?(?:\swho)?)\s(?i:is|was|turned|turns|aged|ist|wird|war|tiene|cumple|cumplió|ha|compie|tem|completa|fez|a|aura)\s"
            rf"(?:now\s|almost\s|nearly\s|schon\s|bald\s|ya\s|già\s|já\s|bientôt\s)?(?P<it>{old})(?=\s(?:and|with|who|now|und|mit|et|y|e|com|con|avec)\b|[,.;?!]\s|[,.;?!]?$)",
            re.MULTILINE,
        ),
    )
    hundred = (
        r"hundert(?:eins|zwei|drei|vier|fünf)(?:jährige?[nmrs]?)?|cent\s(?:un|deux|trois|quatre|cinq)\sans|cien(?:to\s(?:uno?|dos|tres|cuatro|cinco))?\saños"
        r"|cent(?:o|ouno|odue|otre|oquattro|ocinque)\sanni|cent['’]anni|cem\sanos|cento\se\s(?:um|dois|três|quatro|cinco)\sanos"
    )
    yield "age", compiled(rf"(?<![\w-])(?P<it>{hundred})(?![\w-]|{units})", re.IGNORECASE)
    yield (
        "age",
        compiled(
            rf"(?<!\w)(?:(?:he|she|who|{kin}|(?-i:M(?:rs?|s|iss)\.?\s{CAPITAL}))\s(?:is|was)|turned|turns|aged|turning)"
            r"\s(?P<it>(?:a|one)\shundred(?:\sand\s(?:one|two|three|four|five))?)(?=\s?[.,;:!?)]|\s?$|\syears)",
            re.IGNORECASE,
        ),
    )
    soon = (
        r"(?:next|nächste|la|à|na|próxima|prochaine|prossima|semana|semaine|settimana|week|woche|bald|jetzt|heute|now|just|gerade|almost|nearly"
        r"|schon|hoje|hoy|oggi|ya|già|já|bientôt)"
    )
    yield (
        "age",
        compiled(
            rf"(?<!\w)(?:turns|turned|turning|wird|wurde|faz|fez|cumple|cumplió|compie|aura|completa)\s(?:{soon}\s){{0,3}}(?P<it>{old})"
            rf"(?=\s?(?:[.,;:!?)](?!\d)|$)"
            rf"|\s(?:next|na|la|no|en|em|in|im|a|à|this|am|today|tomorrow|hoje|hoy|oggi|amanhã|mañana|demain|domani|morgen|{soon})\s)",
            re.IGNORECASE,
        ),
    )
    yield "age", compiled(rf"\b(?i:{kin})\s{CAPITAL}\s\((?P<it>{old})\)")
    yield "age", compiled(rf"\([^\W\d_]{{1,20}},\s(?P<it>{old})\)")
    yield "age", compiled(rf"(?<!\w){CAPITAL}(?:\s{CAPITAL}){{1,3}},\s(?P<it>{old}),\s")
    yield (
        "age",
        compiled(
            rf"(?<![\w.,-])(?P<it>{old}[\s-]?(?:years?|yrs?|y)(?:[\s/.-]?(?:old|of age|o|o\.)|(?!\s+of\b|\s?/))|{old}\s?(?:y/o|yo|y\.o\.)"
            rf"|{old}\s?(?:-year-old|(?-i:[MF])|year[- ]old))(?!\w)",
            re.IGNORECASE,
        ),
    )
    units = (
        r"(?:años|anos|anni|ans|Jahre[ns]?|J\.|j\.|jährige[nmrs]?|jährig|aa\b|a\.?(?=[\s.;)]{0,3}$)|a\.(?=\s*[,;)])|(?<=\d)a(?=[\s),;]))"
    )
    yield "age", compiled(rf"(?<![\w.,-])(?P<it>{old}\s?-?\s?{units})(?!\w)", re.IGNORECASE)
    labels = r"(?:Alter|âgée?\s+de|âge|edad|età|idade|aged?)"
    yield "age", compiled(rf"(?<!\w)(?P<it>{labels}\s*[:=]?\s*(?:de\s+|di\s+)?{old})(?![\w%]|[.,]\d|\s?(?:%|mm|cm))", re.IGNORECASE)
    yield "age", compiled(rf"(?:\bage[ds]?\b\s*[:=]?\s*(?:of\s+)?)(?P<it>{old})(?![\w%]|\.\d|\s?(?:%|mm|cm))", re.IGNORECASE)
