"""What `import agent` promises: these names, and nothing heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

import agent

ROOT = Path(__file__).parents[1]
NAMES = [
    "Abstained",
    "Answer",
    "Answered",
    "BudgetExceeded",
    "EmptyQuestion",
    "InvalidOptions",
    "InvalidSettings",
    "MalformedModelOutput",
    "ModelError",
    "ModelRefused",
    "ModelTimeout",
    "ModelUnavailable",
    "Question",
    "QuestionTooLong",
    "RadiologyAgent",
    "Settings",
    "TraceEvent",
    "ask",
    "read_report",
    "score",
]
HEAVY = ("torch", "transformers", "sentence_transformers", "langgraph", "langchain_core", "llama_index", "faiss", "scipy", "streamlit")


def loaded_after(code, names=HEAVY):
    """Which of the named packages a fresh interpreter has loaded after the code."""
    script = f"import sys\n{code}\nprint(*[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout.split()


def test_the_public_names_are_pinned():
    assert agent.__all__ == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_every_public_name_can_be_imported_and_says_what_it_is(name):
    value = getattr(agent, name)
    assert name == "Answer" or value.__doc__


def test_every_error_of_the_package_is_one_that_callers_can_catch_at_once():
    from corpora.errors import RadqaError

    errors = [
        getattr(agent, name) for name in NAMES if isinstance(getattr(agent, name), type) and issubclass(getattr(agent, name), Exception)
    ]
    assert len(errors) == 10
    assert all(issubclass(error, RadqaError) for error in errors)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = agent.nonsense


def test_importing_the_package_loads_nothing_heavy():
    assert loaded_after("import agent") == []


def test_neither_do_the_types_the_errors_and_the_command_line():
    assert loaded_after("import agent, agent.types, agent.errors, agent.cli, corpora.types, corpora.errors, retrievers.types") == []


def test_the_check_itself_sees_what_is_loaded():
    assert loaded_after("import scipy") == ["scipy"]


def test_help_waits_for_no_models_of_data():
    assert loaded_after("import agent.cli", ("pydantic", "numpy", "langchain_core")) == []


def test_a_bad_question_is_refused_before_anything_heavy_is_loaded():
    code = (
        "import agent\ntry:\n    agent.Question.of(' ')\nexcept agent.EmptyQuestion:\n    pass\nelse:\n    raise SystemExit('not refused')"
    )
    assert loaded_after(code) == []
