"""The README's Python examples run as they stand, and its commands exist."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from agent import ask
from agent.cli import app

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
COMMANDS = sorted({match[1] for match in re.finditer(r"^    radqa (\w+)", README, re.MULTILINE)})


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_an_example_runs(number, capsys):
    exec(compile(BLOCKS[number], f"README.md, example {number + 1}", "exec"), {})
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_exists(name):
    import click

    command = get_command(app)
    assert command.get_command(click.Context(command), name) is not None


def test_the_sample_answer_is_the_real_one():
    (question, shown) = re.search(r'^    \$ radqa ask "(.*?)"\n((?:    .*\n|\n(?=    ))+)', README, re.MULTILINE).groups()
    real = " ".join(str(ask(question)).split())
    parts = [" ".join(part.split()) for part in shown.split("    ...\n")]
    assert len(parts) <= 2  # what is long may be left out once
    assert real.startswith(parts[0])
    assert real.endswith(parts[-1])


def test_there_are_examples_to_run():
    assert len(BLOCKS) >= 2
    assert {"ask", "search", "index", "doctor"} <= set(COMMANDS)
