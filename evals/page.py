"""One HTML file without any outside request: figures, plots, and a browser of all items with what each system replied."""

from __future__ import annotations

import base64
import gzip
import html
import json
import re
from collections.abc import Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

from corpora.errors import FolderUnwritable, MissingExtra
from evals.ablation import ablations, whole_of
from evals.folder import RunFolder, put_text
from evals.metrics import Figures, shown_names
from evals.plots import SHOWN, specs
from evals.questions import Item
from evals.tables import asides
from evals.types import Record

_TEMPLATE = Path(__file__).parent / "assets" / "report.html"
_QUOTE, _RETRIEVED = 320, 6


def page(folders: Sequence[RunFolder], made: Figures) -> str:
    """The page's text.

    Raises:
        MissingExtra: Altair or vl-convert is not installed.
    """
    data = {"figures": _figures(made), "plots": specs(made), "systems": list(made.systems), "items": _items(folders)}
    packed = base64.b64encode(gzip.compress(json.dumps(data, ensure_ascii=False).encode(), 6)).decode()
    title = ", ".join(dict.fromkeys(folder.manifest().set_name for folder in folders))
    filled = {"title": html.escape(f"radqa eval: {title}"), "runs": _runs(folders), "vega": _library(), "data": packed}
    return re.sub(r"\{\{(\w+)\}\}", lambda match: filled[match[1]], _TEMPLATE.read_text(encoding="utf-8"))


def _library() -> str:
    """Vega, Vega-Lite and vega-embed as one script; bundled once for each version of vl-convert, which takes seconds, and kept."""
    try:
        import vl_convert
    except ImportError as error:
        raise MissingExtra("The HTML report needs a package that is not installed.", 'Run: pip install "radqa[evals]"') from error
    kept = user_cache_path("radqa") / f"vega-{metadata.version('vl-convert-python')}.js"
    try:
        return kept.read_text(encoding="utf-8")
    except OSError:
        bundle: str = vl_convert.javascript_bundle()  # type: ignore[call-arg]  # all of vega-embed; the stub wants a snippet
    script = bundle.replace("</script", "<\\/script")
    with suppress(FolderUnwritable):
        put_text(kept, script)
    return script


def _runs(folders: Sequence[RunFolder]) -> str:
    lines = []
    for folder in folders:
        kept = folder.manifest()
        facts = (f"{kept.set_name}, {kept.items} items", f"seed {kept.seed}", f"index {kept.index.corpus_hash[:12]}",
                 f"model {kept.settings.get('model') or kept.settings.get('base_url') or 'none'}", f"commit {kept.commit or 'unknown'}",
                 kept.started, *([f"replay of {kept.replayed}"] if kept.replayed else []),
                 *(f"resumed {again.started} at commit {again.commit or 'unknown'}" for again in kept.resumed))  # fmt: skip
        lines.append(f"<li>{html.escape(' · '.join(facts))}<br><code>{html.escape(kept.command)}</code></li>")
    return "".join(lines)


def _figures(made: Figures) -> dict[str, Any]:
    order = [*SHOWN, *sorted({name for named in made.systems.values() for name in named} - set(SHOWN))]
    return {
        "n": made.n, "seed": made.seed, "order": order, "failed": made.failed, "failures": made.failures, "missing": made.missing,
        "systems": {s: {name: [f.value, f.low, f.high, f.n] for name, f in named.items()} for s, named in made.systems.items()},
        "paired": [pair.model_dump() for pair in made.paired if not (whole_of(pair.first)[1] or whole_of(pair.second)[1])],
        "ablations": [found.model_dump() for found in ablations(made.systems, made.paired)], "asides": list(asides(made)),
        "subgroups": [[g.by, g.group, g.system, g.n, {k: [f.value, f.low, f.high, f.n] for k, f in g.figures.items()}]
                      for g in made.subgroups],
    }  # fmt: skip


def _items(folders: Sequence[RunFolder]) -> list[dict[str, Any]]:
    names = shown_names(folders)
    shown: dict[str, dict[str, Any]] = {}
    for folder in folders:
        for item in folder.items():
            shown.setdefault(item.id, _item(item))
        for record in folder.records():
            shown[record.id]["replies"][names[folder.path, record.system]] = _reply(record)
    return list(shown.values())


def _item(item: Item) -> dict[str, Any]:
    answer = "; ".join(item.answer) if isinstance(item.answer, tuple) else item.answer
    return {"id": item.id, "q": item.question, "options": item.options, "gold": item.gold or answer, "answer": answer, "kind": item.kind,
            "topic": item.topic, "report": item.report, "rationale": item.rationale[:800], "docs": list(item.relevant_docs),
            "replies": {}}  # fmt: skip


def _reply(record: Record) -> dict[str, Any]:
    if record.response is None:
        failure = record.failure
        return {"kind": "failed", "why": f"{failure.type}: {failure.message}" if failure else ""}
    reply = record.response
    return {
        "kind": reply.kind, "option": reply.option, "why": reply.reason, "sure": reply.confidence, "seconds": round(reply.seconds, 3),
        "said": [[said.text, said.verdict, said.role, [[c.title, c.quote[:_QUOTE], c.url] for c in said.citations]]
                 for said in reply.sentences] or ([[reply.text, "", "answer", []]] if reply.text else []),
        "found": [[f.title, f.section, f.quote[:_QUOTE], f.link, f.document_id, f.relevance] for f in reply.retrieved[:_RETRIEVED]],
        "scores": {name: [score.value, score.explanation[:240]] for name, score in record.scores.items()},
        "notes": list(reply.notes),
    }  # fmt: skip
