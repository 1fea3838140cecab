"""What the Model Context Protocol adds to the Python call: `ask` by the SDK's own client over standard input and output.

    python -m bench mcp            # RADQA_INDEX names an index; by default the embedded one

The same questions by a client that started `radqa mcp` itself, and by `RadiologyAgent.ask` in this process, in turns, one at a time,
without a chat model; the difference of the medians is what a round trip costs.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from typing import Any

from bench.report import keep
from bench.serve import OVERHEAD_QUESTIONS, QUESTIONS

GOALS = {"overhead_ms_median": 50}


async def overhead() -> dict[str, Any]:
    """Median of the round trip less median of the Python call, milliseconds."""
    from mcp import Client
    from mcp.client.stdio import StdioServerParameters

    from agent.app import RadiologyAgent

    agent = RadiologyAgent()
    await asyncio.to_thread(agent.warm)
    by_tool, by_call = [], []
    program = StdioServerParameters(command=sys.executable, args=["-m", "serve.mcp_cli"], env=dict(os.environ))
    async with Client(program) as client:
        for number in range(OVERHEAD_QUESTIONS + 2):
            question = QUESTIONS[number % len(QUESTIONS)]
            began = time.perf_counter()
            result = await client.call_tool("ask", {"question": question})
            between = time.perf_counter()
            await agent.aask(question)
            ended = time.perf_counter()
            if result.is_error:
                raise SystemExit(f"The tool failed: {result.content}")
            if number > 1:  # the first two load what is loaded once
                by_tool.append((between - began) * 1000)
                by_call.append((ended - between) * 1000)
    return {
        "call_ms_median": round(statistics.median(by_call), 1),
        "tool_ms_median": round(statistics.median(by_tool), 1),
        "overhead_ms_median": round(statistics.median(by_tool) - statistics.median(by_call), 1),
        "overhead_n": len(by_tool),
    }


def main() -> int:
    """Measure, keep the figures, and say whether the goal is met."""
    made = asyncio.run(overhead())
    met = all(made[name] <= goal for name, goal in GOALS.items())
    keep("mcp", {**made, "load_average": round(os.getloadavg()[0], 1), "goals": GOALS, "goals_met": met})
    return int(not met)


if __name__ == "__main__":
    sys.exit(main())
