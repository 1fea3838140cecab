"""What a hundred million passages need, by calculation from the measured slopes; prints the table of docs/scale.md.

    python -m bench.scale.plan

Everything grows in proportion from the largest measured size of an engine, but where a partition keeps it from growing. Two inputs are
not measured here: the price of a core and of memory, which are the reader's own (`--core-hour`, `--gb-month`).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from bench.report import RESULTS

WANTED = 100_000_000
A_PARTITION = 1_000_000
SLOTS_GB = 24.0
"""Memory for vectors on a node of 32 GB."""
DIMENSIONS, LINKS = 384, 32
"""Of a vector, and M of the HNSW that `retrievers.stores.milvus` asks a server for: two M links of four bytes at the ground."""
PASSAGE_KB, LEXICAL_KB = 2.33, 0.94
"""Memory of a passage with its source, and of its words, in an index of files: 41,951 passages of the embedded corpus, opened."""
EMBEDDED_PER_CORE_S = 20.0
"""Passages a core embeds in a second: half of bench/results/index.json's two cores."""


def reckoned(figures: dict[str, Any], core_hour: float, gb_month: float) -> dict[str, float]:
    """The plan's figures; hours, GB and money for `WANTED` passages in partitions of `A_PARTITION`."""
    flat, ivf = figures[f"flat-{A_PARTITION}"], figures[f"ivf-{A_PARTITION}"]
    partitions = WANTED // A_PARTITION
    vectors_gb = ivf["disk_mb"] / 1e3
    on_a_node = int(SLOTS_GB // vectors_gb)
    embedding_core_h = WANTED / EMBEDDED_PER_CORE_S / 3600
    building_core_h = partitions * ivf["build_cpu_s"] / 3600
    return {
        "partitions": partitions,
        "vectors_gb_a_partition": vectors_gb,
        "vectors_gb": partitions * vectors_gb,
        "hnsw_gb": WANTED * (4 * DIMENSIONS + 8 * LINKS) / 1e9,
        "partitions_on_a_node": on_a_node,
        "nodes": -(-partitions // on_a_node),
        "embedding_core_hours": embedding_core_h,
        "building_core_hours": building_core_h,
        "core_hours_per_million": (embedding_core_h + building_core_h) / (WANTED / 1e6),
        "money_per_million_once": (embedding_core_h + building_core_h) / (WANTED / 1e6) * core_hour,
        "money_per_million_a_month": vectors_gb * gb_month,
        "search_core_ms": partitions * ivf["cpu_p50_ms"],
        "search_ms_a_node": on_a_node * ivf["cpu_p50_ms"],
        "flat_search_core_ms": partitions * flat["cpu_p50_ms"],
        "files_gb_a_million": (PASSAGE_KB + LEXICAL_KB) * A_PARTITION / 1e6 + flat["disk_mb"] / 1e3,
        "files_passages_in_4_gb": 4e6 / (PASSAGE_KB + LEXICAL_KB + 1e3 * flat["disk_mb"] / A_PARTITION),
    }


def main(arguments: Sequence[str] = ()) -> int:
    """Print each figure of the plan on a line."""
    parser = argparse.ArgumentParser(prog="python -m bench.scale.plan", description="A hundred million passages, by calculation.")
    parser.add_argument("--core-hour", type=float, default=0.05, help="price of a core for an hour (an assumption, default 0.05)")
    parser.add_argument("--gb-month", type=float, default=4.0, help="price of a GB of memory for a month (an assumption, default 4)")
    chosen = parser.parse_args(arguments)
    figures = json.loads((RESULTS / "scale.json").read_text(encoding="utf-8"))["figures"]
    for name, value in reckoned(figures, chosen.core_hour, chosen.gb_month).items():
        print(f"{name:28} {value:12,.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
