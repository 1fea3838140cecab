"""The learned half of the mask: what stands where an identifier stands is found in six languages; terms with capitals are not."""

import threading

import pytest

from corpora.identifiers import find, mask
from corpora.tagger import tagged


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
