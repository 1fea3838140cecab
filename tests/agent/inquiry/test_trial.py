"""`radqa model try`: tasks, the role that follows, and the record that is kept."""

import json
import re

import pytest
from typer.testing import CliRunner

from agent import cli
from agent.app import RadiologyAgent
from agent.chat import roles
from agent.chat.habits import forget
from agent.chat.roles import Trial, keep, role_of, trials
from agent.fakes import Reply, chat_server
from agent.inquiry.trial import recommended, tasks, tool_tasks
from agent.settings import load

pytestmark = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setattr(roles, "user_config_path", lambda name: tmp_path)
    monkeypatch.chdir(tmp_path)
    forget()
    return tmp_path


def calling(*calls):
    """A reply of native tool calls, each (tool, what it is asked)."""
    made = [{"id": f"call-{number}", "type": "function", "function": {"name": name, "arguments": json.dumps({"asked": asked})}}
            for number, (name, asked) in enumerate(calls)]  # fmt: skip
    message = {"role": "assistant", "content": None, "tool_calls": made}
    usage = {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
    return Reply(body=json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}))


def able(request):
    """A model that does every task right, from the tasks' own file."""
    prompt = request["messages"][-1]["content"]
    if "tools" in request:
        wanted = next(task for task in tool_tasks() if task.question in prompt)
        return calling((wanted.tool, " ".join(wanted.words)))
    task = next(task for task in tasks() if task.question in prompt and all(text in prompt for text in task.passages))
    if task.kind == "declines":
        return Reply(json.dumps({"sentences": [], "option": "", "sure": 5, "open": [task.question], "search": []}))
    numbers = {text: int(number) for number, text in re.findall(r"^\[(\d+)\] [^:]*: (.*)$", prompt, re.MULTILINE)}
    wanted = [text for text in task.passages if all(one.casefold() in text.casefold() for one in task.keeps)]
    cited = task.passages[task.cites - 1] if task.cites else wanted[0]
    lines = [{"text": cited, "basis": "evidence", "evidence": [numbers[cited]]}]
    return Reply(json.dumps({"sentences": lines, "option": task.chooses, "sure": 90, "open": [], "search": []}))


def run(server, *more):
    return CliRunner().invoke(cli.app, ["model", "try", "--json", *more], env={"RADQA_BASE_URL": server.url, "RADQA_MODEL": "openai:tiny"})


def test_there_are_some_twenty_tasks_of_every_kind():
    assert len(tasks()) == 20
    assert {task.kind for task in tasks()} == {"cites", "figures", "declines", "chooses"}
    for task in tasks():
        assert all(any(one.casefold() in text.casefold() for text in task.passages) for one in task.keeps)
        assert not task.chooses or task.chooses in (task.options or {})


def test_a_model_that_does_them_reasons_and_that_is_kept(own_folder):
    with chat_server(able) as server:
        made = json.loads(run(server).stdout)
    assert made["role"] == "reason"
    assert made["right"] == {"form": 1.0, "cites": 1.0, "figures": 1.0, "declines": 1.0, "chooses": 1.0, "tools": 1.0}
    assert role_of(made["model"]) == "reason"
    assert roles.calls_well(made["model"])
    listed = CliRunner().invoke(cli.app, ["model", "list", "--json"])
    assert [one["model"] for one in json.loads(listed.stdout)] == [made["model"]]


def test_a_model_that_cannot_keep_to_the_form_only_quotes_from_then_on():
    with chat_server([Reply("I would rather not.")]) as server:
        made = json.loads(run(server).stdout)
    assert made["role"] == "quote"
    assert made["right"]["form"] == 0.0
    assert role_of(made["model"]) == "quote"


def test_a_server_that_fails_leaves_no_record():
    with chat_server([Reply("down", 401)]) as server:
        assert run(server).exit_code != 0
    assert trials() == {}


@pytest.mark.parametrize("lacking", ["form", "cites", "figures", "chooses"])
def test_each_kind_that_reasoning_takes_is_needed(lacking):
    assert recommended(dict.fromkeys(("form", "cites", "figures", "chooses"), 1.0)) == "reason"
    assert recommended(dict.fromkeys(("form", "cites", "figures", "chooses"), 1.0) | {lacking: 0.4}) == "quote"


def test_a_record_that_cannot_be_read_is_as_none(own_folder):
    keep(Trial(model="a@b", role="quote", tasks=20, right={}))
    assert role_of("a@b") == "quote"
    for text in ("", "[]", '{"a@b": {"role": "sing"}}', "\x00"):
        (own_folder / "models.json").write_text(text)
        assert role_of("a@b") == "reason"


def test_a_server_without_tools_is_tried_all_the_same():
    def script(request):
        return Reply("tools are not supported", 400) if "tools" in request else able(request)

    with chat_server(script) as server:
        made = json.loads(run(server).stdout)
    assert (made["role"], made["right"]["tools"]) == ("reason", 0.0)
    assert not roles.calls_well(made["model"])


def test_a_model_that_calls_well_plans_an_open_question_by_calls(monkeypatch, small_index_folder):
    monkeypatch.setattr("agent.nodes.answering.calls_well", lambda name: True)

    def script(request):
        if "tools" in request:
            return calling(
                ("search", "solid nodule high risk"), ("reckon", "(7 mm - 4 mm) / 4 mm in %"), ("guess", "x"), ("reckon", "2 + x")
            )
        said = {"text": "Smoking cessation is worth offering.", "basis": "own", "evidence": []}
        return Reply(json.dumps({"sentences": [said], "option": "", "sure": 60, "open": [], "search": []}))

    with chat_server(script) as server:
        settings = load(index=small_index_folder, embedding="hash", reader="words", base_url=server.url, model_retries=0, strict=False)
        answer = RadiologyAgent(settings).ask("A solid nodule grew from 4 mm to 7 mm at high risk. What now?")
    assert "solid nodule high risk" in answer.searched
    assert {tool["function"]["name"] for tool in server.requests[0]["tools"]} >= {"search", "reckon"}
    assert "response_format" not in server.requests[0]
    assert "Reckoned: (7 mm - 4 mm) / 4 mm in %: 75 %" in server.requests[1]["messages"][-1]["content"]
    assert answer.provenance.notes[0].partition(",")[0] == "The model called 'guess'"
    assert len(answer.provenance.notes) == 2
