"""What people paste."""

import string

import pytest

from agent.reading.paste import read

REPORT = """CT THORAX 12.03.
TECHNIQUE: Low-dose CT without contrast.
FINDINGS: A solid nodule of 7 mm in the right upper lobe. No effusion.
1. No lymph nodes.
2. No bone lesion.
IMPRESSION: Solid pulmonary nodule."""


@pytest.mark.parametrize(
    "text",
    [
        "Which Bosniak class?\nA. Bosniak II\nB. Bosniak IIF\nC. Bosniak III",
        "Which Bosniak class?\nA) Bosniak II\nB) Bosniak IIF\nC) Bosniak III",
        "Which Bosniak class?\n(a) Bosniak II\n(b) Bosniak IIF\n(c) Bosniak III",
        "Which Bosniak class? A. Bosniak II B. Bosniak IIF C. Bosniak III",
        "Which Bosniak class?\r\nA: Bosniak II\r\nB: Bosniak\r\n   IIF\r\nC: Bosniak III\r\n",
        "Which Bosniak class: A) Bosniak II; B) Bosniak IIF; C) Bosniak III",
    ],
)
def test_options_are_recognised(text):
    pasted = read(text)
    assert pasted.options == {"A": "Bosniak II", "B": "Bosniak IIF", "C": "Bosniak III"}
    assert pasted.question.startswith("Which Bosniak class")
    assert "IIF" not in pasted.question


@pytest.mark.parametrize("end", ["\nWhich one is it?", "\nWhich one is it? \nThank you.", "\n\nWhich one is it?"])
def test_a_question_after_the_options_is_no_part_of_the_last_one(end):
    pasted = read(f"A renal cyst.\nA. cyst\nB. solid\n  mass{end}")
    assert pasted.options == {"A": "cyst", "B": "solid mass"}
    assert " ".join(pasted.question.split()) == f"A renal cyst. {' '.join(end.split())}"


def test_an_option_may_be_a_question():
    assert read("Which one is asked first?\nA. Any pain?\nB. Any fever?").options == {"A": "Any pain?", "B": "Any fever?"}


def test_a_long_list_keeps_all_its_options():
    for labels in (string.ascii_uppercase[:13], range(1, 14)):
        options = {str(label): f"finding {label}" for label in labels}
        assert read("Which?\n" + "\n".join(f"{label}. {text}" for label, text in options.items())).options == options


def test_numbered_options_count_only_after_a_question():
    assert read("Which class?\n1. Bosniak II\n2. Bosniak III").options == {"1": "Bosniak II", "2": "Bosniak III"}
    assert read("Seen on CT:\n1. a cyst\n2. a stone").options == {}


@pytest.mark.parametrize(
    "text",
    [
        "Is hepatitis A. B. or C. likely?",
        "Follow-up for a 7 mm solid nodule?",
        "Type B. dissection in a young man, what now?",
        "A. Only one option",
        "Stanford A. versus B",
    ],
)
def test_a_plain_question_stays_whole(text):
    pasted = read(text)
    assert (pasted.question, pasted.options, pasted.report) == (text, {}, "")


def test_text_after_the_options_stays_in_the_question():
    pasted = read("Which class?\nA. II\nB. III\n\nThe wall is 4 mm thick.")
    assert pasted.options == {"A": "II", "B": "III"}
    assert pasted.question == "Which class?\n\nThe wall is 4 mm thick."


def test_a_question_before_a_report_is_told_apart():
    pasted = read(f"What follow-up is advised?\n{REPORT}")
    assert pasted.question == "What follow-up is advised?"
    assert pasted.report == REPORT
    assert pasted.options == {}


def test_a_question_after_a_report_is_told_apart():
    pasted = read(f"{REPORT}\n\nWhat follow-up is advised?")
    assert pasted.question == "What follow-up is advised?"
    assert pasted.report == REPORT


def test_a_report_alone_has_no_question():
    pasted = read(REPORT)
    assert pasted.question == ""
    assert pasted.report == REPORT


def test_a_report_with_a_request_and_options():
    pasted = read(f"Give the category.\n{REPORT}\nA. Lung-RADS 3\nB. Lung-RADS 4A")
    assert pasted.question == "Give the category."
    assert pasted.options == {"A": "Lung-RADS 3", "B": "Lung-RADS 4A"}
    assert "Lung-RADS" not in pasted.report


def test_a_short_mention_of_findings_is_no_report():
    text = "Findings: a cyst of 2 cm. What next?"
    assert read(text).report == ""
