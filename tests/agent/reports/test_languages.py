import pytest

from agent.reports.glossary import glossary
from agent.reports.reading import read

GERMAN = """CT Thorax und Abdomen mit Kontrastmittel
Klinische Angaben: 62-jährige Patientin, Raucherin, Gewichtsverlust.
Voruntersuchung: keine.
Befund: Im rechten Oberlappen ein solider Rundherd von 7 mm. Kein Pleuraerguss. Leber mit einer hypodensen Läsion in Segment VII, 12 mm, am ehesten Zyste. In der linken Nebenniere ein Knoten von 2,4 cm mit 8 HU. Einfache Nierenzyste links, 3 cm. Die Milz ist unauffällig. Infrarenales Aneurysma der Aorta mit 4,2 cm.
Beurteilung: Rundherd im rechten Oberlappen, 7 mm. Nebennierenknoten links.
"""
FRENCH = """Scanner thoraco-abdominal
Indication : homme de 58 ans, douleurs abdominales.
Résultats : Nodule solide de 9 mm du lobe inférieur gauche. Pas d'épanchement pleural. Kyste simple du rein droit de 25 mm. Lithiase vésiculaire. Foie normal. Masse surrénalienne gauche de 18 mm.
Conclusion : Nodule pulmonaire du lobe inférieur gauche de 9 mm.
"""
SPANISH = """TC de tórax
Indicación: paciente de 66 años, tos.
Hallazgos: Nódulo sólido de 5 mm en el lóbulo superior derecho. Sin derrame pleural. Derrame pericárdico leve. Quiste simple en el riñón izquierdo de 2 cm.
Conclusión: Nódulo pulmonar de 5 mm.
"""
ITALIAN = """TC torace e addome
Indicazione: uomo di 70 anni, tosse.
Reperti: Nodulo solido di 8 mm nel lobo superiore destro. Assenza di versamento pleurico. Cisti semplice del rene sinistro di 3 cm. Il fegato è nella norma.
Conclusioni: Nodulo polmonare di 8 mm.
"""
PORTUGUESE = """TC de tórax
Indicação: paciente de 60 anos, não fumante.
Achados: Nódulo sólido de 7 mm no lobo superior direito. Sem derrame pleural. Cisto simples no rim esquerdo de 2 cm.
Conclusão: Nódulo pulmonar de 7 mm.
"""


@pytest.mark.parametrize(
    ("text", "code", "wanted"),
    [
        (GERMAN, "de", [("lung", "right", 7), ("liver", "", 12), ("adrenal", "left", 24), ("kidney", "left", 30), ("aorta", "", 42)]),
        (FRENCH, "fr", [("lung", "left", 9), ("kidney", "right", 25), ("gallbladder", "", None), ("adrenal", "left", 18)]),
        (SPANISH, "es", [("lung", "right", 5), ("heart", "", None), ("kidney", "left", 20)]),
        (ITALIAN, "it", [("lung", "right", 8), ("kidney", "left", 30)]),
        (PORTUGUESE, "pt", [("lung", "right", 7), ("kidney", "left", 20)]),
    ],
)
def test_a_report_in_another_language_is_read_through_the_glossary(text, code, wanted):
    report = read(text)
    assert report.language == code
    assert [(one.organ, one.side, one.size.largest if one.size else None) for one in report.findings] == wanted
    assert all(report.text[one.start : one.end] == one.text for one in report.left)
    assert "through a glossary" in report.flags[0].says


def test_its_sentences_are_shown_as_they_stand():
    (first, *_) = read(GERMAN, masked=False).findings
    assert first.sentences[0].text == "Im rechten Oberlappen ein solider Rundherd von 7 mm."


def test_what_is_denied_there_is_denied():
    assert "Kein Pleuraerguss." in [one.text for one in read(GERMAN, masked=False).left if one.role == "normal"]


def test_the_glossary_has_the_five_languages():
    assert set(glossary().languages) == {"de", "fr", "es", "it", "pt"}


def test_a_word_that_is_masked_takes_no_finding_away():
    report = read(
        "Patient: Jane Miller\nCT CHEST\nFINDINGS: 7 mm nodule in the right upper lobe. Compared with Dr. Jane Miller's report.\nIMPRESSION: Nodule."
    )
    assert "Miller" not in report.model_dump_json()
    assert report.findings[0].size.largest == 7
    assert all(report.text[one.start : one.end] == one.text for one in [*report.left, *report.findings[0].sentences])


@pytest.mark.parametrize(
    ("text", "organ", "kind", "side"),
    [
        ("Sonographie\nBefund: Milzlazeration und Leberzyste. Rippenfraktur links.", "spleen", "laceration", ""),
        ("IRM du genou\nRésultats : Déchirure du ménisque interne.", "joint", "tear", ""),
        ("RM de rodilla\nHallazgos: Rotura del menisco interno izquierdo.", "joint", "tear", "left"),
        ("TC torace\nReperti: Linfonodi mediastinici ingranditi a destra.", "node", "node", "right"),
        ("TC de cranio\nAchados: Hematoma subdural a esquerda com desvio da linha media.", "brain", "haematoma", "left"),
    ],
)
def test_words_of_every_part_of_the_body_are_known_in_every_language(text, organ, kind, side):
    first = read(text, masked=False).findings[0]
    assert (first.organ, first.kind, first.side) == (organ, kind, side)


def test_a_report_in_headwords_is_known_by_its_words():
    assert read("Befund: Rundherd rechts, 7 mm.").language == "de"
    assert read("FINDINGS: Nodule, 7 mm, segment VII. Emphysema.").language == "en"
