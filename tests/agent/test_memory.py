import subprocess
import sys

import pytest

from agent.errors import InvalidSettings
from agent.memory import Memory
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


def test_a_database_that_cannot_be_opened_names_the_setting():
    with pytest.raises(InvalidSettings, match="RADQA_MEMORY"):
        Memory("sqlite:////proc/nowhere/x.sqlite")
    with pytest.raises(InvalidSettings, match="cannot be opened"):
        Memory("nothing://x")


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
    assert second.claims[0].text.startswith("Optional CT at 12 months")
    assert [turn.said for turn in memory.turns("t")] == ["Follow-up for a 7 mm solid nodule in a heavy smoker?", "and if it is 5 mm?"]
    memory.close()
