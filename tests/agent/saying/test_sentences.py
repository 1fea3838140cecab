"""Evidence as sentences: rows through their table's pattern, prose as it stands, the answer first."""

import pytest

from agent.reading.asked import Asked
from agent.reading.rows import fit_table
from agent.saying.sentences import BESIDE, alternatives, condition, drafts, open_choices, sentence, speaker
from agent.types import Evidence
from tests.conftest import passage

HEADER = ("number", "size", "risk", "follow-up")
GUIDELINE = {"kind": "guideline", "results": ("follow-up",)}


def row(*cells, name="d", relevance=0.9, say="", header=HEADER, **source):
    found = passage(f"| {' | '.join(cells)} |", name, header, **(GUIDELINE | source)).model_copy(update={"say": say})
    return Evidence.of(found, found.text, facet_id="f", relevance=relevance)


def prose(text, name="n", relevance=0.9, quote="", **source):
    return Evidence.of(passage(text, name, **source), quote or text, facet_id="f", relevance=relevance)


HIGH = row("single", "6-8 mm", "high", "CT at 6-12 months, then at 18-24 months")
LOW = row("single", "6-8 mm", "low", "CT at 6-12 months", relevance=0.7)
SMALL = row("single", "< 6 mm", "high", "Optional CT at 12 months", relevance=0.8)


def test_a_row_speaks_through_its_tables_pattern_and_needs_no_condition():
    spoken = row("single", "6-8 mm", "high", "CT at 6-12 months", say="A {number} nodule of {size} at {risk} risk: {follow-up}.")
    assert sentence(spoken) == "A single nodule of 6-8 mm at high risk: CT at 6-12 months."
    assert condition(spoken) == ""


def test_a_row_without_a_pattern_says_what_it_answers_and_then_for_whom():
    assert sentence(HIGH) == "CT at 6-12 months, then at 18-24 months."
    assert condition(HIGH) == "Given for number single, size 6-8 mm and risk high."
    assert condition(row("single", "any", "any", "CT")) == "Given for number single."
    assert condition(row("any", "any", "any", "CT")) == ""


def test_without_results_the_last_column_answers():
    assert sentence(row("single", "6-8 mm", "high", "CT", results=())) == "CT."


def test_prose_is_said_by_the_sentence_that_was_picked():
    item = prose("Nodules are common. Most are benign.", quote="Most are benign.")
    assert sentence(item) == "Most are benign."
    assert condition(item) == ""


@pytest.mark.parametrize(
    ("text", "said"), [("most are benign", "Most are benign."), ("pT2 is invasive.", "pT2 is invasive."), ("two\n words!", "Two words!")]
)
def test_a_sentence_begins_with_a_capital_and_is_closed(text, said):
    assert sentence(prose(text)) == said


def test_who_speaks_is_named_by_organisation_and_year_or_title():
    assert speaker(passage("x", organisation="Test Society", year=2020)) == "Test Society 2020"
    assert speaker(passage("x", organisation="One; Two", year=2020)) == "One and Two 2020"
    assert speaker(passage("x", organisation="One; Two; Three", year=2020)) == "One and others 2020"
    assert speaker(passage("x", title="A book")) == "A book"
    assert speaker(passage("x", title="Sarcoidosis", kind="topic", organisation="radqa reference topic", year=2020)) == "Sarcoidosis"


def rivals(question, *items):
    return alternatives(items[0], fit_table([item.passage for item in items], Asked.of(question)), items)


def test_a_row_that_holds_as_well_and_says_something_else_is_an_alternative():
    assert rivals("What follow-up does a single nodule of 7 mm need?", HIGH, LOW, SMALL) == [LOW]


def test_nothing_left_open_means_no_alternative():
    assert rivals("What follow-up does a single nodule of 7 mm need at high risk?", HIGH, LOW, SMALL) == []


def test_an_alternative_that_hardly_answers_or_says_the_same_is_none():
    question = "What follow-up does a single nodule of 7 mm need?"
    assert rivals(question, HIGH, LOW.model_copy(update={"relevance": 0.1})) == []
    assert rivals(question, HIGH, row("single", "6-8 mm", "low", HIGH.passage.cells[-1])) == []


def test_prose_and_topics_have_no_alternatives():
    assert alternatives(prose("Most are benign."), [], []) == []
    assert rivals("What follow-up does a single nodule of 7 mm need?", row("single", "6-8 mm", "high", "CT", kind="topic"), LOW) == []


def test_the_choices_that_are_open_are_the_conditions_that_differ():
    (choice,) = open_choices([HIGH, LOW])
    assert (choice.condition, choice.choices) == ("risk", ("high", "low"))
    assert open_choices([HIGH]) == ()


def roles(made):
    return [draft.role for draft in made]


def test_the_answer_comes_first_then_its_condition_then_what_holds_otherwise():
    made = drafts([HIGH, LOW], [LOW], listed=False)
    assert roles(made) == ["answer", "condition", "alternative"]
    assert made[0].evidence_ids == made[1].evidence_ids == (HIGH.id,)
    assert made[2].text == "CT at 6-12 months. Given for number single, size 6-8 mm and risk low."


def test_a_row_of_the_same_table_for_another_value_does_not_stand_beside_the_answer():
    assert roles(drafts([HIGH, SMALL], [], listed=False)) == ["answer", "condition"]


def test_what_answers_much_less_does_not_stand_beside_the_answer():
    near, far = prose("Most are benign.", relevance=0.9 * BESIDE + 0.05), prose("A spleen is an organ.", relevance=0.9 * BESIDE - 0.05)
    made = drafts([prose("Splenic cysts are benign."), near, far], [], listed=False)
    assert [draft.text for draft in made] == ["Splenic cysts are benign.", "Most are benign."]


def test_another_source_is_named_a_topic_is_not_and_a_case_stays_out():
    lead = prose("Splenic cysts are benign.")
    guideline = prose("Cysts are left alone.", "g", organisation="Test Society", year=2020, kind="guideline")
    topic, case = prose("Cysts may bleed.", "t", kind="topic"), prose("A cyst was found.", "c", kind="case")
    said = [draft.text for draft in drafts([lead, guideline, topic, case], [], listed=False)]
    assert said == ["Splenic cysts are benign.", "Test Society 2020: Cysts are left alone.", "Cysts may bleed."]


def test_a_source_that_the_sentence_names_is_not_named_before_it():
    lead = prose("Splenic cysts are benign.")
    dated = prose("TS 2020 advises no follow-up.", "g", organisation="Test Society", year=2020, kind="guideline")
    system = prose("By SC-RADS, cysts are 1.", "h", organisation="Test Society", year=2021, title="SC-RADS of cysts", kind="guideline")
    said = [draft.text for draft in drafts([lead, dated, system], [], listed=False)]
    assert said[1:] == ["TS 2020 advises no follow-up.", "By SC-RADS, cysts are 1."]


def test_a_list_takes_the_rows_of_the_answers_table_before_other_sentences():
    rows = [row("any", "any", name, "CT", relevance=0.6) for name in ("low", "middle", "high", "very high", "unknown")]
    made = drafts([rows[0], prose("Other words.", relevance=0.8), *rows[1:]], [], listed=True)
    background = [draft.evidence_ids[0] for draft in made if draft.role == "background"]
    assert background[:4] == [item.id for item in rows[1:]]
    assert len(background) == 5


def test_a_row_of_another_table_of_the_document_holds_as_well_where_a_shared_condition_is_open():
    wide = ("type", "size", "risk", "follow-up")
    solid = row("solid", "> 8 mm", "low", "CT at 3 months", header=wide).model_copy(update={"met": ("size",)})
    glass = row("ground-glass", ">= 6 mm", "CT at 6-12 months", header=("type", "size", "follow-up"), relevance=0.6)
    glass = glass.model_copy(update={"met": ("size",)})
    elsewhere = row("ground-glass", ">= 6 mm", "PET", name="other", header=("type", "size", "follow-up"), relevance=0.6)
    asked = Asked.of("Follow-up of a 9 mm nodule?")
    fits = [fit._replace(open=("type",)) for item in (solid, glass) for fit in fit_table([item.passage], asked)]
    assert alternatives(solid, fits, [solid, glass, elsewhere]) == [glass]
    assert [(choice.condition, choice.choices) for choice in open_choices([solid, glass])] == [("type", ("solid", "ground-glass"))]


def test_what_stands_beside_rows_that_hold_alike_is_measured_against_them_together():
    weak = BESIDE * (HIGH.relevance + LOW.relevance) - 0.01
    polyp = prose("A gallbladder polyp of 6 to 9 mm is followed.", kind="topic", relevance=weak)
    said = [draft.text for draft in drafts([HIGH, LOW, polyp], [LOW], listed=False)]
    assert not any("polyp" in text for text in said)
    assert any("polyp" in draft.text for draft in drafts([HIGH, LOW, polyp], [], listed=False))


def test_what_holds_as_well_is_not_said_again_in_the_list():
    texts = [draft.text for draft in drafts([HIGH, LOW, SMALL], [LOW], listed=True)]
    assert len(texts) == len(set(texts))
