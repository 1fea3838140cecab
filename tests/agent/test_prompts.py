"""Every prompt: its header, its variables, and a snapshot of how it reads. `python tests/agent/test_prompts.py` writes them anew."""

import re
from pathlib import Path

import pytest

from agent.inquiry import asking as inquiring
from agent.inquiry import schemas
from agent.judging import entailment
from agent.language import translation
from agent.prompts import FOLDER, prompt
from agent.reasoners import asking
from agent.reports import modelled

NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))
SNAPSHOTS = Path(__file__).parent / "snapshots"
VALUES = {
    "report": "FINDINGS: 4 mm stone in the left lower pole.",
    "kinds": "stone, cyst",
    "organs": "kidney, liver",
    "question": "What follow-up does a 7 mm solid nodule need at high risk?",
    "options": "A. CT at 3-6 months\nB. CT at 6-12 months",
    "language": "German",
    "sentences": "CT at 6-12 months.\nThis holds for 6-8 mm.",
    "terms": "Lungenrundherd = pulmonary nodule",
    "facet": "Follow-up",
    "tried": "solid nodule follow-up",
    "missing": "subsolid",
    "passage": "size: 6-8 mm; follow-up: CT at 6-12 months",
    "sentence": "A 7 mm nodule needs CT at 6-12 months.",
    "hints": "\nReckoned: 3 + 2 + 2 = 7 points",
    "kept": "- The nodule is solid.",
    "refused": "- CT at 3 months. (evidence; refused: the figure 3 is not in the evidence)",
    "part": "B. CT at 6-12 months",
    "dialogue": "Q: Follow-up of a 7 mm nodule?\nA: CT at 6-12 months. [1]",
    "evidence": "[1] (applies) Society 2017, Nodules, Solid: size: 6-8 mm; follow-up: CT at 6-12 months",
}


INQUIRY = {"answer", "calls", "dossier", "follow_up", "parts", "repair"}


def rendered(name):
    system, user = prompt(name).render(**{key: VALUES[key] for key in prompt(name).inputs})
    return f"--- system\n{system}\n--- user\n{user}\n"


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_says_what_it_is_for_and_what_comes_back(name):
    made = prompt(name)
    assert made.name == name
    assert made.purpose
    assert made.version >= 1
    homes = (translation, entailment, asking, modelled) if name not in INQUIRY else (schemas,)
    home = next(one for one in homes if hasattr(one, made.output))
    assert issubclass(getattr(home, made.output), asking.BaseModel)
    assert set(made.inputs) <= set(VALUES)
    assert made.system
    assert made.user


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_reads_as_its_snapshot(name):
    assert "$" not in rendered(name)
    assert rendered(name) == (SNAPSHOTS / f"{name}.txt").read_text(encoding="utf-8")


def test_there_is_one_snapshot_per_prompt():
    assert sorted(path.stem for path in SNAPSHOTS.glob("*.txt")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_prompt_is_used(name):
    code = "".join(Path(module.__file__).read_text(encoding="utf-8") for module in (asking, entailment, inquiring, modelled, translation))
    assert re.search(rf'(?:prompt|_rendered|_over)\(\s*"{name}"', code)


@pytest.mark.parametrize("values", [{}, {"question": "Q", "surplus": "S"}, {"wrong": "W"}])
def test_missing_and_surplus_values_are_refused(values):
    with pytest.raises(KeyError, match="'study' takes"):
        prompt("study").render(**values)


def test_a_dollar_in_a_value_stays_as_it_is():
    assert "cost $5 and $question" in prompt("study").render(question="cost $5 and $question")[1]


@pytest.mark.parametrize(
    ("header", "body", "message"),
    [
        ("inputs: [question]", "S\n---user---\n$question $secret", r"declares \['question'\] and uses \['question', 'secret'\]"),
        ("inputs: [question, options]", "S\n---user---\n$question", r"declares \['options', 'question'\] and uses \['question'\]"),
    ],
)
def test_variables_that_the_header_does_not_declare_are_refused(tmp_path, header, body, message):
    (tmp_path / "odd.md").write_text(f"---\npurpose: p\n{header}\noutput: Queries\nversion: 1\n---\n{body}", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        prompt.__wrapped__("odd", tmp_path)


def test_a_prompt_without_its_parts_names_the_file(tmp_path):
    (tmp_path / "bare.md").write_text("Just text.", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bare.*---user---"):
        prompt.__wrapped__("bare", tmp_path)


if __name__ == "__main__":
    for name in NAMES:
        (SNAPSHOTS / f"{name}.txt").write_text(rendered(name), encoding="utf-8")
