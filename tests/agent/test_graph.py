"""The graph's picture: drawn from the code, and a drifted one is found."""

import pytest

from agent import graph

PLACE = "# Architecture\n\nBefore.\n\n<!-- graph -->\n```mermaid\nold\n```\n<!-- /graph -->\n\nAfter.\n"


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "ARCHITECTURE.md"
    path.write_text(PLACE, encoding="utf-8")
    return path


def test_the_picture_shows_every_node_and_the_opened_branch():
    drawn = graph.picture()
    for node in ("understand", "plan", "weigh", "compose", "verify", "conclude", "retrieve", "grade", "refine"):
        assert node in drawn


def test_an_old_picture_fails_the_check_and_is_left_alone(page, capsys):
    assert graph.main(["check"], page) == 1
    assert "run: python -m agent.graph" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8") == PLACE


def test_writing_the_picture_makes_the_check_pass_and_keeps_the_text_around(page):
    assert graph.main([], page) == 0
    text = page.read_text(encoding="utf-8")
    assert graph.picture() in text
    assert text.startswith("# Architecture\n\nBefore.\n\n<!-- graph -->")
    assert text.endswith("<!-- /graph -->\n\nAfter.\n")
    assert graph.main(["check"], page) == 0
    assert graph.main([], page) == 0
    assert page.read_text(encoding="utf-8") == text


def test_one_changed_edge_is_drift(page):
    graph.main([], page)
    text = page.read_text(encoding="utf-8")
    page.write_text(text.replace("compose --> verify", "compose --> conclude"), encoding="utf-8")
    assert page.read_text(encoding="utf-8") != text
    assert graph.main(["check"], page) == 1


@pytest.mark.parametrize("text", ["# No markers\n", "<!-- graph -->\nno mermaid\n<!-- /graph -->\n"])
def test_a_page_without_a_place_for_the_picture_fails_rather_than_passes(page, text, capsys):
    page.write_text(text, encoding="utf-8")
    assert graph.main(["check"], page) == 1
    assert graph.main([], page) == 1
    assert "has no place" in capsys.readouterr().out


def test_a_missing_page_fails(tmp_path, capsys):
    assert graph.main(["check"], tmp_path / "ARCHITECTURE.md") == 1
    assert "has no place" in capsys.readouterr().out


def test_an_unknown_argument_writes_nothing(page, capsys):
    assert graph.main(["chekc"], page) == 2
    assert "usage" in capsys.readouterr().out
    assert page.read_text(encoding="utf-8") == PLACE


def test_the_picture_in_the_repository_is_the_graph_of_today():
    assert graph.main(["check"]) == 0
