"""What a model was found good for: the records that `radqa model try` keeps in the user's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from platformdirs import user_config_path
from pydantic import Field, ValidationError

from corpora.types import Frozen

Role = Literal["reason", "quote"]


class Trial(Frozen):
    """What a model made of the tasks: shares (0-1) of each kind that it did right, and the role that follows."""

    model: str
    role: Role
    tasks: int = Field(ge=1)
    right: dict[str, float] = Field(description="kind of task -> share done right")
    form: str = Field(default="", description="how it is asked for JSON: json_schema, json_object, or in words alone")
    seconds: float = 0.0
    tried: str = Field(default="", description="day, such as 2026-11-30")


def records() -> Path:
    """The file of all records."""
    return user_config_path("radqa") / "models.json"


def trials() -> dict[str, Trial]:
    """Every record by the name of model and server; none where the file is missing or cannot be read."""
    try:
        held = json.loads(records().read_text(encoding="utf-8"))
        return {str(name): Trial.model_validate(record) for name, record in held.items()}
    except (OSError, ValueError, ValidationError, AttributeError):
        return {}


def keep(trial: Trial) -> Path:
    """Put a record in the place of the model's earlier one; the file, which is written beside and renamed."""
    path = records()
    path.parent.mkdir(parents=True, exist_ok=True)
    held = {name: record.model_dump() for name, record in (trials() | {trial.model: trial}).items()}
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(held, indent=1), encoding="utf-8")
    beside.replace(path)
    return path


CALLS_FROM = 0.9
"""Share of the tasks with tools from which a model's native calls are used."""


def calls_well(model: str) -> bool:
    """Whether a model's native tool calls were found good; not of one that was never tried."""
    record = trials().get(model)
    return record is not None and record.right.get("tools", 0.0) >= CALLS_FROM


def role_of(model: str) -> Role:
    """The role of a model by its record; one that was never tried reasons."""
    record = trials().get(model)
    return record.role if record else "reason"
