"""Evals: runs side by side where they are installed, and the judged answers of the chat as an eval set."""

from __future__ import annotations

import streamlit as st

from ui import export
from ui.access import Person
from ui.choices import evals_available
from ui.session import Desk, desk


def page() -> None:
    """One rerun of the evals page."""
    office, person = desk(), st.session_state.person
    st.html('<h1 class="rq-page">Evals</h1>')
    if not evals_available():
        st.info("This installation cannot replay question sets, so there are no runs to compare here.")
    _judged(office, person)


def _judged(office: Desk, person: Person) -> None:
    """The thumbs and comments of the chat, as a question set that any eval can replay."""
    st.html("<h2>Judged in the chat</h2>")
    rated = office.store.rated(person.key)
    helpful = sum(1 for turn in rated if turn.feedback and turn.feedback.helpful)
    if not rated:
        st.caption("Give answers a thumb in the chat: they become an eval set here.")
        return
    st.text(f"{len(rated)} answers judged, {helpful} helpful, {len(rated) - helpful} not.")
    rows = [
        {
            "question": turn.question,
            "helpful": bool(turn.feedback and turn.feedback.helpful),
            "comment": turn.feedback.comment if turn.feedback else "",
        }
        for turn in rated
    ]
    st.dataframe(rows, width="stretch", hide_index=True)
    st.download_button(
        "Export as an eval set (JSON Lines)", lambda: export.eval_set(rated), "radqa-judged.jsonl", "application/jsonl", on_click="ignore"
    )
