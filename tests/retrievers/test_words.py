import pytest

from retrievers.words import stem, terms, tokens, words


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("BI-RADS 4A", "birads"),
        ("BIRADS 4A", "birads"),
        ("ti rads", "tirads"),
        ("T2 bright", "t2"),
        ("5-ASA colitis", "5asa"),
        ("a 4 mm cyst", "4mm"),
        ("4-mm cyst", "4mm"),
        ("L4-L5 disc", "l4l5"),
    ],
)
def test_codes_and_measures_stay_whole(text, kept):
    assert kept in words(text)


def test_hyphenated_words_are_found_with_and_without_the_hyphen():
    assert words("ground-glass") == words("ground glass")
    assert "ground_glass" in terms("ground-glass nodule")


def test_both_spellings_are_one_word():
    assert stem("haemorrhage") == stem("hemorrhage")
    assert stem("oedema") == stem("edema")
    assert stem("tumour") == stem("tumor")


def test_the_frame_of_a_request_can_be_dropped():
    assert words("What is the most likely diagnosis in this patient?", boilerplate=True) == ["diagnosi"]


def test_comparators_are_tokens_of_their_own():
    assert tokens("≥ 5 mm") == [">=", "5mm"]


def test_accented_words_are_one_word_with_and_without_their_accents():
    assert tokens("große Zyste, Sjögren, Ménière") == ["grosse", "zyste", "sjogren", "meniere"]
    assert words("Sjögren syndrome") == words("Sjogren syndrome")
