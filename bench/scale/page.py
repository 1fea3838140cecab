"""The figures as docs/scale.md shows them: a table, the plan's numbers, and the plot."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
NAMES = {
    "flat": "FAISS flat, float32", "ivf": "FAISS IVF-SQ8", "hnsw": "FAISS HNSW-SQ8", "lite": "Milvus Lite 3.2.2, flat",
    "postgres": "Postgres, pgvector HNSW",
}  # fmt: skip
_HEAD = (
    "| engine | passages | recall@10 | p50 ms | p95 ms | load | processor p50 / p95 ms | build: processor s, passages a second of it "
    "| memory GB | disk MB |\n|---|---|---|---|---|---|---|---|---|---|"
)


def table(figures: dict[str, Any]) -> str:
    """A Markdown table with a row for each engine and size."""
    rows = sorted(figures.items(), key=lambda item: (list(NAMES).index(item[0].partition("-")[0]), item[1]["passages"]))
    return "\n".join((_HEAD, *(_row(name.partition("-")[0], told) for name, told in rows)))


def _row(engine: str, told: dict[str, Any]) -> str:
    way = f", {told['way']}" if "way" in told else ""
    processor = "in the server" if engine == "postgres" else f"{told['cpu_p50_ms']:.1f} / {told['cpu_p95_ms']:.1f}"
    build = "-"
    if "build_s" in told:
        rate = told["passages"] / max(told["build_cpu_s"], 0.01)
        by_clock = f"{told['passages'] / told['build_s']:,.0f} by the clock"
        build = by_clock if engine == "postgres" else f"{told['build_cpu_s']:.1f}, {rate:,.0f}"
    memory = "-" if engine == "postgres" else f"{told['memory_gb']:.2f}"
    return (
        f"| {NAMES[engine]}{way} | {told['passages']:,} | {told['recall']:.3f} | {told['p50_ms']:.1f} | {told['p95_ms']:.1f} | "
        f"{told['load_average']:.0f} | {processor} | {build} | {memory} | {told['disk_mb']:,.0f} |"
    )


def written(figures: dict[str, Any]) -> None:
    """Put the table between the marks of docs/scale.md."""
    path = DOCS / "scale.md"
    page = path.read_text(encoding="utf-8")
    shown = f"<!-- measured -->\n{table(figures)}\n<!-- /measured -->"
    path.write_text(re.sub(r"<!-- measured -->.*?<!-- /measured -->", lambda _: shown, page, flags=re.DOTALL), encoding="utf-8")


def plot(figures: dict[str, Any]) -> None:
    """Write `docs/scale.svg`: milliseconds, memory and building of every engine over the number of passages."""
    import altair as alt

    named = {
        "p95_ms": "search p95, ms by the clock", "cpu_p95_ms": "search p95, processor ms", "memory_gb": "peak memory, GB",
        "build_cpu_s": "build, processor s",
    }  # fmt: skip
    rows = [
        {"engine": NAMES[engine], "passages": told["passages"], "figure": title, "value": max(told[key], 0.01)}
        for name, told in figures.items()
        for key, title in named.items()
        if key in told and ((engine := name.partition("-")[0]) != "postgres" or key == "p95_ms")
    ]
    lines = alt.Chart(alt.Data(values=rows)).mark_line(point=True).encode(
        x=alt.X("passages:Q", scale=alt.Scale(type="log")), y=alt.Y("value:Q", scale=alt.Scale(type="log"), title=None), color="engine:N",
    )  # fmt: skip
    chart = lines.properties(width=260, height=180).facet(facet=alt.Facet("figure:N", title=None), columns=2)
    chart.resolve_scale(y="independent").save(str(DOCS / "scale.svg"))
