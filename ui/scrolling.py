"""Where the page stands after something changed: a container is shown from its top, and a sidebar that covers the page folds."""

from __future__ import annotations

import re

import streamlit as st

_SCRIPT = """{
  const hand = new AbortController();
  for (const by of ['wheel', 'touchstart', 'keydown', 'pointerdown'])
    addEventListener(by, () => hand.abort(), { capture: true, signal: hand.signal });
  const hold = setInterval(() => document.querySelector('.st-key-KEY')?.scrollIntoView({ block: 'start' }), 120);
  hand.signal.addEventListener('abort', () => clearInterval(hold));
  setTimeout(() => hand.abort(), 6000);
}"""
"""For some seconds, since Streamlit goes to the end when it has drawn, however late that is; never against the person's own hand.

A block of its own: names of an earlier script are still there.
"""
_FOLD = """if (!window.rqFolds) {
  window.rqFolds = true;
  addEventListener('click', (event) => {
    if (innerWidth < 768 && event.target.closest?.('.st-key-new button, .st-key-conversations button'))
      setTimeout(() => document.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click(), 50);
  });
}"""
"""Streamlit lays the sidebar over pages narrower than 768 px."""
_KEY = re.compile(r"[a-z]+(?:-[0-9a-f]+)?")


def scroll_to(key: str) -> None:
    """Bring the container with this key to the top of the page; the key is one of ours, never text from elsewhere."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key of a container: {key!r}")
    _run(_SCRIPT.replace("KEY", key))


def fold_on_choice() -> None:
    """On a narrow page, fold the sidebar once a conversation or a new question was chosen in it."""
    _run(_FOLD)


def _run(script: str) -> None:
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
