"""Questions tied to passages: a writer's lines, kept whole or not at all."""

import pytest

from corpora.passages import split
from training import examples, questions
from training.examples import answering
from training.questions import Tied, add, count, lost, main, parse, read_all, show

WHO = "tester"


@pytest.fixture(autouse=True)
def cards(small_documents, tmp_path, monkeypatch):
    """A library of three small documents, and an empty folder of questions."""
    known = {document.id: (document, split(document)) for document in small_documents}
    monkeypatch.setattr(questions, "library", lambda: known)
    monkeypatch.setattr(examples, "library", lambda: known)
    monkeypatch.setattr(read_all, "__defaults__", (tmp_path / "kept",))
    return known


def lines(tmp_path, *said):
    path = tmp_path / "lines.txt"
    path.write_text("# a remark\n\n" + "\n".join(said) + "\n", encoding="utf-8")
    return path


def test_a_line_ties_a_question_to_the_passages_that_it_numbers(cards):
    made = parse("nodule-card | 2,3 | ward | What does a 4 mm nodule | 5 mm nodule need?", WHO)
    passages = cards["nodule-card"][1]
    assert made.passages == (passages[1].id, passages[2].id)
    assert made.question == "What does a 4 mm nodule | 5 mm nodule need?"
    assert (made.document, made.manner, made.writer) == ("nodule-card", "ward", WHO)


def test_a_near_miss_has_no_passages():
    assert parse("nodule-card | - | plain | What does it cost?", WHO).passages == ()


def test_what_another_reader_found_to_answer_counts_too(cards, tmp_path, monkeypatch):
    near = parse("nodule-card | - | plain | What does a cyst need?", WHO)
    other = cards["kidney-card"][1][1].id
    monkeypatch.setattr(questions, "also", lambda: {near.id: (other,)})
    assert near.answers == (other,)
    assert answering(near, cards["kidney-card"][1]) == {other}
    assert answering(parse("nodule-card | - | plain | What does it cost?", WHO), cards["kidney-card"][1]) == frozenset()


def test_passages_that_answer_beside_are_lost_like_others(tmp_path, monkeypatch):
    made = parse("nodule-card | 1 | ward | Who is it for?", WHO)
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "w.jsonl").write_text(made.model_dump_json() + "\n", encoding="utf-8")
    assert lost() == []
    monkeypatch.setattr(questions, "also", lambda: {made.id: ("kidney-card#gone",)})
    assert len(lost()) == 1


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("nodule-card | 1 | ward", "a line is"),
        ("nowhere | 1 | ward | What is it?", "no card 'nowhere'"),
        ("nodule-card | 1 | shouting | What is it?", "register 'shouting'"),
        ("nodule-card | one | ward | What is it?", "no list of passage numbers"),
        ("nodule-card | 99 | ward | What is it?", "has no passage 99"),
        ("nodule-card | 0 | ward | What is it?", "has no passage 0"),
        ("nodule-card | 1 | ward | ?", "at least 3"),
    ],
)
def test_a_wrong_line_says_what_is_wrong(line, reason):
    with pytest.raises(ValueError, match=reason):
        parse(line, WHO)


def test_a_file_with_a_wrong_line_is_refused_whole_with_the_line(tmp_path):
    path = lines(tmp_path, "nodule-card | 1 | ward | Who is it for?", "nowhere | 1 | ward | What is it?")
    kept, wrong = add(path, WHO, tmp_path / "kept")
    assert kept == 0
    assert [told.partition(": ")[0] for told in wrong] == [f"{path}:4"]
    assert not (tmp_path / "kept").exists()


def test_kept_questions_are_read_again_and_none_is_kept_twice(tmp_path):
    path = lines(tmp_path, "nodule-card | 1 | ward | Who is it for?", "kidney-card | - | exam | What does it cost?")
    assert add(path, WHO, tmp_path / "kept") == (2, [])
    assert add(path, WHO, tmp_path / "kept") == (0, [])
    assert [one.question for one in read_all(tmp_path / "kept")] == ["Who is it for?", "What does it cost?"]
    assert count()["answerable"] == {"yes": 1, "near miss": 1}
    assert count()["manner"] == {"ward": 1, "exam": 1}
    assert lost() == []


def test_a_question_whose_card_or_passage_is_gone_is_lost(tmp_path):
    made = parse("nodule-card | 1 | ward | Who is it for?", WHO)
    gone = [made.model_copy(update={"passages": ("nodule-card#gone",)}), made.model_copy(update={"document": "gone", "id": "g"})]
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "w.jsonl").write_text("".join(one.model_dump_json() + "\n" for one in [made, *gone]), encoding="utf-8")
    assert len(lost()) == 2
    assert main(["check"]) == 1


def test_a_card_is_shown_with_the_numbers_that_lines_name(cards):
    shown = show("nodule-card")
    for number, passage in enumerate(cards["nodule-card"][1], 1):
        assert f"\n{number}. {' | '.join(passage.cells) if passage.is_row else passage.text}" in shown


def test_a_card_that_is_not_there_is_misuse():
    assert main(["show", "nowhere"]) == 2


def test_kept_questions_are_of_known_form():
    kept = list(questions.read_all(questions.FOLDER))
    assert len({one.id for one in kept}) == len(kept)
    assert all(isinstance(one, Tied) for one in kept)
