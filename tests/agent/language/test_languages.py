import pytest

from agent.app import RadiologyAgent
from agent.language.languages import in_english, language, languages
from agent.language.translation import figures
from agent.settings import load

ASKED = [
    ("Verlaufskontrolle für einen 7 mm großen soliden Rundherd bei einem starken Raucher?", "de", "CT at 6-12 months"),
    ("Quelle classe de Bosniak pour un kyste avec une paroi rehaussée de 4 mm ?", "fr", "Bosniak III"),
    ("¿Qué seguimiento necesita un nódulo sólido de 7 mm en un gran fumador?", "es", "CT at 6-12 months"),
    ("Quale follow-up per un nodulo solido di 7 mm in un forte fumatore?", "it", "CT at 6-12 months"),
    ("Qual o seguimento de um nódulo sólido de 7 mm em um grande fumante?", "pt", "CT at 6-12 months"),
]


@pytest.mark.parametrize(("text", "code", "said"), ASKED)
def test_a_question_in_another_language_finds_its_passage_and_says_that_sources_are_english(radqa_agent, text, code, said):
    assert language(text) == code
    answer = radqa_agent.ask(text)
    assert answer.kind == "answered"
    assert said in answer.claims[0].text
    assert answer.question.text == text
    assert f"Asked in {languages()[code].name}" in answer.limitations[0]


@pytest.mark.parametrize(
    "text", ["Follow-up for a 7 mm solid nodule?", "Is gadolinium safe in pregnancy?", "Bosniak IIF", "TI-RADS 4, 12 mm"]
)
def test_english_and_bare_terms_are_english(text):
    assert language(text) == "en"


def test_decimal_commas_become_points():
    assert "1.2 cm" in in_english("Knoten der Schilddrüse von 1,2 cm", "de")


def test_figures_are_compared_as_numbers():
    assert figures("1,2 cm und 7 mm") == figures("7 mm and 1.2 cm")
    assert figures("7 mm") != figures("7 mm, 2 cm")


@pytest.mark.parametrize("wanted", ["en", "de"])
def test_without_a_model_a_wanted_language_is_named_and_the_answer_quotes(small_index_folder, wanted):
    agent = RadiologyAgent(load(index=small_index_folder, embedding="hash", reader="words", threshold=0.3, answer_language=wanted))
    answer = agent.ask("What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?")
    assert "CT at 6-12 months" in str(answer)
    assert any("Wanted in German" in line for line in answer.limitations) is (wanted == "de")


@pytest.mark.parametrize("text", ["CEUS, 15 mm nodule, no APHE, no washout, category?", "no fever, no pain, no rebound: CT?"])
def test_english_in_telegram_style_is_english(text):
    assert language(text) == "en"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Cause di milza ingrandita", "it"), ("A radiografia normal exclui embolia pulmonar?", "pt"), ("Sinais de ruptura do menisco", "pt"),
        ("¿Nódulo tiroideo sólido de 1,8 cm?", "es"), ("Aspect IRM du schwannome", "fr"), ("Schilddrüsenknoten 12 mm", "de"),
    ],
)  # fmt: skip
def test_a_short_question_is_told_by_its_radiology_words_and_letters(text, code):
    assert language(text) == code


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("Aneurisma dell'aorta addominale di 4,8 cm", "it", "abdominal aortic aneurysm 4.8 cm"),
        ("Aspect de l'échographie", "fr", "appearance ultrasound"),
        ("¿Biopsia de la mama?", "es", "biopsy breast?"),
        ("Knoten, der nicht anreichert", "de", "nodule, not anreichert"),
        ("nódulo que não realça", "pt", "nodule not realca"),
        ("L'échographie suffit-elle ? ASPECTS", "fr", "ultrasound suffit ? ASPECTS"),
    ],
)
def test_joined_articles_and_opening_marks_go_and_denials_stay(text, code, said):
    assert in_english(text, code) == said


def test_a_denial_survives_the_glossary():
    assert "no" in in_english("¿Qué categoría tiene un nódulo que no realza?", "es").lower().split()
