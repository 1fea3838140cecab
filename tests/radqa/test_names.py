"""`radqa` for programs of one's own, also beside an `agent.py` of theirs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def ran(folder, program):
    (folder / "program.py").write_text(program, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "program.py"], cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_radqa_gives_what_agent_gives():
    import agent
    import radqa

    assert radqa.Question is agent.Question
    assert set(dir(radqa)) == set(agent.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = radqa.nothing


def test_an_agent_of_the_users_own_is_not_in_the_way(tmp_path):
    (tmp_path / "agent.py").write_text("raise SystemExit('the wrong agent')", encoding="utf-8")
    done = ran(tmp_path, "from radqa import Question\nprint(Question.of('Why?').text)")
    assert (done.stdout, done.returncode) == ("Why?\n", 0), done.stderr


def test_a_module_imported_before_under_the_name_is_named_with_the_remedy(tmp_path):
    (tmp_path / "agent.py").write_text("x = 1", encoding="utf-8")
    done = ran(tmp_path, "import agent\nimport radqa")
    assert done.returncode == 1
    assert "Import radqa first, or rename that module" in done.stderr
