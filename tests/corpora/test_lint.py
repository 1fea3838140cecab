"""What the linter says of cards, and the commands over it."""

import json
from datetime import date

import pytest
from typer.testing import CliRunner

from agent.cli import app
from corpora import coverage
from corpora.lint import LEAST_WORDS, _whole, empty, is_guideline, is_poor, lint
from corpora.readers import cases, topics
from corpora.readers.topics import SECTIONS
from tests.conftest import CARD
from tests.corpora.test_topics import SARCOID, put

TODAY = date(2026, 6, 1)


def kinds(found):
    return [(one.kind, one.error) for one in found]


def long(text):
    """The card with enough words to be one."""
    return text.replace("## Findings\n", "## Findings\n" + "Nodules line fissures and bronchovascular bundles in sarcoidosis. " * 16 + "\n")


def test_a_sound_card_has_no_finding(tmp_path):
    assert lint([put(tmp_path, long(SARCOID))], TODAY) == []


def test_a_card_that_breaks_the_form_is_an_error_with_its_line(tmp_path):
    path = put(tmp_path, long(SARCOID).replace("## Essentials\n", "## Essentials\nIt affects the lung.\n"))
    (found,) = lint([tmp_path], TODAY)
    assert (found.path, found.kind, found.error) == (str(path), "form", True)
    assert path.read_text(encoding="utf-8").splitlines()[found.line - 1] == "It affects the lung."
    assert str(found).startswith(f"{path}:{found.line}: form: ")


@pytest.mark.parametrize(
    ("old", "new", "kind", "words"),
    [
        ("names: [sarcoidosis, sarcoid]", "names: [sarcoidosis, Sarcoidosis]", "names", "stands twice"),
        ("current: 2026-05", "current: 2024-05", "stale", "2024-05"),
        ("sources:\n  - citation: Nobody N. Test J 2020\n", "", "source", "ranks lower"),
        ("concepts: [C0036205]\n", "", "concepts", "names no concept"),
        ("https://example.org/sarcoid", "https://www.scribd.com/document/1", "source", "is no source"),
    ],
)
def test_what_a_reader_would_stumble_over_is_told_and_is_no_error(tmp_path, old, new, kind, words):
    assert old in SARCOID
    (found,) = lint([put(tmp_path, long(SARCOID).replace(old, new))], TODAY)
    assert (found.kind, found.error) == (kind, False)
    assert words in found.message


def test_a_card_that_says_too_little_is_told(tmp_path):
    (found,) = lint([put(tmp_path, SARCOID)], TODAY)
    assert found.kind == "length"
    assert str(LEAST_WORDS) in found.message


def test_a_concept_that_the_vocabulary_lacks_is_an_error_and_none_is_an_answer(tmp_path):
    (found,) = lint([put(tmp_path, long(SARCOID).replace("C0036205", "C9999999"))], TODAY)
    assert (found.kind, found.error) == ("concepts", True)
    assert "C9999999" in found.message
    assert lint([put(tmp_path, long(SARCOID).replace("[C0036205]", "none"))], TODAY) == []


def test_missing_titles_topics_and_cases_are_errors_of_the_packaged_corpus(tmp_path, monkeypatch):
    known = topics.topic(put(tmp_path, long(SARCOID)))
    monkeypatch.setattr(topics, "covered", lambda: frozenset({"Sarcoidosis"}))
    (tmp_path / "titles.txt").write_text("# Chest\nSarcoidosis\nSilicosis\n", encoding="utf-8")
    listed = coverage.titles(tmp_path / "titles.txt")
    monkeypatch.setattr(coverage, "titles", lambda: listed)
    monkeypatch.setattr(coverage, "commonest", lambda: ["sarcoidosis"])
    case = next(line for line in (cases.FOLDER / "chest.jsonl").read_text(encoding="utf-8").splitlines() if line)
    monkeypatch.setattr(cases, "FOLDER", tmp_path)
    (tmp_path / "chest.jsonl").write_text(case, encoding="utf-8")
    untold, unnamed, untaught = _whole([(tmp_path / "a.md", known)])
    assert (untold.kind, untold.error, untold.line) == ("missing", True, 3)
    assert "'Silicosis'" in untold.message
    assert "names no topic card ('acute-pulmonary-embolism')" in unnamed.message
    assert (untaught.path, untaught.error) == (str(tmp_path / "a.md"), True)
    assert "no teaching case" in untaught.message


def test_two_cards_of_one_id_are_an_error(tmp_path):
    put(tmp_path, long(SARCOID))
    put(tmp_path, long(SARCOID).replace("subspecialty: chest", "subspecialty: abdominal"), "abdominal")
    assert kinds(lint([tmp_path], TODAY)) == [("form", True)]


def test_rows_of_two_cards_that_differ_in_the_figure_alone_disagree(tmp_path):
    table = "\n## Numbers\nsay: The {node} is enlarged from {short axis}.\n| node | short axis |\n|---|---|\n| hilar lymph node | 10 mm |\n"
    put(tmp_path, long(SARCOID) + table)
    other = (long(SARCOID) + table.replace("10 mm", "12 mm")).replace("id: sarcoidosis", "id: sarcoid-other")
    put(tmp_path, other)
    (found,) = lint([tmp_path], TODAY)
    assert (found.kind, found.error) == ("disagrees", False)
    assert "10 mm" in found.message
    assert "12 mm" in found.message


def test_a_guideline_is_read_as_one(tmp_path):
    path = tmp_path / "nodule-card.md"
    path.write_text(CARD, encoding="utf-8")
    assert is_guideline(path)
    assert lint([path], TODAY) == []


def guideline(folder, text):
    name = next(line for line in text.splitlines() if line.startswith("id:")).split(": ")[1]
    path = folder / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_guideline_that_is_old_or_superseded_is_told_as_stale(tmp_path):
    old = guideline(tmp_path, CARD.replace("current: 2026-05", "current: 2023-05\nsuperseded_by: Nodule Card 2025"))
    found = lint([old], TODAY)
    assert kinds(found) == [("stale", False), ("stale", False)]
    assert [word for one, word in zip(found, ("2023-05", "Nodule Card 2025"), strict=True) if word in one.message] == [
        "2023-05",
        "Nodule Card 2025",
    ]


def test_pages_that_were_looked_at_have_a_date(tmp_path):
    assert kinds(lint([guideline(tmp_path, CARD.replace("current: 2026-05\n", ""))], TODAY)) == [("stale", True)]


def test_a_card_that_another_supersedes_names_the_newer_version(tmp_path):
    newer = CARD.replace("id: nodule-card", "id: nodule-card-2").replace("[old-card]", "[nodule-card]").replace("doi:", "")
    guideline(tmp_path, CARD)
    guideline(tmp_path, newer.replace("Lung nodules found by chance", "Lung nodules found by chance, second version"))
    assert ("stale", True) in kinds(lint([tmp_path], TODAY))
    guideline(tmp_path, CARD.replace("current: 2026-05", "current: 2026-05\nsuperseded_by: Nodule Card 2 of 2025"))
    assert ("stale", True) not in kinds(lint([tmp_path], TODAY))


@pytest.mark.parametrize(
    ("url", "poor"), [("https://scribd.com/x", True), ("https://www.scribd.com/x", True), ("https://notscribd.com/x", False), ("", False)]
)
def test_a_poor_source_is_told_by_its_host(url, poor):
    assert is_poor(url) is poor


@pytest.mark.parametrize("kind", sorted(SECTIONS))
def test_an_empty_card_has_every_section_of_its_kind_in_order(kind):
    made = empty(kind, "some-topic", "chest", TODAY)
    assert [line[3:] for line in made.splitlines() if line.startswith("## ")] == list(SECTIONS[kind])
    assert "current: 2026-06" in made


def radqa(*arguments):
    return CliRunner().invoke(app, ["corpus", *map(str, arguments)])


def test_the_command_succeeds_where_no_finding_is_an_error(tmp_path):
    put(tmp_path, SARCOID)
    done = radqa("lint", tmp_path)
    assert done.exit_code == 0
    assert "length:" in done.stdout
    assert "0 errors" in done.stderr


def test_the_command_fails_for_an_error_and_gives_it_as_json(tmp_path):
    put(tmp_path, SARCOID.replace("kind: disease", "kind: miracle"))
    done = radqa("lint", tmp_path, "--json")
    assert done.exit_code == 1
    (found,) = json.loads(done.stdout)
    assert found["kind"] == "form"
    assert found["error"] is True


def test_a_path_that_is_not_there_is_misuse(tmp_path):
    assert radqa("lint", tmp_path / "gone.md").exit_code == 2


def test_a_new_card_is_begun_once_and_never_written_over(tmp_path):
    path = tmp_path / "chest" / "some-sign.md"
    done = radqa("new", "sign", "some-sign", "--subspecialty", "chest", "--out", path)
    assert done.exit_code == 0, done.output
    assert "## What is seen" in path.read_text(encoding="utf-8")
    path.write_text("mine", encoding="utf-8")
    assert radqa("new", "sign", "some-sign", "--subspecialty", "chest", "--out", path).exit_code == 2
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_new_card_goes_into_the_folder_of_its_subspecialty(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert radqa("new", "disease", "some-disease", "--subspecialty", "neuro").exit_code == 0
    assert (tmp_path / "neuro" / "some-disease.md").exists()
    assert radqa("lint", tmp_path).exit_code == 1  # an empty card is no card yet


@pytest.mark.parametrize(
    "arguments",
    [
        ("miracle", "some-topic", "--subspecialty", "chest"),
        ("sign", "Some Topic", "--subspecialty", "chest"),
        ("sign", "../up", "--subspecialty", "chest"),
        ("sign", "some-topic", "--subspecialty", "dentistry"),
        ("sign", "some-topic"),
    ],
)
def test_misuse_of_new_writes_nothing(tmp_path, monkeypatch, arguments):
    monkeypatch.chdir(tmp_path)
    assert radqa("new", *arguments).exit_code == 2
    assert not list(tmp_path.rglob("*.md"))
