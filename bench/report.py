"""Figures as a JSON file beside the code, with machine, versions and commit, and as lines on the screen."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from importlib import metadata
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def keep(name: str, figures: dict[str, Any]) -> None:
    """Print the figures and write them to `results/NAME.json`."""
    document = {"figures": figures, "machine": machine(), "commit": commit()}
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    for key, value in figures.items():
        print(f"{name}.{key}: {value}")


def machine() -> dict[str, str]:
    """What the figures hold for."""
    model = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.processor())
    return {
        "cpu": f"{os.cpu_count()} x {model}",
        "python": platform.python_version(),
        "torch": metadata.version("torch"),
        "radqa": metadata.version("radqa"),
    }


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def commit() -> str:
    """The commit that was measured, with a plus when the tree was changed."""
    run = subprocess.run(["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, check=False, cwd=RESULTS.parent)
    return run.stdout.strip()
