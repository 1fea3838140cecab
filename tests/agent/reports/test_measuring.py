import pytest

from agent.reports.measuring import impossible, sizes
from agent.reports.types import Size


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("3.2 x 2.1 x 1.9 cm mass", [((32.0, 21.0, 19.0), False)]),
        ("a 4,5 cm cyst seen on 4.5.2026", [((45.0,), False)]),
        ("12x8mm node", [((12.0, 8.0), False)]),
        ("7 mm nodule, previously 5 mm", [((7.0,), False), ((5.0,), True)]),
        ("1.8 x 1.2 cm (prior 1.5 x 1.0 cm)", [((18.0, 12.0), False), ((15.0, 10.0), True)]),
        ("increased from 5 mm to 8 mm", [((5.0,), True), ((8.0,), False)]),
        ("5 mm -> 8 mm", [((5.0,), True), ((8.0,), False)]),
        ("measures 22 mm, compared to 18 mm", [((22.0,), False), ((18.0,), True)]),
        ("8-mm nodule", [((8.0,), False)]),
        ("nodules of 4-6 mm", [((6.0,), False)]),
        ("it was 5 mm", [((5.0,), False)]),
    ],
)
def test_sizes_are_read_in_millimetres_with_earlier_ones_apart(sentence, found):
    assert [(one.size.mm, one.size.earlier) for one in sizes(sentence)] == found


@pytest.mark.parametrize(
    "sentence",
    ["1.25 mm slices", "5 mm axial images", "4 cm from the nipple", "series 4, image 55", "on 4.5.2026", "5 cm2", "L4-L5", "l0 mm"],
)
def test_what_only_looks_like_a_size_is_none(sentence):
    assert sizes(sentence) == []


def test_an_axis_and_a_bound_are_kept():
    assert sizes("node with a short axis of 14 mm")[0].size.axis == "short"
    assert sizes("less than 5 mm")[0].size.bound == "<"
    assert sizes("up to 8 mm")[0].size.bound == ""


def test_a_size_that_cannot_be_is_told():
    assert "ten times" in impossible(Size(mm=(80,), text="80 mm"), Size(mm=(8,), text="8 mm", earlier=True))
    assert "tenth" in impossible(Size(mm=(0.8,), text="0.8 mm"), Size(mm=(8,), text="8 mm", earlier=True))
    assert "larger than a lesion" in impossible(Size(mm=(900,), text="90 cm"), None)
    assert impossible(Size(mm=(8,), text="8 mm"), Size(mm=(7,), text="7 mm", earlier=True)) == ""
