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
_FOCUS = """{
  /* TAG */
  const tries = setInterval(() => {
    const box = document.querySelector('[data-testid="stChatInputTextArea"]'), at = document.activeElement;
    if (!box || box.disabled) return;
    const busy = at?.closest?.('input, textarea, [contenteditable], [popover]');
    if (matchMedia('(pointer: fine)').matches && !busy)
      box.focus({ preventScroll: true });
    clearInterval(tries);
  }, 150);
  setTimeout(() => clearInterval(tries), 6000);
}"""
"""The box is closed while something is answered. Not on a touch screen, whose keyboard would cover the answer; where somebody writes,
the cursor stays."""
_KEY = re.compile(r"[a-z]+(?:-[0-9a-f]+)?")


def scroll_to(key: str) -> None:
    """Bring the container with this key to the top of the page; the key is one of ours, never text from elsewhere."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not a key of a container: {key!r}")
    _run(_SCRIPT.replace("KEY", key))


def focus_box(tag: str) -> None:
    """Put the cursor into the box for questions, once per tag."""
    if not _KEY.fullmatch(tag) and not re.fullmatch(r"[0-9a-f-]+", tag):
        raise ValueError(f"not a tag of ours: {tag!r}")
    _run(_FOCUS.replace("TAG", tag))


def fold_on_choice() -> None:
    """On a narrow page, fold the sidebar once a conversation or a new question was chosen in it."""
    _run(_FOLD)


def _run(script: str) -> None:
    st.html(f"<script>{script}</script>", unsafe_allow_javascript=True)
