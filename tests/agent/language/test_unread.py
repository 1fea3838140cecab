"""What a question is taken for that is not read; telegram style is never refused for looking like another language."""

import json
import os
from pathlib import Path

import pytest

from agent.app import RadiologyAgent
from agent.language.unread import FIGURES, UNKNOWN, names, taken_for, unread
from agent.settings import load
from agent.types import Question

HERE = Path(__file__).parents[2] / "data" / "languages"
EVALS = Path(__file__).parents[3] / "evals" / "datasets"
SHARED = Path(os.environ.get("RADQA_SHARED_DATA", "/nowhere")) / "reader_questions.jsonl"


def rows(name):
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if not line.startswith("#")]


def own_questions():
    for path in (*EVALS.glob("*.jsonl"), SHARED):
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
            row = json.loads(line)
            yield from (item["question"] for item in row.get("questions", [row]) if "question" in item)  # a set of reports has none


def test_sixty_questions_in_twelve_languages_are_counted():
    asked = [kind for kind, _ in rows("unread.tsv") if len(kind) == 2]
    assert (len(asked), len(set(asked))) == (60, 12)


@pytest.mark.parametrize(("kind", "text"), rows("unread.tsv"))
def test_what_is_not_read_is_taken_for_another_language_or_for_figures(kind, text):
    assert unread(text)
    assert (unread(text) == FIGURES) == (kind == "numbers")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("怀孕12周阑尾炎首选检查是什么？", "Chinese"), ("喫煙者の7mmの肺結節は？", "Japanese"), ("Контроль узла 7 мм у курильщика?", "Russian"),
        ("Jak kontrolować lity guzek płuca 7 mm u palacza?", "Polish"), ("Hoe moet een longnodule van 7 mm worden gevolgd?", "Dutch"),
    ],
)  # fmt: skip
def test_the_language_is_named(text, name):
    assert unread(text) == name


@pytest.mark.parametrize(("code", "text"), rows("read.tsv"))
def test_a_short_question_in_a_language_that_is_read_is_not_refused(code, text):
    assert unread(text) == ""


def test_no_question_of_the_eval_sets_is_refused():
    asked = list(own_questions())
    assert len(asked) > 400
    assert [text for text in asked if unread(text)] == []


@pytest.mark.parametrize(
    "text", ["α-fetoprotein and β-blockers before CTCA?", "µSv of a chest CT?", "Takayasu arteritis (高安) in a young woman: which CT?"]
)
def test_single_letters_of_another_script_do_not_make_a_question_foreign(text):
    assert unread(text) == ""


def test_a_report_that_is_not_read_makes_the_question_one_that_is_not_read():
    assert taken_for(Question.of("What follow-up is due?", report="右肺上叶见7毫米实性结节，边缘光滑。")) == "Chinese"
    assert taken_for(Question.of("What follow-up is due?", report="7 mm, 12")) == ""


def test_an_option_in_another_script_is_not_guessed_at():
    assert taken_for(Question.of("First test?", {"A": "超声", "B": "CT"})) == "Chinese"


@pytest.mark.parametrize(("kind", "text"), rows("unread.tsv"))
def test_no_question_that_is_not_read_is_answered(small_index_folder, agent, kind, text):
    answer = agent.ask(text)
    assert answer.kind == "abstained"
    assert ("figures" in answer.reason) == (kind == "numbers")
    assert kind == "numbers" or unread(text) in answer.reason


@pytest.fixture(scope="module")
def agent(small_index_folder):
    return RadiologyAgent(load(index=small_index_folder, embedding="hash", reader="words", threshold=0.3))


def test_the_names_are_words_for_a_reader():
    assert all(name[0].isupper() for name in (*names().names.values(), *names().scripts.values()))
    assert UNKNOWN.startswith("a language")
