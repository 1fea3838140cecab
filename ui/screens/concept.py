"""One concept: its terms, identifier and parents, and the passages that speak of it."""

from __future__ import annotations

import streamlit as st

from ui.choices import concepts_available


def page() -> None:
    """One rerun of the concept page."""
    st.html('<h1 class="rq-page">Concept</h1>')
    if not concepts_available():
        st.info("This installation has no concept vocabulary, so there is nothing to show yet.")
