import pytest

from agent.language.cognates import Cognates, bare

ENGLISH = (
    "meningitis appendicitis chronic haemangioma haematoma torsion stenosis pulmonary hepatic density pneumothorax calcification sclerosis "
    "contraindicated osteosarcoma femur cirrhosis diffusion velocity radiography entry"
)
COGNATES = Cognates.of([ENGLISH] * 3)


@pytest.mark.parametrize(
    ("word", "english"),
    [
        ("meningite", "meningitis"), ("Méningite", "meningitis"), ("apendicitis", "appendicitis"), ("cronico", "chronic"), ("chronisch", "chronic"),
        ("emangioma", "haemangioma"), ("hématome", "haematoma"), ("torsione", "torsion"), ("estenosis", "stenosis"), ("Stenose", "stenosis"),
        ("pulmonaire", "pulmonary"), ("hépatique", "hepatic"), ("densidad", "density"), ("densité", "density"), ("neumotórax", "pneumothorax"),
        ("calcificações", "calcification"), ("calcificacoes", "calcification"), ("sclerosi", "sclerosis"), ("contraindicado", "contraindicated"),
        ("Osteosarkom", "osteosarcoma"), ("fémur", "femur"), ("Zirrhose", "cirrhosis"), ("difusão", "diffusion"), ("velocità", "velocity"),
        ("radiografía", "radiography"),
    ],
)  # fmt: skip
def test_a_word_is_told_by_what_is_left_without_spelling_and_ending(word, english):
    assert bare(word) == bare(english)
    assert COGNATES(word) == english


@pytest.mark.parametrize("text", ["Niere", "milza", "épanchement", "chronic stenosis of the femur, 7 mm", "TI-RADS 4", ""])
def test_what_has_another_root_and_what_is_english_stays(text):
    assert COGNATES(text) == text


def test_a_word_that_english_hardly_has_is_no_cognate():
    assert Cognates.of([ENGLISH])("meningite") == "meningite"


def test_the_commoner_of_two_is_taken():
    assert Cognates({"fracture": 9, "fractured": 3})("frattura") == "fracture"
