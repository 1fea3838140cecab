"""Runs read from their folders."""

import json
import subprocess
import sys
import time

import pytest

from ui import replays

ITEMS = [
    {"id": "q1", "question": "Which?", "options": {"A": "II", "B": "III"}, "answer": "B"},
    {"id": "q2", "question": "When?", "answer": "12 months"},
]
SENTENCE = {"text": "Bosniak III.", "citations": [{"quote": "| 4 mm | III |"}, {"quote": "| 4 mm | III |"}]}


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "core-1"
    folder.mkdir()
    manifest = {
        "set_name": "core.jsonl",
        "items": 2,
        "started": "2026-01-02T03:04:05+00:00",
        "systems": [{"kind": "agent", "without": ["concepts"], "model": "m"}],
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in ITEMS))
    first = {
        "system": "agent",
        "id": "q1",
        "response": {"kind": "answered", "option": "A", "text": "Bosniak II.", "sentences": []},
        "scores": {},
    }
    again = {
        **first,
        "response": {"kind": "answered", "option": "B", "text": "Bosniak III.", "sentences": [SENTENCE]},
        "scores": {"accuracy": {"value": 1.0, "explanation": "right"}},
    }
    failed = {"system": "agent", "id": "q2", "failure": {"type": "ModelTimeout", "message": "too slow"}}
    (folder / "answers.jsonl").write_text("".join(json.dumps(line) + "\n" for line in (first, again, failed)) + '{"system": "ag')
    return folder


def test_a_run_says_what_was_asked_and_how_far_it_is(run):
    (line,) = [one for one in replays.runs(run.parent) if one.path == run]
    assert (line.set_name, line.systems, line.total, line.finished) == ("core.jsonl", ("agent:no-concepts [m]",), 2, False)
    assert line.started == "2026-01-02 03:04"


def test_an_item_shows_the_last_reply_and_a_failure(run):
    (reply,) = replays.replies(run, "q1")
    assert (reply.option, reply.text, reply.quotes) == ("B", "Bosniak III.", ("| 4 mm | III |",))
    assert reply.scores == {"accuracy": (1.0, "right")}
    (lost,) = replays.replies(run, "q2")
    assert lost.failure == "ModelTimeout: too slow"
    assert list(replays.items(run)) == ["q1", "q2"]


def test_figures_carry_their_intervals(run):
    assert replays.figures(run) == {}
    (run / "metrics.json").write_text(
        json.dumps(
            {
                "systems": {
                    "agent": {"accuracy": {"value": 0.5, "low": 0.1, "high": 0.9, "n": 2, "other": 1}, "ece": {"value": None, "n": 0}}
                },
                "paired": [{"a": "x"}],
            }
        )
    )
    made = replays.figures(run)["agent"]
    assert made["accuracy"].shown == "0.500 (0.100-0.900), n 2"
    assert made["ece"].shown == "–"
    assert replays.paired(run) == [{"a": "x"}]


def test_what_is_no_run_is_left_out(tmp_path):
    (tmp_path / "odd").mkdir()
    (tmp_path / "odd" / "manifest.json").write_text("{}")
    assert [one for one in replays.runs(tmp_path) if one.path.parent == tmp_path] == []


def test_the_sets_that_ship_are_offered():
    assert {"smoke", "pairs"} <= {path.stem for path in replays.sets()}


def test_a_started_run_ends_with_its_figures(tmp_path, small_index_folder, monkeypatch):
    """The real command, in a process of its own, over two questions and the hash embedding."""
    questions = tmp_path / "two.jsonl"
    questions.write_text("".join(json.dumps(item) + "\n" for item in ITEMS))
    monkeypatch.setenv("RADQA_INDEX", str(small_index_folder))
    monkeypatch.setenv("RADQA_EMBEDDING", "hash")
    monkeypatch.setenv("RADQA_READER", "words")
    folder = replays.start(tmp_path / "own", questions, ["extractive"], 2)
    log = tmp_path / "own" / f"{folder.name}.log"
    if replays._processes[folder].wait(120) and "No such command" in log.read_text():
        pytest.skip("the project is not installed with its commands")
    (line,) = [one for one in replays.runs(tmp_path / "own") if one.path == folder]
    assert (line.done, line.total, line.finished) == (2, 2, True), log.read_text()
    assert "correct" in replays.figures(folder)["extractive"]


def test_a_run_is_watched_and_stopped_from_another_session(tmp_path, monkeypatch):
    own = tmp_path / "own"
    popen = subprocess.Popen
    monkeypatch.setattr(subprocess, "Popen", lambda command, **more: popen(_sleeper(command[-1]), **more))
    folder = replays.start(own, tmp_path / "set.jsonl", ["extractive"], 2)
    process = replays._processes.pop(folder)  # as after a restart of the server
    deadline = time.monotonic() + 10
    while replays.running(own) != [folder] and time.monotonic() < deadline:
        time.sleep(0.02)
    assert replays.running(own) == [folder]
    assert replays.unfinished(own, ()) == []
    replays.stop(folder)
    assert process.wait(10)
    assert replays.running(own) == []
    assert replays.unfinished(own, ()) == [(folder.name, "–", "Stopped")]


def test_a_run_that_ended_by_itself_says_why(tmp_path):
    own = tmp_path / "own"
    folder = replays.start(own, tmp_path / "missing.jsonl", ["extractive"], 2)
    assert replays._processes[folder].wait(120)
    ((name, _, why),) = replays.unfinished(own, ())
    assert name == folder.name
    assert why.startswith("Ended early. ")
    assert len(why) > 20


def _sleeper(name):
    return [sys.executable, "-c", "import time; time.sleep(60)", name]
