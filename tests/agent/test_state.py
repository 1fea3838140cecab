"""Reducers: whatever order parallel branches end in, and however often an update is applied, the state is the same."""

from hypothesis import given
from hypothesis import strategies as st

from agent.reasoners.protocol import Grade
from agent.state import merge_grades, union
from agent.types import Evidence
from tests.conftest import passage

PIECES = tuple(
    Evidence.of(passage(text, name), text, facet_id="a", relevance=0.5)
    for name, text in (("one", "The aorta is dilated."), ("two", "The liver is normal."))
)
# Few values each, so that grades that differ in one thing only, and ties, come up all the time.
grade = st.builds(
    Grade,
    facet_id=st.sampled_from("ab"),
    evidence=st.lists(st.sampled_from(PIECES), unique_by=lambda piece: piece.id, max_size=2).map(tuple),
    best=st.sampled_from((0.0, 1.0)),
    sufficient=st.booleans(),
    missing=st.lists(st.sampled_from(("age", "size")), unique=True).map(tuple),
    round=st.integers(1, 2),
)
grades = st.lists(grade, max_size=5).map(tuple)
texts = st.lists(st.text(max_size=4), max_size=6).map(tuple)


@given(grades, grades)
def test_grades_merge_in_either_order(left, right):
    assert merge_grades(left, right) == merge_grades(right, left)


def test_grades_that_differ_only_in_what_is_missing_merge_in_either_order():
    one, two = Grade(facet_id="a", missing=("age",)), Grade(facet_id="a", missing=("size",))
    assert merge_grades((one,), (two,)) == merge_grades((two,), (one,))


@given(grades, grades)
def test_grades_merged_twice_are_merged_once(left, right):
    merged = merge_grades(left, right)
    assert merge_grades(merged, right) == merge_grades(left, merged) == merge_grades(merged, merged) == merged


@given(grades, grades, grades)
def test_grades_merge_in_any_grouping(one, two, three):
    assert merge_grades(merge_grades(one, two), three) == merge_grades(one, merge_grades(two, three))


@given(grades, grades)
def test_one_grade_stays_per_facet_and_none_is_made_up(left, right):
    merged = merge_grades(left, right)
    given_ = (*left, *right)
    assert [made.facet_id for made in merged] == sorted({made.facet_id for made in given_})
    assert all(made in given_ for made in merged)


@given(grades)
def test_the_later_round_wins_then_the_better_grade(given_):
    for kept in merge_grades((), given_):
        same = [made for made in given_ if made.facet_id == kept.facet_id]
        assert (kept.round, kept.best) == max((made.round, made.best) for made in same)


@given(texts, texts, texts)
def test_union_is_commutative_associative_and_idempotent(one, two, three):
    assert union(one, two) == union(two, one)
    assert union(union(one, two), three) == union(one, union(two, three))
    merged = union(one, two)
    assert union(merged, one) == union(merged, merged) == merged
    assert set(merged) == {*one, *two}


def test_a_branch_hands_up_nothing_but_what_has_a_reducer():
    from typing import Annotated, get_origin, get_type_hints

    from agent.state import BranchOutput, State

    handed, whole = get_type_hints(BranchOutput, include_extras=True), get_type_hints(State, include_extras=True)
    assert handed
    assert all(get_origin(kind) is Annotated and whole[name] == kind for name, kind in handed.items())
