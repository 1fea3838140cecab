"""A finding scored by hand: a system, its features as boxes, and the category and advice with the steps they come from."""

from __future__ import annotations

import streamlit as st

from corpora.errors import RadqaError
from corpora.rules.scoring import score
from corpora.rules.system import Feature, System, systems
from ui import reported
from ui.markup import label

OPEN = "not stated"
_EXAMPLES = {"length (mm)": "12 x 8 mm", "age (years)": "62 years", "attenuation (HU)": "8 HU", "number": "2", "share (%)": "35 %"}


def page() -> None:
    """One rerun of the page; the result follows every change."""
    st.html('<h1 class="rq-page">Score</h1>')
    every = sorted(systems().values(), key=lambda system: system.name.lower())
    names = [system.name for system in every]
    asked = st.query_params.get("system", "")
    first = next((number for number, system in enumerate(every) if system.id == asked), 0)
    name = st.selectbox("System", names, index=first, key="score_system")
    system = every[names.index(name)]
    form, shown = st.columns([2, 3])
    with form:
        assume = st.checkbox("Take what the system assumes where nothing is said", value=True, key="score_assume")
        given = {feature.id: value for feature in system.features if (value := _box(system, feature))}
    with shown:
        try:
            st.html(reported.outcome(score(system, given, assume=assume)))
        except RadqaError as error:
            st.warning(label(str(error)))


def _box(system: System, feature: Feature) -> str | list[str]:
    """What was chosen or written for a feature; empty where nothing was."""
    key, name = f"score-{system.id}-{feature.id}", label(feature.title.capitalize())
    if feature.several:
        return st.multiselect(name, list(feature.values), key=key, placeholder=OPEN)
    if feature.values:
        chosen = st.selectbox(name, [OPEN, *feature.values], key=key)
        return "" if chosen == OPEN else str(chosen)
    return st.text_input(name, key=key, placeholder=_EXAMPLES.get(feature.dimension, feature.dimension)).strip()
