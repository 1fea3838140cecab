import pytest

from agent.reading.asked import Asked, cell_codes, codes


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("TR4 nodule of 12 mm", {("tr", "4")}),
        ("ACR TI-RADS category 4 nodule", {("ti-rads", "4"), ("category", "4")}),
        ("BI-RADS 4A lesion", {("bi-rads", "4A")}),
        ("Bosniak IIF cyst", {("bosniak", "2F")}),
        ("Stanford type B dissection", {("stanford", "B"), ("type", "B")}),
        ("a Bosniak I cyst", {("bosniak", "1")}),
        ("LR-5 vs LR-M", {("lr", "5"), ("lr", "M")}),
        ("difference between LR-4 and LR-5", {("lr", "4"), ("lr", "5")}),
        ("Garden III and IV", {("garden", "3"), ("garden", "4")}),
        ("type a dissection?", {("type", "A")}),
        ("grade III splenic injury", {("grade", "3")}),
        ("Should I biopsy a cyst?", set()),
        ("What do I do with a 7 mm nodule", set()),
        ("Which Bosniak class is a cyst with a 4 mm wall?", set()),
        ("Is a 3 cm cyst benign", set()),
    ],
)
def test_category_codes_are_read_with_the_name_before_them(text, expected):
    assert {(code.prefix, code.code) for code in codes(text)} == expected


@pytest.mark.parametrize(
    ("cell", "prefix", "held"),
    [
        ("TR4 (moderately suspicious)", "tr", {"4"}),
        ("LR-5 (definitely HCC)", "lr", {"5"}),
        ("Bosniak IIF", "bosniak", {"2F"}),
        ("BI-RADS 1 or 2", "bi-rads", {"1", "2"}),
        ("1-3", "", {"1", "2", "3"}),
        ("grade I to III", "grade", {"1", "2", "3"}),
        ("solid", "", set()),
        ("smooth thick wall", "", set()),
    ],
)
def test_cells_are_read_as_codes(cell, prefix, held):
    assert cell_codes(cell) == (prefix, frozenset(held))


def test_a_question_fixes_values_and_implies_others():
    asked = Asked.of("Follow-up for a 7 mm solid nodule in a heavy smoker?")
    assert [quantity.text for quantity in asked.quantities] == ["7 mm"]
    assert asked.implied == {"number": frozenset({"single"}), "risk": frozenset({"high"})}
    assert asked.intents[0] == "next step"


def test_one_nodule_without_an_article_is_single():
    assert Asked.of("Incidental pure ground-glass nodule of 9 mm: follow-up?").implied["number"] == {"single"}
    assert "single" not in Asked.of("Incidental ground-glass nodules: follow-up?").implied.get("number", frozenset())


def test_a_longer_phrase_hides_the_shorter_one_inside_it():
    assert Asked.of("a non-smoker with a nodule").implied["risk"] == {"low"}


def test_a_report_fixes_values_but_does_not_ask():
    asked = Asked.of("Which category?", "The nodule measures 9 mm. What should be done is unclear.")
    assert asked.intents == ("classification",)
    assert [quantity.text for quantity in asked.quantities] == ["9 mm"]


@pytest.mark.parametrize(("text", "code"), [("How do you follow a IIF cyst?", "2F"), ("What cancer risk does 4B stand for?", "4B")])
def test_a_telling_code_needs_no_name_before_it(text, code):
    assert any(found.code == code for found in codes(text))


def test_a_measure_is_no_telling_code():
    assert not any(found.code == "3C" for found in codes("a 3 cm mass"))
