"""A report that was read, as HTML."""

import re

import pytest

from agent.reports.reading import read
from corpora.rules.scoring import score
from corpora.rules.system import named
from tests.ui.conftest import HOSTILE
from ui import reported

TEXT = """CT CHEST 3.2.2026
INDICATION: 62-year-old woman, smoker.
FINDINGS: 7 mm solid nodule in the right upper lobe. Splenic infarct. No effusion. The quick brown fox.
Thyroid nodule of 18 mm and a 3 cm simple cyst of the left kidney.
IMPRESSION: 7 mm nodule. Recommend thyroid ultrasound.
"""
PRIOR = "CT CHEST 3.2.2025\nFINDINGS: 4 mm solid nodule in the right upper lobe."


@pytest.fixture(scope="module")
def made():
    return read(TEXT, PRIOR, masked=False)


def test_every_finding_has_a_row_that_leads_to_its_sentence(made):
    shown = reported.findings(made)
    assert shown.count("<tr id=") == len(made.findings) == 4
    places = re.findall(r'id="(said-F\d+)"', reported.marked(made))
    assert sorted(places) == [f"said-{finding.id}" for finding in made.findings]


def test_the_text_is_shown_whole_with_the_sentences_of_findings_marked(made):
    shown = reported.marked(made)
    plain = re.sub(r"F\d(?=</a>)", "", shown)
    assert re.sub(r"<[^>]+>", "", plain).split() == TEXT.split()
    assert "<mark>7 mm solid nodule in the right upper lobe.</mark>" in shown
    assert '<span class="rq-unread" title="not understood">The quick brown fox.</span>' in shown
    both = shown[shown.index("Thyroid nodule of 18 mm") : shown.index("IMPRESSION")]
    assert len(re.findall("rq-finding", both)) == 2


def test_advice_stands_with_category_source_and_what_the_report_says_itself(made):
    shown = reported.findings(made)
    assert "CT at 6-12 months" in shown
    assert "rq-chip" in shown
    assert "The report: Recommend thyroid ultrasound." in shown
    assert reported.UNRULED in shown


def test_what_is_left_is_listed_by_what_it_was_taken_for(made):
    shown = reported.rest(made)
    assert "Not understood (1)" in shown
    assert "Normal (1)" in shown
    assert "Recommended by the report (1)" in shown


def test_change_is_told_in_mm_and_percent(made):
    assert "+3 mm (+75 %)" in reported.change(made)
    assert reported.change(read(TEXT)) == ""


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_in_a_report_is_only_text(hostile):
    made = read(f"FINDINGS: 7 mm nodule {hostile} in the right lung.\n{hostile}\nIMPRESSION: Nodule.", masked=False)
    shown = reported.summary(made) + reported.findings(made) + reported.marked(made) + reported.rest(made) + reported.looks(made)
    assert not re.search(r"<(?:script|img|svg|iframe|style|meta|form|object|embed|base|math|h1|pre)\b", shown)


def test_a_score_shows_its_steps_what_decides_and_what_cannot_be(made):
    full = {
        "composition": "solid",
        "echogenicity": "hypoechoic",
        "shape": "wider-than-tall",
        "margin": "smooth",
        "foci": ["none"],
        "size": "16 mm",
    }
    shown = reported.outcome(score(named("TI-RADS"), full))
    assert "TR4 (4 points)" in shown
    assert "Fine-needle aspiration" in shown
    assert shown.count('<tr><th scope="row">') == 3
    assert "Not given, and decides" in reported.outcome(score(named("TI-RADS"), {"composition": "solid"}))
    assert "cannot be together" in reported.outcome(score(named("TI-RADS"), {"composition": "solid", "echogenicity": "anechoic"}))
