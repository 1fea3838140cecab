import pytest

from agent.calculators.comparing import comparisons
from corpora.quantities import find_quantities

GIVEN = find_quantities("A 7 mm nodule in a patient of 64 years; eGFR 28 mL/min; washout 65%.")


@pytest.mark.parametrize(
    ("sentence", "sign", "holds"),
    [
        ("At 7 mm it is above the 6 mm threshold.", ">", True),
        ("The nodule of 7 mm exceeds 6 mm.", ">", True),
        ("7 mm is below the 8 mm cut-off.", "<", True),
        ("7 mm does not exceed 8 mm.", "<=", True),
        ("7 mm does not reach the 10 mm limit.", "<", True),
        ("A washout of 65% is at least 60%.", ">=", True),
        ("An eGFR of 28 mL/min is below 30 mL/min.", "<", True),
        ("7 mm is above the 8 mm threshold.", ">", False),
        ("7 mm is below the 6 mm threshold.", "<", False),
        ("An eGFR of 28 mL/min is above 30 mL/min.", ">", False),
        ("7 mm does not exceed 6 mm.", "<=", False),
    ],
)
def test_a_value_is_set_against_its_bound(sentence, sign, holds):
    (made,) = comparisons(sentence, GIVEN)
    assert (made.sign, made.holds) == (sign, holds)


@pytest.mark.parametrize(
    "sentence", ["CT at 6-12 months.", "Nodules above 6 mm need CT.", "The 7 mm nodule needs CT.", "7 mm and 64 years."]
)
def test_without_a_given_value_and_a_bound_nothing_is_compared(sentence):
    assert list(comparisons(sentence, GIVEN)) == []
