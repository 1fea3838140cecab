import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import update

from agent.errors import InvalidSettings
from agent.memory import _TURNS, Memory
from agent.types import Question


@pytest.fixture
def memory(tmp_path):
    made = Memory(f"sqlite:///{tmp_path / 'conversations.sqlite'}")
    yield made
    made.close()


def test_turns_come_back_in_order_with_their_answers(memory, radqa_agent):
    answer = radqa_agent.ask("Follow-up for a 7 mm solid nodule in a heavy smoker?")
    first = memory.begin("a", "said", answer.question)
    memory.end(first, answer)
    memory.begin("a", "and 5 mm?", Question.of("Follow-up for a 5 mm nodule?"))
    memory.begin("b", "other", Question.of("Other?"))
    turns = memory.turns("a")
    assert [(turn.number, turn.said, turn.unfinished) for turn in turns] == [(1, "said", False), (2, "and 5 mm?", True)]
    assert turns[0].answer == answer
    assert memory.threads() == ["b", "a"]
    memory.forget("a")
    assert memory.turns("a") == []


def test_an_answer_that_an_earlier_version_kept_with_a_field_that_is_gone_is_still_read(memory, radqa_agent):
    answer = radqa_agent.ask("What is the Bosniak category of a cyst with a 3 mm smooth septum?")
    turn = memory.begin("a", "said", answer.question)
    kept = json.loads(answer.model_dump_json())
    kept["evidence"][0]["stance"] = "supports"
    with memory._connected("written") as connection:
        connection.execute(update(_TURNS).where(_TURNS.c.id == turn.id).values(answer=json.dumps(kept)))
    assert memory.turns("a")[0].answer == answer


def test_a_database_that_cannot_be_opened_names_the_setting():
    with pytest.raises(InvalidSettings, match="RADQA_MEMORY"):
        Memory("sqlite:////proc/nowhere/x.sqlite")
    with pytest.raises(InvalidSettings, match="cannot be opened"):
        Memory("nothing://x")


def test_a_password_is_not_shown():
    with pytest.raises(InvalidSettings) as told:
        Memory("postgresql+nodriver://user:secret-word@db.example.org/radqa")
    assert "secret-word" not in str(told.value)
    assert "db.example.org" in str(told.value)


def test_a_folder_that_cannot_be_made_is_named(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("agent.memory.user_data_path", lambda name: tmp_path / "file" / name)
    with pytest.raises(InvalidSettings, match="Conversations cannot be kept in"):
        Memory()


def test_a_name_that_no_column_holds_is_refused(memory):
    with pytest.raises(InvalidSettings, match="65 characters"):
        memory.begin("x" * 65, "said", Question.of("What?"))


def test_a_database_that_goes_away_ends_in_one_line(tmp_path):
    memory = Memory(f"sqlite:///{tmp_path / 'c.sqlite'}")
    with memory._connected("written") as connection:
        connection.exec_driver_sql("DROP TABLE turns")
    with pytest.raises(InvalidSettings, match="cannot be read: no such table"):
        memory.turns("a")


def test_an_answer_of_another_version_is_absent_and_its_question_stays(memory, radqa_agent):
    answer = radqa_agent.ask("Follow-up for a 7 mm solid nodule in a heavy smoker?")
    memory.end(memory.begin("a", "said", answer.question), answer)
    with memory._connected("written") as connection:
        connection.exec_driver_sql("""UPDATE turns SET answer = '{"kind": "answered", "gone": 1}'""")
    (turn,) = memory.turns("a")
    assert (turn.answer, turn.unfinished, turn.question) == (None, False, answer.question)


def test_a_turn_of_a_killed_process_is_found_unfinished_and_answered(tmp_path, radqa_agent, monkeypatch):
    url = f"sqlite:///{tmp_path / 'c.sqlite'}"
    code = (
        "import os, signal\nfrom agent.memory import Memory\nfrom agent.types import Question\n"
        f"Memory({url!r}).begin('t', 'Q', Question.of('Which Bosniak class is a cyst with a 4 mm enhancing wall?'))\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    memory = Memory(url)
    monkeypatch.setitem(radqa_agent.__dict__, "memory", memory)
    assert memory.turns("t")[0].unfinished
    import asyncio

    answers = asyncio.run(radqa_agent.resume("t"))
    assert [answer.kind for answer in answers] == ["answered"]
    assert "Bosniak III" in memory.turns("t")[0].answer.claims[0].text
    assert asyncio.run(radqa_agent.resume("t")) == []
    memory.close()


def test_a_follow_up_is_read_with_the_turn_before_it(tmp_path, radqa_agent, monkeypatch):
    memory = Memory(f"sqlite:///{tmp_path / 'c.sqlite'}")
    monkeypatch.setitem(radqa_agent.__dict__, "memory", memory)
    first = radqa_agent.ask("Follow-up for a 7 mm solid nodule in a heavy smoker?", thread="t")
    second = radqa_agent.ask("and if it is 5 mm?", thread="t")
    assert "18-24 months" in first.claims[0].text
    assert second.question.text == "Follow-up for a 5 mm solid nodule in a heavy smoker?"
    assert "optional CT at 12 months" in second.claims[0].text
    assert [turn.said for turn in memory.turns("t")] == ["Follow-up for a 7 mm solid nodule in a heavy smoker?", "and if it is 5 mm?"]
    memory.close()


async def test_a_follow_up_reads_the_evidence_of_the_turn_before_again(tmp_path, radqa_agent, monkeypatch):
    memory = Memory(f"sqlite:///{tmp_path / 'c.sqlite'}")
    monkeypatch.setitem(radqa_agent.__dict__, "memory", memory)
    first = await radqa_agent.aask("Follow-up for a 7 mm solid nodule in a heavy smoker?", thread="t")
    seen = []
    inner = radqa_agent._graph.astream

    async def spied(state, **more):
        async for part in inner(state, **more):
            if part["type"] == "updates" and "prepare" in part["data"]:
                seen.append(part["data"]["prepare"]["earlier"])
            yield part

    monkeypatch.setattr(radqa_agent._graph, "astream", spied)
    await radqa_agent.aask("and if it is 5 mm?", thread="t")
    await radqa_agent.aask("Which Bosniak class is a cyst with a 4 mm enhancing wall?", thread="t")
    follow_up, new = seen
    assert {passage.id for passage in follow_up} <= {item.passage.id for item in first.evidence}
    assert first.evidence[0].passage.id in {passage.id for passage in follow_up}
    assert new == ()
    memory.close()


def test_a_postgres_server_keeps_the_turns_too(postgres):
    memory = Memory(postgres)
    turn = memory.begin("t", "said", Question.of("Follow-up for a 5 mm nodule?"))
    assert [(one.number, one.unfinished) for one in memory.turns("t")] == [(turn.number, True)]
    assert memory.threads() == ["t"]
    memory.forget("t")
    assert memory.turns("t") == []
    memory.close()


def test_a_file_of_conversations_is_its_owners_alone(tmp_path):
    path = tmp_path / "kept.sqlite"
    Memory(f"sqlite:///{path}").begin("t", "said", Question.of("said"))
    assert oct(path.stat().st_mode & 0o777) == "0o600"


def test_two_writers_to_one_thread_never_share_a_number(tmp_path):
    url = f"sqlite:///{tmp_path / 'kept.sqlite'}"
    memories = [Memory(url) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda place: memories[place % 4].begin("t", "said", Question.of("said")), range(24)))
    assert sorted(turn.number for turn in turns) == list(range(1, 25))
