"""Write the kept figures into README.md, between their markers."""

from __future__ import annotations

import json
import re
from typing import Any

from bench.report import RESULTS

README = RESULTS.parents[1] / "README.md"


def main() -> None:
    """Replace the table of figures by the one that `bench/results/answers.json` gives."""
    kept = json.loads((RESULTS / "answers.json").read_text(encoding="utf-8"))
    table = _table(kept["figures"], kept["machine"])
    text = README.read_text(encoding="utf-8")
    pattern = r"<!-- figures -->.*?<!-- /figures -->"
    README.write_text(re.sub(pattern, lambda _: f"<!-- figures -->\n{table}\n<!-- /figures -->", text, flags=re.DOTALL), encoding="utf-8")


def _table(figures: dict[str, Any], machine: dict[str, str]) -> str:
    cold, warm = figures["cold_ask_s"], figures["warm_ask_s"]
    rows = [
        ("`radqa ask` from a cold process, index built", f"{cold['median']} s median, {cold['worst']} s worst of {cold['n']}"),
        ("a question in a warm process", f"p50 {warm['p50']} s, p95 {warm['p95']} s (n = {warm['n']})"),
        ("opening the index", f"{figures['open_index_s']} s"),
        ("memory", f"{figures['memory_gb']} GB"),
        ("smoke questions: the right card is cited", figures["smoke_right_card"]),
        ("smoke questions: the first sentence answers", figures["smoke_first_sentence_right"]),
        ("pairs that differ in one parameter: both rows right", figures["pairs_both_right"]),
        ("unanswerable questions abstained", figures["unanswerable_abstained"]),
        ("answerable questions abstained", figures["smoke_abstained"]),
    ]
    lines = ["| figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]
    corpus = f"{figures['documents']} documents, {figures['passages']} passages"
    return "\n".join(lines) + f"\n\nOn {machine['cpu']}, Python {machine['python']}, {corpus}."


if __name__ == "__main__":
    main()
