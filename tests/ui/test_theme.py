"""Colours: what is written can be read."""

import re
import tomllib
from pathlib import Path

import pytest

UI = Path(__file__).parents[2] / "ui"
THEME = tomllib.loads((UI / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
ACCENTS = re.findall(
    r"--rq-(quiet|accent|good|warn|bad): light-dark\((#\w{6}), (#\w{6})\)", (UI / "assets" / "style.css").read_text(encoding="utf-8")
)


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_that_of_the_guideline():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_white_reads_on_the_primary_colour_and_the_primary_colour_stands_out(scheme):
    theme = THEME[scheme]
    assert contrast(theme["primaryColor"], "#ffffff") >= 4.5
    for ground in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(theme["primaryColor"], theme[ground]) >= 3
        assert contrast(theme["linkColor"], theme[ground]) >= 4.5
        assert contrast(theme["textColor"], theme[ground]) >= 7


@pytest.mark.parametrize(("name", "light", "dark"), ACCENTS)
def test_colours_of_the_style_read_in_both_schemes(name, light, dark):
    assert contrast(light, THEME["light"]["secondaryBackgroundColor"]) >= 4.5
    assert contrast(dark, THEME["dark"]["secondaryBackgroundColor"]) >= 4.5


def test_what_covers_the_page_has_its_colour():
    ground = re.search(r"--rq-ground: light-dark\((#\w{6}), (#\w{6})\)", (UI / "assets" / "style.css").read_text(encoding="utf-8"))
    assert ground.groups() == (THEME["light"]["backgroundColor"], THEME["dark"]["backgroundColor"])


def test_every_colour_of_the_style_is_checked():
    assert [name for name, _, _ in ACCENTS] == ["quiet", "accent", "good", "warn", "bad"]
