"""The chat: a question, the research as it happens, the answer with its evidence, and what can be done with it."""

from __future__ import annotations

import tempfile
import time
import tomllib
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from agent.reading import paste
from agent.reading.conversation import standalone
from agent.types import DISCLAIMER, Question, TraceEvent
from corpora.errors import MalformedDocument, RadqaError
from corpora.readers import read_path
from retrievers.shelf import safe_name
from ui import documents, live, markup, panel, shapes, turns
from ui.access import Person
from ui.choices import Choices, settings_of
from ui.screens.report import open_with
from ui.scrolling import focus_box, scroll_to
from ui.session import Desk, Run, desk
from ui.store import Turn

_EXAMPLES = Path(__file__).parents[1] / "assets" / "examples.toml"
_REDRAW_S = 0.25
"""The least time between two drawings of a run: ten windows that redraw for every event keep two cores busy."""
REPORT_ENDINGS = ("txt", "md", "pdf", "html")


def page() -> None:
    """One rerun of the chat."""
    office, person = desk(), st.session_state.person
    _follow_address(office, person)
    with st.sidebar:
        conversations = st.container()
        choices = panel.settings(office, person)
        documents.section(office, person, choices)
        panel.quietly(office, person, choices)
        st.caption(DISCLAIMER)
    if unasked := st.session_state.pop("unasked", ""):
        st.session_state.ask = unasked
    sent = st.chat_input(
        "Ask, or paste options or a report",
        key="ask",
        accept_file="multiple",
        file_type=REPORT_ENDINGS,
        submit_mode="disable",
    )
    if sent:
        _submit(office, person, choices, sent.text, [(file.name, file.getvalue()) for file in sent.files])
    example = st.session_state.pop("example", None)
    if example:
        begin(office, person, choices, example["question"], example.get("options", {}), example.get("report", "").strip())
    if filled := st.session_state.pop("filled", None):
        fill_in(office, person, choices, *filled)
    with conversations:
        panel.conversations(office, person)
    _thread(office, person, choices)
    _more()
    finished = st.session_state.pop("finished", "")
    if finished:
        scroll_to(f"turn-{finished}")
    _focus(finished)


def _focus(finished: str) -> None:
    """The cursor waits in the box whenever another question can be asked: at the start, in another conversation, after an answer."""
    place = (st.session_state.conversation or "", finished)
    if not st.session_state.get("editing") and (finished or st.session_state.get("focused") != place[0]):
        st.session_state.focused = place[0]
        focus_box("-".join(part[:8] for part in place if part) or "start")


def _follow_address(office: Desk, person: Person) -> None:
    """What is open follows an address that the browser changed (Back, Forward, a new session); otherwise the address follows it."""
    named, state = st.query_params.get("c", ""), st.session_state
    begins, from_elsewhere = "conversation" not in state, state.get("came_from") != state.get("at")
    changed = named != state.get("address", "") and not (from_elsewhere and not named)  # another page's address names no conversation
    if begins or changed:
        theirs = bool(named) and office.store.conversation(person.key, named) is not None
        if begins or theirs or not named:
            state.conversation, state.editing = named if theirs else None, None
        if named and not theirs:
            st.query_params.pop("c", None)
            named, state.problem = "", "The conversation of this address is not here: it was deleted, or it is another person's."
    shown = state.conversation
    if shown and named != shown:
        st.query_params["c"] = shown
    state.address = shown or ""


def _thread(office: Desk, person: Person, choices: Choices) -> None:
    conversation = office.store.conversation(person.key, st.session_state.conversation or "")
    thread = office.store.turns(person.key, conversation.id) if conversation else []
    problem = st.session_state.pop("problem", "")
    if conversation is None or not thread:
        _start()
    else:
        turns.header(office, person, conversation)
    for number, turn in enumerate(thread):
        _turn(office, person, choices, turn, later=len(thread) - 1 - number)
    if problem:
        st.warning(markup.label(problem))


def _start() -> None:
    """The first start: what it does in one line, and examples that show the range."""
    st.html(
        '<div class="rq-start"><h1>Ask a radiology question</h1><p>Every sentence of an answer cites a passage that was checked. '
        "Where the evidence does not carry an answer, it says so.</p></div>"
    )
    with st.container(key="examples"):
        columns = st.columns(2)
        for number, example in enumerate(examples()):
            with columns[number % 2], st.container(key=f"example-{number}", gap=None):
                st.caption(example["kind"])
                if st.button(markup.label(example["question"]), key=f"try-{number}", width="stretch"):
                    st.session_state.example = example
                    st.rerun()


@cache
def examples() -> tuple[dict[str, Any], ...]:
    """The first-start examples."""
    return tuple(tomllib.loads(_EXAMPLES.read_text(encoding="utf-8"))["example"])


def _turn(office: Desk, person: Person, choices: Choices, turn: Turn, *, later: int) -> None:
    """A turn of the thread, with so many later ones."""
    with st.container(key=f"turn-{turn.id}"):
        if st.session_state.get("editing") == turn.id:
            _edit(office, person, choices, turn, later=later)
            return
        st.html(markup.question(turn.question, turn.options, turn.report, turn.read_as))
        run = office.run(person.key, turn.id)
        if run is not None:
            watch(run, ready=lambda: office.ready)
        if turn.status == "asked":  # it ended while it was watched, or between reading the thread and looking for its run
            st.session_state.finished = turn.id
            turn = office.store.turn(person.key, turn.id) or turn
        turns.outcome(turn)
        turns.conditions(turn)
        again = turns.actions(office, person, turn, last=not later)
        if again == "edit":
            st.session_state.editing = turn.id
            st.rerun()
        if again in ("again", "alone"):
            office.store.reopen(person.key, turn.id, alone=again == "alone")
            start(office, person, choices, office.store.turn(person.key, turn.id) or turn)
            st.rerun()


def watch(run: Run, ready: Callable[[], bool]) -> None:
    """Show a run until it ends; leaving the page leaves it running, the button stops it. `ready` tells whether the library is loaded."""
    place, button = st.empty(), st.empty()
    button.button("Stop", key=f"stop-{run.turn.id}", on_click=run.stop, icon=":material/stop_circle:")
    drawn, at = (-1, -1, ""), 0.0
    for events in run.watch():
        state, now = (len(events), int(run.elapsed), run.preparing), time.monotonic()
        if state != drawn and now - at >= _REDRAW_S:
            place.html(markup.progress(_progress(run, events, ready=ready()), f"{run.turn.id}-live", run.elapsed))
            drawn, at = state, now
        else:
            _ = "ask" in st.session_state  # here Streamlit looks whether something was clicked; nothing is sent
    place.empty()
    button.empty()


def _progress(run: Run, events: Sequence[TraceEvent], *, ready: bool) -> live.Live:
    shown = live.of(events, ready=ready)
    return shown.model_copy(update={"step": run.preparing}) if run.preparing and not events else shown


def _submit(office: Desk, person: Person, choices: Choices, text: str, files: Sequence[tuple[str, bytes]]) -> None:
    """Ask what was typed, with what is recognised in it, what was filled in below, and the attached report.

    A report without a question is taken apart on its own page. What cannot be asked goes back into its boxes, with what is wrong with it.
    """
    pasted = paste.read(text or "")
    extra = paste.split_options(f"?\n{st.session_state.get('more_options', '').strip()}")[1]
    attached, broken = _attachments(files)
    written = "\n\n".join(part for part in (st.session_state.get("more_report", "").strip(), *attached) if part)
    report = "\n\n".join(part for part in (pasted.report, written) if part)
    if not broken and not pasted.question and report:
        st.session_state.more_report = ""
        open_with(report)
    elif not broken and begin(office, person, choices, pasted.question, pasted.options or extra, report):
        st.session_state.more_options = st.session_state.more_report = ""
        st.session_state.more = False
    else:
        st.session_state.unasked, st.session_state.more_report = text or "", written
        if broken:
            st.session_state.problem = " ".join(broken)
        st.rerun()


def _attachments(files: Sequence[tuple[str, bytes]]) -> tuple[list[str], list[str]]:
    """The texts of the attached reports, and what is wrong with those that cannot be read."""
    texts, broken = [], []
    for name, content in files:
        try:
            texts.append(_attached(name, content))
        except RadqaError as error:
            broken.append(str(error))
    return texts, broken


def _attached(name: str, content: bytes) -> str:
    """The text of an attached report."""
    shown = safe_name(name)
    with tempfile.TemporaryDirectory(prefix="radqa-report-") as folder:
        path = Path(folder) / shown
        path.write_bytes(content)
        try:
            return "\n\n".join(document.text for document in read_path(path))
        except MalformedDocument as error:
            raise MalformedDocument(shown, error.reason, error.line) from error


def begin(
    office: Desk, person: Person, choices: Choices, question: str, options: dict[str, str], report: str, instead_of: Turn | None = None
) -> bool:
    """Ask a question at the end of the open conversation, or in a new one; whether it could be asked.

    It is asked `instead_of` a turn and all that follow it, which go only when it can be asked.
    """
    try:
        Question.of(question, options or None, report)
    except RadqaError as error:
        st.session_state.problem = str(error)
        return False
    if instead_of is not None:
        office.drop_from(person.key, instead_of.id)
    conversation = office.store.conversation(person.key, st.session_state.conversation or "") or office.store.begin(person.key, question)
    st.session_state.conversation = st.session_state.address = st.query_params["c"] = conversation.id
    thread = office.store.turns(person.key, conversation.id)
    read_as, report = follow_up(question, options, report, thread[-1]) if thread else ("", report)
    start(office, person, choices, office.store.ask(person.key, conversation.id, question, options, report, read_as))
    return True


def fill_in(office: Desk, person: Person, choices: Choices, asked: str, condition: str, choice: str) -> None:
    """Ask one of the person's turns again, at the end of its conversation, with an open condition filled in."""
    turn = office.store.turn(person.key, asked)
    if turn is None:
        return
    read_as = shapes.filled_in(turn.read_as or turn.question, condition, choice)
    try:
        Question.of(read_as, turn.options or None, turn.report)
    except RadqaError as error:
        st.session_state.problem = str(error)
        return
    said = f"{condition}: {choice}"
    start(office, person, choices, office.store.ask(person.key, turn.conversation, said, turn.options, turn.report, read_as))


def follow_up(question: str, options: dict[str, str], report: str, earlier: Turn) -> tuple[str, str]:
    """A question as it stands alone after the turn before it (nothing where it does by itself), and the report it is about."""
    read_as = "" if options else standalone(question, earlier.read_as or earlier.question)
    if read_as in ("", question.strip()):
        return "", report
    return read_as, report or earlier.report


def start(office: Desk, person: Person, choices: Choices, turn: Turn) -> None:
    """Set the agent on a stored turn."""
    try:
        office.ask(person.key, turn, settings_of(choices, office.configured))
    except RadqaError as error:
        office.store.finish(turn.id, "failed", problem=str(error))


def _edit(office: Desk, person: Person, choices: Choices, turn: Turn, *, later: int) -> None:
    """A question put again in other words; the later ones go, which the button says."""
    ask = "Ask" if not later else f"Ask, and delete {later} later question{'s' * (later != 1)}"
    with st.form(f"edit-{turn.id}"):
        question = st.text_area("Question", turn.question)
        listed = "\n".join(f"{label}. {text}" for label, text in turn.options.items())
        options = st.text_area("Options, one a line", listed, placeholder="A. ...\nB. ...") if turn.options else ""
        report = st.text_area("Report", turn.report, height=200) if turn.report else ""
        with st.container(horizontal=True):
            send = st.form_submit_button(ask, type="primary")
            cancel = st.form_submit_button("Cancel")
    if cancel:
        st.session_state.editing = None
        st.rerun()
    if send:
        pasted = paste.read(question)
        listed_now = pasted.options or paste.split_options(f"?\n{options.strip()}")[1]
        if begin(office, person, choices, pasted.question, listed_now, report or pasted.report, instead_of=turn):
            st.session_state.editing = None
            st.rerun()
        st.warning(markup.label(st.session_state.pop("problem")))


def _more() -> None:
    """Options and a report by hand, for whoever does not paste; what is recognised is shown at once."""
    part = st.expander("Add options or a report to the next question", key="more", on_change="rerun")
    filled = st.session_state.get("more_options") or st.session_state.get("more_report")
    if not part.open and not filled:
        return
    with part:
        options = st.text_area(
            "Options, one a line",
            key="more_options",
            placeholder="A. Bosniak II\nB. Bosniak IIF",
            height=100,
            persist_state="session",
        )
        found = paste.split_options(f"?\n{options.strip()}")[1]
        if options.strip():
            st.caption(
                markup.label(f"{len(found)} options recognised: {', '.join(found)}")
                if found
                else 'Write at least two, as "A. ..." and "B. ...".'
            )
        st.text_area(
            "Report",
            key="more_report",
            placeholder="Paste the report that the question is about",
            height=140,
            persist_state="session",
        )
