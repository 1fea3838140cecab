"""Who may reach the server, and whose things are whose."""

import pytest
from typer.testing import CliRunner

from corpora.addresses import is_loopback
from ui import access, cli


@pytest.mark.parametrize(
    ("address", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.168.1.4", False),
        ("example.org", False),
        ("localhost.evil.example", False),
    ],
)
def test_loopback_is_only_this_machine(address, loopback):
    assert is_loopback(address) is loopback
    assert bool(access.refusal(address, sign_in=False, allowed=False)) is not loopback
    assert access.refusal(address, sign_in=True, allowed=False) == ""
    assert access.refusal(address, sign_in=False, allowed=True) == ""


def test_sign_in_is_found_in_a_secrets_file(tmp_path):
    assert not access.sign_in_configured([tmp_path])
    (tmp_path / ".streamlit").mkdir()
    secrets = tmp_path / ".streamlit" / "secrets.toml"
    secrets.write_text("[database]\nurl = 'x'\n")
    assert not access.sign_in_configured([tmp_path])
    secrets.write_text("[auth]\nclient_id = 'x'\n")
    assert access.sign_in_configured([tmp_path])


@pytest.fixture
def served(monkeypatch, tmp_path):
    calls = []
    monkeypatch.setattr(cli, "serve", lambda address, port, *, browser: calls.append((address, port, browser)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in (access.PEOPLE_VARIABLE, access.REMOTE_VARIABLE, access.DATA_VARIABLE):
        monkeypatch.setenv(name, "")
    return calls


def run(*arguments):
    return CliRunner().invoke(cli.app, list(arguments))


def test_the_command_listens_on_this_machine(served):
    assert run("--no-browser").exit_code == 0
    assert served == [("127.0.0.1", 8501, False)]


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "10.0.0.7"])
def test_the_command_refuses_other_addresses(served, address):
    result = run("--address", address)
    assert isinstance(result.exception, cli.UnsafeAddress)
    assert "--allow-remote" in str(result.exception)
    assert served == []
    assert run("--address", address, "--allow-remote").exit_code == 0
    assert len(served) == 1


def test_beyond_this_machine_every_browser_is_a_person(served):
    import os

    run()
    assert os.environ[access.PEOPLE_VARIABLE] == "one"
    run("--per-browser")
    assert os.environ[access.PEOPLE_VARIABLE] == "browsers"
    run("--address", "0.0.0.0", "--allow-remote")
    assert os.environ[access.PEOPLE_VARIABLE] == "browsers"


def test_the_command_line_finds_the_command(monkeypatch):
    from importlib.metadata import EntryPoint

    import agent.cli
    from agent.commands import entry_points as commands

    point = EntryPoint(name="chat", value="ui.cli:app", group="radqa.commands")

    monkeypatch.setattr(commands.metadata, "entry_points", lambda group: [point] if group == commands.GROUP else [])
    monkeypatch.setattr(commands, "added", commands.added.__wrapped__)
    listed = CliRunner().invoke(agent.cli.app, ["--help"]).output
    assert "chat" in listed
    assert "ask" in listed
    helped = CliRunner().invoke(agent.cli.app, ["chat", "--help"])
    assert helped.exit_code == 0
    assert "allow-remote" in helped.output
    assert CliRunner().invoke(agent.cli.app, ["nothing"]).exit_code == 2
