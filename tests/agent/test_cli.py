"""The command line: what is printed, where, and with which exit code. Small indexes and the hash embedding: no model is loaded."""

import io
import json
import shutil

import pytest
from typer.testing import CliRunner

from agent import cli
from agent.commands import indexing
from agent.memory import Memory
from agent.types import Question
from tests.conftest import CARD, KIDNEY

QUESTION = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
ANSWER = "CT at 6-12 months, then CT at 18-24 months."
CHOICES = (
    "--option",
    "A=CT at 3-6 months",
    "--option",
    "B=CT at 6-12 months, then CT at 18-24 months",
    "--option",
    "C=No routine follow-up",
)
STEPS = ("understand", "plan", "retrieve", "grade", "weigh", "compose", "verify", "conclude")


@pytest.fixture(autouse=True)
def small_world(small_index_folder, tmp_path, monkeypatch):
    """The small index and the hash embedding by environment, and an empty working folder."""
    monkeypatch.chdir(tmp_path)
    for name, value in {"EMBEDDING": "hash", "READER": "words", "INDEX": str(small_index_folder), "THRESHOLD": "0.3"}.items():
        monkeypatch.setenv(f"RADQA_{name}", value)


@pytest.fixture
def radqa():
    """`radqa(...)` runs the command in this process; see `.stdout`, `.stderr` and `.exit_code`."""
    return lambda *arguments, **more: CliRunner().invoke(cli.app, list(arguments), catch_exceptions=False, **more)


@pytest.fixture
def code(monkeypatch, capsys):
    """`code(...)` runs the entry point; gives the exit code, stdout and stderr."""

    def run(*arguments):
        monkeypatch.setattr("sys.argv", ["radqa", *arguments])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        printed = capsys.readouterr()
        return caught.value.code or 0, printed.out, printed.err

    return run


@pytest.fixture
def folder(tmp_path):
    """A user's folder with one document of each readable kind of text."""
    made = tmp_path / "mine"
    made.mkdir()
    (made / "nodule-card.md").write_text(CARD, encoding="utf-8")
    (made / "kidney-card.md").write_text(KIDNEY, encoding="utf-8")
    (made / "notes.txt").write_text("Gallstones cast a shadow on ultrasound.", encoding="utf-8")
    rows = [{"doc_id": "row-1", "title": "Spleen", "text": "The spleen measures 12 cm.", "url": "https://example.org", "source": "Ward 3"}]
    (made / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return made


def test_an_answer_is_printed_with_its_sources(radqa):
    made = radqa("ask", QUESTION)
    assert made.exit_code == 0
    lines = made.stdout.splitlines()
    assert lines[0] == f"{ANSWER} [1]"
    assert any(line.startswith("[1] radqa's summary of Test Society, Lung nodules found by chance") for line in lines)
    assert lines[-1].endswith("Written by software, which is no medical device: it supports clinical judgement and does not replace it.")
    assert made.stderr == ""


def test_an_option_is_chosen(radqa):
    made = radqa("ask", QUESTION, *CHOICES)
    assert made.stdout.startswith("B. CT at 6-12 months, then CT at 18-24 months\n")


def test_json_is_one_document_and_nothing_else(radqa):
    made = radqa("ask", QUESTION, *CHOICES, "--json")
    assert made.stdout.count("\n") == 1
    document = json.loads(made.stdout)
    assert (document["kind"], document["option"]) == ("answered", "B")
    assert document["claims"][0]["citations"][0]["document_id"] == "nodule-card"
    assert made.stderr == ""


def test_an_abstention_is_no_failure(code):
    status, printed, told = code("ask", "What is the capital of Mongolia?")
    assert (status, told) == (0, "")
    assert printed.startswith("No answer: ")
    status, printed, _ = code("ask", "What is the capital of Mongolia?", "--json")
    assert (status, json.loads(printed)["kind"]) == (0, "abstained")


def test_what_a_killed_process_left_is_answered(radqa, tmp_path, monkeypatch):
    monkeypatch.setenv("RADQA_MEMORY", f"sqlite:///{tmp_path / 'threads.sqlite'}")
    memory = Memory(f"sqlite:///{tmp_path / 'threads.sqlite'}")
    memory.begin("rounds", QUESTION, Question.of(QUESTION))
    memory.begin("ward", QUESTION, Question.of(QUESTION))
    assert radqa("resume", "rounds").stdout.startswith(f"{QUESTION}\n{ANSWER} [1]\n")
    assert [item["kind"] for item in json.loads(radqa("resume", "ward", "--json").stdout)] == ["answered"]
    again = radqa("resume", "rounds")
    assert (again.exit_code, again.stdout) == (0, "")
    assert "Nothing was left unanswered in rounds." in again.stderr
    assert memory.turns("rounds")[0].answer.claims[0].text == ANSWER
    memory.close()


def test_the_trace_goes_to_stderr_in_the_order_of_the_graph(radqa):
    made = radqa("ask", QUESTION, "--trace", "--json")
    assert json.loads(made.stdout)["kind"] == "answered"
    told = [line.split()[2] for line in made.stderr.splitlines()]
    assert tuple(dict.fromkeys(told)) == STEPS


def test_a_report_gives_the_values(radqa, tmp_path):
    report = tmp_path / "report.txt"
    report.write_text("A single solid lung nodule of 7 mm. The patient is a heavy smoker.", encoding="utf-8")
    from_file = radqa("ask", "What follow-up does this lung nodule need?", "--report", str(report))
    from_stdin = radqa("ask", "What follow-up does this lung nodule need?", "--report", "-", input=report.read_text(encoding="utf-8"))
    assert from_file.stdout.splitlines()[0] == from_stdin.stdout.splitlines()[0] == f"{ANSWER} [1]"


def test_text_is_printed_as_it_stands(radqa, folder, tmp_path):
    """Neither square brackets nor words between colons are markup."""
    (folder / "notes.txt").write_text("The stage [bold] of the thymoma is :star: by Masaoka [/x].", encoding="utf-8")
    radqa("index", "build", str(folder), "--no-embedded", "--out", str(tmp_path / "out"))
    made = radqa("search", "stage of the thymoma", "--index", str(tmp_path / "out"), "-k", "1")
    assert "The stage [bold] of the thymoma is :star: by Masaoka [/x]." in made.stdout


@pytest.mark.parametrize("preset", ["fast", "thorough", "offline"])
def test_the_preset_is_kept_in_the_provenance(radqa, preset):
    made = radqa("ask", QUESTION, "--preset", preset, "--json")
    assert json.loads(made.stdout)["provenance"]["preset"] == preset


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("ask", " "), "The question is empty"),
        (("ask", "x" * 100_000), "100,000 characters"),
        (("ask", QUESTION, "--option", "A=only one"), "There is one option"),
        (("ask", QUESTION, "--option", "A=one", "--option", "A=two"), "given twice"),
        (("ask", QUESTION, "--option", "A=one", "--option", "B=One "), "same text"),
        (("ask", QUESTION, "--option", "A=", "--option", "B=two"), "no text"),
        (("ask", QUESTION, "--option", "no label"), "LABEL=TEXT"),
        (("ask", QUESTION, "--report", "nowhere.txt"), "no report file"),
        (("ask", QUESTION, "--preset", "slow"), "Invalid value"),
        (("ask", QUESTION, "--preset", "offline", "--model", "openai:x"), "no chat model"),
        (("ask", QUESTION, "--model", "nobody:x"), "no provider 'nobody'"),
        (("ask", QUESTION, "--model", "x"), "names no provider"),
        (("ask",), "Missing argument"),
        (("ask", QUESTION, "--colour"), "No such option"),
        (("search", " "), "query is empty"),
        (("search", "x", "-k", "0"), "Invalid value"),
        (("search", "x", "--mode", "magic"), "Invalid value"),
        (("search", "x", "--kind", "rumour"), "'rumour' is no kind"),
        (("index", "build", "--no-embedded", "--out", "out"), "Nothing to index"),
        (("index", "build", "nowhere", "--no-embedded", "--out", "out"), "nowhere does not exist"),
        (("index", "build", "mine"), "Missing option"),
        (("nonsense",), "No such command"),
    ],
)
def test_misuse_is_exit_code_2_and_says_what_is_wrong(code, monkeypatch, arguments, told):
    monkeypatch.setenv("COLUMNS", "200")
    status, printed, complaint = code(*arguments)
    assert status == 2
    assert printed == ""
    assert told in complaint
    assert "Traceback" not in complaint


@pytest.mark.parametrize(("name", "value", "told"), [("FACETS", "none", "facets"), ("EMBEDDING", "no/such/model", "No embedding model")])
def test_bad_settings_are_misuse(code, monkeypatch, name, value, told):
    monkeypatch.setenv(f"RADQA_{name}", value)
    status, printed, complaint = code("ask", QUESTION)
    assert (status, printed) == (2, "")
    assert told in complaint


def test_a_report_that_is_no_text_is_named(code, tmp_path):
    (tmp_path / "report.txt").write_bytes(b"\xff\xfe")
    status, _, complaint = code("ask", QUESTION, "--report", "report.txt")
    assert status == 2
    assert "report.txt: not UTF-8" in complaint


@pytest.mark.parametrize("command", [("ask", QUESTION), ("search", "nodule"), ("index", "info"), ("index", "verify")])
def test_a_missing_index_is_a_failure_with_its_remedy(code, monkeypatch, tmp_path, command):
    monkeypatch.setenv("RADQA_INDEX", str(tmp_path / "nowhere"))
    status, printed, complaint = code(*command)
    assert (status, printed) == (1, "")
    assert "There is no index in" in complaint
    assert "radqa index build" in complaint


@pytest.mark.parametrize("harm", ["cut", "altered", "pointer"])
def test_a_damaged_index_is_a_failure(code, tmp_path, small_index_folder, harm):
    shutil.copytree(small_index_folder, tmp_path / "index")
    path = next((tmp_path / "index").glob("g-*/documents.jsonl")) if harm != "pointer" else tmp_path / "index" / "current"
    content = path.read_bytes()
    path.write_bytes({"cut": content[:-20], "altered": content.replace(b"lung", b"lynx"), "pointer": b"\xff"}[harm])
    for command in (("ask", QUESTION, "--index"), ("index", "info"), ("index", "verify")):
        status, printed, complaint = code(*command, str(tmp_path / "index"))
        assert (status, printed) == (1, "")
        assert str(tmp_path / "index") in complaint


def test_an_index_of_another_model_is_a_failure_that_names_both(code, monkeypatch):
    monkeypatch.setenv("RADQA_EMBEDDING", "all-MiniLM-L6-v2")
    status, _, complaint = code("ask", QUESTION)
    assert status == 1
    assert "'hash'" in complaint
    assert "'all-MiniLM-L6-v2'" in complaint


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_search_prints_at_most_k_passages_of_the_chosen_voice(radqa, mode):
    made = radqa("search", "7 mm solid nodule", "-k", "3", "--mode", mode, "--json")
    hits = json.loads(made.stdout)
    assert 1 <= len(hits) <= 3
    assert [hit["score"] for hit in hits] == sorted((hit["score"] for hit in hits), reverse=True)
    assert all(hit["passage"]["document_id"] and hit["shown"] for hit in hits)
    shown = radqa("search", "7 mm solid nodule", "-k", "3", "--mode", mode).stdout
    assert shown.startswith("1. ")
    assert hits[0]["passage"]["source"]["title"] in shown.splitlines()[0]


def test_search_keeps_to_the_kinds_that_are_wanted(radqa):
    kinds = {hit["passage"]["source"]["kind"] for hit in json.loads(radqa("search", "nodule", "--kind", "guideline", "--json").stdout)}
    assert kinds == {"guideline"}
    assert "guideline summary, Nobody N. Test J 2020" in radqa("search", "solid nodule", "--kind", "guideline").stdout
    assert radqa("search", "nodule", "--kind", "sign").stdout.startswith("Nothing found")


def test_search_that_finds_nothing_says_so(radqa):
    assert radqa("search", "xylophone", "--mode", "lexical").stdout == "Nothing found.\n"
    assert json.loads(radqa("search", "xylophone", "--mode", "lexical", "--json").stdout) == []


def test_a_folder_is_built_looked_at_checked_and_asked(radqa, folder, tmp_path):
    out = str(tmp_path / "out")
    built = radqa("index", "build", str(folder), "--no-embedded", "--out", out)
    assert built.exit_code == 0
    assert built.stdout.startswith("4 documents, ")
    assert "embedded now" in built.stdout
    info = radqa("index", "info", out).stdout
    assert "4 (" in info
    assert "hash (hash-1), 64 dimensions" in info
    assert radqa("index", "verify", out).stdout.endswith(": sound\n")
    asked = radqa("ask", "How large does the spleen measure?", "--index", out, "--json")
    answer = json.loads(asked.stdout)
    assert answer["claims"][0]["citations"][0]["document_id"] == "row-1"
    assert answer["sources"][0]["organisation"] == "Ward 3"


def test_a_second_build_embeds_nothing(radqa, folder, tmp_path):
    arguments = ("index", "build", str(folder), "--no-embedded", "--json", "--out")
    first = json.loads(radqa(*arguments, str(tmp_path / "one")).stdout)
    second = json.loads(radqa(*arguments, str(tmp_path / "two")).stdout)
    assert second["embedded_now"] == 0
    assert {name: first[name] for name in ("documents", "passages", "corpus_hash")} == {
        name: second[name] for name in ("documents", "passages", "corpus_hash")
    }
    assert first["left_out"] == []


def test_an_unreadable_pdf_is_named_and_the_rest_is_built(code, folder, tmp_path):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 not really")
    status, printed, told = code("index", "build", str(folder), "--no-embedded", "--out", str(tmp_path / "out"))
    assert status == 1
    assert printed.startswith("4 documents, ")
    assert printed.endswith("; 1 left out because they cannot be read\n")
    assert "left out" in told
    assert f"{folder / 'broken.pdf'}: not a readable PDF" in told
    status, printed, _ = code("index", "build", str(folder), "--no-embedded", "--json", "--out", str(tmp_path / "out"))
    assert [bad["path"] for bad in json.loads(printed)["left_out"]] == [str(folder / "broken.pdf")]


def test_nothing_but_unreadable_files_is_misuse_that_names_them(code, tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4 not really")
    status, printed, told = code("index", "build", "broken.pdf", "--no-embedded", "--out", str(tmp_path / "out"))
    assert (status, printed) == (2, "")
    assert "broken.pdf: not a readable PDF" in told
    assert not (tmp_path / "out").exists()


def test_a_source_that_does_not_exist_is_misuse_even_after_an_unreadable_file(code, folder, tmp_path):
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 not really")
    status, _, told = code("index", "build", str(folder), "nowhere", "--no-embedded", "--out", str(tmp_path / "out"))
    assert status == 2
    assert "nowhere does not exist" in told


def test_a_row_that_is_no_json_is_left_out_by_line_and_the_exit_code_says_so_unless_that_is_wanted(code, folder, tmp_path):
    with (folder / "rows.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"doc_id": "row-2", "text": \n{"doc_id": "row-3", "text": "The pancreas is normal."}\n')
    arguments = ("index", "build", str(folder), "--no-embedded", "--json", "--out", str(tmp_path / "out"))
    status, printed, _ = code(*arguments)
    assert status == 1
    assert [(bad["line"], bad["reason"][:8]) for bad in json.loads(printed)["left_out"]] == [(2, "not JSON")]
    status, printed, _ = code(*arguments, "--skip-bad")
    assert status == 0
    assert json.loads(printed)["documents"] == 5
    assert [(bad["path"], bad["line"]) for bad in json.loads(printed)["left_out"]] == [(str(folder / "rows.jsonl"), 2)]


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("subspecialty: chest", "subspecialty: cheese", 9, "subspecialty"),
        ("year: 2020", "year: [", None, "front matter"),
        ("| single | < 6 mm | low | No routine follow-up |", "| single | < 6 mm | low |", 25, "3 cells, its header 4"),
    ],
)
def test_a_card_with_a_fault_is_left_out_and_file_and_line_are_named(code, folder, tmp_path, old, new, line, told):
    card = folder / "nodule-card.md"
    card.write_text(CARD.replace(old, new), encoding="utf-8")
    status, printed, complaint = code("index", "build", str(folder), "--no-embedded", "--out", str(tmp_path / "out"))
    assert (status, printed[:12]) == (1, "3 documents,")
    assert (f"{card}, line {line}: " if line else f"{card}, line ") in complaint
    assert told in complaint


def test_a_failed_build_leaves_the_old_index(code, folder, tmp_path):
    build = ("index", "build", str(folder), "--no-embedded", "--out", str(tmp_path / "out"))
    assert code(*build)[0] == 0
    for path in folder.iterdir():
        path.write_bytes(b"")
    assert code(*build)[0] == 2
    status, printed, _ = code("ask", QUESTION, "--index", str(tmp_path / "out"))
    assert status == 0
    assert printed.startswith(f"Your document “Lung nodules found by chance” says: {ANSWER}")


def test_a_folder_that_cannot_be_written_is_a_failure(code, folder, tmp_path):
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    status, _, complaint = code("index", "build", str(folder), "--no-embedded", "--out", str(tmp_path / "taken"))
    assert status == 1
    assert "could not be written" in complaint
    assert (tmp_path / "taken").read_text(encoding="utf-8") == "a file"


def test_info_as_json_is_the_manifest(radqa, small_index_folder):
    manifest = json.loads(radqa("index", "info", str(small_index_folder), "--json").stdout)
    assert (manifest["documents"], manifest["model"], manifest["dimensions"]) == (3, "hash", 64)
    assert manifest["kinds"] == {"document": 1, "guideline": 2}


def test_the_doctor_prints_what_there_is(code):
    status, printed, _ = code("doctor")
    assert status == 0
    assert "radqa" in printed
    assert "none: answers quote the evidence" in printed
    _, printed, _ = code("doctor", "--json")
    assert {"name", "state", "detail", "remedy"} == set(json.loads(printed)[0])


def test_the_doctor_fails_on_what_is_broken(code, monkeypatch, tmp_path):
    monkeypatch.setenv("RADQA_INDEX", str(tmp_path))
    status, printed, _ = code("doctor", "--json")
    assert status == 1
    assert [finding["name"] for finding in json.loads(printed) if finding["state"] == "broken"] == ["index"]


def test_a_model_that_fails_is_a_failure_unless_the_fallback_is_set(code, monkeypatch):
    """A blocked socket is a server that cannot be reached."""
    monkeypatch.setenv("RADQA_BASE_URL", "http://127.0.0.1:9/v1")
    monkeypatch.setenv("RADQA_MODEL_RETRIES", "0")
    status, printed, complaint = code("ask", QUESTION)
    assert (status, printed) == (1, "")
    assert "http://127.0.0.1:9/v1" in complaint
    monkeypatch.setenv("RADQA_FALLBACK", "extractive")
    status, printed, _ = code("ask", QUESTION, "--json")
    assert status == 0
    assert "quotes the evidence without it" in json.loads(printed)["limitations"][0]


def test_help_lists_the_commands(radqa):
    shown = radqa("--help").stdout
    for command in ("ask", "search", "index", "doctor"):
        assert command in shown


def test_a_bar_is_drawn_on_a_terminal_only(monkeypatch):
    from rich.console import Console

    for terminal in (True, False):
        screen = io.StringIO()
        monkeypatch.setattr(indexing, "err", Console(file=screen, force_terminal=terminal, width=100))
        with indexing.progress_bar("Embedding", shown=True) as progress:
            progress(3, 7)
        assert ("Embedding" in screen.getvalue()) is terminal


def test_a_console_that_lacks_a_sign_gets_it_escaped_as_json_reads_it(monkeypatch):
    for encoding, printed in (("cp1252", b'{"x": "\xe9 \\u2265 \\ud83d\\ude42"}'), ("utf-8", '{"x": "é ≥ 🙂\\ud835"}'.encode())):
        screen = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr("sys.stdout", screen)
        cli.printable()
        screen.write('{"x": "é ≥ 🙂"}' if encoding == "cp1252" else '{"x": "é ≥ 🙂\ud835"}')
        screen.flush()
        assert screen.buffer.getvalue() == printed
        assert json.loads(printed.decode(encoding))["x"].startswith("é ≥ 🙂")
