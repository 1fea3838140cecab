"""How an answer came about: the way through the graph, the time, every search with its ranks, the model's calls."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from agent.types import ModelCall, Provenance
from ui import path
from ui.access import Person
from ui.markup import advanced, label, table, text
from ui.session import Desk, desk
from ui.store import Turn

_NAMED_IN_FULL = 90
"""Characters of a question that the list above the graph shows without cutting it."""


def page() -> None:
    """One rerun of the page."""
    office, person = desk(), st.session_state.person
    st.html('<h1 class="rq-page">How it answered</h1>')
    turn = _chosen(office, person)
    if turn is None:
        st.info("Ask a question in the chat first; then this page shows how its answer came about.")
        return
    if not turn.events:
        st.info("No steps were kept for this question.")
        return
    provenance = turn.answer.provenance if turn.answer else None
    if len(turn.question) > _NAMED_IN_FULL:
        st.html(f"<h2>{text(turn.question)}</h2>")
    with st.container(key="graph"):
        st.graphviz_chart(path.dot(turn.events, dark=st.context.theme.type == "dark"), width="stretch")
    st.html(_strip(turn, provenance))
    columns = st.columns([1, 1], gap="large")
    with columns[0]:
        _timings(turn, provenance)
    with columns[1]:
        _cost(turn, provenance)
    _searches(turn)
    _checked(turn)
    if st.button("Open the conversation", type="tertiary"):
        st.session_state.conversation = turn.conversation
        st.switch_page(st.session_state.pages["chat"])


def _chosen(office: Desk, person: Person) -> Turn | None:
    """The turn that the chat pointed at, or one of the person's latest."""
    recent = [
        turn
        for one in office.store.conversations(person.key, limit=10)
        for turn in office.store.turns(person.key, one.id)[::-1]
        if turn.events
    ]
    pointed = office.store.turn(person.key, st.session_state.get("traced", ""))
    if pointed is not None and pointed.id not in [turn.id for turn in recent]:
        recent.insert(0, pointed)
    if not recent:
        return None
    ids = [turn.id for turn in recent]
    if st.session_state.get("traced_one") not in ids:  # a default that follows the choice would lose every second one
        st.session_state.traced_one = pointed.id if pointed is not None else ids[0]
    names = {turn.id: turn.question for turn in recent}
    chosen = st.selectbox("Question", ids, format_func=lambda name: names[name], key="traced_one")
    st.session_state.traced = chosen
    return recent[ids.index(chosen)]


def _strip(turn: Turn, provenance: Provenance | None) -> str:
    """The way as a row of steps, for windows too narrow for the graph."""
    steps = (f"{node.name} × {node.visits}" if node.visits > 1 else node.name for node in path.nodes(turn.events, provenance))
    return f'<ol class="rq-strip" aria-label="Steps">{"".join(f"<li>{text(step)}</li>" for step in steps)}</ol>'


def _timings(turn: Turn, provenance: Provenance | None) -> None:
    nodes = path.nodes(turn.events, provenance)
    longest = max((node.seconds or 0.0 for node in nodes), default=0.0) or 1.0
    st.html(
        "<h2>Time per node</h2>" + table("Time per node", ("Node", "Runs", "Time", "Share"), (_timing(node, longest) for node in nodes))
    )
    st.caption(f"{turn.seconds:.2f} s from asking to answering. Facets run side by side, so their times overlap.")


def _timing(node: path.Node, longest: float) -> str:
    spent = "" if node.seconds is None else f"{1000 * node.seconds:.0f} ms"
    bar = f'<span class="rq-bar rq-time-bar" style="width:{round(100 * (node.seconds or 0.0) / longest)}%"></span>'
    return f'<tr><th scope="row">{text(node.name)}</th><td>{node.visits}</td><td>{spent}</td><td class="rq-wide">{bar}</td></tr>'


def _cost(turn: Turn, provenance: Provenance | None) -> None:
    if provenance is None:
        st.html("<h2>What it took</h2>")
        st.caption(label(turn.problem or "It ended without an answer."))
        return
    rows = [
        ("Reasoner", provenance.reasoner), ("Model", provenance.model or "none"), ("Preset", provenance.preset),
        ("Model calls", str(provenance.model_calls)), ("Tokens", f"{provenance.tokens_in:,} in, {provenance.tokens_out:,} out"),
        ("Rounds", str(provenance.rounds)), ("Pieces of evidence", str(provenance.passages_seen)),
        ("Handed on", _sent(provenance)), ("Notes", "; ".join(provenance.notes)),
    ]  # fmt: skip
    body = (f'<tr><th scope="row">{text(name)}</th><td>{text(value)}</td></tr>' for name, value in rows if value)
    st.html(
        "<h2>What it took</h2>"
        + table("What it took", (), body)
        + advanced([("Index", provenance.index), ("Embedding", provenance.embedding)])
    )
    if provenance.asked:
        st.html(
            "<h2>Model calls</h2>"
            + table("Model calls", ("asked for", "seconds", "tokens in", "tokens out", ""), map(_call, provenance.asked))
        )


def _call(call: ModelCall) -> str:
    figures = (f"{call.seconds:.1f}", f"{call.tokens_in:,}", f"{call.tokens_out:,}", "kept from before" if call.kept else "")
    return f'<tr><th scope="row">{text(call.purpose)}</th>{"".join(f"<td>{text(figure)}</td>" for figure in figures)}</tr>'


def _sent(provenance: Provenance) -> str:
    """What was handed on, and to whom; a model server may run on this machine."""
    calls = f"{provenance.model_calls} calls to {provenance.model}" if provenance.model_calls else ""
    return "; ".join(part for part in (calls, *provenance.sent) if part) or "nothing"


def _searches(turn: Turn) -> None:
    st.html("<h2>Searches</h2>")
    for search in path.searches(turn.events):
        title = f"{search.facet}, round {search.round}: {'; '.join(search.queries)}"
        with st.expander(label(title if len(title) < 160 else f"{title[:157]}...")):
            st.html(_hits(search))


def _hits(search: path.Search) -> str:
    voices = sorted({voice for hit in search.hits for voice in hit.ranks})
    rows = (
        f"<tr><td>{hit.position}</td>{_ranks(hit, voices)}<td>{hit.score:.2f}</td><td><b>{text(hit.title)}</b> "
        f'<span class="rq-where">{text(hit.section)}</span><br>{text(hit.text)}{f"<br><i>{text(hit.why)}</i>" if hit.why else ""}</td></tr>'
        for hit in search.hits
    )
    queries = "".join(f"<li>{text(query)}</li>" for query in search.queries)
    hits = table(f"Hits for {search.facet}, round {search.round}", ("#", *voices, "score", "passage"), rows)
    return f'<ul class="rq-queries">{queries}</ul>{hits}'


def _ranks(hit: path.SearchHit, voices: Sequence[str]) -> str:
    return "".join(f"<td>{hit.ranks.get(voice, '–')}</td>" for voice in voices)


def _checked(turn: Turn) -> None:
    """Every sentence that was proposed, and what checking it against its evidence gave."""
    checked = [event for event in turn.events if event.stage == "verify"]
    if not checked:
        return
    rows = (
        f"<tr><td>{text(str(event.data.get('verdict', '')))}</td><td>{text(event.detail)}"
        + (f'<br><span class="rq-where">{text(str(event.data["reason"]))}</span>' if event.data.get("reason") else "")
        + "</td></tr>"
        for event in checked
    )
    st.html("<h2>Sentences checked</h2>" + table("Sentences checked", ("Verdict", "Sentence"), rows))
