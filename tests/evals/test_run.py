"""Whole runs against a chat model on loopback: every system, resumed after a kill, replayed to the last figure."""

import asyncio
import json
import os
import select
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from agent.errors import InvalidSettings
from agent.fakes import Reply, chat_server
from agent.settings import load
from corpora.errors import SetupError
from evals import outage, report, run
from evals.folder import RunFolder, UnusableRun
from evals.outage import RunStopped
from evals.systems import System, parts, settings_of, systems
from retrievers.errors import IndexMismatch, MissingModel
from tests.evals.conftest import chosen_by_text, item

ROOT = Path(__file__).parents[2]
QUESTION = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
CHOICE = {"A": "one", "B": "two", "C": "three", "D": "four"}


def on_loopback(test):
    return pytest.mark.localhost(pytest.mark.allow_hosts(["127.0.0.1"])(test))


@pytest.fixture
def questions(tmp_path):
    rows = [item(number, question=f"{QUESTION} ({number})", meta={"relevant_docs": ["nodule-card"]}) for number in range(6)]
    rows += [item(50, question=QUESTION, options=None, answer="CT at 6-12 months", meta={"accept": ["6-12 months"]}),
             item(51, question="What is the capital of France?", options=None, answer="", meta={"unanswerable": True})]  # fmt: skip
    path = tmp_path / "set.jsonl"
    path.write_text("".join(row.model_dump_json() + "\n" for row in rows))
    return path


def settings_for(server, folder, **more):
    return load(
        **{"base_url": server.url, "model": "tiny", "embedding": "hash", "reader": "words", "index": folder, "threshold": 0.3} | more
    )


def go(prepared, concurrency=4, patience=5.0):
    asyncio.run(prepared.run(concurrency, patience, run.Followed()))
    return report.figures_of([prepared.folder])


def planned(questions, *names, **more):
    return run.Plan(sets=(questions,), systems=tuple(System.parse(name) for name in names), **more)


@on_loopback
def test_every_system_answers_and_the_models_letter_is_mapped_back(questions, small_index, small_index_folder, tmp_path):
    names = ("closed-book", "single-step", "agent", "agent:no-option-plan", "extractive")
    with chat_server(chosen_by_text) as server:
        settings = settings_for(server, small_index_folder)
        prepared = run.begin(planned(questions, *names, judge="tiny"), tmp_path / "run", settings, small_index, resume=False)
        got = go(prepared)
        sent = len(server.requests)
    assert sum(got.failed.values()) == 0
    assert got.systems["closed-book"]["accuracy"].value == 1
    assert got.systems["single-step"]["accuracy"].value == 1
    assert got.systems["single-step"]["context_relevant"].value == pytest.approx(6 / 7)  # gold for six; the judge says no of the seventh
    assert "context_relevant" not in got.systems["closed-book"]
    assert "abstained_rightly" in got.systems["agent"]
    before = {record.response.own_option for record in prepared.folder.records() if record.system == "agent" and record.id < "q0006"}
    assert before == {"B"}
    assert got.systems["agent"]["accuracy_with_own"].n == 6
    assert "accuracy_with_own" not in got.systems["closed-book"]
    assert got.systems["closed-book"]["tokens"].value == 18
    assert got.systems["extractive"]["calls"].value == 0
    calls = sum(score.value * 8 for name in names if (score := got.systems[name]["calls"]))
    records = list(prepared.folder.records())
    assert sum("judged" in record.scores for record in records) == 5
    cited = [record for record in records if "citation_recall_judged" in record.scores]
    assert {record.system for record in cited} >= {"single-step", "extractive"}
    assert all(record.scores["citation_recall_judged"].value == 1 for record in cited if record.system == "extractive")
    judged = [record for record in records if record.id < "q0006" and record.response.retrieved]
    assert {record.scores["judged_context"].value for record in judged} == {1}
    assert sent <= calls + 5 + len(judged) + sum(len(record.response.sentences) for record in cited)


@on_loopback
def test_a_replay_needs_no_model_and_gives_the_same_to_the_last_figure(questions, small_index, small_index_folder, tmp_path):
    with chat_server(chosen_by_text) as server:
        settings = settings_for(server, small_index_folder)
        names = ("closed-book", "single-step", "agent", "extractive")
        plan = planned(questions, *names, judge="tiny", seed=3, limit=7)
        first = go(run.begin(plan, tmp_path / "run", settings, small_index, resume=False))
        sent = len(server.requests)
        kept = run.replay_settings(tmp_path / "run", None)
        again = go(run.replay(tmp_path / "run", tmp_path / "again", kept, small_index))
        assert len(server.requests) == sent
    assert report.as_json(again) == report.as_json(first)
    assert RunFolder(tmp_path / "again").manifest().replayed
    assert [r.model_dump() for r in sorted(RunFolder(tmp_path / "again").records(), key=lambda r: (r.system, r.id))] == [
        r.model_dump() for r in sorted(RunFolder(tmp_path / "run").records(), key=lambda r: (r.system, r.id))
    ]


@on_loopback
def test_a_replay_of_a_run_that_stopped_early_repeats_what_was_asked(questions, small_index, small_index_folder, tmp_path):
    with chat_server(chosen_by_text) as server:
        settings = settings_for(server, small_index_folder)
        go(run.begin(planned(questions, "closed-book", "extractive"), tmp_path / "run", settings, small_index, resume=False))
        source = RunFolder(tmp_path / "run")
        kept = source.answers_file.read_text().splitlines(keepends=True)[:9]
        source.answers_file.write_text("".join(kept))
        again = go(run.replay(tmp_path / "run", tmp_path / "again", run.replay_settings(tmp_path / "run", None), small_index))
    assert sum(again.missing.values()) == 7
    assert report.as_json(again) == report.as_json(report.figures_of([source]))


@on_loopback
def test_a_replay_without_a_recorded_answer_stops_and_says_why(questions, small_index, small_index_folder, tmp_path):
    with chat_server(chosen_by_text) as server:
        settings = settings_for(server, small_index_folder)
        go(run.begin(planned(questions, "closed-book"), tmp_path / "run", settings, small_index, resume=False))
        with closing(sqlite3.connect(tmp_path / "run" / "calls.sqlite", isolation_level=None)) as recording:
            recording.execute("DELETE FROM answers")
        prepared = run.replay(tmp_path / "run", tmp_path / "again", run.replay_settings(tmp_path / "run", None), small_index)
        with pytest.raises(RunStopped, match="no recorded answer"):
            go(prepared)


@on_loopback
@pytest.mark.parametrize(("bad", "failed"), [(Reply("nonsense"), "MalformedModelOutput"), (Reply("blocked", 400), "ModelRefused")])
def test_bad_replies_fail_alone_and_fail_again_in_a_replay(questions, small_index, small_index_folder, tmp_path, bad, failed):
    def some_nonsense(request):
        return bad if "(3)" in str(request["messages"]) else chosen_by_text(request)

    with chat_server(some_nonsense) as server:
        settings = settings_for(server, small_index_folder)
        first = go(run.begin(planned(questions, "closed-book"), tmp_path / "run", settings, small_index, resume=False))
        again = go(run.replay(tmp_path / "run", tmp_path / "again", run.replay_settings(tmp_path / "run", None), small_index))
    assert first.failures == {"closed-book": {failed: 1}}
    assert report.as_json(again) == report.as_json(first)


KILLED = """
import asyncio, os, sys
from pathlib import Path
from agent.app import RadiologyAgent, open_index
from agent.settings import load
from evals import run
from evals.systems import System
url, index, questions, out = sys.argv[1:]
settings = load(base_url=url, model="tiny", embedding="hash", reader="words", index=Path(index), threshold=0.3)
plan = run.Plan(sets=(Path(questions),), systems=(System.parse("single-step"), System.parse("agent")))
RadiologyAgent(settings).warm()  # what is loaded once is there for every run
for _ in sys.stdin:
    runner = os.fork()
    if not runner:
        prepared = run.begin(plan, Path(out), settings, open_index(settings), resume=True)
        asyncio.run(prepared.run(3, 5.0, run.Followed()))
        os._exit(0)
    print(runner, flush=True)
    os.waitpid(runner, 0)
    print("ended", flush=True)
"""
"""Begins a run, or goes on with it, for each line that it is given."""


@on_loopback
def test_a_killed_run_resumes_to_the_same_metrics_and_asks_no_answered_call_twice(small_index, small_index_folder, tmp_path):
    rows = [item(number, question=f"{QUESTION} ({number})", meta={"relevant_docs": ["nodule-card"]}) for number in range(24)]
    questions = tmp_path / "set.jsonl"
    questions.write_text("".join(row.model_dump_json() + "\n" for row in rows))
    answered = []

    def slow(request):
        reply = chosen_by_text(request)
        time.sleep(0.05)
        answered.append(json.dumps(request["messages"]) + json.dumps(request["response_format"]))
        return reply

    with chat_server(slow) as server:
        arguments = [sys.executable, "-c", KILLED, server.url, str(small_index_folder), str(questions), str(tmp_path / "run")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        with subprocess.Popen(arguments, env=environment, cwd=ROOT, bufsize=0, **pipes) as starter:
            for stop_after in (3, 17, 40):
                starter.stdin.write(b"go\n")
                runner = int(starter.stdout.readline())
                while len(answered) < stop_after and not select.select([starter.stdout], [], [], 0.01)[0]:
                    pass
                with suppress(ProcessLookupError):
                    os.kill(runner, signal.SIGKILL)
                assert starter.stdout.readline() == b"ended\n"
        settings = settings_for(server, small_index_folder)
        plan = planned(questions, "single-step", "agent")
        resumed = go(run.begin(plan, tmp_path / "run", settings, small_index, resume=True), concurrency=3)
        whole = go(run.begin(plan, tmp_path / "whole", settings, small_index, resume=False), concurrency=3)
    ended = len(list(RunFolder(tmp_path / "run").records()))
    assert ended == 48
    for system in ("single-step", "agent"):
        timeless = {name: found for name, found in whole.systems[system].items() if "seconds" not in name}
        assert {name: resumed.systems[system][name] for name in timeless} == timeless
    per_run = len(answered) - len(set(answered))  # each call once in the resumed run and once in the whole one
    assert per_run <= len(set(answered)) + 3 * 4  # but for the four calls in flight at each of three kills (`settings.concurrency`)


def test_a_folder_with_a_run_is_refused_without_resume_and_another_run_with_it(questions, small_index, offline, tmp_path):
    plan = planned(questions, "extractive")
    run.begin(plan, tmp_path / "run", offline, small_index, resume=False)
    with pytest.raises(UnusableRun, match="--resume"):
        run.begin(plan, tmp_path / "run", offline, small_index, resume=False)
    run.begin(plan, tmp_path / "run", offline, small_index, resume=True)
    run.begin(plan.model_copy(update={"concurrency": 9}), tmp_path / "run", offline, small_index, resume=True)
    for changed, name in (
        ({"seed": 1}, "seed"),
        ({"limit": 2}, "set_hash"),
        ({"systems": (System.parse("extractive:no-refinement"),)}, "systems"),
    ):
        with pytest.raises(UnusableRun, match=name):
            run.begin(plan.model_copy(update=changed), tmp_path / "run", offline, small_index, resume=True)
    with pytest.raises(UnusableRun, match="settings"):
        run.begin(plan, tmp_path / "run", load(preset="offline", threshold=0.9), small_index, resume=True)


def test_the_manifest_says_what_a_run_was_resumed_with(questions, small_index, offline, tmp_path, monkeypatch):
    plan = planned(questions, "extractive")
    first = run.begin(plan, tmp_path / "run", offline, small_index, resume=False).manifest
    monkeypatch.setattr("evals.manifest.commit", lambda: "another")
    run.begin(plan, tmp_path / "run", offline, small_index, resume=True)
    kept = RunFolder(tmp_path / "run").manifest()
    assert (kept.commit, kept.started, kept.items) == (first.commit, first.started, first.items)
    assert [again.commit for again in kept.resumed] == ["another"]
    assert kept.resumed[0].versions == first.versions
    run.begin(plan, tmp_path / "run", offline, small_index, resume=True)
    assert len(RunFolder(tmp_path / "run").manifest().resumed) == 2


def test_a_run_of_another_index_is_not_replayed(questions, small_index, offline, tmp_path, monkeypatch):
    run.begin(planned(questions, "extractive"), tmp_path / "run", offline, small_index, resume=False)
    other = small_index.manifest.model_copy(update={"corpus_hash": "other"})
    monkeypatch.setattr(small_index, "manifest", other)
    with pytest.raises(IndexMismatch, match="--index"):
        run.replay(tmp_path / "run", tmp_path / "again", offline, small_index)


def test_a_folder_without_a_run_says_so(tmp_path):
    with pytest.raises(UnusableRun, match="no run"):
        RunFolder(tmp_path).manifest()


def test_a_system_that_needs_a_model_is_refused_before_anything_is_written(questions, small_index, offline, tmp_path):
    with pytest.raises(MissingModel, match="--systems extractive"):
        run.begin(planned(questions, "agent"), tmp_path / "run", offline, small_index, resume=False)
    assert not (tmp_path / "run").exists()
    assert issubclass(MissingModel, SetupError)


def test_the_key_is_never_written(questions, small_index, tmp_path):
    settings = load(model="tiny", base_url="http://127.0.0.1:9/v1", api_key="sk-secret")
    run.begin(planned(questions, "closed-book"), tmp_path / "run", settings, small_index, resume=False)
    assert "sk-secret" not in (tmp_path / "run" / "manifest.json").read_text()


def test_systems_are_named_with_their_missing_parts_and_models():
    assert System.parse("agent:no-verification").name == "agent:no-verification"
    assert System.parse("closed-book@openai:x").model == "openai:x"
    assert [system.name for system in systems(["extractive"], ablate=True)] == [
        "extractive",
        *(f"extractive:no-{part}" for part in parts()),
    ]
    named = [system.name for system in systems(["agent", "extractive"], ["m1", "m2"])]
    assert named == ["agent@m1", "agent@m2", "extractive"]
    for bad in ("sage", "agent:no-brain", "closed-book:no-verification"):
        with pytest.raises(InvalidSettings):
            System.parse(bad)
    with pytest.raises(InvalidSettings):
        systems([" "])


def test_a_missing_part_is_a_setting(offline):
    own = settings_of(System.parse("extractive:no-verification:no-option-plan"), offline)
    assert (own.verification, own.option_facets, own.model) == (False, False, "")
    assert set(parts()) == {"refinement", "concepts", "verification", "option-plan"}
    assert settings_of(System.parse("extractive:no-refinement"), offline).rounds == 1


@pytest.fixture(autouse=True)
def short_waits(monkeypatch):
    monkeypatch.setattr(outage, "FIRST_WAIT_S", 0.01)
