"""`radqa serve` and `radqa serve keys`."""

import json

import pytest
from typer.testing import CliRunner

from serve import cli
from serve.cli import UnsafeAddress, app
from serve.settings import serve_settings

RUN = CliRunner()


def test_a_key_is_made_listed_and_revoked(tmp_path):
    made = json.loads(RUN.invoke(app, ["keys", "add", "ann", "--rate", "5/second", "--data", str(tmp_path), "--json"]).stdout)
    listed = json.loads(RUN.invoke(app, ["keys", "list", "--data", str(tmp_path), "--json"]).stdout)
    assert made["key"].startswith(f"radqa-{made['id']}-")
    assert [(key["id"], key["tenant"], key["rate"], key["revoked"]) for key in listed] == [(made["id"], "ann", "5/second", "")]
    assert "hash" not in listed[0]
    RUN.invoke(app, ["keys", "revoke", made["id"], "--data", str(tmp_path)])
    assert json.loads(RUN.invoke(app, ["keys", "list", "--data", str(tmp_path), "--json"]).stdout)[0]["revoked"]


def test_a_rate_that_is_none_is_misuse(tmp_path):
    result = RUN.invoke(app, ["keys", "add", "ann", "--rate", "often", "--data", str(tmp_path)])
    assert result.exit_code == 2
    assert not (tmp_path / "keys.json").exists()


def test_the_server_does_not_listen_for_others_without_a_key(tmp_path, monkeypatch):
    ran = []
    monkeypatch.setattr(cli, "run", ran.append)
    result = RUN.invoke(app, ["--host", "0.0.0.0", "--data", str(tmp_path)])
    assert isinstance(result.exception, UnsafeAddress)
    assert "keys add" in str(result.exception)
    RUN.invoke(app, ["keys", "add", "ann", "--data", str(tmp_path)])
    for arguments in (["--host", "0.0.0.0", "--data", str(tmp_path)], ["--data", str(tmp_path)]):
        assert RUN.invoke(app, arguments).exit_code == 0
    assert [how.local for how in ran] == [False, True]


def test_settings_come_from_the_environment_and_are_checked(monkeypatch):
    monkeypatch.setenv("RADQA_SERVE_PORT", "9000")
    assert serve_settings().port == 9000
    assert serve_settings(port=9001).port == 9001
    monkeypatch.setenv("RADQA_SERVE_RATE", "often")
    with pytest.raises(Exception, match="no rate"):
        serve_settings()


def test_a_chat_model_lets_more_requests_run_at_once():
    how = serve_settings()
    assert how.at_once(with_model=True) == 16 * how.at_once(with_model=False)
    assert serve_settings(running=3).at_once(with_model=True) == 3
