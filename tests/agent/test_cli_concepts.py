import json

import pytest
from typer.testing import CliRunner

from agent.cli import app

FIELDS = ["text", "start", "end", "cui", "name", "group", "score", "assertion"]


def run(*arguments: str, **more: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(arguments), **more)
    return result.exit_code, result.output


def test_concepts_as_json_are_a_list_of_mentions_and_nothing_else():
    code, output = run("concepts", "No PE. GGO in the right lung; her mother had breast cancer.", "--json")
    found = json.loads(output)
    assert code == 0
    assert all(list(mention) == FIELDS for mention in found)
    said = {mention["text"]: (mention["name"], mention["assertion"]) for mention in found}
    assert said == {
        "PE": ("Pulmonary embolism", "absent"),
        "GGO": ("Ground-glass opacification", "present"),
        "breast cancer": ("breast cancer", "family"),
    }


def test_concepts_are_shown_as_a_table_and_read_from_standard_input():
    code, output = run("concepts", "-", input="Possible pneumonia.")
    assert code == 0
    assert "pneumonia" in output
    assert "uncertain" in output


def test_a_text_without_concepts_says_so():
    assert run("concepts", "Nothing to see here.") == (0, "No concepts found.\n")
    assert run("concepts", "Nothing to see here.", "--json") == (0, "[]\n")


def test_an_empty_text_is_misuse():
    assert run("concepts", " ")[0] == 2


@pytest.mark.parametrize("as_json", [True, False])
def test_search_by_concepts_says_why(small_index_folder, monkeypatch, as_json):
    monkeypatch.setenv("RADQA_EMBEDDING", "hash")
    monkeypatch.setenv("RADQA_READER", "words")
    arguments = ["search", "pulmonary nodule", "--mode", "concept", "--index", str(small_index_folder)]
    code, output = run(*arguments, *(["--json"] if as_json else []))
    assert code == 0
    assert "matched Pulmonary nodule" in output


def test_a_search_by_concepts_for_a_query_without_any_says_so(small_index_folder, monkeypatch):
    monkeypatch.setenv("RADQA_EMBEDDING", "hash")
    monkeypatch.setenv("RADQA_READER", "words")
    code, output = run("search", "what to do tomorrow", "--mode", "concept", "--index", str(small_index_folder))
    assert (code, output) == (0, "Nothing found: no concept was linked in the query; try --mode hybrid.\n")
