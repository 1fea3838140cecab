"""A person's own documents in the sidebar: upload, switch on and off, delete."""

from __future__ import annotations

from typing import Any

import streamlit as st

from corpora.errors import RadqaError
from retrievers.shelf import SUFFIXES, Collection, problems
from ui.access import Person
from ui.choices import Choices, settings_of
from ui.markup import label
from ui.session import Desk


def section(desk: Desk, person: Person, choices: Choices) -> None:
    """The section "My documents"."""
    shelf = desk.shelf(person.key)
    kept = shelf.collections()
    part = st.expander("My documents", key="documents", on_change="rerun")
    if not part.open:
        return
    with part:
        if kept:
            st.caption("What is switched on is searched beside the library.")
        for kind, message in st.session_state.pop("upload_notes", ()):
            (st.success if kind == "good" else st.error)(label(message))
        for one in kept:
            _collection(desk, person, one)
        _upload(desk, person, choices, kept)


def _collection(desk: Desk, person: Person, one: Collection) -> None:
    shelf = desk.shelf(person.key)
    with st.container(horizontal=True, vertical_alignment="center", key=f"collection-{one.id}"):
        on = st.toggle(label(f"{one.name} ({one.documents})"), one.on, key=f"on-{one.id}")
        deleted = _deleted(one)
    if on != one.on:
        shelf.switch(one.id, on=on)
    if deleted:
        shelf.delete(one.id)
        st.rerun()


def _deleted(one: Collection) -> bool:
    """Whether the person wants the collection deleted and has said so twice."""
    if st.session_state.get("dropping") != one.id:
        st.button("Delete", key=f"drop-{one.id}", type="tertiary", on_click=_ask_whether_to_drop, args=(one.id,))
        return False
    sure = st.button("Delete for good", key=f"sure-{one.id}", type="primary")
    st.button("Keep", key=f"keep-{one.id}", type="tertiary", on_click=_ask_whether_to_drop, args=("",))
    return sure


def _ask_whether_to_drop(collection: str) -> None:
    st.session_state.dropping = collection


def _upload(desk: Desk, person: Person, choices: Choices, kept: tuple[Collection, ...]) -> None:
    with st.form("upload", clear_on_submit=True, border=False):
        files = st.file_uploader(
            "Add documents", SUFFIXES, accept_multiple_files=True, help=f"They stay on {person.machine}, and only you see them."
        )
        name = st.text_input("Collection", kept[-1].name if kept else "My documents")
        sent = st.form_submit_button("Add to my documents", width="stretch")
    if sent and files:
        _take(desk, person, choices, name, [(file.name, file.getvalue()) for file in files])
        st.rerun()


def _take(desk: Desk, person: Person, choices: Choices, name: str, files: list[tuple[str, bytes]]) -> None:
    """Read and index the files, with progress; the notes for the next rerun stand before indexing, which any click breaks off."""
    bar = st.progress(0.0, text=f"Reading {len(files)} file{'s' * (len(files) != 1)}")
    try:
        notes = desk.shelf(person.key).add(name, files)
    except RadqaError as error:
        st.session_state.upload_notes = [("bad", str(error))]
        bar.empty()
        return
    bad = [("bad", line) for line in problems(notes)]
    good = sum(note.documents for note in notes)
    st.session_state.upload_notes = bad
    if good:
        added = f"{good} document{'s' * (good != 1)} added; the next question searches {'them' if good != 1 else 'it'} too."
        st.session_state.upload_notes = [("good", added), *bad]
        try:
            desk.agent(person.key, settings_of(choices, desk.configured), lambda done, total: _advance(bar, done, total))
        except RadqaError as error:
            st.session_state.upload_notes = [("bad", str(error)), *bad]
    bar.empty()


def _advance(bar: Any, done: int, total: int) -> None:
    bar.progress(done / max(total, 1), text=f"Indexing {done} of {total} passages" if total else "Indexing")
