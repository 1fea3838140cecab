"""The chat's sidebar: conversations, and the settings that the next question is asked with."""

from __future__ import annotations

import time
from typing import Any, Literal, get_args

import streamlit as st
from pydantic import BaseModel, SecretStr

from agent.chat.budget import Budget
from agent.chat.providers import chat_model
from agent.chat.structured import StructuredModel
from agent.language.languages import languages
from agent.settings import Settings, presets
from corpora.errors import RadqaError
from ui import choices as choosing
from ui.access import Person
from ui.choices import Choices, Thinker
from ui.markup import label
from ui.session import Desk

LISTED = 40
"""Conversations in the sidebar; search finds older ones."""


class Ping(BaseModel):
    """What the connection test asks a model for."""

    answer: str


def conversations(desk: Desk, person: Person) -> None:
    """New question, search, and the list of the person's conversations."""
    st.button("New question", key="new", width="stretch", on_click=leave, shortcut="mod+shift+o")
    found = desk.store.conversations(person.key)
    if not found:
        st.caption(f"Conversations appear here and stay on {person.machine}.")
        return
    search = st.text_input("Search conversations", key="search", placeholder="Search conversations", label_visibility="collapsed")
    if search.strip():
        found = desk.store.conversations(person.key, search)
        if not found:
            st.caption("No conversation holds all of these words.")
    with st.container(key="conversations", gap=None):
        for one in found[:LISTED]:
            kind: Literal["secondary", "tertiary"] = "secondary" if one.id == st.session_state.get("conversation") else "tertiary"
            st.button(label(one.title), key=f"open-{one.id}", type=kind, width="stretch", on_click=enter, args=(one.id,))
    if len(found) > LISTED:
        st.caption(f"{len(found) - LISTED} older ones; search finds them.")


def leave() -> None:
    """Go to an empty conversation."""
    st.session_state.conversation = None
    st.session_state.editing = None
    st.query_params.pop("c", None)


def enter(conversation: str) -> None:
    """Go to a conversation."""
    st.session_state.conversation = conversation
    st.session_state.editing = None


def chosen(desk: Desk, person: Person) -> Choices:
    """This session's choices: those of last time at its start."""
    if "choices" not in st.session_state:
        st.session_state.choices = choosing.restored(desk.store.preferences(person.key), desk.configured, remote=person.remote)
    made: Choices = st.session_state.choices
    return made


def settings(desk: Desk, person: Person) -> Choices:
    """The settings section; what is changed holds for the next question and is kept for the next start."""
    before = chosen(desk, person)
    section = st.expander("Settings", key="settings", on_change="rerun")
    if not section.open:  # widgets that nobody sees would cost every page their time
        return before
    with section:
        after = before.model_copy(update=_values(desk.configured, person, before))
        _say(desk, person, after)
    if after != before:
        st.session_state.choices = after
        desk.store.prefer(person.key, after.kept())
    return after


def quietly(desk: Desk, person: Person, choices: Choices) -> None:
    """One line on what leaves the machine, worked out once for these choices; the open settings say it themselves."""
    if st.session_state.get("settings"):
        return
    said: tuple[Choices, str] | None = st.session_state.get("leaving")
    if said is None or said[0] != choices:
        try:
            said = choices, choosing.leaves(choosing.settings_of(choices, desk.configured), person.machine)
        except RadqaError as error:
            said = choices, str(error)
        st.session_state.leaving = said
    st.caption(label(said[1]))


def _values(configured: Settings, person: Person, before: Choices) -> dict[str, Any]:
    """What the widgets of the section hold."""
    values = _model(configured, person, before)
    names = list(presets())
    values["preset"] = st.selectbox(
        "Preset",
        names,
        key=_seeded("preset", before.preset if before.preset in names else names[0]),
        help=f"fast, thorough, or offline: nothing but {person.machine}",
    )
    values["language"] = st.selectbox(
        "Answer language",
        list(get_args(choosing.Tongue)),
        format_func=_tongue,
        key=_seeded("language", before.language),
        help="The sources are English; another language takes a model.",
    )
    values |= _budget(configured, before, values["preset"], with_model=values["thinker"] != "none")
    return values | _web(before)


def _seeded(name: str, value: object) -> str:
    """The key of a widget that starts with a value and keeps its own from then on.

    A default that follows what is stored would make it another widget at every change, and the change after that would be lost.
    """
    key = f"settings-{name}"
    st.session_state.setdefault(key, value)
    return key


def _tongue(code: str) -> str:
    return languages()[code].name if code else "As asked"


def _model(configured: Settings, person: Person, before: Choices) -> dict[str, Any]:
    offered: dict[Thinker, str] = {"none": "No model"}
    if choosing.has_model(configured):
        offered["configured"] = configured.model or configured.base_url
    if not person.remote:
        offered["other"] = "Another ..."
    kinds = [kind for kind in get_args(Thinker) if kind in offered]
    key = _seeded("thinker", before.thinker if before.thinker in kinds else kinds[0])
    thinker = st.selectbox("Model", kinds, format_func=lambda kind: offered[kind], key=key)
    values: dict[str, Any] = {"thinker": thinker}
    if thinker == "other":
        named, address = "openai:NAME, ollama:NAME, or a server's own name", "http://127.0.0.1:8000/v1, or empty"
        values["model"] = st.text_input("Model name", key=_seeded("model", before.model), placeholder=named)
        values["base_url"] = st.text_input("Server address", key=_seeded("base_url", before.base_url), placeholder=address)
        key = _seeded("key", before.key.get_secret_value())
        values["key"] = SecretStr(st.text_input("Key", key=key, type="password", help="Kept for this session only."))
    return values


def _budget(configured: Settings, before: Choices, preset: str, *, with_model: bool) -> dict[str, Any]:
    own = choosing.settings_of(Choices(preset=preset), configured)
    seconds = _limit("Seconds per question, at most", "seconds", before.seconds, own.seconds, (5, 1800, 5))
    values: dict[str, Any] = {"seconds": None if seconds is None else float(seconds)}
    if with_model:
        values["tokens"] = _limit("Tokens per question, at most", "tokens", before.tokens, own.tokens, (1_000, 2_000_000, 1_000))
        values["strict"] = st.toggle(
            "Proven sentences only",
            key=_seeded("strict", configured.strict if before.strict is None else before.strict),
            help="Nothing of the model's own knowledge; without a checked sentence there is no answer.",
        )
        values["fallback"] = st.toggle("Quote the evidence if the model fails", key=_seeded("fallback", before.fallback))
    return values


def _limit(said: str, name: str, chosen: float | None, own: float, span: tuple[int, int, int]) -> int | None:
    """A limit as the person sets it, or None while it is the preset's `own`, which the box then follows."""
    least, most, step = span
    key = _seeded(name, int(chosen or own))
    if chosen is None and st.session_state.get(f"{key}-own", own) != own:
        st.session_state[key] = int(own)
    st.session_state[f"{key}-own"] = own
    value = int(st.number_input(said, min(least, int(own)), max(most, int(own)), step=step, key=key))
    return None if value == int(own) else value


def _web(before: Choices) -> dict[str, Any]:
    """The switch for web sources, only where this installation can ask any."""
    return {"web": st.toggle("Web sources", key=_seeded("web", before.web))} if choosing.web_available() else {}


def _say(desk: Desk, person: Person, after: Choices) -> None:
    """What leaves the machine with these settings, and whether the model answers."""
    try:
        made = choosing.settings_of(after, desk.configured)
    except RadqaError as error:
        st.error(label(str(error)))
        return
    st.caption(
        label(choosing.leaves(made, person.machine)) + ("" if choosing.has_model(made) else " Without a model, answers quote the evidence.")
    )
    if choosing.has_model(made) and not person.remote and st.button("Test the connection", key="test-model"):
        ok, said = test_model(desk, made)
        (st.success if ok else st.error)(label(said))
    elif after.thinker == "other" and not choosing.has_model(made):
        st.caption("Give a model name, or a server address.")


def test_model(desk: Desk, made: Settings) -> tuple[bool, str]:
    """Whether the model answers a tiny question, and how fast, or what is wrong."""
    import asyncio

    quick = made.model_copy(update={"model_retries": 0, "model_timeout_s": min(made.model_timeout_s, 30.0)})
    started = time.monotonic()
    try:
        model = StructuredModel(chat_model(quick), quick)
        asked = model.ask(Ping, "Answer in JSON.", 'Answer with {"answer": "ready"}.', Budget(quick))
        asyncio.run_coroutine_threadsafe(asked, desk.loop).result(timeout=60)
    except (RadqaError, TimeoutError) as error:
        return False, str(error) or "No answer within a minute."
    return True, f"It answers, in {time.monotonic() - started:.1f} s."
