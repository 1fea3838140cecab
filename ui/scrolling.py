"""Where the page stands after something changed: the browser is asked to show a container from its top."""

from __future__ import annotations

import re

import streamlit as st

_SCRIPT = """const hand = new AbortController();
for (const by of ['wheel', 'touchstart', 'keydown', 'pointerdown'])
  addEventListener(by, () => hand.abort(), { capture: true, signal: hand.signal });
for (const ms of [80, 300, 700, 1500, 3000])
  setTimeout(() => hand.signal.aborted || document.querySelector('.st-key-KEY')?.scrollIntoView({ block: 'start' }), ms);
setTimeout(() => hand.abort(), 3100);"""
"""Several times, since Streamlit itself goes to the end when it has drawn; never against the person's own hand."""
_KEY = re.compile(r"[a-z]+(?:-[0-9a-f]+)?")


def scroll_to(key: str) -> None:
    """Bring the container with this key to the top of the page; the key is one of ours, never text from elsewhere."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key of a container: {key!r}")
    st.html(f"<script>{_SCRIPT.replace('KEY', key)}</script>", unsafe_allow_javascript=True)
