"""A list has its whole table read, and says how much of it is shown."""

from agent.judging.candidates import Candidate
from agent.judging.gate import Judged
from agent.judging.listing import completeness, table_of, unread_rows
from agent.types import Draft, Evidence


def rows(library):
    return table_of(next(one for one in library.passages("nodule-card") if one.is_row), library)


def read(passage):
    return Judged(Candidate(passage, 2.5), 0.7, 0.7)


def evidence(passage):
    return Evidence.of(passage, passage.text, facet_id="answer", relevance=0.7)


def shown(*items):
    return [Draft(text=item.quote, evidence_ids=(item.id,), role="background") for item in items]


def test_the_rows_of_a_table_are_found_from_one_of_them_and_prose_has_none(small_library):
    table = rows(small_library)
    assert len(table) > 2
    assert {one.header for one in table} == {table[0].header}
    assert table_of(small_library.passages("note")[0], small_library) == []


def test_the_other_rows_of_the_leading_rows_table_are_read_and_no_row_twice(small_library):
    first, second, *rest = rows(small_library)
    found = unread_rows([read(first), read(second)], small_library)
    assert [one.passage.id for one in found] == [one.id for one in rest]
    assert {one.fused for one in found} == {2.5}
    assert unread_rows([read(small_library.passages("note")[0])], small_library) == []
    assert unread_rows([], small_library) == []


def test_a_list_says_how_many_of_its_tables_entries_it_shows(small_library):
    items = [evidence(one) for one in rows(small_library)]
    place = f"“{items[0].passage.source.title}, {items[0].passage.section}”"
    assert completeness(items, shown(*items), small_library) == f"All {len(items)} entries of {place} are listed."
    assert completeness(items, shown(items[0], items[1]), small_library) == f"2 of {len(items)} entries of {place} are listed."
    assert completeness([evidence(small_library.passages("note")[0])], [], small_library) == ""
