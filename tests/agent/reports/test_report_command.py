import json

import pytest
from typer.testing import CliRunner

from agent.cli import app, main
from agent.reports.structured import Structured
from agent.reports.types import ReadReport

runner = CliRunner()
TEXT = "CT CHEST\nINDICATION: Smoker, 62-year-old.\nFINDINGS: 7 mm solid nodule in the right upper lobe. No effusion.\nIMPRESSION: RUL nodule.\n"


def run(*arguments, text=None):
    return runner.invoke(app, ["report", *arguments], input=text)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "report.txt"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_report_is_told_finding_by_finding(file):
    done = run(str(file))
    assert done.exit_code == 0
    assert "F1 7 mm solid right upper lobe lung nodule" in done.stdout
    assert "Fleischner -> CT at 6-12 months, then CT at 18-24 months" in done.stdout
    assert "normal: No effusion." in done.stdout


def test_json_is_the_published_schema(file):
    report = ReadReport.model_validate_json(run(str(file), "--json").stdout)
    assert report.findings[0].advice.system == "Fleischner"
    schema = json.loads(run("--schema").stdout)
    assert {"findings", "left", "flags", "comparison"} <= set(schema["properties"])


def test_standard_input_is_read():
    assert "right upper lobe" in run("-", text=TEXT).stdout


def test_a_structured_report_has_sections_and_an_impression_that_cites(file):
    text = run(str(file), "--template", "markdown").stdout
    assert "### Lung\n\n- 7 mm solid right upper lobe lung nodule [F1]" in text
    assert "Advice: CT at 6-12 months, then CT at 18-24 months. [F1; Incidental pulmonary nodules on CT in adults (2017)]" in text
    made = Structured.model_validate_json(run(str(file), "--template", "json").stdout)
    assert made.impression[0].finding == "F1"
    assert made.normal == ("No effusion.",)
    assert run(str(file), "--template", "impression").stdout.startswith("1. 7 mm solid right upper lobe lung nodule")


def test_fhir_has_a_report_and_an_observation_with_the_size(file):
    bundle = json.loads(run(str(file), "--template", "fhir").stdout)
    report, observation = (entry["resource"] for entry in bundle["entry"])
    assert report["resourceType"] == "DiagnosticReport"
    assert report["result"] == [{"reference": "#F1"}]
    assert observation["component"][0]["valueQuantity"]["value"] == 7
    assert "subject" not in report


def test_an_earlier_report_is_compared_with(file, tmp_path):
    earlier = tmp_path / "earlier.txt"
    earlier.write_text(TEXT.replace("7 mm", "4 mm"), encoding="utf-8")
    assert "increased: right upper lobe lung nodule 4 -> 7 mm (+3 mm, +75 %)" in run(str(file), "--prior", str(earlier)).stdout


def test_many_reports_are_read_once_and_a_stopped_run_goes_on(tmp_path):
    source, to = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text(
        "\n".join(json.dumps(row) for row in ({"id": "a", "text": TEXT}, {"id": "b", "text": ""}, {"text": TEXT})), encoding="utf-8"
    )
    done = run("--jsonl", str(source), "--out", str(to))
    assert done.exit_code == 1
    rows = [json.loads(line) for line in to.read_text(encoding="utf-8").splitlines()]
    assert [row["id"] for row in rows] == ["a", "b", "line-3"]
    assert rows[1]["error"] == "The report is empty."
    to.write_text(to.read_text(encoding="utf-8").splitlines()[0] + '\n{"id": "b", "rep', encoding="utf-8")
    assert "2 failed" not in run("--jsonl", str(source), "--out", str(to)).output
    assert [json.loads(line)["id"] for line in to.read_text(encoding="utf-8").splitlines()] == ["a", "b", "line-3"]


def test_a_broken_line_names_file_and_line(tmp_path, monkeypatch, capsys):
    source = tmp_path / "in.jsonl"
    source.write_text(json.dumps({"text": TEXT}) + "\n{\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["radqa", "report", "--jsonl", str(source), "--out", str(tmp_path / "out.jsonl")])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert "line 2: not JSON" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["--jsonl", "x.jsonl"]])
def test_misuse_says_what_is_missing(arguments):
    assert run(*arguments).exit_code == 2


def test_python_reads_a_report_by_one_call():
    import agent

    assert agent.read_report(TEXT).findings[0].advice.by == "rules"
