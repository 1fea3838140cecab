"""Evals: runs side by side, their plots and items, a run started with progress; and the judged answers as an eval set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from ui import export, markup, replays
from ui.access import Person
from ui.markup import label, table, text
from ui.replays import Reply, RunLine
from ui.session import Desk, desk

FIRST = (
    "accuracy", "correct", "sentences_supported", "citation_precision", "citation_recall", "gold_cited", "coverage",
    "selective_accuracy", "abstained_rightly", "hallucination", "seconds_p50", "seconds_p95", "tokens",
)  # fmt: skip
SYSTEMS = ("extractive", "agent", "single-step", "closed-book")


def page() -> None:
    """One rerun of the evals page."""
    office, person = desk(), st.session_state.person
    st.html('<h1 class="rq-page">Evals</h1>')
    if replays.available():
        own = office.folder / "people" / person.key / "evals"
        known = replays.runs(own)
        _runs(known)
        if not person.remote:
            _new(own)
        _unfinished(own, known)
    else:
        st.info("This installation cannot replay question sets, so there are no runs to compare here.")
    _judged(office, person)


def _runs(known: Sequence[RunLine]) -> None:
    finished = [run for run in known if run.finished]
    if not finished:
        st.caption("No run has ended yet. Start one below, or with `radqa eval run`.")
        return
    names = {str(run.path): f"{run.name} · {', '.join(run.systems)} · {run.started}" for run in finished}
    chosen = st.multiselect("Runs", list(names), default=list(names)[:1], format_func=lambda path: names[path])
    folders = [Path(path) for path in chosen]
    if folders:
        _figures(folders)
        _plots(folders)
        _items(folders)


def _figures(folders: Sequence[Path]) -> None:
    """Every figure of every system of the chosen runs, with its interval."""
    columns = {(folder.name, system): named for folder in folders for system, named in replays.figures(folder).items()}
    several = len(folders) > 1
    order = [*FIRST, *sorted({name for named in columns.values() for name in named} - set(FIRST))]
    rows = (
        f'<tr><th scope="row">{text(name.replace("_", " "))}</th>'
        + "".join(f"<td>{text(named[name].shown) if name in named else '–'}</td>" for named in columns.values())
        + "</tr>"
        for name in order
        if any(name in named for named in columns.values())
    )
    heads = [f"{system} ({run})" if several else system for run, system in columns]
    st.html("<h2>Figures</h2>" + table("Figures with 95 % intervals", ("Figure", *heads), rows))
    for folder in folders:
        _paired(folder)


def _paired(folder: Path) -> None:
    found = replays.paired(folder)
    if found:
        names = [name for name in found[0] if not isinstance(found[0][name], (dict, list))]
        rows = ("<tr>" + "".join(f"<td>{text(_plain(pair.get(name)))}</td>" for name in names) + "</tr>" for pair in found)
        st.html(
            "<h3>Compared pair by pair</h3>"
            + table(f"Paired comparisons of {folder.name}", [name.replace("_", " ") for name in names], rows)
        )


def _plain(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str("" if value is None else value)


def _plots(folders: Sequence[Path]) -> None:
    for folder in folders:
        drawn = replays.plots(folder)
        if drawn:
            st.html(f"<h2>Plots of {text(folder.name)}</h2>")
            columns = st.columns(2)
            for number, (name, spec) in enumerate(drawn.items()):
                with columns[number % 2]:
                    st.vega_lite_chart(spec=spec, key=f"plot-{folder.name}-{name}", width="content")


def _items(folders: Sequence[Path]) -> None:
    """One item after the other: what was asked, what is right, and what each system said of it."""
    st.html("<h2>Items</h2>")
    folder = (
        folders[0]
        if len(folders) == 1
        else Path(st.selectbox("Run", [str(one) for one in folders], format_func=lambda one: Path(one).name))
    )
    items = replays.items(folder)
    chosen = st.selectbox("Item", list(items), format_func=lambda name: f"{name}: {items[name].get('question', '')}"[:140])
    if chosen is None:
        return
    item = items[chosen]
    st.html(markup.question(str(item.get("question", "")), item.get("options") or {}, str(item.get("context") or "")))
    st.html(f'<p class="rq-where">Right answer: {text(str(item.get("answer") or "none"))} {text(str(item.get("rationale") or ""))}</p>')
    for reply in replays.replies(folder, chosen):
        st.html(_reply(reply))


def _reply(reply: Reply) -> str:
    said = f"<b>{text(reply.option)}.</b> {text(reply.text)}" if reply.option else text(reply.text)
    quotes = "".join(f'<q class="rq-quote">{text(quote)}</q>' for quote in reply.quotes)
    failed = f'<p class="rq-unreached">{text(reply.failure)}</p>' if reply.failure else ""
    rows = (
        f'<tr><th scope="row">{text(_spaced(name))}</th><td>{"–" if value is None else f"{value:.3g}"}</td><td>{text(why)}</td></tr>'
        for name, (value, why) in reply.scores.items()
    )
    scores = table(f"Scores of {reply.system}", ("Score", "Value", "Why"), rows)
    return (
        f"<h3>{text(reply.system)}</h3><p>{said}</p>{failed}{quotes}"
        f'<details class="rq-more"><summary>Scores ({len(reply.scores)})</summary>{scores}</details>'
    )


def _spaced(name: str) -> str:
    return name.replace("_", " ")


def _new(own: Path) -> None:
    """Start a run, and watch what is under way, whichever session started it."""
    st.html("<h2>A new run</h2>")
    if replays.running(own):
        _progress(own)
        return
    with st.form("new-run", border=False):
        known = {str(path): path.stem for path in replays.sets()}
        questions = st.selectbox("Question set", list(known), format_func=lambda path: known[path])
        systems = st.multiselect("Systems", SYSTEMS, default=["extractive"], help="All but extractive ask the configured chat model.")
        limit = st.number_input("Questions, at most", 1, 5_000, 40)
        if st.form_submit_button("Start") and questions and systems:
            replays.start(own, Path(questions), systems, int(limit))
            st.rerun()


@st.fragment(run_every=2)
def _progress(own: Path) -> None:
    """How far the runs are; the whole page is drawn anew when they have ended."""
    going = replays.running(own)
    if not going:
        st.rerun(scope="app")
    lines = {line.path: line for line in replays.runs(own)}
    for folder in going:
        line = lines.get(folder)
        done = f"{folder.name}: {line.done} of {line.total}" if line else f"{folder.name}: preparing"
        st.progress(min(1.0, line.done / max(line.total, 1)) if line else 0.0, text=label(done))
        st.button("Stop the run", key=f"stop-{folder.name}", on_click=replays.stop, args=(folder,))


def _unfinished(own: Path, known: Sequence[RunLine]) -> None:
    left = replays.unfinished(own, known)
    if left:
        rows = (f'<tr><th scope="row">{text(name)}</th><td>{text(done)}</td><td>{text(why)}</td></tr>' for name, done, why in left)
        st.html("<h2>Not finished</h2>" + table("Runs that did not finish", ("Run", "Done", "Why"), rows))


def _judged(office: Desk, person: Person) -> None:
    """The thumbs and comments of the chat, as a question set that any eval can replay."""
    st.html("<h2>Judged in the chat</h2>")
    rated = office.store.rated(person.key)
    helpful = sum(1 for turn in rated if turn.feedback and turn.feedback.helpful)
    if not rated:
        st.caption("Give answers a thumb in the chat: they become an eval set here.")
        return
    st.text(f"{len(rated)} answer{'s' * (len(rated) != 1)} judged, {helpful} helpful, {len(rated) - helpful} not.")
    rows = (
        f"<tr><td>{'helpful' if turn.feedback.helpful else 'not helpful'}</td><td>{text(turn.question)}</td>"
        f"<td>{text(turn.feedback.comment)}</td></tr>"
        for turn in rated
        if turn.feedback
    )
    st.html(table("Judged answers", ("Judgement", "Question", "Comment"), rows))
    whole = st.toggle("With what identifies a patient", key="judged-whole")
    st.download_button(
        "Export as an eval set (JSON Lines)",
        lambda: export.eval_set(rated, whole=whole),
        "radqa-judged.jsonl",
        "application/jsonl",
        on_click="ignore",
    )
