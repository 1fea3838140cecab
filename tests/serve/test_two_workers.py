"""Two workers that share a PostgreSQL server: what one began the other goes on with, also when the first was killed."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager

import pytest

from agent.app import RadiologyAgent
from agent.fakes import Reply, chat_server
from agent.memory import Memory
from agent.settings import load

pytestmark = [pytest.mark.slow, pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"]), pytest.mark.timeout(1800)]
FIRST = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
SMALL = {"embedding": "hash", "reader": "words", "threshold": 0.3}


@contextmanager
def worker(database, index, folder, **more):
    """A server over the small library that is ready, and its address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    chosen = {"memory": database, "index": str(index), **SMALL, **more}
    environment = os.environ | {f"RADQA_{name.upper()}": str(value) for name, value in chosen.items()}
    command = [sys.executable, "-c", "from serve.cli import app; app()", "--port", str(port), "--data", str(folder)]
    running = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 900
        while not ready(address):
            assert running.poll() is None
            assert time.monotonic() < until
            time.sleep(0.3)
        yield running, address
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()


def ready(address):
    try:
        with urllib.request.urlopen(f"{address}/readyz", timeout=5) as reply:
            return reply.status == 200
    except OSError:
        return False


def ask(address, question):
    body = json.dumps({"question": question, "thread": "rounds"}).encode()
    sent = urllib.request.Request(f"{address}/v1/ask", body, {"content-type": "application/json"})
    with urllib.request.urlopen(sent, timeout=900) as reply:
        return json.load(reply)


def test_a_conversation_goes_on_at_another_worker_and_outlives_a_killed_one(postgres, small_index_folder, tmp_path):
    told: list[BaseException] = []
    with (
        closing(Memory(postgres)) as memory,
        chat_server(lambda request: Reply("{}", delay_s=900)) as model,
        worker(postgres, small_index_folder, tmp_path / "a") as (_, steady),
        worker(postgres, small_index_folder, tmp_path / "b", base_url=model.url) as (mortal, doomed),
    ):
        assert "CT at 6-12 months" in ask(steady, FIRST)["text"]

        def follow_up() -> None:
            try:
                ask(doomed, "and if it is 5 mm?")
            except OSError as error:  # the client is told
                told.append(error)

        waiting = threading.Thread(target=follow_up)
        waiting.start()
        until = time.monotonic() + 600
        while not model.requests and time.monotonic() < until:
            time.sleep(0.05)
        assert model.requests
        mortal.send_signal(signal.SIGKILL)
        waiting.join(60)
        assert len(told) == 1
        assert not isinstance(told[0], urllib.error.HTTPError)

        (thread,) = memory.threads()
        first, left = memory.turns(thread)
        assert (first.unfinished, left.unfinished) == (False, True)
        assert "5 mm" in left.question.text
        assert "nodule" in left.question.text  # the follow-up was read with the turn that the other worker kept

        assert "then consider CT at 18-24 months" in ask(steady, FIRST.replace("high", "low"))["text"]

        again = RadiologyAgent(load(index=small_index_folder, memory=postgres, **SMALL))
        with closing(again.memory):
            (answer,) = asyncio.run(again.resume(thread))
        assert "Optional CT at 12 months" in answer.text
        assert [(turn.number, turn.unfinished) for turn in memory.turns(thread)] == [(1, False), (2, False), (3, False)]
