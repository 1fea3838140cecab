"""The learned half of the mask: what stands where an identifier stands is found in six languages; terms with capitals are not."""

import threading

import pytest

from corpora.privacy.identifiers import find, mask
from corpora.privacy.tagger import _may_be, tagged


@pytest.mark.parametrize(
    "text",
    [
        "Patientin Gosine Haldrovic, Fallnummer 7740213: 7 mm Rundherd.", "Paciente Mireya Tavascadze, NHC 884120: nódulo de 7 mm.",
        "Adressé par Dr Onelle Guivrac, CHU de Sablonval.", "Paziente Zoraide Fermuccini, cartella n. 55120: nodulo di 7 mm.",
        "Encaminhada por Dra. Ivone Queirazo, Hospital de Vilarmonte.", "Discussed with Dr Calvane Rothermere, who will see Petra Lindvorsen.",
    ],
)  # fmt: skip
def test_names_that_no_list_has_are_masked_in_six_languages(text):
    sent = mask(text).text
    for name in (
        "Haldrovic",
        "Tavascadze",
        "Guivrac",
        "Sablonval",
        "Fermuccini",
        "Queirazo",
        "Vilarmonte",
        "Rothermere",
        "Lindvorsen",
        "884120",
    ):
        assert name not in sent


@pytest.mark.parametrize(
    "text",
    [
        "Morbus Scheuermann und Bechterew: welche Zeichen im MRT?", "Maladie de Takayasu et Behçet : quel examen ?", "Gadovist o Dotarem: ¿qué dosis?",
        "Frattura di Colles, Monteggia, Galeazzi e Maisonneuve", "Doença de Kikuchi e Castleman", "Ga-68 DOTATATE after Lanreotide: 12/15 lesions",
    ],
)  # fmt: skip
def test_terms_named_after_persons_drugs_and_makers_stay(text):
    assert find(text) == ()


def test_several_threads_may_ask_at_once():
    text = "Paciente Mireya Tavascadze, NHC 884120: nódulo de 7 mm."
    found = []
    threads = [threading.Thread(target=lambda: found.append(list(tagged(text)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [found[0]] * 4
    assert found[0]


def test_an_empty_text_has_nothing():
    assert list(tagged("")) == []


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Il papà di Zoilo porta la RM", "Zoilo"), ("Patient heißt Balthasar Hinterwälder", "Hinterwälder"), ("Park Ji-won, 39F, old fracture", "Park Ji-won"),
        ("dictado Valcorbera; mecanografía mk", "mk"), ("gestern rief frau ehrentrautner an", "ehrentrautner"), ("RM/23/00871, rodilla", "23/00871"),
        ("sie wohnt in der birkenallee 22", "birkenallee 22"), ("habite 22 allée des bouleaux", "22 allée des bouleaux"), ("09 ENE 1980, O-RADS 4", "09 ENE 1980"),
        ("Implante coclear n.º 1390221-ES", "1390221-ES"), ("tel. 339 8765432", "339 8765432"), ("study 1.2.840.113619.2.55.3.604688119.971", "604688119"),
        ("natural de San Vicente de la Sonsierra", "Sonsierra"), ("she had a ct at eastmoor hospital", "eastmoor"), ("mi vecino don eleuterio carrascosa", "eleuterio carrascosa"),
    ],
)  # fmt: skip
def test_what_people_write_in_notes_of_six_languages_is_masked(text, gone):
    assert gone not in mask(text).text


@pytest.mark.parametrize(
    "text",
    [
        "T1 555/12, T2 4000/99, b 50/800/1400", "DIN EN ISO 13485 and IEC 60601-2-33", "Stadieneinteilung nach Kellgren und Lawrence Grad 3", "Hidatidosis Gharbi III, OMS CE2",
        "Su madre tuvo cáncer de mama, su hermana síndrome de Lynch", "Firmato e validato ieri", "Gadovist, Dotarem et Primovist : quelle dose ?", "97 UH, SUVmax 104",
    ],
)  # fmt: skip
def test_figures_standards_and_relatives_stay(text):
    assert find(text) == ()


def test_a_stretch_that_starts_with_a_sign_is_judged_by_its_words():
    assert not _may_be("('lang", "name")
    assert _may_be("('Haldrovic", "name")
