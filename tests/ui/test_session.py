"""The process behind the pages: runs that are watched, stopped, kept, and never mixed up."""

import asyncio
import re
import threading
import time

import pytest

from agent.settings import load
from agent.types import Answered
from tests.ui.conftest import QUESTION
from ui.session import Desk

BOSNIAK = "Which Bosniak class has a smooth enhancing wall of 4 mm?"


@pytest.fixture
def office(tmp_path, small_index_folder):
    made = Desk(tmp_path / "chat", load(index=small_index_folder, embedding="hash", reader="words", threshold=0.3))
    yield made
    made.close()


def asked(office, person, question, **more):
    conversation = office.store.begin(person, question)
    turn = office.store.ask(person, conversation.id, question, more.pop("options", {}), read_as=more.pop("read_as", ""))
    return office.ask(person, turn, office.configured, **more)


def finished(run):
    for _ in run.watch(0.05):
        pass
    return run


def test_events_come_as_they_happen_and_the_answer_is_kept(office):
    run = asked(office, "ann", QUESTION)
    counts = [len(events) for events in run.watch(0.01)]
    assert counts == sorted(counts)
    assert run.status == "answered"
    turn = office.store.turn("ann", run.turn.id)
    assert isinstance(turn.answer, Answered)
    assert len(turn.events) == counts[-1]
    assert turn.answer.claims[0].text.startswith("CT at 6-12 months")
    assert office.run("ann", run.turn.id) is None


def slow(office, started, ended):
    """Make the agent's retrieval hang until it is cancelled."""

    class Slow:
        name = "slow"

        async def retrieve_many(self, queries):
            started.set()
            try:
                await asyncio.sleep(60)
            finally:
                ended.set()

    agent = office.agent("ann", office.configured)
    agent._retriever = Slow()
    return agent


def test_stopping_really_stops(office):
    started, ended = threading.Event(), threading.Event()
    slow(office, started, ended)
    run = asked(office, "ann", QUESTION)
    assert started.wait(10)
    assert office.run("ann", run.turn.id) is run
    assert office.run("bob", run.turn.id) is None
    begun = time.monotonic()
    run.stop()
    finished(run)
    assert time.monotonic() - begun < 2
    assert ended.is_set()
    turn = office.store.turn("ann", run.turn.id)
    assert (turn.status, turn.answer) == ("stopped", None)
    assert [event.stage for event in turn.events][:2] == ["understand", "plan"]


@pytest.mark.parametrize("how", ["delete", "drop_from", "ask"])
def test_what_is_removed_or_asked_anew_runs_no_further(office, how):
    started, ended = threading.Event(), threading.Event()
    agent = office.agent("ann", office.configured)
    searching = agent._retriever
    slow(office, started, ended)
    run = asked(office, "ann", QUESTION)
    assert started.wait(10)
    office.delete("bob", run.turn.conversation)
    office.drop_from("bob", run.turn.id)
    assert not ended.is_set()
    agent._retriever = searching
    if how == "ask":
        anew = finished(office.ask("ann", run.turn, office.configured))
        assert anew.status == "answered"
    else:
        getattr(office, how)("ann", run.turn.conversation if how == "delete" else run.turn.id)
    assert ended.wait(2)
    finished(run)
    assert office.run("ann", run.turn.id) is None
    kept = office.store.turn("ann", run.turn.id)
    assert kept.status == "answered" if how == "ask" else kept is None


def test_leaving_the_page_leaves_the_run_running(office):
    run = asked(office, "ann", QUESTION)
    next(iter(run.watch(0.01)))
    finished(run)
    assert office.store.turn("ann", run.turn.id).status == "answered"


def test_two_watch_the_same_run(office):
    run = asked(office, "ann", QUESTION)
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(len(list(run.watch(0.05))[-1]))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert seen == [len(run.events)] * 2


def test_a_broken_model_ends_in_its_message(office, socket_enabled):
    bad = office.configured.model_copy(update={"base_url": "http://127.0.0.1:9/v1", "model_retries": 0})
    conversation = office.store.begin("ann", "t")
    run = finished(office.ask("ann", office.store.ask("ann", conversation.id, QUESTION, {}), bad))
    assert run.status == "failed"
    assert "127.0.0.1:9" in run.problem
    assert "server running" in run.problem


def test_a_bug_is_told_and_the_desk_goes_on(office, caplog):
    agent = office.agent("ann", office.configured)

    class Buggy:
        name = "buggy"

        async def retrieve_many(self, queries):
            raise ZeroDivisionError("a bug")

    kept, agent._retriever = agent._retriever, Buggy()
    run = finished(asked(office, "ann", QUESTION))
    assert run.status == "failed"
    assert "ZeroDivisionError" in run.problem
    assert "a run failed" in caplog.text
    agent._retriever = kept
    assert finished(asked(office, "ann", QUESTION)).status == "answered"


def test_ten_people_at_once_are_all_answered_and_never_mixed_up(office):
    runs = {f"p{n}": asked(office, f"p{n}", QUESTION if n % 2 else BOSNIAK) for n in range(10)}
    for person, run in runs.items():
        finished(run)
        (conversation,) = office.store.conversations(person)
        (turn,) = office.store.turns(person, conversation.id)
        wanted = "CT at 6-12 months" if int(person[1:]) % 2 else "Bosniak III"
        assert wanted in turn.plain
        assert turn.question == turn.answer.question.text == run.turn.question


def test_agents_with_other_settings_share_the_index(office):
    one = office.agent("ann", office.configured)
    other = office.agent("bob", office.configured.model_copy(update={"rounds": 3}))
    assert one is not other
    assert one.index is other.index
    assert office.agent("bob", office.configured) is one


def test_only_so_many_agents_are_kept(office):
    for rounds in range(1, 7):
        for facets in (1, 2):
            office.agent("ann", office.configured.model_copy(update={"rounds": rounds, "facets": facets}))
    assert len(office._agents) == 8


def test_an_own_document_answers_its_owner_alone(office):
    text = b"# Spacer protocol\n\nAfter a hydrogel spacer the pelvic MRI is done on day 14.\n"
    office.shelf("ann").add("Mine", [("spacer.md", text)])
    question = "When is the pelvic MRI done after a hydrogel spacer?"
    mine = finished(asked(office, "ann", question))
    theirs = finished(asked(office, "bob", question))
    assert "day 14" in office.store.turn("ann", mine.turn.id).plain
    assert "day 14" not in office.store.turn("bob", theirs.turn.id).plain
    office.shelf("ann").switch(office.shelf("ann").collections()[0].id, on=False)
    assert "day 14" not in office.store.turn("ann", finished(asked(office, "ann", question)).turn.id).plain


def test_a_run_says_how_far_the_index_over_own_documents_is(office):
    office.shelf("ann").add("Mine", [("spacer.md", b"# Spacer protocol\n\nAfter a hydrogel spacer the pelvic MRI is done on day 14.\n")])
    assert re.fullmatch(r"Indexing your documents(: (\d+) of \2 passages)?", finished(asked(office, "ann", QUESTION)).preparing)
    assert finished(asked(office, "ann", QUESTION)).preparing == ""


def test_a_follow_up_is_asked_as_it_stands_alone(office):
    run = finished(asked(office, "ann", "And at high risk?", read_as=QUESTION))
    turn = office.store.turn("ann", run.turn.id)
    assert turn.question == "And at high risk?"
    assert turn.answer.question.text == QUESTION
    assert "18-24 months" in turn.plain


def test_a_follow_up_reads_the_evidence_of_the_turn_before_again(office):
    office.shelf("ann").add("Mine", [("spacer.md", b"# Spacer protocol\n\nAfter a hydrogel spacer the pelvic MRI is done on day 14.\n")])
    first = finished(asked(office, "ann", "When is the pelvic MRI done after a hydrogel spacer?"))
    conversation = first.turn.conversation
    given = []

    def follow_up(read_as):
        agent = office.agent("ann", office.configured)
        really = type(agent).astream
        agent.astream = lambda *args, earlier, **more: given.append(earlier) or really(agent, *args, earlier=earlier, **more)
        turn = office.store.ask("ann", conversation, "And after it?", {}, read_as=read_as)
        return finished(office.ask("ann", turn, office.configured))

    evidence = {item.passage.id for item in office.store.turn("ann", first.turn.id).answer.evidence}
    assert follow_up("When is the MRI done after it?").status == "answered"
    assert {passage.id for passage in given[0]} == evidence
    assert any(passage.document_id.startswith("own-") for passage in given[0])
    follow_up("")
    assert given[1] == ()
    follow_up("When is the MRI done after it?")
    office.store.drop_from("ann", office.store.turns("ann", conversation)[1].id)
    office.shelf("ann").switch(office.shelf("ann").collections()[0].id, on=False)
    follow_up("When is the MRI done after it?")
    assert not any(passage.document_id.startswith("own-") for passage in given[-1])
