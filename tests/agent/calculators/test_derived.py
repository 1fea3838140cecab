import pytest

from agent.calculators.derived import derived, with_derived
from agent.types import Question

BASELINE = "Baseline sum of target diameters 82 mm, current sum 54 mm, which is also the nadir. No new lesion."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (BASELINE, "decrease of 34.1% from the baseline sum"),
        ("Sum of targets went from a nadir of 40 mm to 50 mm.", "increase of 25% and 10 mm over the smallest sum on study (nadir)"),
        ("The sum of the target lesions was 9 cm at baseline, smallest 6 cm, now 7.5 cm.", "increase of 25% and 15 mm over the smallest"),
        ("Sum of targets 100 mm at baseline, now 80 mm.", "decrease of 20% from the baseline sum, neither PR nor PD"),
        (
            "Target sum 15 mm at baseline, now 19 mm.",
            "increase of 26.6% and 4 mm over the smallest sum on study (nadir), neither PR nor PD",
        ),
        ("RECIST: baseline target sum 100 mm, nadir 60 mm, now 66 mm.", "decrease of 34% from the baseline sum, increase of 10% and 6 mm"),
        ("Nadir 15 mm, now 19 mm, no new lesion.", "increase of 26.6% and 4 mm over the smallest sum on study (nadir)"),
        ("Sum of targets 80 mm at baseline, 50 mm now, and a new 12 mm lung metastasis.", "new lesion: yes"),
        ("RECIST: sum of target diameters fell from 100 mm to 60 mm, but there is a new liver lesion.", "new lesion: yes"),
        ("SULpeak 9.0 before, 5.5 after.", "change of SULpeak decrease 38.8%, absolute change decrease 3.5 SUL units"),
        ("PERCIST: SULpeak rose from 5.0 to 7.0.", "change of SULpeak increase 40%, absolute change increase 2 SUL units"),
        ("SULpeak was 6.0 at baseline and is 5.2 now.", "absolute change decrease 0.8 SUL units: neither CMR, PMR nor PMD"),
        ("SULpeak fell from 1.9 to 1.1.", "absolute change decrease 0.8 SUL units"),
        ("SULpeak rose from 10 to 13.", "increase 30%, absolute change increase 3 SUL units: neither CMR, PMR nor PMD"),
        ("SULpeak fell from 1.9 to 1.2.", "decrease 36.8%, absolute change decrease 0.7 SUL units: neither CMR, PMR nor PMD"),
        ("Adrenal mass: unenhanced 25 HU, portal venous 100 HU, delayed 45 HU.", "absolute washout 73.3% and relative washout 55%"),
        ("Adrenal mass, 90 HU enhanced and 60 HU on the 15-minute delayed images.", "Adrenal mass with relative washout 33.3%"),
    ],
)
def test_what_follows_is_reckoned(text, said):
    (found,) = derived(text)
    assert said in found.text


def test_a_percentage_is_cut_and_not_rounded():
    (found,) = derived("Sum of targets 1000 mm at baseline, now 700.4 mm.")
    assert "decrease of 29.9% from the baseline sum, neither PR nor PD" in found.text
    (found,) = derived("Adrenal mass: unenhanced 0 HU, portal venous 1000 HU, delayed 404 HU.")
    assert "absolute washout 59.6%" in found.text


def test_nothing_left_is_not_reckoned():
    assert derived("Sum of targets 50 mm at baseline, now 0 mm.") == []


def test_growth_over_the_nadir_goes_before_a_decrease_from_baseline():
    (found,) = derived("Sum of targets 90 mm at baseline, best 60 mm, today 75 mm.")
    assert "decrease" not in found.text
    assert "increase of 25% and 15 mm" in found.text


@pytest.mark.parametrize(
    "text",
    [
        "A 5 mm nodule and a 7 mm nodule.",
        "How is the sum of diameters of target lesions made?",
        "Sum of targets 90 mm.",
        "How does a new lesion change the sum of target diameters?",
        "SULpeak is 5.2 now and was 6.0 before.",
        "After two cycles SULpeak was 5.2.",
        "SULpeak at least 1.5 times mean liver SUL plus 2 standard deviations?",
        "iRECIST: sum of targets 90 mm at baseline, now 75 mm.",
        "Adrenal mass, absolute washout 73%, unenhanced 25 HU, venous 100 HU, delayed 45 HU.",
        "Liver lesion, unenhanced 25 HU, portal venous 100 HU, delayed 45 HU.",
        "Adrenal mass, portal venous 45 HU, delayed 100 HU.",
    ],
)
def test_nothing_is_reckoned_where_nothing_follows(text):
    assert derived(text) == []


def test_a_question_without_values_stays_the_same_object():
    question = Question.of("Which Bosniak class is a cyst with a 4 mm enhancing wall?")
    assert with_derived(question) == (question, ())


def test_the_answer_says_what_was_reckoned(radqa_agent):
    answer = radqa_agent.ask("RECIST response?", report=f"CT follow-up. {BASELINE}")
    assert "partial response (PR)" in answer.claims[0].text
    assert any("Reckoned from the values given" in line and "34.1%" in line for line in answer.limitations)
    assert answer.question.report.endswith(BASELINE)


def test_a_response_that_just_meets_its_bounds_is_no_stable_disease():
    (found,) = derived("SULpeak fell from 1.9 to 1.1.")
    assert "neither" not in found.text


@pytest.mark.parametrize(
    "said",
    [
        "no new lesions", "without any new metastasis", "nothing new, no new lung nodules", "new lesions: none", "new lesions were not seen",
        "new lesion absent", "an equivocal new nodule", "a possible new liver lesion", "measured on the new CT target lesions",
    ],
)  # fmt: skip
def test_a_new_lesion_that_is_denied_is_none(said):
    (found,) = derived(f"Sum of targets 80 mm at baseline, 50 mm now, {said}.")
    assert "decrease of 37.5% from the baseline sum" in found.text


def test_new_lesions_that_are_denied_after_the_word_are_left_out():
    (found,) = derived("Sum of targets 80 mm at baseline, 50 mm now; new lesions: none. RECIST?")
    assert "new lesions: none" in found.replaced
    (found,) = derived("Sum of targets 80 mm at baseline, 50 mm now; new lesions equivocal.")
    assert not any("lesion" in piece for piece in found.replaced)


@pytest.mark.parametrize("said", ["new lesions: none", "new lesions were not seen", "new lesions absent", "no new lesions"])
def test_without_new_lesions_a_small_decrease_is_stable_disease(radqa_agent, said):
    sums = "um of targets 80 mm at baseline, 70 mm now"
    for text in (f"S{sums}, {said}. RECIST 1.1 response?", f"{said.capitalize()}. S{sums}. RECIST 1.1 response?"):
        assert "stable disease (SD)" in radqa_agent.ask(text).claims[0].text
