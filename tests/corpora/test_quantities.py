import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.quantities import Quantity, find_quantities

MM, AGE, DAYS = "length (mm)", "age (years)", "time (days)"


def only(text: str) -> Quantity:
    (quantity,) = find_quantities(text)
    return quantity


@pytest.mark.parametrize(
    ("text", "dimension", "low", "high", "low_open", "high_open"),
    [
        ("7 mm", MM, 7, 7, False, False),
        ("a 7-mm nodule", MM, 7, 7, False, False),
        ("1.2 cm", MM, 12, 12, False, False),
        ("6-8 mm", MM, 6, 8, False, False),
        ("30 mm–40 mm", MM, 30, 40, False, False),
        ("5 mm to 10 mm", MM, 5, 10, False, False),
        ("between 5 and 10 mm", MM, 5, 10, False, False),
        (">= 10 to < 15 mm", MM, 10, 15, False, True),
        ("> 1 cm to < 4 cm", MM, 10, 40, True, True),
        ("< 6 mm", MM, None, 6, False, True),
        ("<=5 mm", MM, None, 5, False, False),
        ("≥5 cm", MM, 50, None, False, False),
        ("3 cm or larger", MM, 30, None, False, False),
        ("less than 6 mm", MM, None, 6, False, True),
        ("12 x 9 x 8 mm", MM, 12, 12, False, False),
        ("a 45-year-old", AGE, 45, 45, False, False),
        ("aged 60", AGE, 60, 60, False, False),
        ("age >= 35 years", AGE, 35, None, False, False),
        ("100-250 mm3", "volume (mL)", 0.1, 0.25, False, False),
        ("5,000 mL", "volume (mL)", 5000, 5000, False, False),
        ("-10 to 20 HU", "attenuation (HU)", -10, 20, False, False),
        ("<= 10 HU", "attenuation (HU)", None, 10, False, False),
        ("4-6 points", "points", 4, 6, False, False),
        ("bone age 3 SD below the mean", "standard deviations", 3, 3, False, False),
        ("more than 2 standard deviations", "standard deviations", 2, None, True, False),
        ("3 or more points", "points", 3, None, False, False),
        ("> 30 to <= 45 mL/min/1.73 m2", "filtration (mL/min/1.73 m2)", 30, 45, True, False),
        ("four weeks", DAYS, 28, 28, False, False),
        ("20%", "share (%)", 20, 20, False, False),
        ("10 mm per year", "length (mm) per time", 10, 10, False, False),
    ],
)
def test_reads_what_radiology_writes(text, dimension, low, high, low_open, high_open):
    quantity = only(text)
    assert quantity.dimension == dimension
    assert quantity.low == (None if low is None else pytest.approx(low))
    assert quantity.high == (None if high is None else pytest.approx(high))
    assert (quantity.low_open, quantity.high_open) == (low_open, high_open)


@pytest.mark.parametrize("text", ["TR4", "LR-5", "T2 hyperintense", "BI-RADS 4A", "L4-L5 disc", "Bosniak 2F"])
def test_category_codes_are_no_quantities(text):
    assert find_quantities(text) == []


def test_a_number_without_unit_keeps_its_label():
    assert (only("ASPECTS of 7").dimension, only("ASPECTS of 7").label) == ("number", "aspects")


def test_months_and_years_compare():
    assert only("12 months").equals(only("1 year"))


@pytest.mark.parametrize(
    ("interval", "value", "inside"),
    [
        ("6-8 mm", "7 mm", True),
        ("6-8 mm", "8 mm", True),
        ("< 6 mm", "6 mm", False),
        (">= 10 to < 15 mm", "15 mm", False),
        ("> 8 mm", "0.9 cm", True),
        ("6-8 mm", "9 mm", False),
    ],
)
def test_intervals_contain_values(interval, value, inside):
    assert only(interval).contains(only(value)) is inside


def test_comparators_are_told_apart():
    assert not only("< 5 mm").equals(only("<= 5 mm"))
    assert not only("5 mm").contains(only("5 HU"))


def test_bounds_in_the_wrong_order_are_refused():
    with pytest.raises(ValueError, match="above upper bound"):
        Quantity(text="x", start=0, end=1, dimension=MM, low=5, high=3)


@given(st.floats(0.1, 500).map(lambda v: round(v, 1)), st.floats(0.1, 500).map(lambda v: round(v, 1)))
def test_a_range_contains_its_ends_and_meets_what_it_contains(a, b):
    low, high = sorted((a, b))
    interval, point = only(f"{low}-{high} mm"), only(f"{low} mm")
    assert interval.contains(point)
    assert interval.overlaps(point)
    assert point.overlaps(interval)


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error_and_offsets_fit(text):
    for quantity in find_quantities(text):
        assert text[quantity.start : quantity.end] == quantity.text


@pytest.mark.parametrize(
    ("text", "dimension"),
    [
        ("a woman of 70 years", "age (years)"),
        ("a smoker of 55 years", "age (years)"),
        ("an infant of 6 weeks", "age (years)"),
        ("one patient of 10", "number"),
        ("a follow-up of 5 years", "time (days)"),
    ],
)
def test_a_person_of_so_many_years_is_that_old(text, dimension):
    assert [quantity.dimension for quantity in find_quantities(text)][-1] == dimension


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("13, 7 and 1 h before", [13 / 24, 7 / 24, 1 / 24]),
        ("CT at 1, 3 and 5 years", [365.25, 3 * 365.25, 5 * 365.25]),
        ("three polyps, 7, 8 and 6 mm", [7, 8, 6]),
    ],
)
def test_a_list_shares_the_unit_at_its_end(text, values):
    found = [q for q in find_quantities(text) if q.dimension != "number"]
    assert [q.low for q in found] == pytest.approx(values)


@pytest.mark.parametrize("text", ["T2W score 3, 5 mm", "grade 2 and 4 cm", "stage 2 or 3 cm", "GCS 14 and 3 cm"])
def test_a_score_before_a_measure_is_no_list(text):
    assert [q.dimension for q in find_quantities(text)] == ["number", "length (mm)"]


def test_within_is_a_limit():
    (said,) = find_quantities("within 6 h")
    assert (said.low, said.high) == (None, 0.25)


@pytest.mark.parametrize("text", ["the score adds up to 3 points", "points add up to 3 points"])
def test_what_adds_up_is_a_value_and_no_limit(text):
    assert [q.is_point for q in find_quantities(text)] == [True]
