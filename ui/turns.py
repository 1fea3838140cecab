"""One answered turn in the chat: what is shown of it, and what a person can do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

from agent.types import Source
from ui import export, markup, references, view
from ui.access import Person
from ui.session import Desk
from ui.store import Conversation, Turn

_ASSETS = Path(__file__).parent / "assets"


def header(office: Desk, person: Person, conversation: Conversation) -> None:
    """The conversation's title, its export, renaming and deletion."""
    with st.container(horizontal=True, vertical_alignment="center", key="header"):
        st.html(f'<h1 class="rq-thread">{markup.text(conversation.title)}</h1>', width="stretch")
        exports = st.popover("Export", type="tertiary", key="export", on_change="rerun")
        edits = st.popover("Manage", type="tertiary", key="manage", on_change="rerun", help="Rename or delete the conversation")
    if exports.open:
        with exports:
            _exports(office, person, conversation)
    if edits.open:
        with edits:
            _edits(office, person, conversation)


def _exports(office: Desk, person: Person, conversation: Conversation) -> None:
    """Each file is made when it is asked for, from what is stored by then."""

    def thread() -> list[Turn]:
        return office.store.turns(person.key, conversation.id)

    def sources() -> tuple[Source, ...]:
        return references.sources_of(turn.answer for turn in thread() if turn.answer)

    title = conversation.title
    kinds = (
        ("Markdown", "md", "text/markdown", lambda: export.markdown(title, thread())),
        ("PDF", "pdf", "application/pdf", lambda: export.pdf(title, thread())),
        ("JSON", "json", "application/json", lambda: export.as_document(title, thread())),
        ("Sources as BibTeX", "bib", "application/x-bibtex", lambda: references.bibtex(sources())),
        ("Sources as RIS", "ris", "application/x-research-info-systems", lambda: references.ris(sources())),
    )
    for name, ending, mime, made in kinds:
        file = f"radqa-{conversation.id[:8]}.{ending}"
        st.download_button(name, made, file, mime, key=f"export-{ending}", on_click="ignore", width="stretch")


def _edits(office: Desk, person: Person, conversation: Conversation) -> None:
    title = st.text_input("Title", conversation.title, key=f"title-{conversation.id}")
    if title.strip() and title.strip() != conversation.title:
        office.store.rename(person.key, conversation.id, title)
        st.rerun()
    if st.button("Delete this conversation", key="delete", width="stretch"):
        office.delete(person.key, conversation.id)
        st.session_state.conversation = None
        st.query_params.pop("c", None)
        st.rerun()


def outcome(turn: Turn) -> None:
    """The answer, the abstention, or why there is neither."""
    if turn.answer is not None:
        st.html(markup.answer(view.of(turn.answer), turn.id))
        if turn.problem:
            st.warning(markup.label(turn.problem))
    elif turn.status == "failed":
        st.error(markup.label(turn.problem))
    elif turn.status == "stopped":
        st.info(markup.label(turn.problem or "Stopped."))
    elif turn.plain:
        st.caption("Kept by another version of radqa; shown as plain text.")
        st.text(view.plain(turn.plain))
    if turn.answer is None and turn.events:
        with st.expander("What was done until then"):
            st.html(markup.trail(turn.events))


def actions(office: Desk, person: Person, turn: Turn, *, last: bool) -> Literal["edit", "again", ""]:
    """The row under an answer, then the panel that stands beside both; says whether the turn is to be edited or asked again."""
    chosen: Literal["edit", "again", ""] = ""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key=f"actions-{turn.id}"):
        if turn.answer is not None:
            copy_button(turn.plain, key=f"copy-{turn.id}")
        if st.button("Ask again", key=f"again-{turn.id}", type="tertiary", help="The same question with the settings of now"):
            chosen = "again"
        if st.button(
            "Edit", key=f"edit-{turn.id}", type="tertiary", help="Change the question" + ("" if last else "; what follows it goes")
        ):
            chosen = "edit"
        if turn.events and st.button("How it answered", key=f"trace-{turn.id}", type="tertiary"):
            st.session_state.traced = turn.id
            st.switch_page(st.session_state.pages["trace"])
        if turn.answer is not None:
            _feedback(office, person, turn)
    if turn.answer is not None:
        st.html(markup.panel(view.of(turn.answer), turn.id))
    return chosen


def copy_button(text: str, key: str) -> None:
    """A button that copies the text, as text."""
    script, style = ((_ASSETS / f"copy.{ending}").read_text(encoding="utf-8") for ending in ("js", "css"))
    mount = st.components.v2.component("radqa_copy", html="", css=style, js=script)
    mount(key=key, data={"text": text, "label": "Copy"}, width="content", height="content")


def _feedback(office: Desk, person: Person, turn: Turn) -> None:
    """Thumbs, and a comment once one was given; both become part of an eval set."""
    before = turn.feedback
    this = f"{turn.id}-{int(1000 * turn.asked)}"  # an answer that replaced another starts without that one's thumb and comment
    thumb = st.feedback("thumbs", key=f"thumb-{this}", default=None if before is None else int(before.helpful))
    if thumb is None:
        if before is not None:
            office.store.unrate(person.key, turn.id)
        return
    said = before.comment if before else ""
    comment = st.text_input(
        "What was good or wrong?",
        said,
        key=f"comment-{this}",
        placeholder="What was good or wrong? (optional)",
        label_visibility="collapsed",
    )
    if before is None or before.helpful != bool(thumb) or before.comment != comment.strip():
        office.store.rate(person.key, turn.id, bool(thumb), comment)
