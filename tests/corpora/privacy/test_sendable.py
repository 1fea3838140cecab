"""What a model elsewhere may see of a person's text: medicine, measurements and plain speech; nothing else."""

import json
from pathlib import Path

import pytest

from corpora.privacy.sendable import sendable

EVALS = Path(__file__).parents[3] / "evals" / "datasets"


@pytest.mark.parametrize(
    "secret",
    [
        "OKONKWO-REYES, DELPHINE: 7 mm nodule", "cc Wrexhamly re the 9 mm cyst", "tobias lacey larkfieldson, nodule 7 mm", "ask for Zbigniewska",
        "k.brandvold@northmere.example about LR-4", "file 88213450071, nodule", "case QX77-88213, Bosniak IIF",
    ],
)  # fmt: skip
def test_what_is_no_known_word_does_not_leave(secret):
    sent = sendable(secret).text
    for part in ("okonkwo", "reyes", "delphine", "wrexham", "larkfield", "zbigniew", "brandvold", "northmere", "88213"):
        assert part not in sent.lower()


@pytest.mark.parametrize(
    "text",
    [
        "7 mm solid nodule in a heavy smoker: follow-up?", "Bosniak IIF cyst, 3.2 x 2.8 cm, left kidney", "LR-4, TR5, PI-RADS 3, BI-RADS 4A",
        "Is gadobutrol safe with an eGFR of 28 ml/min/1.73 m2?", "Welche Kontrolle braucht ein Rundherd von 7 mm?",
    ],
)  # fmt: skip
def test_medicine_measurements_and_plain_speech_leave_as_they_are(text):
    assert sendable(text, known={"rundherd"}).text == text


@pytest.mark.parametrize("code", ["4418-GR", "41887", "1938", "0x7F-20331"])
def test_codes_and_years_of_birth_do_not_leave(code):
    assert code not in sendable(f"case of {code} and a nodule of 7 mm").text


@pytest.mark.parametrize("text", ["12x8x15mm cyst at 120kV and 1.5T", "eGFR 45ml/min/1.73m2", "25000 IU", "b1000 and LI-RADS v2018"])
def test_measurements_with_their_units_leave(text):
    assert sendable(text).text == text


def test_questions_of_the_eval_set_keep_their_words():
    asked = [json.loads(line)["question"] for line in (EVALS / "radqa_core.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sum(sendable(text).text != text for text in asked) <= 0.1 * len(asked)


def test_what_hangs_on_an_identifier_by_a_slash_does_not_leave():
    sent = sendable("CROMER JÉRÉMIE/6.3.1929/95ans/E220918/TDMc").text
    assert not any(part in sent for part in ("CROMER", "1929", "95", "E220918"))


def test_identifiers_are_named_by_their_kind_at_their_places():
    text = "Mr Featherstone, MRN 00482913, 7 mm nodule"
    sent = sendable(text)
    assert sent.text == "[name], MRN [record number], 7 mm nodule"
    assert all(text[item.start : item.end] == item.text for item in sent.found)
