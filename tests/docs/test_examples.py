"""The site's examples run as they stand: each page is one story in an empty folder, from its first block to its last.

A block with a `title` is a file that the reader writes. `text` after commands is what they print: each of its lines is in the output. What
cannot run here says why, in a comment before it. Lines of `radqa` alone run in this process; anything else is bash's.
"""

import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from agent import cli

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [DOCS / "tutorial.md", *sorted((DOCS / "how-to").glob("*.md")), DOCS / "api.md"]
BLOCK = re.compile(
    r"(?:^<!-- not run: (?P<why>[^>]+) -->\n)?^```(?P<language>\w*)(?P<rest>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)
TITLE = re.compile(r'title="([^"]+)"')
LONGEST_S = 900


class Block(NamedTuple):
    """A fenced block of a page."""

    language: str
    text: str
    title: str = ""
    why: str = ""

    @property
    def runs(self) -> bool:
        return self.language in ("bash", "python") and not self.why and not self.title


def blocks(page: Path) -> list[Block]:
    found = []
    for match in BLOCK.finditer(page.read_text(encoding="utf-8")):
        title = TITLE.search(match["rest"])
        found.append(Block(match["language"], match["text"], title[1] if title else "", match["why"] or ""))
    return found


def plain(text: str) -> str:
    return " ".join(text.split())


def commands(text: str) -> list[list[str]] | None:
    """The arguments of each line where all of them are plain calls of radqa, else None."""
    lines = [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    if not all(line.startswith("radqa ") and not re.search(r"[|<>&;$]", line) for line in lines):
        return None
    return [shlex.split(line, comments=True)[1:] for line in lines]


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def shown_by(block: Block, spaces: dict[str, object], capsys: pytest.CaptureFixture[str]) -> str:
    """What a block prints; it must end well."""
    if block.language == "python":
        exec(compile(block.text, "example", "exec"), spaces)
        return capsys.readouterr().out
    calls = commands(block.text)
    if calls is not None:
        shown = ""
        for arguments in calls:
            ended = CliRunner().invoke(cli.app, arguments, catch_exceptions=False)
            assert ended.exit_code == 0, f"{arguments}: {ended.output}"
            shown += ended.stdout
        return shown
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    script = "set -euo pipefail\n" + block.text.replace("8080", str(free_port()))
    running = subprocess.Popen(
        ["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    )
    try:
        shown, told = running.communicate(timeout=LONGEST_S)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)  # a server that a failed block left behind
    assert running.returncode == 0, f"{block.text}\n{shown}\n{told}"
    return shown


@pytest.mark.slow
@pytest.mark.localhost
@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.timeout(LONGEST_S)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs_as_it_stands(page, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    if "curl" in page.read_text(encoding="utf-8") and not shutil.which("curl"):
        pytest.skip("there is no curl")
    spaces: dict[str, object] = {"__name__": "example"}
    shown = ""
    for block in blocks(page):
        if block.title:
            (tmp_path / block.title).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / block.title).write_text(block.text, encoding="utf-8")
        elif block.runs:
            shown = plain(shown_by(block, spaces, capsys))
        elif block.language == "text":
            for line in filter(None, map(plain, block.text.splitlines())):
                assert line in shown


def test_what_is_not_run_says_why_and_every_page_has_something_that_runs():
    for page in PAGES:
        assert any(block.runs for block in blocks(page)), page
        for block in blocks(page):
            assert block.language in ("bash", "python", "text", "markdown", "json", "toml"), page
            assert block.title or block.runs or block.why or block.language == "text", page


def test_the_decisions_page_names_every_decision():
    named = re.findall(r"^- \[(\d+\. .*)\]\((.*)\)$", (DOCS / "decisions" / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
    pages = {page.name: page.read_text(encoding="utf-8").splitlines()[0].removeprefix("# ") for page in (DOCS / "decisions").glob("0*.md")}
    assert {name: title for title, name in named} == pages
