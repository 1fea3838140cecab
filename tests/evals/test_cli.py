"""The command line as a user meets it: through `radqa`, which finds `eval` by its entry point."""

import json
from importlib.metadata import EntryPoint

import pytest
import typer
from typer.testing import CliRunner

from agent import cli as agent_cli
from agent.commands import entry_points as commands
from corpora.errors import FolderUnwritable, InputError, MissingExtra, RadqaError
from evals import cli, report
from evals.run import Prepared
from tests.evals.conftest import item

QUESTION = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
OPTIONS = {"A": "CT at 3-6 months", "B": "CT at 6-12 months, then CT at 18-24 months", "C": "No routine follow-up"}


def use(index, environment):
    """The environment of a user with this tiny index and no model."""
    for name, value in {"INDEX": index, "EMBEDDING": "hash", "THRESHOLD": "0.3"}.items():
        environment.setenv(f"RADQA_{name}", str(value))


@pytest.fixture
def small(monkeypatch, small_index_folder):
    use(small_index_folder, monkeypatch)


@pytest.fixture
def questions(tmp_path):
    rows = [
        item(number, question=f"{QUESTION} ({number})", options=OPTIONS, meta={"relevant_docs": ["nodule-card"]}) for number in range(4)
    ]
    rows.append(item(9, question="What is the capital of France?", options=None, answer="", meta={"unanswerable": True}))
    path = tmp_path / "small.jsonl"
    path.write_text("".join(row.model_dump_json() + "\n" for row in rows))
    return path


@pytest.fixture(scope="module")
def done(small_index_folder, tmp_path_factory):
    """The folder of a run over one question, for what only reads it."""
    folder = tmp_path_factory.mktemp("evals")
    (folder / "one.jsonl").write_text(item(0, question=QUESTION, options=OPTIONS).model_dump_json() + "\n")
    with pytest.MonkeyPatch.context() as environment:
        use(small_index_folder, environment)
        ended = radqa("run", folder / "one.jsonl", "--systems", "extractive", "--no-html", "--out", folder / "run")
    assert ended.exit_code == 0, ended.output
    return folder / "run"


def radqa(*arguments):
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def test_a_run_prints_one_json_document_and_leaves_its_reports(small, questions, tmp_path):
    out = tmp_path / "run"
    ended = radqa("run", questions, "--systems", "extractive", "--out", out, "--json")
    assert ended.exit_code == 0, ended.output
    document = json.loads(ended.stdout)
    assert document["systems"]["extractive"]["accuracy"]["n"] == 4
    assert document["systems"]["extractive"]["abstained_rightly"]["value"] == 1
    assert document["failed"] == 0
    assert {path.name for path in out.iterdir()} >= {"manifest.json", "items.jsonl", "answers.jsonl", "metrics.json", "metrics.csv",
                                                     "items.csv", "plots.json", "report.html"}  # fmt: skip
    again = radqa("run", questions, "--systems", "extractive", "--out", out, "--resume", "--json")
    assert json.loads(again.stdout) == document
    replayed = radqa("run", "--replay", out, "--out", tmp_path / "again", "--json", "--no-html")
    assert json.loads(replayed.stdout) == document


def test_the_terminal_gets_tables(small, questions, tmp_path):
    ended = radqa("run", questions, "--systems", "extractive", "--ablate", "--out", tmp_path / "run", "--no-html")
    assert ended.exit_code == 0
    assert "extractive:no-verification" in ended.stdout
    assert "95 % bootstrap intervals" in ended.stdout
    told = radqa("report", tmp_path / "run", "--csv", tmp_path / "figures.csv", "--html", tmp_path / "page.html")
    assert "accuracy" in told.stdout
    assert (tmp_path / "figures.csv").read_text().startswith("system,figure,value")
    assert (tmp_path / "page.html").stat().st_size > 500_000
    twice = radqa("report", tmp_path / "run", tmp_path / "run" / ".." / "run", "--json")
    assert json.loads(twice.stdout)["missing"] == {}


def test_a_figure_below_its_floor_fails(small, questions, tmp_path):
    floors = tmp_path / "floors.toml"
    floors.write_text("[small.extractive]\nabstained_rightly = 0.9\n")
    arguments = ("run", questions, "--systems", "extractive", "--no-html", "--floors", floors, "--out")
    assert radqa(*arguments, tmp_path / "one").exit_code == 0
    floors.write_text("[small.extractive]\nabstained_rightly = 1.1\n")
    ended = radqa(*arguments, tmp_path / "two")
    assert ended.exit_code == 1
    assert "below its floor" in ended.stderr
    floors.write_text("[other.extractive]\naccuracy = 1.0\n")
    assert isinstance(radqa(*arguments, tmp_path / "three").exception, RadqaError)


@pytest.mark.parametrize("given", [
    ("--systems", "extractive"), ("--ablate",), ("--model", "m"), ("--judge", "m"), ("--limit", "3"), ("--no-images",), ("--seed", "1"),
    ("--resume",), ("--form", "medqa"), ("--skip-bad",), ("--price-in", "1"), ("--price-out", "1"), ("--patience", "1"),
])  # fmt: skip
def test_a_replay_refuses_what_it_would_ignore(small, done, tmp_path, given):
    ended = radqa("run", "--replay", done, "--out", tmp_path / "again", *given)
    assert ended.exit_code == 2
    assert given[0].removeprefix("--no-") in ended.stderr
    assert not (tmp_path / "again").exists()


def test_without_the_extra_for_pages_the_figures_are_printed_before_it_is_missed(small, questions, tmp_path, monkeypatch):
    def missing(*_):
        raise MissingExtra("no Altair")

    monkeypatch.setattr(report, "write_html", missing)
    floors = tmp_path / "floors.toml"
    floors.write_text("[small.extractive]\nabstained_rightly = 1.1\n")
    ended = radqa("run", questions, "--systems", "extractive", "--out", tmp_path / "run", "--floors", floors)
    assert isinstance(ended.exception, MissingExtra)
    assert "95 % bootstrap intervals" in ended.stdout
    assert "below its floor" in ended.stderr
    assert (tmp_path / "run" / "metrics.json").exists()


def test_a_place_that_cannot_be_written_is_named_in_one_line(small, questions, tmp_path):
    arguments = ("run", questions, "--systems", "extractive", "--no-html", "--out")
    (tmp_path / "file").write_text("x")
    assert isinstance(radqa(*arguments, tmp_path / "file" / "run").exception, FolderUnwritable)
    assert radqa(*arguments, tmp_path / "run").exit_code == 0
    for option in ("--csv", "--html"):
        ended = radqa("report", tmp_path / "run", option, tmp_path / "file" / "figures")
        assert isinstance(ended.exception, FolderUnwritable)
        assert "figures cannot be written" in str(ended.exception)
        assert "accuracy" in ended.stdout
    (tmp_path / "run" / "metrics.csv").unlink()
    (tmp_path / "run" / "metrics.csv").mkdir()
    assert isinstance(radqa("report", tmp_path / "run").exception, FolderUnwritable)


@pytest.mark.parametrize(
    "arguments", [("run",), ("run", "SET", "--replay", "x"), ("run", "SET", "--resume"), ("run", "SET", "--limit", "0")]
)
def test_misuse_is_exit_code_2(small, questions, arguments):
    assert radqa(*(questions if word == "SET" else word for word in arguments)).exit_code == 2


def test_a_system_without_a_model_is_refused_with_a_remedy(small, questions, tmp_path):
    ended = radqa("run", questions, "--out", tmp_path / "run")
    assert "needs a chat model" in str(ended.exception)


def test_broken_rows_are_named_and_skipped_on_request(small, questions, tmp_path):
    questions.write_text(questions.read_text() + "{broken\n")
    arguments = ("run", questions, "--systems", "extractive", "--no-html", "--out", tmp_path / "run")
    refused = radqa(*arguments)
    assert isinstance(refused.exception, InputError)
    assert "line 6" in str(refused.exception)
    ended = radqa(*arguments, "--skip-bad")
    assert ended.exit_code == 0
    assert "line 6" in ended.stderr


def test_an_interrupted_run_reports_what_is_done(small, questions, tmp_path, monkeypatch):
    async def interrupted(self, *_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Prepared, "run", interrupted)
    ended = radqa("run", questions, "--systems", "extractive", "--no-html", "--out", tmp_path / "run")
    assert ended.exit_code == 130
    assert "--resume" in ended.stderr
    assert "5 items are not asked yet" in ended.stdout


def test_retrieval_prints_figures_by_mode(small, questions):
    ended = radqa("retrieval", questions, "--json")
    document = json.loads(ended.stdout)
    assert document["hybrid"]["n"] == 4
    assert document["lexical"]["P@1"] == 1
    assert "nDCG@10" in radqa("retrieval", questions, "--modes", "lexical,hybrid").stdout


def test_list_names_systems_forms_and_sets():
    document = json.loads(radqa("list", "--json").stdout)
    assert {"closed-book", "single-step", "agent", "agent-strict", "agent-quote", "options-only", "extractive"} == set(document["systems"])
    assert {"no-refinement", "no-verification", "no-option-plan"} <= set(document["parts"])
    assert "medmcqa" in document["forms"]
    assert document["sets"]["smoke"] == 40
    assert "systems" in radqa("list").stdout


def entry(value, name="extra"):
    return EntryPoint(name=name, value=value, group=commands.GROUP)


def test_commands_of_higher_layers_are_found_by_entry_point_and_loaded_when_called(monkeypatch):
    found = [entry("evals.cli:app", "eval"), entry("missing_package.cli:app", "broken"), entry("evals.cli:app", "ask")]
    monkeypatch.setattr(commands.metadata, "entry_points", lambda group: found)
    monkeypatch.setattr(commands, "added", commands.added.__wrapped__)
    group = typer.main.get_command(agent_cli.app)
    names = group.list_commands(None)
    assert names[-2:] == ["broken", "eval"]
    assert names.count("ask") == 1
    assert "run" in group.get_command(None, "eval").list_commands(None)
    assert group.get_command(None, "ask").help.startswith("Ask a question")
    assert group.get_command(None, "nothing") is None
    with pytest.raises(MissingExtra, match="missing_package"):
        group.get_command(None, "broken")
