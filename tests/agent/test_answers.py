"""The whole graph over three tiny documents."""

import asyncio
import threading
import time

import pytest

from agent.app import RadiologyAgent
from agent.errors import BudgetExceeded, ModelUnavailable
from agent.render import as_json
from agent.settings import load
from agent.types import Abstained, Answered, TraceEvent
from retrievers.errors import SourceUnavailable

QUESTION = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"


def test_the_first_sentence_answers_and_every_sentence_is_cited(small_agent):
    answer = small_agent.ask(QUESTION)
    assert isinstance(answer, Answered)
    assert answer.claims[0].text == "CT at 6-12 months, then CT at 18-24 months."
    assert len(answer.claims) <= 7
    assert all(claim.citations for claim in answer.claims)
    assert str(answer).count("[1]") >= len(answer.claims)
    assert "does not replace" in str(answer)


def test_citations_resolve_in_the_document(small_agent):
    answer = small_agent.ask(QUESTION)
    for claim in answer.claims:
        for citation in claim.citations:
            assert small_agent.library.document(citation.document_id).text[citation.start : citation.end] == citation.quote


def test_what_the_question_leaves_open_is_said_with_the_answer(small_agent):
    answer = small_agent.ask("What follow-up does a single solid lung nodule of 7 mm found by chance need?")
    assert answer.shape == "depends"
    assert [(choice.condition, set(choice.choices)) for choice in answer.depends] == [("risk", {"low", "high"})]
    (other,) = [claim.text for claim in answer.claims if claim.role == "alternative"]
    assert ("risk low" in other) != ("risk low" in answer.claims[1].text)


def test_an_off_topic_question_abstains_and_says_what_was_searched(small_agent):
    answer = small_agent.ask("What is the capital of France?")
    assert isinstance(answer, Abstained)
    assert answer.option is None
    assert answer.searched
    assert "capital" in answer.missing
    assert "No answer" in str(answer)
    assert as_json(answer)["kind"] == "abstained"


def test_a_question_about_an_unseen_image_abstains(small_agent):
    answer = small_agent.ask("What lung nodule is shown in this image?")
    assert isinstance(answer, Abstained)
    assert "image" in answer.reason


def test_an_option_is_chosen_by_its_value(small_agent):
    options = {"A": "CT at 3-6 months", "B": "CT at 6-12 months, then CT at 18-24 months", "C": "No routine follow-up"}
    answer = small_agent.ask(QUESTION, options)
    assert answer.option == "B"
    assert {weight.label for weight in answer.weights} == {"A", "B", "C"}
    assert max(answer.weights, key=lambda weight: weight.score).label == "B"
    assert str(answer).startswith("B. CT at 6-12 months")


@pytest.mark.usefixtures("narrow_margin")
def test_yes_and_no_follow_what_the_evidence_denies(small_agent):
    answer = small_agent.ask("Does a single solid lung nodule of 4 mm found by chance at low risk need follow-up?", {"A": "yes", "B": "no"})
    assert answer.option == "B"


def test_options_that_no_evidence_tells_apart_abstain(small_agent):
    answer = small_agent.ask(QUESTION, {"A": "Xylophone lessons", "B": "Zebra crossing"})
    assert isinstance(answer, Abstained)


def test_a_report_gives_the_values(small_agent):
    answer = small_agent.ask(
        "What follow-up does this lung nodule need?", report="A single solid lung nodule of 7 mm. The patient is a heavy smoker."
    )
    assert isinstance(answer, Answered)
    assert "18-24 months" in answer.claims[0].text


def test_an_urgent_point_of_the_source_is_told(small_agent):
    answer = small_agent.ask("What does massive haemoptysis with a lung nodule found by chance need?")
    assert any("help at once" in claim.text for claim in answer.claims)


async def test_events_come_first_and_the_answer_last(small_agent):
    items = [item async for item in small_agent.astream(QUESTION)]
    assert isinstance(items[-1], Answered)
    events = items[:-1]
    assert all(isinstance(event, TraceEvent) for event in events)
    stages = [event.stage for event in events]
    assert list(dict.fromkeys(stages)) == [
        "understand",
        "plan",
        "retrieve",
        "grade",
        "weigh",
        "compose",
        "verify",
        "conclude",
    ]
    assert [event.seconds for event in events] == sorted(event.seconds for event in events)


def test_the_same_question_gives_the_same_answer(small_agent):
    one, two = small_agent.ask(QUESTION), small_agent.ask(QUESTION)
    assert one.text == two.text


def test_threads_share_one_agent(small_agent):
    answers = {}

    def run(number):
        answers[number] = small_agent.ask(QUESTION if number % 2 else "Which Bosniak class has a smooth enhancing wall of 4 mm?")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len({answers[n].text for n in range(0, 8, 2)}) == len({answers[n].text for n in range(1, 8, 2)}) == 1
    assert "Bosniak III" in answers[0].text


class Failing:
    name = "failing"

    def __init__(self, inner, bad):
        self.inner, self.bad = inner, bad

    async def retrieve_many(self, queries):
        if any(self.bad in query.text for query in queries):
            raise SourceUnavailable("the voice", "is down")
        return await self.inner.retrieve_many(queries)


def agent_with(small_index_folder, wrap=None, **settings):
    made = RadiologyAgent(load(index=small_index_folder, embedding="hash", reader="words", threshold=0.3, **settings))
    if wrap:
        made._retriever = wrap(made._retriever)
    return made


def test_one_failing_branch_never_takes_the_others_down(small_index_folder):
    made = agent_with(small_index_folder, lambda inner: Failing(inner, "Xylophone"))
    answer = made.ask(QUESTION, {"A": "CT at 6-12 months, then CT at 18-24 months", "B": "Xylophone lessons"})
    assert isinstance(answer, Answered)
    assert answer.option == "A"
    assert any("could not be researched" in line and "the voice: is down" in line for line in answer.limitations)


def test_when_every_branch_fails_the_answer_says_so(small_index_folder):
    made = agent_with(small_index_folder, lambda inner: Failing(inner, ""))
    answer = made.ask(QUESTION)
    assert isinstance(answer, Abstained)
    (note,) = answer.limitations
    assert "the voice: is down" in note


def test_a_bug_in_a_branch_is_not_swallowed(small_index_folder):
    class Buggy(Failing):
        async def retrieve_many(self, queries):
            raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError):
        agent_with(small_index_folder, lambda inner: Buggy(inner, "")).ask(QUESTION)


class Scripted:
    """A reasoner whose sentences are given; everything else is the extractive one's."""

    name = "scripted"

    def __init__(self, inner, drafts):
        self.inner, self.rounds = inner, list(drafts)

    def __getattr__(self, name):
        return getattr(self.inner, name)

    async def compose(self, question, concepts, weighed, failed):
        from agent.types import Draft

        texts = self.rounds.pop(0) if self.rounds else []
        return [Draft(text=text, evidence_ids=(weighed.evidence[0].id,)) for text in texts]


def test_a_sentence_that_fails_is_repaired_once(small_index_folder):
    made = agent_with(small_index_folder)
    made._reasoner = Scripted(made._rules, [["CT after 99 months."], ["CT at 6-12 months, then CT at 18-24 months."]])
    answer = made.ask(QUESTION)
    assert [claim.text for claim in answer.claims] == ["CT at 6-12 months, then CT at 18-24 months."]
    assert answer.provenance.dropped == ("CT after 99 months.",)


def test_nothing_left_after_verification_means_abstained(small_index_folder):
    made = agent_with(small_index_folder)
    made._reasoner = Scripted(made._rules, [["CT after 99 months."], ["CT after 98 months."]])
    answer = made.ask(QUESTION)
    assert isinstance(answer, Abstained)
    assert answer.related


def test_a_sentence_that_cites_nothing_retrieved_is_dropped(small_index_folder):
    made = agent_with(small_index_folder)

    class Inventing(Scripted):
        async def compose(self, question, concepts, weighed, failed):
            from agent.types import Draft

            return [
                Draft(text="CT at 6-12 months.", evidence_ids=("made-up",)),
                *(await super().compose(question, concepts, weighed, failed)),
            ]

    made._reasoner = Inventing(made._rules, [["CT at 6-12 months, then CT at 18-24 months."]] * 2)
    assert [claim.text for claim in made.ask(QUESTION).claims] == ["CT at 6-12 months, then CT at 18-24 months."]


def test_a_model_failure_ends_in_its_error_or_in_a_labelled_fallback(small_index_folder):
    class Down(Scripted):
        async def plan(self, question, concepts):
            raise ModelUnavailable("the server is gone")

    made = agent_with(small_index_folder)
    made._reasoner = Down(made._rules, [])
    with pytest.raises(ModelUnavailable, match="gone"):
        made.ask(QUESTION)
    made = agent_with(small_index_folder, fallback="extractive")
    made._reasoner = Down(made._rules, [])
    answer = made.ask(QUESTION)
    assert "gone" in answer.limitations[0]
    assert answer.claims[0].text == "CT at 6-12 months, then CT at 18-24 months."


def test_budgets_are_kept():
    from agent.chat.budget import Budget

    budget = Budget(load(calls=1, tokens=1000))
    assert budget.left
    budget.spend(tokens_in=5, tokens_out=5, seconds=1.0)
    assert not budget.left
    with pytest.raises(BudgetExceeded, match="calls"):
        budget.check()


async def test_an_agent_answers_inside_a_running_loop(small_agent):
    answers = await asyncio.gather(*(small_agent.aask(QUESTION) for _ in range(4)))
    assert len({answer.text for answer in answers}) == 1


def test_any_retriever_can_stand_in_for_the_index_own(small_index_folder):
    from agent.fakes import FixedRetriever

    made = agent_with(small_index_folder)
    made._retriever = FixedRetriever(made.index.passages)
    assert "18-24 months" in made.ask(QUESTION).claims[0].text


def test_an_answer_less_sure_than_asked_for_is_an_abstention_with_its_reason(radqa_agent):
    from agent.app import RadiologyAgent
    from agent.settings import load
    from agent.types import Abstained, Answered

    question = "Follow-up for a 7 mm solid nodule in a heavy smoker?"
    plain = radqa_agent.ask(question)
    assert isinstance(plain, Answered)
    sure = plain.confidence.score
    for least, kind in ((sure - 0.01, Answered), (sure + 0.01, Abstained)):
        made = RadiologyAgent(load(least_confidence=least), index=radqa_agent.index).ask(question)
        assert isinstance(made, kind)
    assert "least_confidence" in made.reason
    assert made.related


TABLE = "\n".join(f"{row} {row * 1.5:.1f} mm {row % 40} cm {row % 9} HU {row % 7} ml" for row in range(800))[:19_900]
SENTENCES = " ".join(f"There is a {2 + row % 58} mm nodule in segment {1 + row % 8} with {5 + row % 85} HU." for row in range(330))[:19_900]


@pytest.mark.parametrize("report", [TABLE, SENTENCES])
def test_a_report_of_nothing_but_measurements_ends(small_agent, report):
    started = time.process_time()
    small_agent.ask("Which follow-up does the nodule need?", report=report)
    assert time.process_time() - started < 30


@pytest.mark.parametrize(
    "text",
    ["Please call" + " " * 2000 + "about a 7 mm nodule", "pager. " * 500 + "nodule?", "dob" + " " * 3000 + "nodule 7 mm?", "a\x00" * 1900],
)
def test_a_question_made_to_slow_the_reading_down_ends(small_agent, text):
    started = time.process_time()
    small_agent.ask(text)
    assert time.process_time() - started < 20
