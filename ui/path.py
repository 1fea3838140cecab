"""The way an answer took through the graph, read from its events. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise

from agent.types import Provenance, TraceEvent
from corpora.types import Frozen
from ui import live

_INNER = ("retrieve", "grade", "refine")
_BRANCH = "research:"


class Node(Frozen):
    """A node of the graph: how often it ran, and how long in all (seconds; parallel branches add up)."""

    name: str
    visits: int = 0
    seconds: float | None = None


class SearchHit(Frozen):
    """One passage that a search found, with the place each retriever gave it."""

    position: int
    title: str
    section: str
    text: str
    score: float
    ranks: dict[str, int]
    why: str = ""


class Search(Frozen):
    """One round of searching for a facet."""

    facet: str
    round: int
    seconds: float
    queries: tuple[str, ...]
    hits: tuple[SearchHit, ...]


@cache
def graph() -> tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]:
    """The nodes of the agent's own graph, and its edges as (from, to, label)."""
    from agent.graph import answer_graph

    drawn = answer_graph().get_graph(xray=True)
    nodes = tuple(name for name in drawn.nodes if not name.startswith("__error_handler__"))
    edges = tuple((edge.source, edge.target, str(edge.data or "")) for edge in drawn.edges if edge.source in nodes and edge.target in nodes)
    return nodes, edges


def walked(events: Sequence[TraceEvent]) -> frozenset[tuple[str, str]]:
    """The edges of the graph that a run took."""
    if not events:
        return frozenset()
    main = _collapsed(event.stage for event in events if event.stage not in _INNER)
    edges = {(a, b) for a, b in pairwise(main) if (a, b) != ("plan", "weigh")}
    edges.add(("__start__", main[0])) if main else None
    if "conclude" in main:
        edges.add(("conclude", "__end__"))
    for facet in {event.facet_id for event in events if event.stage in _INNER}:
        steps = _collapsed(f"{_BRANCH}{event.stage}" for event in events if event.stage in _INNER and event.facet_id == facet)
        edges |= set(pairwise([f"{_BRANCH}__start__", *steps]))
        edges.add(("plan", f"{_BRANCH}__start__"))
        if "weigh" in main:
            edges |= {(steps[-1], f"{_BRANCH}__end__"), (f"{_BRANCH}__end__", "weigh")}
    return frozenset(edges)


def _collapsed(stages: Iterable[str]) -> list[str]:
    """The stages without immediate repeats; a node may tell several events."""
    kept: list[str] = []
    for stage in stages:
        if not kept or kept[-1] != stage:
            kept.append(stage)
    return kept


def nodes(events: Sequence[TraceEvent], provenance: Provenance | None) -> tuple[Node, ...]:
    """Every node that ran, in the order of its first event."""
    visits: Counter[str] = Counter()
    for facet in dict.fromkeys(event.facet_id for event in events):
        stages = [(event.stage, event.round) for event in events if event.facet_id == facet]
        visits.update(
            stage.partition("#")[0] for stage in _collapsed(f"{stage}#{round_ if stage in _INNER else 0}" for stage, round_ in stages)
        )
    timed = provenance.seconds if provenance else {}
    order = list(dict.fromkeys(event.stage for event in events))
    return tuple(Node(name=name, visits=visits[name], seconds=timed.get(name)) for name in order)


def dot(events: Sequence[TraceEvent], *, dark: bool = False) -> str:
    """The graph in Graphviz's language, what was walked drawn strongly; names come from the program alone."""
    names, edges = graph()
    taken = walked(events)
    ran = {name for edge in taken for name in edge}
    strong, weak, fill = ("#e8eaed", "#7d848e", "#26313d") if dark else ("#1d2733", "#8a919b", "#e7eef5")
    lines = [
        'digraph { rankdir=LR; bgcolor="transparent"; nodesep=0.25; ranksep=0.3;',
        f'node [shape=box style="rounded,filled" fontname="sans-serif" fontsize=12 margin="0.12,0.06" color="{weak}" fontcolor="{weak}" '
        'fillcolor="transparent"];',
        f'edge [color="{weak}" fontcolor="{weak}" fontname="sans-serif" fontsize=10 arrowsize=0.6 style=dashed];',
    ]
    for name in names:
        shown = name.removeprefix(_BRANCH).strip("_")
        point = " shape=circle width=0.12 height=0.12 fixedsize=true" if shown in ("start", "end") else ""
        colour = f' color="{strong}" fontcolor="{strong}" fillcolor="{fill}"' if name in ran else ""
        lines.append(f'"{name}" [label="{"" if point else shown}"{point}{colour}];')
    lines.extend(
        f'"{a}" -> "{b}" [label="{said}"'
        + (f' color="{strong}" fontcolor="{strong}" style=solid penwidth=1.6' if (a, b) in taken else "")
        + "];"
        for a, b, said in edges
    )
    return "\n".join([*lines, "}"])


def searches(events: Sequence[TraceEvent]) -> tuple[Search, ...]:
    """Every search with its queries and its best hits, in order."""
    labels = live.labels(events)
    return tuple(
        Search(
            facet=labels.get(event.facet_id) or event.facet_id, round=event.round, seconds=event.seconds,
            queries=tuple(str(query) for query in event.data.get("queries", ())),
            hits=tuple(_hit(position, hit) for position, hit in enumerate(event.data.get("hits", ()), 1)),
        )
        for event in events
        if event.stage == "retrieve"
    )  # fmt: skip


def _hit(position: int, hit: dict[str, object]) -> SearchHit:
    ranks = hit.get("ranks")
    return SearchHit(
        position=position, title=str(hit.get("title", "")), section=str(hit.get("section", "")), text=str(hit.get("text", "")),
        score=float(str(hit.get("score", 0.0))), ranks={str(k): int(v) for k, v in ranks.items()} if isinstance(ranks, dict) else {},
        why=str(hit.get("why", "")),
    )  # fmt: skip
