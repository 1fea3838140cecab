"""Write the kept figures of `make bench` and `make eval` into README.md, between their markers."""

from __future__ import annotations

import json
import re
from typing import Any

from bench.report import RESULTS

README = RESULTS.parents[1] / "README.md"
EVALS = RESULTS.parents[1] / "evals" / "results" / "core" / "metrics.json"


def main() -> None:
    """Replace the table of figures by the one that `bench/results/answers.json` gives."""
    kept = json.loads((RESULTS / "answers.json").read_text(encoding="utf-8"))
    table = _table(kept["figures"], kept["machine"])
    text = _filled(README.read_text(encoding="utf-8"), "figures", table)
    README.write_text(_filled(text, "evals", _evals(json.loads(EVALS.read_text(encoding="utf-8")))), encoding="utf-8")


def _filled(text: str, name: str, table: str) -> str:
    """The text with the table between the markers of this name."""
    pattern = rf"<!-- {name} -->.*?<!-- /{name} -->"
    return re.sub(pattern, lambda _: f"<!-- {name} -->\n{table}\n<!-- /{name} -->", text, flags=re.DOTALL)


_EVALS = {
    "correct": "right: option, yes/no, all facts, diagnosis, or a rightful abstention",
    "accuracy": "right option, or yes or no",
    "said": "share of the facts that open answers say",
    "abstained_rightly": "unanswerable questions abstained",
    "coverage": "answerable questions answered",
    "gold_cited": "the gold source is cited",
    "sentences_supported": "sentences carried by their passages",
    "quotes_resolvable": "quotes that stand at their place",
    "hallucination": "wrong although the gold source was found",
    "seconds_p50": "seconds per question, median",
    "seconds_p95": "seconds per question, 95th percentile",
}


def _evals(kept: dict[str, Any]) -> str:
    """The figures of `make eval` with intervals and n."""
    found, made = kept["systems"]["extractive"], kept["manifest"]
    lines = ["| figure | value (95 % interval) | n |", "|---|---|---|"]
    for name, told in _EVALS.items():
        value, low, high = (f"{found[name][key]:.3f}" for key in ("value", "low", "high"))
        lines.append(f"| {told} | {value} ({low}-{high}) | {found[name]['n']} |")
    index = made["index"]
    return (
        "\n".join(lines)
        + f"\n\nSeed {kept['seed']}, {index['documents']} documents, {index['passages']} passages, commit {made['commit']}."
    )


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
