import os
from pathlib import Path

import pytest

from corpora.readers import read_path, reports

REPORT = """CT ABDOMEN WITH CONTRAST

CLINICAL HISTORY: Pain in the left flank.
TECHNIQUE: Portal venous phase.
COMPARISON: None.

FINDINGS:
Liver: normal.
Left kidney: stone of 6 mm. IMPRESSION: Ureteric stone.
Recommendation: Low-dose CT in 4 weeks.
"""


def parts(text):
    return {section.heading: text[section.start : section.end] for section in reports.sections(text)}


def test_a_report_is_split_by_its_parts():
    assert reports.is_report(REPORT)
    assert parts(REPORT) == {
        "": "CT ABDOMEN WITH CONTRAST",
        "Indication": "Pain in the left flank.",
        "Technique": "Portal venous phase.",
        "Findings": "Liver: normal.\nLeft kidney: stone of 6 mm.",
        "Impression": "Ureteric stone.",
        "Recommendation": "Low-dose CT in 4 weeks.",
    }


def test_headings_may_stand_alone_or_be_markdown():
    text = "## Findings\nA mass.\n\n**Conclusion:** Suspicious.\n\nReason for exam\nCough"
    assert parts(text) == {"Findings": "A mass.", "Impression": "Suspicious.", "Indication": "Cough"}


@pytest.mark.parametrize(
    "text",
    [
        "BACKGROUND: x.\nMETHODS: y.\nRESULTS: z.\nCONCLUSIONS: w.",
        "Findings: a mass.",
        "The findings and the impression were discussed.",
        "History: a man.\nTechnique: CT.",
    ],
)
def test_other_texts_are_no_reports(text):
    assert not reports.is_report(text)


def test_a_text_file_is_read_as_what_it_is(tmp_path):
    (tmp_path / "a-report.txt").write_text(REPORT, encoding="utf-8")
    (tmp_path / "note.txt").write_text("Just a note.", encoding="utf-8")
    report, note = read_path(tmp_path)
    assert [section.heading for section in report.sections][-2:] == ["Impression", "Recommendation"]
    assert note.sections == ()


def test_every_word_names_one_part():
    words = [word for words in reports.headings().parts.values() for word in words]
    assert len(words) == len(set(words))
    assert reports.headings().named("  CLINICAL   history ") == "Indication"
    assert reports.headings().named("methods") == ""


SHARED = os.environ.get("RADQA_SHARED_DATA", "")
shared = pytest.mark.skipif(not SHARED, reason="RADQA_SHARED_DATA names no folder with real samples")


@shared
def test_real_chest_reports_are_split():
    made = list(read_path(Path(SHARED) / "corpus_indiana_cxr_reports.jsonl"))
    found = [{section.heading for section in document.sections} for document in made]
    assert len(made) > 3800
    assert sum("Impression" in headings for headings in found) > 0.99 * len(made)
    assert sum("Findings" in headings for headings in found) > 0.85 * len(made)
    assert not any("" in headings for headings in found)


@shared
def test_real_abstracts_are_not_taken_for_reports():
    made = list(read_path(Path(SHARED) / "corpus_pubmedqa_abstracts.jsonl"))
    split = [document.id for document in made if any(section.heading for section in document.sections)]
    assert len(split) <= 0.01 * len(made)
