"""Prompts as checked files: a header (purpose, inputs, output, version), then the system part, then the user part."""

from __future__ import annotations

import re
import string
from functools import cache
from pathlib import Path

import yaml

from corpora.types import Frozen

FOLDER = Path(__file__).parent


class Prompt(Frozen):
    """A prompt with named inputs; `render` fills exactly those."""

    name: str
    purpose: str
    inputs: tuple[str, ...]
    output: str
    version: int
    system: str
    user: str

    def render(self, **values: str) -> tuple[str, str]:
        """System and user text. Raises `KeyError` when the values are not exactly the inputs."""
        if set(values) != set(self.inputs):
            raise KeyError(f"prompt {self.name!r} takes {sorted(self.inputs)}, not {sorted(values)}")
        return string.Template(self.system).substitute(values), string.Template(self.user).substitute(values)


@cache
def prompt(name: str, folder: Path = FOLDER) -> Prompt:
    """A prompt by file name, checked: its `$variables` are exactly the declared inputs."""
    text = (folder / f"{name}.md").read_text(encoding="utf-8")
    parts = re.fullmatch(r"---\n(.*?)\n---\n(.*?)\n---user---\n(.*)", text, re.DOTALL)
    if parts is None:
        raise ValueError(f"prompt {name!r} lacks its header between --- lines, or the line ---user--- before the user part")
    header, system, user = parts.groups()
    made = Prompt(name=name, system=system.strip(), user=user.strip(), **yaml.safe_load(header))
    used = set(string.Template(system + user).get_identifiers())
    if used != set(made.inputs):
        raise ValueError(f"prompt {name!r} declares {sorted(made.inputs)} and uses {sorted(used)}")
    return made
