import json

import pytest
from typer.testing import CliRunner

from agent.cli import app

runner = CliRunner()


def run(*arguments):
    return runner.invoke(app, ["score", *arguments])


def test_a_score_tells_category_advice_rows_and_source():
    done = run("Lung-RADS", "type=solid", "size=7 mm")
    assert done.exit_code == 0
    assert done.stdout.startswith("Lung-RADS: Lung-RADS 3\n  advice: LDCT at 6 months")
    assert "assumed: time baseline" in done.stdout
    assert "On screening CT, a solid nodule (baseline) of >= 6 to < 8 mm is Lung-RADS 3 (probably benign)" in done.stdout
    assert "https://doi.org/10.1016/j.jacr.2023.09.009" in done.stdout


def test_a_missing_feature_is_named_with_what_is_possible():
    done = run("pirads", "zone=pz", "dwi=3")
    assert done.stdout.startswith("PI-RADS: possible: PI-RADS 3, PI-RADS 4")
    assert "decides: dce (not given)" in done.stdout


def test_an_impossible_combination_is_refused_with_exit_code_2():
    done = run("Bosniak", "nodule=acute", "enhancement=no", "--json")
    assert done.exit_code == 2
    assert "that enhances" in json.loads(done.stdout)["refused"]


def test_json_is_one_document_with_rows_and_what_was_given():
    found = json.loads(run("TI-RADS", "composition=spongiform", "size=3 cm", "--json").stdout)
    assert found["category"] == "TR1"
    assert found["given"] == {"composition": "spongiform", "size": "3 cm"}
    assert found["steps"][0]["rows"][0]["card"] == "acr-ti-rads-2017"


def test_the_list_names_every_system_and_one_systems_values():
    names = {entry["name"] for entry in json.loads(run("--list", "--json").stdout)}
    assert {"ACR TI-RADS", "EU-TIRADS", "RECIST 1.1", "VI-RADS"} <= names
    assert "taller-than-wide" in run("TI-RADS", "--list").stdout


@pytest.mark.parametrize("argument", ["size", "=4", " =4"])
def test_what_is_no_pair_is_misuse(argument):
    done = run("TI-RADS", argument)
    assert done.exit_code == 2
    assert "FEATURE=VALUE" in done.output


def test_a_feature_given_twice_collects_its_values():
    found = json.loads(run("TI-RADS", "foci=punctate", "foci=macrocalcifications", "--json").stdout)
    assert found["given"]["foci"] == "macrocalcifications, punctate"


def test_python_scores_by_the_name_of_a_system():
    import agent

    assert agent.score("LI-RADS", size="22 mm", aphe="nonrim", capsule="yes").category == "LR-5"
    assert agent.score("Lung-RADS", type="part-solid", size="10 mm", solid_component="7 mm").category == "Lung-RADS 4A"
