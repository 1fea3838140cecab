"""A door's own program with every answer timed inside it: what the door adds to an answer is the round trip less that.

    python -m bench.timed FILE MODULE [ARGUMENTS]      # MODULE is serve.cli or serve.mcp_cli; a line of milliseconds for each answer

The Python call in another process is a second measure, but on a machine that others use the two are slowed unalike; round trip and
answer of one and the same request are not.
"""

from __future__ import annotations

import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any

from agent.app import RadiologyAgent


def timed(kept: Path) -> None:
    """Let every `RadiologyAgent.aask` of this process write how long it took."""
    inner = RadiologyAgent.aask

    async def aask(self: RadiologyAgent, *given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return await inner(self, *given, **named)
        finally:
            with kept.open("a", encoding="utf-8") as file:
                file.write(f"{(time.perf_counter() - began) * 1000}\n")

    RadiologyAgent.aask = aask  # type: ignore[method-assign]


def told(kept: Path) -> list[float]:
    """Milliseconds of every answer so far, in order."""
    return [float(line) for line in kept.read_text(encoding="utf-8").splitlines()]


if __name__ == "__main__":
    timed(Path(sys.argv[1]))
    name = sys.argv[2]
    sys.argv = [name, *sys.argv[3:]]
    import_module(name).app()
