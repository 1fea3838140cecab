"""What short forms stand for, read from the cards."""

import pytest

from corpora import abbreviations
from corpora.abbreviations import long_form, main, read_from, written_out


@pytest.mark.parametrize(
    ("short", "before", "long"),
    [
        ("UIP", "CT of usual interstitial pneumonia", "usual interstitial pneumonia"),
        ("TGA", "after transposition of the great arteries", "transposition of the great arteries"),
        ("HHT", "In hereditary haemorrhagic telangiectasia", "hereditary haemorrhagic telangiectasia"),
        ("XGC", "such as xanthogranulomatous cholecystitis", "xanthogranulomatous cholecystitis"),
        ("CT", "a gas", ""),
        ("IIH", "raised pressure", ""),
    ],
)
def test_a_long_form_is_found_before_its_short_one(short, before, long):
    assert long_form(short, before) == long


def test_a_short_form_for_two_things_is_left_out():
    texts = ["a patent ductus arteriosus (PDA)", "the posterior descending artery (PDA)", "focal nodular hyperplasia (FNH)"]
    assert read_from(texts) == {"FNH": "focal nodular hyperplasia"}


def test_names_of_one_thing_explain_each_other():
    assert read_from([], [("Focal nodular hyperplasia", "FNH", "liver nodule")]) == {"FNH": "Focal nodular hyperplasia"}


def test_a_short_form_of_two_letters_and_one_that_all_write_are_left_out(monkeypatch):
    monkeypatch.setattr(abbreviations, "COMMON", 3)
    texts = ["pulmonary embolism (PE)", "magnetic resonance imaging (MRI)", "MRI of the liver", "MRI of the knee"]
    assert read_from(texts) == {}


def test_a_question_is_written_out_once_and_as_a_whole_word():
    assert written_out("UIP vs NSIP: is UIP worse?").startswith("usual interstitial pneumonia (UIP) vs ")
    assert written_out("UIP vs NSIP: is UIP worse?").endswith(": is UIP worse?")
    assert written_out("Usual interstitial pneumonia, UIP?") == "Usual interstitial pneumonia, UIP?"
    assert written_out("UIPX and a nodule") == "UIPX and a nodule"


def test_the_packaged_file_is_what_the_cards_say(capsys):
    assert main(["check"]) == 0
    assert "fits the cards" in capsys.readouterr().out


def test_a_file_that_the_cards_do_not_say_is_named(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(abbreviations, "FILE", tmp_path / "a.json")
    monkeypatch.setattr(abbreviations, "from_cards", lambda: {"UIP": "usual interstitial pneumonia"})
    abbreviations.FILE.write_text("{}")
    abbreviations.abbreviations.cache_clear()
    try:
        assert main(["check"]) == 1
        assert "rebuild" in capsys.readouterr().out
        assert main(["rebuild"]) == 0
        abbreviations.abbreviations.cache_clear()
        assert main(["check"]) == 0
    finally:
        abbreviations.abbreviations.cache_clear()


def test_each_long_form_has_more_letters_than_its_short_one():
    assert all(len(long) > len(short) + 2 for short, long in abbreviations.abbreviations().items())
    assert main(["else"]) == 2
