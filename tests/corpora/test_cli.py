import json

import pytest
from typer.testing import CliRunner

from agent.cli import app
from corpora.catalogue import NAME
from corpora.errors import InputError
from tests.corpora import articles
from tests.corpora.sources.server import Answer, Article, serve_e3c, serve_europepmc

loopback = [pytest.mark.localhost, pytest.mark.allow_hosts(["127.0.0.1"])]


def run(*arguments):
    return CliRunner().invoke(app, ["corpus", *map(str, arguments)])


def test_the_list_names_every_collection_its_licence_and_how_to_pull_it():
    shown = run("list")
    assert shown.exit_code == 0
    for word in ("europepmc", "e3c", "openi", "CC BY-NC-ND 4.0", "--query", "cite"):
        assert word in shown.output
    listed = json.loads(run("list", "--json").stdout)
    assert [about["name"] for about in listed] == ["europepmc", "e3c", "openi", "radiology-semantic-dict"]
    assert all(about["licence"] and about["citation"] and about["rate"] > 0 for about in listed)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("pull", "nowhere"), "no collection 'nowhere'"),
        (("pull", "europepmc"), "--query"),
        (("pull", "e3c", "--license", "mine"), "'mine' is no licence"),
        (("pull", "e3c", "--max", "0"), "--max"),
        (("pull", "e3c", "--endpoint", "ftp://x"), "is no address"),
    ],
)
def test_misuse_is_named_before_anything_is_asked(arguments, reason):
    shown = run(*arguments)
    assert shown.exit_code == 2
    assert reason in " ".join(shown.output.replace("│", " ").split())


class TestAgainstAServer:
    pytestmark = loopback

    def test_a_pull_tells_what_was_kept_refused_and_what_comes_next(self, served, tmp_path):
        serve_europepmc(served, [Article("PMC1"), Article("PMC2", license="cc by-nc")])
        shown = run(
            "pull", "europepmc", "--query", "x", "--license", "CC BY 4.0", "--out", tmp_path, "--endpoint", served.url, "--rate", 50
        )
        assert shown.exit_code == 0
        assert "1 documents in" in shown.output
        assert "refused 1: is CC BY-NC, and only cc-by was asked for" in shown.output
        assert "radqa index build" in shown.output
        assert served.asked[0].query["query"].endswith('(LICENSE:"cc by")')
        assert run("check", tmp_path).exit_code == 0
        (tmp_path / "PMC1.xml").unlink()
        broken = run("check", tmp_path)
        assert broken.exit_code == 1
        assert "PMC1.xml is missing" in broken.output

    def test_what_a_licence_asks_is_said(self, served, tmp_path):
        serve_e3c(served, {"layer1": {"EN1.json": articles.e3c("EN1", licence="CC BY-NC-SA 4.0")}})
        shown = run("pull", "e3c", "--license", "cc-by,cc-by-nc-sa", "--out", tmp_path, "--endpoint", served.url, "--rate", 50)
        assert "CC BY-NC-SA asks: no commercial use, what is made of it under the same licence" in shown.output

    def test_a_pull_that_is_not_complete_says_so_and_fails(self, served, tmp_path):
        serve_europepmc(served, [Article(f"PMC{number}") for number in range(1, 9)])
        for number in (1, 3, 4, 5, 7, 8):
            served.faults[f"/PMC{number}/fullTextXML"] = [Answer(b"", 403)]
        options = ("--query", "x", "--out", tmp_path, "--endpoint", served.url, "--rate", 50, "--contact", "a@b.example")
        shown = run("pull", "europepmc", *options)
        assert shown.exit_code == 1
        assert "Run it again" in shown.output
        assert "1 more" in shown.output
        again = run("pull", "europepmc", *options, "--json")
        assert again.exit_code == 0
        assert json.loads(again.stdout)["kept"] == 8
        assert "a@b.example" in served.asked[0].headers["User-Agent"]

    def test_a_pulled_folder_becomes_an_index(self, served, tmp_path, monkeypatch):
        monkeypatch.setenv("RADQA_EMBEDDING", "hash")
        two = articles.jats("2", title="Two", body="A 50-year-old woman had fever.")
        serve_europepmc(served, [Article("PMC1", license="cc by", title="One"), Article("PMC2", license="cc0", xml=two)])
        folder, index = tmp_path / "pulled", tmp_path / "index"
        run("pull", "europepmc", "--query", "x", "--out", folder, "--endpoint", served.url, "--rate", 50)
        assert (folder / NAME).exists()
        built = CliRunner().invoke(app, ["index", "build", str(folder), "--no-embedded", "--out", str(index), "--json"])
        assert built.exit_code == 0, built.output
        manifest = json.loads(built.stdout)
        assert manifest["documents"] == 2
        assert manifest["left_out"] == []
        assert manifest["licences"] == {"CC BY 4.0": 2}


def test_a_folder_that_was_not_pulled_cannot_be_checked(tmp_path):
    shown = run("check", tmp_path)
    assert isinstance(shown.exception, InputError)


def test_a_broken_csv_row_is_left_out_and_files_of_no_known_form_are_not_read(tmp_path, monkeypatch):
    monkeypatch.setenv("RADQA_EMBEDDING", "hash")
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "cases.csv").write_text("case_id,case_text\na,A man had pain.\nb,\n", encoding="utf-8")
    (folder / "package.json").write_text('{"name": "x"}', encoding="utf-8")
    build = ["index", "build", str(folder), "--no-embedded", "--out", str(tmp_path / "index"), "--json"]
    built = CliRunner().invoke(app, build)
    assert built.exit_code == 1
    assert [(left["path"].rpartition("/")[2], left["line"]) for left in json.loads(built.stdout)["left_out"]] == [("cases.csv", 3)]
    assert [left["path"].rpartition("/")[2] for left in json.loads(built.stdout)["not_read"]] == ["package.json"]
