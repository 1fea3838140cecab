"""What people paste that is no report, or a spoilt one: said, never guessed, never dropped."""

from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from agent.cli import app, main
from agent.reports.reading import read
from evals.reports import lost

TWO = "CT CHEST\nFINDINGS: 7 mm nodule in the right lung.\nIMPRESSION: Nodule.\n\nMRI BRAIN\nFINDINGS: Normal.\nIMPRESSION: Normal."
TABLE = "organ\tfinding\tsize\nlung\tnodule\t7 mm\nliver\tcyst\t12 mm\nkidney\tstone\t4 mm"
SCANNED = "CT CHE5T\nFINDINGS: l7 mm n0dule in the r1ght upper lobe. Smal1 pIeural effusion on the left."
TENFOLD = "CT CHEST\nFINDINGS: 80 mm nodule in the right upper lobe, previously 8 mm."
NOVEL = "It was the best of times, it was the worst of times. The coachman drove on. Nobody on the road had seen the lamp. " * 40


def radqa(tmp_path, text, *arguments):
    file = tmp_path / "report.txt"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return CliRunner().invoke(app, ["report", str(file), *arguments])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("banana", "not understood: banana"),
        (TWO, "two reports in one text"),
        (TABLE, "rows of a table"),
        (SCANNED, "letters in place of digits"),
        (TENFOLD, "measurement"),
        (NOVEL, "0 findings"),
    ],
    ids=["one word", "two reports", "spreadsheet", "recognised text", "tenfold size", "novel"],
)
def test_what_is_odd_is_said(tmp_path, text, says):
    done = radqa(tmp_path, text)
    assert done.exit_code == 0
    assert says in " ".join(done.output.split())


@pytest.mark.parametrize("text", [TWO, TABLE, SCANNED, TENFOLD, NOVEL])
def test_no_word_of_it_is_lost(text):
    assert lost(text, read(text, masked=False)) == ()


@pytest.mark.parametrize(
    ("text", "says"), [("", "empty"), (" \n\t ", "empty"), ("x " * 100_001, "characters"), (b"\xff\xfe\x00\x81", "report.txt")]
)
def test_what_cannot_be_read_is_refused(tmp_path, text, says, monkeypatch, capsys):
    file = tmp_path / "report.txt"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    monkeypatch.setattr("sys.argv", ["radqa", "report", str(file)])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code in (1, 2)
    assert says in capsys.readouterr().err


def test_units_may_be_mixed():
    first, second = read("CT\nFINDINGS: 2.5 cm x 18 mm mass in the liver. Right renal cyst, 31 mm (previously 2.8 cm).").findings
    assert first.size.mm == (25, 18)
    assert (second.size.largest, second.earlier_size.largest, second.change) == (31, 28, "increased")


def test_a_date_is_no_size():
    (finding,) = read("CT 4.5.2026\nFINDINGS: Infrarenal aortic aneurysm of 4.5 cm, on 4.5.2025 it was 4.1 cm.").findings
    assert sorted(size.largest for size in finding.sizes) == [41, 45]


def test_an_earlier_report_that_is_newer_is_told(tmp_path):
    prior = tmp_path / "prior.txt"
    prior.write_text("CT CHEST 3.2.2026\nFINDINGS: 4 mm nodule in the right upper lobe.")
    done = radqa(tmp_path, "CT CHEST 3.2.2025\nFINDINGS: 7 mm nodule in the right upper lobe.", "--prior", str(prior))
    assert "wrong way round" in " ".join(done.output.split())


def test_an_answer_that_cites_nothing_that_was_found_adds_nothing():
    def invents(question):
        claim = SimpleNamespace(text="A 40 mm spiculated mass of the lung needs surgery.", citations=[SimpleNamespace(id="e9")])
        return SimpleNamespace(claims=[claim], evidence=[], limitations=[])

    report = read("CT ABDOMEN\nFINDINGS: Splenic infarct. Gallstones.", ask=invents)
    assert {finding.kind for finding in report.findings} == {"infarct", "stone"}
    assert all(finding.advice.by == "nothing" for finding in report.findings)
    assert "40 mm" not in report.model_dump_json()
