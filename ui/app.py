"""The chat's entry: `radqa chat`, or `streamlit run ui/app.py`. Says who may come in, then hands over to the pages."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module

import streamlit as st

from agent.types import DISCLAIMER
from corpora.errors import RadqaError
from ui import access, markup
from ui.screens import chat
from ui.scrolling import fold_on_choice
from ui.session import desk

_ADVANCED = ("evals", "health")
"""Pages for whoever looks after the installation."""


def main() -> None:
    """One rerun of whatever page is open."""
    st.set_page_config(page_title="radqa", layout="wide", initial_sidebar_state="auto", menu_items={"About": DISCLAIMER})
    st.html(markup.STYLE)
    fold_on_choice()
    _check_address()
    person = access.current()
    if person is None:
        _sign_in()
    else:
        st.session_state.person = person
        page = _pages(person)
        st.session_state.came_from, st.session_state.at = st.session_state.get("at"), page.url_path
        page.run()


def _check_address() -> None:
    """Stop where the server listens to more than this machine and nobody said that it may."""
    allowed = os.environ.get(access.REMOTE_VARIABLE) == "1"
    problem = access.refusal(str(st.get_option("server.address") or ""), sign_in=access.sign_in_configured(), allowed=allowed)
    if problem:
        st.error(markup.label(problem))
        st.stop()


def _sign_in() -> None:
    st.title("radqa")
    st.text("Radiology questions answered with evidence. Sign in to see your conversations and documents.")
    st.button("Sign in", type="primary", on_click=st.login)
    st.caption(DISCLAIMER)


def _pages(person: access.Person) -> st.Page:
    """The pages of this installation; one that has nothing to show yet still says what it needs."""
    pages: dict[str, st.Page] = {
        "chat": st.Page(chat.page, title="Chat", url_path="chat", default=True),
        "report": st.Page(_later("report"), title="Report", url_path="report"),
        "score": st.Page(_later("score"), title="Score", url_path="score"),
        "library": st.Page(_later("library"), title="Library", url_path="library"),
        "concept": st.Page(_later("concept"), title="Concept", url_path="concept"),
        "trace": st.Page(_later("trace"), title="How it answered", url_path="how-it-answered"),
        "evals": st.Page(_later("evals"), title="Evals", url_path="evals", visibility="hidden"),
        "health": st.Page(_later("health"), title="Health", url_path="health", visibility="hidden"),
    }
    st.session_state.pages = pages
    if person.how == "signed in":
        with st.sidebar:
            st.caption(markup.label(person.name))
            st.button("Sign out", on_click=st.logout, type="tertiary")
    chosen = st.navigation(list(pages.values()))
    with st.sidebar, st.expander("Advanced", key="advanced"):
        for name in _ADVANCED:
            st.page_link(pages[name])
    return chosen


def _later(name: str) -> Callable[[], None]:
    """A page whose module is loaded when it is first opened: the chat must not wait for it."""
    return lambda: import_module(f"ui.screens.{name}").page()


try:
    main()
    desk().warm(after_s=0.5)  # once the first page is drawn: what it loads would slow that down
except RadqaError as error:
    st.error(markup.label(str(error)))
