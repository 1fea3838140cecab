"""Clinical shorthand is spelled out, and what only looks like it is left alone."""

import pytest
from pydantic import ValidationError

from agent.reading.shorthand import Shorthand, shorthand, spelled, spelled_out
from agent.types import Question


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("62F first PMB", "62-year-old woman first postmenopausal bleeding"),
        ("52 yo M with CAC 0", "52-year-old man with CAC 0"),
        ("on metformin, gfr 42", "on metformin, eGFR 42"),
        ("panc ca hugging the SMA", "pancreatic cancer hugging the SMA"),
        ("a 3/12 old baby", "a 3 months old baby"),
        ("# NOF?", "fracture  femoral neck?"),
        ("SH IV", "Salter-Harris IV"),
        ("lung rads 4a", "lung-RADS 4a"),
        ("subsolid 9 mm, solid bit 4 mm", "part-solid 9 mm, solid component 4 mm"),
        ("had Omnipaque", "had iohexol iodinated contrast"),
        ("triple A of 4 cm", "abdominal aortic aneurysm (AAA) of 4 cm"),
        ("womb lining, neck of the womb, womb", "endometrium, cervix, uterus"),
        ("chocolate cyst", "endometrioma"),
        ("fetal pole, no cardiac flicker", "embryo, no embryonic heartbeat"),
        ("pulled-open airways", "traction bronchiectasis"),
        ("on Eliquis", "on apixaban, a direct oral anticoagulant"),
        ("baby aspirin", "low-dose aspirin"),
        ("?clot on the lung", "suspected pulmonary embolism (PE)"),
        ("apyrexial, bloods normal", "afebrile, no fever, normal blood tests"),
        ("nowhere near the SMA", "not near the SMA"),
        ("CXR clean", "chest radiograph clean, normal"),
        ("straight to theatre", "to surgery"),
        ("a total of 5 pts", "a total of 5 points"),
        ("5pts on TI-RADS", "5 points on TI-RADS"),
        ("in 5 pts with a stone", "in 5 patients with a stone"),
        ("seven mm and twelve weeks", "7 mm and 12 weeks"),
        ("two and a half cm", "2.5 cm"),
        ("half a centimetre", "0.5 cm"),
        ("HU of 5", "5 HU"),
        ("scan at 30+2/40", "scan at 30 weeks of pregnancy"),
        ("18G needle", "18-gauge needle"),
        ("a type II leak", "a type II endoleak"),
        ("TR4 nodule of 1.5 cm, stick a needle in it?", "TR4 nodule of 1.5 cm, fine-needle aspiration (FNA)?"),
        ("Mirels 9, do we nail it?", "Mirels 9, do we do prophylactic fixation?"),
        ("burst appendix, burst aneurysm", "perforated appendix, ruptured aneurysm"),
        ("blocked iliac, blocked kidney", "occluded iliac, obstructed kidney"),
        ("banged her head", "head injury"),
        ("Lung-RADS 4A, next?", "Lung-RADS 4A, next step?"),
        ("touching less than half way round", "touching < 180 degrees"),
        ("specks in the testis", "testicular microlithiasis"),
        ("hives last time with dye", "previous allergic-like reaction to contrast medium"),
    ],
)
def test_shorthand_is_spelled_out(short, long):
    assert spelled(short) == long


@pytest.mark.parametrize(
    "text",
    [
        "T2 N1 M0",
        "a 14 F catheter",
        "stage IV 3M",
        "Ca 125",
        "a patient of 12 kg",
        "nursing home resident",
        "PI-RADS 3",
        "C-RADS C2a",
        "facts about cats",
        "periodic fever",
        "tapering steroids",
        "a scan of the brain",
        "a nail bed injury",
        "burst fracture of L1",
        "the target sign and the doughnut sign",
        "one of the two nodules",
        "a broken ring on T2",
        "stick to the protocol",
        "clear zone",
        "projectile",
        "toe-brachial index, toe pressure",
        "ACS advice on breast MRI",
        "CT KUB",
        "a girl of 4 years",
        "lysis of the bone",
        "attenuation -5 HU 3 mm below",
        "clean intermittent catheterisation",
        "endograft",
        "next to the lung",
        "is it cancer?",
        "specks of calcium in the breast",
    ],
)
def test_what_only_looks_like_shorthand_stays(text):
    assert spelled(text) == text


def test_a_question_without_shorthand_is_the_same_object():
    question = Question.of("Which Bosniak class?", {"A": "II", "B": "III"})
    assert spelled_out(question) is question


def test_text_report_and_options_are_spelled_out():
    read = spelled_out(Question.of("pt with mets?", {"A": "SH I", "B": "SH II"}, "USS liver"))
    assert read.text == "patient with metastases?"
    assert [option.text for option in read.options] == ["Salter-Harris I", "Salter-Harris II"]
    assert read.report == "ultrasound liver"


def test_options_that_would_become_alike_keep_their_words():
    question = Question.of("pt?", {"A": "USS", "B": "ultrasound"})
    assert [option.text for option in spelled_out(question).options] == ["USS", "ultrasound"]


def test_a_pattern_that_is_none_is_refused():
    with pytest.raises(ValidationError, match="no regular expression"):
        Shorthand(words={"pt": "patient"}, patterns={"(": "x"})


def test_no_entry_leads_nowhere():
    assert not [word for word, meant in shorthand().words.items() if word == meant or word != word.lower() or not meant.strip()]


def test_what_an_entry_means_is_not_spelled_out_again_into_something_else():
    drift = {word: spelled(meant) for word, meant in shorthand().words.items() if len(spelled(spelled(meant))) > 2 * len(meant) + 40}
    assert not drift
