"""What the packages import is what an installation brings."""

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
OWN = {"agent", "corpora", "evals", "radqa", "retrievers", "serve", "ui"}
WITH = {"langsmith": "langchain-core", "openai": "langchain-openai", "httpcore": "httpx", "transformers": "sentence-transformers",
        "grpcio": "pymilvus", "pandas": "streamlit", "starlette": "fastapi", "pydantic-core": "pydantic", "langgraph-checkpoint": "langgraph",
        "mcp-types": "mcp", "opentelemetry-api": "opentelemetry-sdk", "click": "typer", "fonttools": "fpdf2"}  # fmt: skip
"""Packages that are imported beside the one that needs them in its own interface, and always comes with them."""


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def imported():
    """Top-level modules of others, each with a file that imports it."""
    found = {}
    for path in (path for package in OWN for path in (ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            else:
                names = [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
            found |= {name.partition(".")[0]: str(path.relative_to(ROOT)) for name in names}
    return {name: path for name, path in found.items() if name not in OWN | set(sys.stdlib_module_names)}


def test_every_package_that_is_imported_is_declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    declared = {plain(re.match(r"[\w.-]+", line)[0]) for lines in lists for line in lines}
    brought_by, seen = packages_distributions(), 0
    for module, path in imported().items():
        names = {plain(name) for name in brought_by.get(module, ())}
        seen += bool(names)
        assert not names or names & declared or {WITH.get(name) for name in names} & declared, f"{path} imports {module} of {names}"
    assert seen > 40
