import pytest

from agent.missing import Wanted, gives_codes, missing, wanted


@pytest.fixture(scope="module")
def lead(radqa_agent):
    return radqa_agent.library.passages("spetzler-martin")[2]


def said(question, answer, lead, radqa_agent):
    return missing(question, [answer], lead, radqa_agent.library.holds, lambda _: False)


@pytest.mark.parametrize(
    ("question", "without", "with_it"),
    [
        ("What percentage of adults have this?", "It is seen in adults.", "It is seen in 12% of adults."),
        ("How many mg of methotrexate per square metre?", "Methotrexate is an option.", "Methotrexate 50 mg/m2."),
        ("What dose of progesterone in milligrams?", "Progesterone is recommended.", "Progesterone 200 mg daily."),
        ("Which company makes the best needle?", "Core biopsy.", "The manufacturer is named."),
        ("How much does an MRI cost?", "MRI is preferred.", "The cost is 300 euros."),
        ("How common is this variant?", "It is a variant.", "It is rare."),
        ("How many points does it get?", "It is present.", "2 points."),
    ],
)
def test_an_answer_that_lacks_what_is_asked_for_is_none(question, without, with_it, lead, radqa_agent):
    assert said(question, without, lead, radqa_agent).startswith("The question asks for ")
    assert said(question, with_it, lead, radqa_agent) == ""


def test_a_system_that_the_lead_does_not_know_is_named(lead, radqa_agent):
    assert "Koos grade" in said("Schwannoma at the brainstem: which Koos grade?", "Grade II.", lead, radqa_agent)
    assert said("AVM of 2 cm: which Spetzler-Martin grade?", "Grade II.", lead, radqa_agent) == ""
    assert said("Which grade is it?", "Grade II.", lead, radqa_agent) == ""


def test_prose_is_no_category(radqa_agent):
    (lead, *_) = [passage for passage in radqa_agent.library.passages("graf-hip-ultrasound") if not passage.is_row]
    question = "A hip with an alpha angle of 54 degrees: which Graf type?"

    def reason(answer):
        return missing(question, [answer], lead, radqa_agent.library.holds, lambda name: gives_codes(radqa_agent.library.passages(name)))

    assert "asks for a category" in reason("The report gives three diameters and the site.")
    assert reason("Graf type IIa.") == ""


def test_a_summand_is_no_total(radqa_agent):
    answer = radqa_agent.ask("Original CT severity index: two fluid collections and 40% necrosis. Total?")
    assert answer.kind == "abstained" or "8" in answer.claims[0].text


def test_an_unknown_system_abstains_and_says_so(radqa_agent):
    answer = radqa_agent.ask("Acoustic neuroma of 2.4 cm touching the brainstem: which Koos grade?")
    assert answer.kind == "abstained"
    assert "Koos" in answer.reason


def test_rules_are_checked():
    assert len(wanted()) >= 6
    with pytest.raises(ValueError, match="no regular expression"):
        Wanted(asked="(", said="x", name="a thing")
