"""Conversations of several people in one file."""

import sqlite3
import threading

import pytest

from ui.store import Store


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "chat.sqlite")


def test_a_conversation_survives_a_restart(store, answered, events):
    conversation = store.begin("ann", "Nodule")
    turn = store.ask("ann", conversation.id, "Follow-up?", {"A": "CT", "B": "none"}, "A report", "Earlier?")
    store.finish(turn.id, "answered", answer=answered, events=events, seconds=1.5)
    again = Store(store.path)
    (kept,) = again.turns("ann", conversation.id)
    assert kept.answer == answered
    assert kept.events == events
    assert (kept.question, kept.options, kept.report, kept.read_as) == ("Follow-up?", {"A": "CT", "B": "none"}, "A report", "Earlier?")
    assert [one.title for one in again.conversations("ann")] == ["Nodule"]


def test_nobody_sees_or_changes_what_is_not_theirs(store, answered):
    conversation = store.begin("ann", "Mine")
    turn = store.ask("ann", conversation.id, "Mine?", {})
    store.finish(turn.id, "answered", answer=answered)
    assert store.conversations("bob") == []
    assert store.conversation("bob", conversation.id) is None
    assert store.turns("bob", conversation.id) == []
    assert store.turn("bob", turn.id) is None
    store.rename("bob", conversation.id, "Stolen")
    store.rate("bob", turn.id, True)
    store.drop_from("bob", turn.id)
    store.reopen("bob", turn.id)
    store.delete("bob", conversation.id)
    with pytest.raises(KeyError):
        store.ask("bob", conversation.id, "Mixed in?", {})
    (kept,) = store.turns("ann", conversation.id)
    assert (kept.answer, kept.feedback) == (answered, None)
    assert store.conversation("ann", conversation.id).title == "Mine"


def test_search_needs_every_word_somewhere(store, answered):
    one, two = store.begin("ann", "Chest 100%"), store.begin("ann", "Kidney")
    turn = store.ask("ann", one.id, "A nodule of 7 mm?", {})
    store.finish(turn.id, "answered", answer=answered)
    store.ask("ann", two.id, "A cyst?", {"A": "Bosniak II", "B": "Bosniak III"})
    found = {
        words: [c.title for c in store.conversations("ann", words)]
        for words in ("nodule chest", "bosniak", "100%", "1_0", "kidney nodule", "")
    }
    assert found["nodule chest"] == found["100%"] == ["Chest 100%"]
    assert found["bosniak"] == ["Kidney"]
    assert found["1_0"] == found["kidney nodule"] == []
    assert found[""] == ["Kidney", "Chest 100%"]


def test_renaming_and_deleting(store):
    conversation = store.begin("ann", "x" * 200)
    assert len(conversation.title) <= 80
    store.rename("ann", conversation.id, "  New   name ")
    store.rename("ann", conversation.id, "   ")
    assert store.conversation("ann", conversation.id).title == "New name"
    store.ask("ann", conversation.id, "A?", {})
    store.delete("ann", conversation.id)
    assert store.conversations("ann") == []
    with sqlite3.connect(store.path) as database:
        assert database.execute("SELECT count(*) FROM turns").fetchone() == (0,)


def test_editing_drops_what_follows(store):
    conversation = store.begin("ann", "t")
    turns = [store.ask("ann", conversation.id, f"{number}?", {}) for number in range(4)]
    assert store.drop_from("ann", turns[2].id) == [turns[2].id, turns[3].id]
    assert store.drop_from("bob", turns[0].id) == []
    assert [turn.question for turn in store.turns("ann", conversation.id)] == ["0?", "1?"]


@pytest.mark.parametrize("end", ["stopped", "failed", "killed"])
def test_an_answer_stands_until_another_is_there(store, answered, events, end):
    conversation = store.begin("ann", "t")
    turn = store.ask("ann", conversation.id, "A?", {})
    store.finish(turn.id, "answered", answer=answered, events=events, seconds=1.5)
    store.rate("ann", turn.id, True, "good")
    before = store.turn("ann", turn.id)
    store.reopen("ann", turn.id)
    assert store.turn("ann", turn.id) == before.model_copy(update={"status": "asked"})
    if end == "killed":
        store = Store(store.path)
    else:
        store.finish(turn.id, end, problem="No luck.", seconds=9.0)
    after = store.turn("ann", turn.id)
    assert after == before.model_copy(update={"problem": after.problem})
    assert after.problem.startswith("This is the answer from before")
    assert after.problem.endswith("came." if end == "killed" else "No luck.")


def test_another_answer_takes_the_place_of_the_old_one_and_its_feedback(store, answered, abstained):
    conversation = store.begin("ann", "t")
    turn = store.ask("ann", conversation.id, "A?", {})
    store.finish(turn.id, "answered", answer=answered)
    store.rate("ann", turn.id, True, "good")
    store.reopen("ann", turn.id)
    store.finish(turn.id, "answered", answer=abstained)
    after = store.turn("ann", turn.id)
    assert (after.status, after.answer, after.feedback, after.problem) == ("answered", abstained, None, "")
    assert after.asked > turn.asked


def test_a_killed_process_leaves_a_stopped_turn(store):
    conversation = store.begin("ann", "t")
    store.ask("ann", conversation.id, "A?", {})
    (turn,) = Store(store.path).turns("ann", conversation.id)
    assert turn.status == "stopped"
    assert "ended before" in turn.problem


def test_feedback_is_kept_replaced_and_taken_back(store, answered):
    conversation = store.begin("ann", "t")
    turn = store.ask("ann", conversation.id, "A?", {})
    store.finish(turn.id, "answered", answer=answered)
    store.rate("ann", turn.id, True)
    store.rate("ann", turn.id, False, " wrong row ")
    (rated,) = store.rated("ann")
    assert (rated.feedback.helpful, rated.feedback.comment) == (False, "wrong row")
    assert store.rated("bob") == []
    store.unrate("ann", turn.id)
    assert store.rated("ann") == []


def test_an_answer_of_another_version_is_shown_as_text(store, answered):
    conversation = store.begin("ann", "t")
    turn = store.ask("ann", conversation.id, "A?", {})
    store.finish(turn.id, "answered", answer=answered)
    with sqlite3.connect(store.path) as database:
        database.execute('UPDATE turns SET answer = \'{"kind": "answered", "strange": 1}\'')
    kept = store.turn("ann", turn.id)
    assert kept.answer is None
    assert "CT at 6-12 months" in kept.plain


def test_many_threads_write_at_once(store):
    conversation = store.begin("ann", "t")
    threads = [threading.Thread(target=store.ask, args=("ann", conversation.id, f"{number}?", {})) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(store.turns("ann", conversation.id)) == 12


def test_preferences_are_per_person(store):
    store.prefer("ann", {"preset": "thorough"})
    assert store.preferences("ann") == {"preset": "thorough"}
    assert store.preferences("bob") == {}
