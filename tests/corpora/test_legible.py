import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table

from corpora.legible import legible
from corpora.terminal import Terminal


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2J\x1b[31mred\x1b[0m", "ared"),
        ("\x1b]0;title\x07b", "b"),
        ("\x1b]52;c;aGk=\x1b\\c", "c"),
        ("\x1b]8;;http://x.test\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x9b2Jd", "d"),
        ("bell\x07 back\x08space", "bell backspace"),
        ("one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
        ("right\u202eto left", "rightto left"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("große Zyste ≥ 4 mm – 怀孕", "große Zyste ≥ 4 mm – 怀孕"),
    ],
)
def test_what_a_terminal_would_obey_is_left_out(text, shown):
    assert legible(text) == shown


@given(st.text(alphabet=st.characters(codec=None), max_size=200))
def test_nothing_that_controls_a_terminal_is_left(text):
    assert not any(sign != "\n" and sign != "\t" and (sign < " " or "\x7f" <= sign <= "\x9f") for sign in legible(text))


def test_the_console_prints_texts_and_cells_legible():
    out = io.StringIO()
    console = Terminal(file=out, force_terminal=True, color_system=None, width=60)
    table = Table("a\x1b[2J")
    table.add_row("cell\x1b]0;x\x07")
    console.print("said\x1b[31m", table)
    assert "\x1b" not in out.getvalue()
    assert "cell" in out.getvalue()
