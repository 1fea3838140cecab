"""One answered turn in the chat: what is shown of it, and what a person can do with it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import streamlit as st

from agent.types import Answered, Source
from corpora.legible import plain
from ui import export, markup, masking, references, shapes, view
from ui.access import Person
from ui.session import Desk
from ui.store import Conversation, Turn

_ASSETS = Path(__file__).parent / "assets"
Wish = Literal["edit", "again", "alone", ""]
"""What is to become of a turn: edited, asked again, or asked as it was written where it was read as a follow-up."""


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
    """Each file is made when it is asked for, from what is stored by then, and without what identifies a patient unless that is chosen."""
    whole = st.toggle("With what identifies a patient", key="export-whole")
    st.caption("Files hold names, dates and numbers as they were written." if whole else "Names, dates and numbers of patients are masked.")

    def thread() -> list[Turn]:
        return office.store.turns(person.key, conversation.id)

    def sources() -> tuple[Source, ...]:
        found = references.sources_of(turn.answer for turn in thread() if turn.answer)
        return found if whole else masking.titled(found)

    title = conversation.title
    kinds = (
        ("Markdown", "md", "text/markdown", lambda: export.markdown(title, thread(), whole=whole)),
        ("PDF", "pdf", "application/pdf", lambda: export.pdf(title, thread(), whole=whole)),
        ("JSON", "json", "application/json", lambda: export.as_document(title, thread(), whole=whole)),
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
    if _deleted(conversation):
        office.delete(person.key, conversation.id)
        st.session_state.conversation = None
        st.query_params.pop("c", None)
        st.rerun()


def _deleted(conversation: Conversation) -> bool:
    """Whether the person wants the conversation deleted and has said so twice."""
    if st.session_state.get("leaving_behind") != conversation.id:
        st.button("Delete this conversation", key="delete", width="stretch", on_click=_ask_whether_to_delete, args=(conversation.id,))
        return False
    count = conversation.turns
    st.text(f"{count} question{'s' * (count != 1)} with {'their answers' if count != 1 else 'its answer'} will be gone.")
    sure = st.button("Delete for good", key="delete-sure", type="primary", width="stretch")
    st.button("Keep", key="delete-keep", width="stretch", on_click=_ask_whether_to_delete, args=("",))
    return sure


def _ask_whether_to_delete(conversation: str) -> None:
    st.session_state.leaving_behind = conversation


def conditions(turn: Turn) -> None:
    """The conditions that an answer depends on, each choice a button that asks again with it filled in."""
    depends = turn.answer.depends if isinstance(turn.answer, Answered) else ()
    if not depends:
        return
    with st.container(key=f"depends-{turn.id}", gap="small"):
        for number, one in enumerate(depends):
            with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"condition-{turn.id}-{number}"):
                st.html(f'<span class="rq-condition">{markup.text(one.condition[:1].upper() + one.condition[1:])}?</span>', width="content")
                for at, choice in enumerate(one.choices):
                    st.button(
                        markup.label(view.typeset(choice)), key=f"fill-{turn.id}-{number}-{at}", on_click=_fill_in,
                        args=(turn.id, one.condition, choice), help="Ask again with this filled in",
                    )  # fmt: skip


def _fill_in(turn: str, condition: str, choice: str) -> None:
    st.session_state.filled = (turn, condition, choice)


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
        st.text(plain(turn.plain))
    if turn.answer is None and turn.events:
        with st.expander("What was done until then"):
            st.html(markup.trail(turn.events))


def actions(office: Desk, person: Person, turn: Turn, *, last: bool) -> Wish:
    """The row under an answer, then the panel that stands beside both; says whether the turn is to be edited or asked again, and how."""
    chosen: Wish = ""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium", key=f"actions-{turn.id}"):
        if turn.answer is not None:
            copy_button(turn.plain, key=f"copy-{turn.id}")
        if st.button("Ask again", key=f"again-{turn.id}", type="tertiary", help="The same question with the settings of now"):
            chosen = "again"
        if st.button(
            "Edit", key=f"edit-{turn.id}", type="tertiary", help="Change the question" + ("" if last else "; what follows it goes")
        ):
            chosen = "edit"
        if turn.read_as and not shapes.is_filled_in(turn.question, turn.read_as):
            said = "It was no follow-up: ask it as it was written, without what was read into it"
            if st.button("Ask as written", key=f"alone-{turn.id}", type="tertiary", help=said):
                chosen = "alone"
        if turn.events and st.button("How it answered", key=f"trace-{turn.id}", type="tertiary"):
            st.session_state.traced = turn.id
            st.switch_page(st.session_state.pages["trace"])
        if turn.answer is not None:
            _feedback(office, person, turn)
    if turn.answer is not None:
        st.html(markup.panel(view.of(turn.answer)))
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
