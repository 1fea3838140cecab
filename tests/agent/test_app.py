"""The agent as a whole: shared between threads, whole when a part fails, and careful with its index."""

import asyncio
import gc
import threading
import time

import pytest

from agent import app
from agent.app import RadiologyAgent, build_embedded, open_index
from agent.errors import EmptyQuestion, InvalidOptions, ModelUnavailable, QuestionTooLong
from agent.settings import load
from agent.types import Abstained, Answered, TraceEvent
from retrievers.embedding import HashEmbedder
from retrievers.errors import IndexMismatch, SourceRateLimited, SourceUnavailable
from retrievers.index import build
from retrievers.vectors import VectorCache

QUESTION = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
ANSWER = "CT at 6-12 months, then CT at 18-24 months."
ALL_DIFFERENT = (
    QUESTION,
    "What follow-up does a single solid lung nodule of 7 mm found by chance need at low risk?",
    "What follow-up does a single solid lung nodule of 4 mm found by chance need at low risk?",
    "What follow-up does a single solid lung nodule of 4 mm found by chance need at high risk?",
    "What follow-up do multiple solid lung nodules of 7 mm found by chance need?",
    "Which Bosniak class is a renal cyst with a smooth enhancing wall of 4 mm?",
    "Which Bosniak class is a renal cyst with a smooth enhancing wall of 3 mm?",
    "What is the capital of Mongolia?",
)


def agent_with(index_folder, **settings):
    return RadiologyAgent(load(index=index_folder, embedding="hash", reader="words", threshold=0.3, **settings))


class Breaking:
    """A retriever that raises when a query holds the word, and else asks the real one."""

    name = "breaking"

    def __init__(self, inner, word, error):
        self.inner, self.word, self.error = inner, word, error

    async def retrieve_many(self, queries):
        if any(self.word in query.text.casefold() for query in queries):
            raise self.error
        return await self.inner.retrieve_many(queries)


def breaking(index_folder, word, error, **settings):
    made = agent_with(index_folder, **settings)
    made._retriever = Breaking(made._retriever, word, error)
    return made


def test_eight_threads_ask_at_once_and_each_gets_its_own_answer(small_agent):
    alone = {question: small_agent.ask(question).text for question in ALL_DIFFERENT}
    assert len(set(alone.values())) == len(ALL_DIFFERENT)
    start, got = threading.Barrier(len(ALL_DIFFERENT)), {}

    def run(question):
        start.wait(30)
        got[question] = small_agent.ask(question)

    threads = [threading.Thread(target=run, args=(question,)) for question in ALL_DIFFERENT]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert {question: answer.text for question, answer in got.items()} == alone
    assert all(answer.question.text == question for question, answer in got.items())


def test_threads_with_loops_of_their_own_share_the_agent_too(small_agent):
    got = {}

    def run(number):
        got[number] = asyncio.run(small_agent.aask(ALL_DIFFERENT[number])).text

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert got == {number: small_agent.ask(ALL_DIFFERENT[number]).text for number in range(4)}


async def test_a_budget_belongs_to_one_question(small_agent):
    one, two = await asyncio.gather(small_agent.aask(QUESTION), small_agent.aask(QUESTION))
    assert one.provenance.seconds is not two.provenance.seconds
    assert one.seconds > 0
    assert two.seconds > 0


@pytest.mark.parametrize(
    "error",
    [SourceUnavailable("the voice", "is down"), SourceRateLimited("the voice", "asks to wait", 3.0), IndexMismatch("the voice: is gone")],
)
async def test_one_failing_facet_is_named_and_the_others_answer(small_index_folder, error):
    made = breaking(small_index_folder, "3-6 months", error)
    items = [item async for item in made.astream(QUESTION, {"A": "CT at 3-6 months", "B": ANSWER})]
    answer = items[-1]
    assert isinstance(answer, Answered)
    assert answer.claims[0].text == ANSWER
    (note,) = [line for line in answer.limitations if "could not be researched" in line]
    assert str(error) in note
    planned = next(item for item in items if isinstance(item, TraceEvent) and item.stage == "plan").data["facets"]
    graded = {item.facet_id for item in items if isinstance(item, TraceEvent) and item.stage == "grade"}
    assert len(planned) == 2
    assert len(graded) == 1
    assert note.startswith(tuple(planned))


async def test_a_failing_option_leaves_the_other_options_standing(small_index_folder):
    made = breaking(small_index_folder, "3-6 months", SourceUnavailable("the voice", "is down"))
    answer = await made.aask(QUESTION, {"A": "CT at 3-6 months", "B": "CT at 6-12 months, then CT at 18-24 months", "C": "No follow-up"})
    assert answer.option == "B"
    assert any("could not be researched" in line for line in answer.limitations)


def test_when_nothing_can_be_researched_the_agent_abstains_and_says_why(small_index_folder):
    answer = breaking(small_index_folder, "", SourceUnavailable("the voice", "is down")).ask(QUESTION)
    assert isinstance(answer, Abstained)
    assert answer.limitations
    assert all("the voice: is down" in line for line in answer.limitations)


def test_a_bug_is_raised_and_the_agent_stays_usable(small_index_folder):
    made = breaking(small_index_folder, "bosniak", ZeroDivisionError("a bug"))
    with pytest.raises(ZeroDivisionError):
        made.ask("Which Bosniak class is a renal cyst with a smooth enhancing wall of 4 mm?")
    assert made.ask(QUESTION).claims[0].text == ANSWER


class Dead:
    """A reasoner whose model is gone from the given step on."""

    name = "dead"

    def __init__(self, inner, step):
        self.inner, self.step = inner, step

    def __getattr__(self, name):
        if name != self.step:
            return getattr(self.inner, name)

        async def gone(*arguments):
            raise ModelUnavailable("the server is gone")

        return gone


@pytest.mark.parametrize("step", ["understand", "plan", "weigh", "compose", "conclude"])
def test_a_model_that_fails_at_any_step_ends_in_its_error_or_the_labelled_fallback(small_index_folder, step):
    for fallback in ("", "extractive"):
        made = agent_with(small_index_folder, fallback=fallback)
        made._reasoner = Dead(made._rules, step)
        if not fallback:
            with pytest.raises(ModelUnavailable, match="gone"):
                made.ask(QUESTION)
            continue
        answer = made.ask(QUESTION)
        assert answer.claims[0].text == ANSWER
        assert answer.limitations[0].startswith("The chat model failed (the server is gone)")
        assert answer.provenance.reasoner == "extractive"


def test_a_model_that_fails_while_a_facet_is_refined_is_no_abstention(small_index_folder):
    made = agent_with(small_index_folder)
    made._reasoner = Dead(made._rules, "refine")
    with pytest.raises(ModelUnavailable, match="gone"):
        made.ask("What is the capital of Mongolia?")
    made = agent_with(small_index_folder, fallback="extractive")
    made._reasoner = Dead(made._rules, "refine")
    answer = made.ask("What is the capital of Mongolia?")
    assert answer.limitations[0].startswith("The chat model failed (the server is gone)")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("  \n",), EmptyQuestion),
        (("x" * 100_000,), QuestionTooLong),
        ((QUESTION, None, "x" * 100_000), QuestionTooLong),
        ((QUESTION, {"A": "one"}), InvalidOptions),
        ((QUESTION, {"A": "one", "B": "ONE "}), InvalidOptions),
        ((QUESTION, {"A": "one", " A": "two"}), InvalidOptions),
        ((QUESTION, {"A": "one", "B": " "}), InvalidOptions),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused_before_anything_runs(small_agent, arguments, error):
    with pytest.raises(error):
        small_agent.ask(*arguments)


@pytest.fixture
def tiny_corpus(small_documents, tmp_path, monkeypatch):
    """The embedded corpus replaced by three documents, its index in an empty cache; gives the index's folder."""
    monkeypatch.setattr(app.embedded, "documents", lambda: iter(small_documents))
    monkeypatch.setattr(app.embedded, "stamp", lambda: "stamp-1")
    monkeypatch.setattr("agent.settings.cache_folder", lambda: tmp_path)
    return tmp_path / "index"


def test_the_embedded_index_is_built_once_and_again_when_the_corpus_changes(tiny_corpus, monkeypatch):
    settings = load(embedding="hash", reader="words")
    first = open_index(settings)
    assert first.manifest.embedded_stamp.startswith("stamp-1-")
    assert first.folder.is_relative_to(tiny_corpus)
    built = []
    monkeypatch.setattr(app, "build_embedded", lambda *arguments: built.append(1) or build_embedded(*arguments))
    assert open_index(settings).manifest == first.manifest
    assert not built
    monkeypatch.setattr(app.embedded, "stamp", lambda: "stamp-2")
    assert open_index(settings).manifest.embedded_stamp.startswith("stamp-2-")
    assert built == [1]


def test_a_damaged_embedded_index_is_built_anew(tiny_corpus):
    settings = load(embedding="hash", reader="words")
    open_index(settings)
    next(tiny_corpus.glob("g-*/passages.json")).write_text("[]", encoding="utf-8")
    assert len(open_index(settings).passages) > 0


def test_a_chosen_index_is_never_touched(tmp_path, small_documents):
    build(small_documents, tmp_path / "own", HashEmbedder(), cache=VectorCache(tmp_path / "vectors"))
    path = next((tmp_path / "own").glob("g-*/passages.json"))
    path.write_text("[]", encoding="utf-8")
    with pytest.raises(IndexMismatch, match=r"passages\.json"):
        open_index(load(index=tmp_path / "own", embedding="hash", reader="words"))
    assert path.read_text(encoding="utf-8") == "[]"


def test_the_default_agent_is_built_once_however_many_threads_ask_first(small_agent, monkeypatch):
    made = []

    def slow():
        made.append(1)
        time.sleep(0.2)
        return small_agent

    monkeypatch.setattr(app, "RadiologyAgent", slow)
    app._shared_agent.cache_clear()
    threads = [threading.Thread(target=app.ask, args=(QUESTION,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    app._shared_agent.cache_clear()
    assert made == [1]


@pytest.mark.parametrize("taken", [1, 2, 5])
async def test_whoever_stops_listening_leaves_no_work_behind(small_agent, taken):
    before = asyncio.all_tasks()
    stream = small_agent.astream(QUESTION)
    for _ in range(taken):
        await anext(stream)
    await stream.aclose()
    gc.collect()
    assert asyncio.all_tasks() == before


async def test_the_answer_comes_last_when_the_graph_has_ended(small_agent):
    items = [item async for item in small_agent.astream(QUESTION)]
    assert isinstance(items[-1], Answered)
    assert not any(isinstance(item, (Answered, Abstained)) for item in items[:-1])
