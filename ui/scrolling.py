"""Where the page stands after something changed: the browser is asked to show a container from its top."""

from __future__ import annotations

import re

import streamlit as st

_KEY = re.compile(r"[a-z]+(?:-[0-9a-f]+)?")


def scroll_to(key: str) -> None:
    """Bring the container with this key to the top of the page; the key is one of ours, never text from elsewhere."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key of a container: {key!r}")
    look = f"document.querySelector('.st-key-{key}')?.scrollIntoView({{block: 'start'}})"
    st.html(f"<script>for (const ms of [80, 300, 700]) setTimeout(() => {look}, ms)</script>", unsafe_allow_javascript=True)
