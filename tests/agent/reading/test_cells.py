"""One column of a table against a question."""

import pytest

from agent.reading.asked import Asked
from agent.reading.cells import judge
from agent.reading.columns import Column, Domain, column_values, prefixes, values
from agent.reading.polarity import denies, polarity
from corpora.types import SourceRecord

SOURCE = SourceRecord(id="d", title="T")


def judged(header, cells, question, *table, result=False, source=SOURCE, domain=None, named=False):
    column = Column.of(header, cells, is_result=result)
    others = [Column.of(name, other, is_result=False) for name, other in table]
    return judge(column, [column, *others], Asked.of(question), source, domain or Domain({}, named))


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("size", ("< 6 mm", "6-8 mm"), "quantity"),
        ("category", ("TR1", "TR2"), "code"),
        ("class", ("I", "IIF", "any"), "code"),
        ("risk", ("low", "high", "low or high"), "value"),
        ("finding", ("a wall that is smooth and thin all around", "thick"), "text"),
        ("anything", ("any", "-"), "text"),
        ("points", ("0", "1-2"), "quantity"),
        ("grade", ("< 3 points", ">= 3 points"), "quantity"),
    ],
)
def test_a_column_knows_its_kind(header, cells, kind):
    assert Column.of(header, cells, is_result=False).kind == kind


def test_a_cell_lists_the_values_it_allows():
    assert values("subsolid (ground-glass or part-solid)") == ["subsolid", "ground-glass", "part-solid"]
    assert values("low or high") == ["low", "high"]
    column = Column.of("risk", ("low or high", "any"), is_result=False)
    assert column_values(column) == {("low",), ("high",)}
    assert prefixes(Column.of("category", ("TR1", "TR2"), is_result=False)) == {"tr"}


@pytest.mark.parametrize(
    ("text", "said", "denied"),
    [
        ("smooth wall", {"smooth", "wall"}, set()),
        ("no enhancement", set(), {"enhanc"}),
        ("wall without nodules, enhancing", {"wall", "enhanc"}, {"nodul"}),
        ("spares the liver but involves the spleen", {"spleen", "involv"}, {"liver"}),
        ("a thin wall and no nodule", {"thin", "wall"}, {"nodul"}),
        ("no nodule. A wall", {"wall"}, {"nodul"}),
        ("no wall (thick septa)", {"thick", "septa"}, {"wall"}),
        ("not a nodule; a nodule", {"nodul"}, set()),
        ("no one two three four five nodules", set(), set()),
    ],
)
def test_a_negator_reaches_to_the_end_of_its_clause(text, said, denied):
    affirmed, negated = polarity(text)
    if said or denied:
        assert set(affirmed) == said
        assert set(negated) == denied
    else:
        assert "nodul" in affirmed  # more than five words away


@pytest.mark.parametrize(
    ("cell", "question", "against"),
    [
        ("spares the ascending aorta", "dissection of the ascending aorta", True),
        ("involves the ascending aorta", "dissection of the ascending aorta", False),
        ("smooth wall", "a cyst with an irregular wall", True),
        ("irregular wall", "a cyst with an irregular wall", False),
        ("acute bleeding", "a chronic bleeding", True),
        ("thick wall", "no wall", True),
        ("no nodule", "a nodule", True),
        ("no nodule", "no nodule", False),
        ("smooth or irregular wall", "irregular wall", False),
        ("thin septa", "a mass of the liver", False),
    ],
)
def test_what_one_affirms_and_the_other_denies_speaks_against(cell, question, against):
    assert denies(cell, question) is against


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("uptake above the liver", [True, False]),
        ("uptake exceeding that of the liver", [True, False]),
        ("uptake not above the liver", [False, True]),
        ("uptake no more than the liver", [False, True]),
        ("uptake <= liver", [False, True]),
        ("uptake ≤ liver", [False, True]),
        ("uptake greater than liver", [True, False]),
    ],
)
def test_comparisons_with_things_are_not_mixed_up(question, expected):
    assert judged("uptake", ("> liver", "<= liver"), question) == expected


def test_comparisons_that_share_nothing_say_nothing():
    assert judged("uptake", ("> liver", "<= liver"), "uptake above the mediastinum") == [None, None]
    assert judged("uptake", (">= liver", "< liver"), "uptake at least liver") == [True, False]
    assert judged("uptake", (">= liver", "< liver"), "uptake below the liver") == [False, True]


def test_negated_and_opposite_descriptions_are_conflicts():
    cells = ("spares the ascending aorta", "involves the ascending aorta")
    assert judged("extent", cells, "dissection that involves the ascending aorta") == [False, 1.0]
    assert judged("extent", cells, "dissection without ascending aorta involvement")[1] is False


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("a cyst with enhancement", [True, False, None]),
        ("a cyst without enhancement", [False, True, None]),
        ("no enhancement of the cyst", [False, True, None]),
        ("a cyst of 3 cm", [None, None, None]),
    ],
)
def test_presence_columns_are_affirmed_or_denied_by_their_header(question, expected):
    assert judged("enhancement", ("present", "absent", "any"), question) == expected


@pytest.mark.parametrize(("cells", "expected"), [(("yes", "no"), [True, False]), (("positive", "negative"), [True, False])])
def test_other_words_for_presence_are_read_too(cells, expected):
    assert judged("vomiting", cells, "a child with vomiting") == expected


@pytest.mark.parametrize(
    ("question", "total", "solid"),
    [
        ("A part-solid nodule, total size 20 mm, solid component 4 mm", [False, True], [True, False]),
        ("A part-solid nodule of 20 mm with a 4 mm solid component", [False, True], [True, False]),
        ("A 20 mm nodule with an 8 mm solid component", [False, True], [False, True]),
    ],
)
def test_a_number_belongs_to_the_column_its_clause_names(question, total, solid):
    cells = ("< 6 mm", ">= 6 mm")
    assert judged("solid component", cells, question, ("total size", cells)) == solid
    assert judged("total size", cells, question, ("solid component", cells)) == total


def test_scores_of_two_sequences_keep_apart():
    question = "T2W score 3, DWI score 5"
    assert judged("T2W score", ("3", "4-5"), question, ("DWI score", ("3", "4-5"))) == [True, False]
    assert judged("DWI score", ("3", "4-5"), question, ("T2W score", ("3", "4-5"))) == [False, True]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("no additional major feature", [True, False, False]),
        ("without additional major features", [True, False, False]),
        ("none of the additional major features", [True, False, False]),
        ("two additional major features", [False, False, True]),
        ("no vomiting", [None, None, None]),
    ],
)
def test_none_of_a_counted_thing_is_zero(question, expected):
    assert judged("additional major features", ("0", "1", "2"), question) == expected


THRESHOLDS = (">= 65 years", "< 15 at 2 hours", ">= 2 episodes", "> 30 minutes")
CRITERIA = ("criterion", ("age", "GCS", "vomiting", "amnesia"))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("a 70-year-old patient", [True, None, None, None]),
        ("a woman of 50 years", [False, None, None, None]),
        ("3 episodes of vomiting", [None, None, True, None]),
        ("a headache", [None, None, None, None]),
    ],
)
def test_in_a_column_of_many_dimensions_each_row_says_what_it_measures(question, expected):
    assert judged("threshold", THRESHOLDS, question, CRITERIA) == expected


@pytest.mark.parametrize(
    ("header", "cells", "question", "expected"),
    [
        ("eGFR", ("< 30", "30-44"), "eGFR of 25", [True, False]),
        ("eGFR (mL/min/1.73 m2)", ("< 30 mL/min/1.73 m2", ">= 30 mL/min/1.73 m2"), "an eGFR 35", [False, True]),
        ("eGFR", ("< 30 mL/min/1.73 m2", ">= 30 mL/min/1.73 m2"), "a patient with 35 stones", [None, None]),
        ("age", ("< 35", "35-50"), "a 40-year-old woman", [False, True]),
        ("points", ("0-2 points", ">= 3 points"), "a total of 4 points", [False, True]),
        ("points", ("0-2", ">= 3"), "score 4 points", [False, True]),
        ("size", ("< 6 mm", "6-8 mm", "any"), "7 mm", [False, True, None]),
        ("size", ("< 6 mm", "6-8 mm"), "5-7 mm", [0.5, 0.5]),
        ("size", ("< 6 mm", "6-8 mm"), "80 HU", [None, None]),
        ("LDH", ("> 900 IU/L", "<= 900 IU/L"), "pleural fluid with LDH 1200", [True, False]),
    ],
)
def test_values_are_compared_as_intervals(header, cells, question, expected):
    assert judged(header, cells, question) == expected


def test_a_quantity_that_is_a_result_is_no_condition():
    assert judged("interval", ("6 months", "12 months"), "CT at 6 months?", result=True) == [None, None]


@pytest.mark.parametrize(
    ("cell", "question", "expected"),
    [
        ("enhancing wall that is 4 mm or more in thickness", "an enhancing wall of 5 mm", True),
        ("enhancing wall that is 4 mm or more in thickness", "an enhancing wall of 2 mm", False),
        ("a depressed level with GCS 13 to 14 and some vomiting", "depressed level and vomiting, GCS 14", True),
        ("a depressed level with GCS 13 to 14 and some vomiting", "GCS 9", False),
    ],
)
def test_a_measure_in_a_description_decides(cell, question, expected):
    assert judged("finding", (cell, "a smooth contour without any other sign of harm"), question)[0] is expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("BI-RADS 4 lesion", [True, True, False]),
        ("BI-RADS 4A lesion", [True, False, False]),
        ("category 5", [False, False, True]),
        ("BI-RADS 3 lesion", [None, None, None]),
        ("TR4 nodule", [None, None, None]),
    ],
)
def test_codes_are_met_by_themselves_and_by_their_parent(question, expected):
    source = SourceRecord(id="b", title="B", aliases=("BI-RADS",))
    assert judged("category", ("4A", "4B", "5"), question, source=source) == expected


def test_a_score_of_another_column_is_not_this_columns_code():
    table = ("DWI score", ("3", "4"))
    assert judged("PI-RADS category", ("3", "4"), "DWI score 3", table) == [None, None]


def test_a_cell_without_a_code_among_codes_says_nothing():
    assert judged("category", ("TR4", "TR5", "any", "benign looking"), "TR4") == [True, False, None, None]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("at low risk", [True, False, True]),
        ("a low density nodule", [None, None, None]),
        ("a heavy smoker", [False, True, True]),
    ],
)
def test_common_words_count_only_beside_their_header(question, expected):
    said = judged("risk", ("low", "high", "low or high"), question)
    assert [verdict if isinstance(verdict, bool) else None for verdict in said] == expected


def test_a_longer_value_hides_the_shorter_one_inside_it():
    domain = Domain({"type": {("part", "solid"), ("solid",)}}, named=False)
    assert judged("type", ("solid", "ground-glass"), "a part-solid nodule", domain=domain) == [False, False]
    assert judged("type", ("solid", "part-solid"), "a part-solid nodule") == [False, True]


def test_of_a_result_only_half_of_the_words_count():
    assert judged("management", ("biopsy", "follow-up"), "biopsy of a nodule", result=True) == [0.5, None]


def test_cells_that_allow_anything_say_nothing():
    assert judged("finding", ("-", "any"), "a finding") == [None, None]
    assert judged("enhancement", ("any", "-"), "enhancement") == [None, None]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("a risk score of 4", [False, True]),
        ("a lesion with 4 points", [False, True]),
        ("a man with 4 cysts", [None, None]),
    ],
)
def test_a_bare_number_is_a_score_only_beside_its_name(question, expected):
    assert judged("risk score", ("0-2 points", ">= 3 points"), question) == expected


def test_of_a_cell_with_two_dimensions_only_the_comparable_one_counts():
    assert judged("size", ("6-8 mm at 20 HU", "< 6 mm at 10 HU"), "a nodule of 7 mm") == [True, False]


def test_a_denied_value_speaks_against_its_row_and_for_no_other():
    cells = ("chronic liver disease", "general")
    assert judged("patient", cells, "liver biopsy (no chronic liver disease): platelets?") == [False, None]


def test_windows_that_only_touch_do_not_meet():
    assert judged("time", ("<= 6 hours", "6-24 hours"), "stroke within 6 h") == [True, False]


def test_a_cell_that_begins_with_its_interval_is_one():
    assert judged("stenosis", ("50-69%", "70-99% in one or two vessels"), "LAD stenosis of 80%") == [False, True]


def test_things_that_are_counted_are_a_number():
    assert judged("number", ("1-2", ">= 3"), "three polyps of 7 mm") == [False, True]


def test_a_measure_alone_does_not_meet_a_description_that_names_more():
    cells = ("saccular aneurysm of the aorta with a wall of 45 mm or more", "contained rupture with blood around the vessel")
    assert judged("scenario", cells, "46 mm wide")[0] is not True
    assert judged("scenario", cells, "saccular aneurysm of the aorta, wall 46 mm")[0] is True


def test_one_of_the_alternatives_is_enough():
    cells = ("vascular injury (pseudoaneurysm or arteriovenous fistula)", "capsular tear of the lower pole")
    assert judged("finding", cells, "a pseudoaneurysm of the spleen")[0] == 1.0


def test_a_header_that_the_question_denies_means_the_cell_that_says_none():
    cells = ("none", "nonrim", "any")
    assert judged("arterial phase hyperenhancement", cells, "22 mm, no arterial phase hyperenhancement, late phase washout") == [
        True,
        False,
        None,
    ]
    assert judged("arterial phase hyperenhancement", cells, "22 mm with arterial phase hyperenhancement")[0] is not True


def test_a_negator_ends_at_the_comma():
    assert judged("number", ("single", "multiple"), "never-smoker, single solid nodule") == [True, False]
    assert judged("number", ("single", "multiple"), "not a single nodule")[0] is not True


def test_two_scores_joined_by_and_keep_their_own_columns():
    table = (("T2W score", ("3", "3")),)
    assert judged("DWI score", ("<= 4", "5"), "T2W score 3 and DWI score 5", *table) == [False, True]


def test_what_is_called_non_is_denied():
    cells = ("eloquent", "not eloquent")
    assert judged("adjacent brain", cells, "4 cm AVM in non-eloquent brain, superficial drainage only")[0] is False


def test_the_word_after_a_measure_tells_which_limit_is_meant():
    cells = ("< 1 cm deep", "1-3 cm deep and <= 10 cm long", "> 3 cm deep")
    assert judged("size", cells, "Liver laceration 5 cm deep. Grade?") == [False, False, True]
    assert judged("size", cells, "Liver laceration 2 cm deep, 6 cm long. Grade?")[1] is True
