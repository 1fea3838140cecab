import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.bounded import Collapsed, bounded, collapsed, pieces


def test_runs_of_white_space_in_a_pattern_end():
    assert bounded(r"a\s*b\s+c[\s,]+") == r"a\s{0,3}b\s{1,3}c[\s,]+"


def test_a_collapsed_text_knows_its_places():
    text = "Mr   Jones \n\n  born\t\t1950"
    shown = Collapsed.of(text)
    assert shown.text == "Mr Jones\nborn 1950"
    for word in ("Mr", "Jones", "born", "1950"):
        start = shown.text.index(word)
        assert text[shown.place(start) : shown.end(start + len(word))] == word


@given(st.text(alphabet="ab \n\t\x00\u200b", max_size=60))
def test_every_stretch_of_words_is_found_again(text):
    shown = Collapsed.of(text)
    for place, sign in enumerate(shown.text):
        if sign in "ab":
            assert text[shown.place(place)] == sign
            assert text[shown.end(place + 1) - 1] == sign


def test_blanks_and_line_breaks_are_counted_apart():
    assert collapsed("a    b\n\n\n\nc", blanks=2, lines=3) == "a  b\n\n\nc"


@pytest.mark.parametrize("text", ["", "word " * 3000, "x" * 9001, "One line.\n" * 1500])
def test_pieces_are_the_whole_text(text):
    made = pieces(text)
    assert "".join(piece for _, piece in made) == text
    assert all(text[start : start + len(piece)] == piece for start, piece in made)
    assert max(len(piece) for _, piece in made) <= 4000
