"""One concept: its terms, identifier and parents, and the passages that speak of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from corpora.types import Concept
from ui import linking, panel
from ui.choices import settings_of
from ui.linking import Spoken
from ui.markup import advanced, label, table, text
from ui.session import desk
from ui.view import details

SHOWN = 40


def page() -> None:
    """One rerun of the concept page."""
    office, person = desk(), st.session_state.person
    st.html('<h1 class="rq-page">Concept</h1>')
    chosen = linking.concept(st.query_params.get("cui", ""))
    if st.query_params.get("cui", "") and chosen is None:
        st.warning("The vocabulary has no concept of this address.")
    words = st.text_input(
        "Find a concept", key="concept_words", placeholder="A finding, a disease, an abbreviation", on_change=_search_anew
    )
    known = linking.named(list(dict.fromkeys(mention.cui for mention in linking.mentions(words)))) if words.strip() else ()
    chosen = chosen or (known[0] if len(known) == 1 else None)
    if words.strip():
        _found(known, chosen)
    if chosen is None:
        st.caption("Choose one." if known else "Write a term, or open a concept from a document of the library.")
        return
    with st.spinner("Getting the library ready"):
        index = office.agent(person.key, settings_of(panel.chosen(office, person), office.configured)).index
    _describe(chosen)
    _passages(linking.spoken(index, chosen.cui))


def _found(known: Sequence[Concept], chosen: Concept | None) -> None:
    """What the linker makes of the words, each to be opened."""
    if not known:
        st.info("The vocabulary has no such term.")
        return
    with st.container(horizontal=True, key="concepts-found"):
        for one in known:
            kind: Literal["primary", "secondary"] = "primary" if chosen is not None and one.cui == chosen.cui else "secondary"
            st.button(label(one.name), key=f"cui-{one.cui}", type=kind, on_click=_open, args=(one.cui,))


def _search_anew() -> None:
    """What was opened gives way to other words."""
    st.query_params.pop("cui", None)


def _open(cui: str) -> None:
    st.query_params["cui"] = cui


def _describe(chosen: Concept) -> None:
    rows = [
        ("Semantic group", chosen.group),
        ("Terms", "; ".join({term.casefold(): term for term in reversed(chosen.terms)}.values())),
    ]
    body = (f'<tr><th scope="row">{text(name)}</th><td>{text(value)}</td></tr>' for name, value in rows if value)
    st.html(f"<h2>{text(chosen.name)}</h2>" + table("The concept", (), body) + advanced([("Identifier", f"{chosen.cui} (UMLS)")]))
    parents = linking.named(chosen.parents)
    if parents:
        st.html("<h3>More general</h3>")
        with st.container(horizontal=True, key="concept-parents"):
            for one in parents:
                st.button(label(one.name), key=f"parent-{one.cui}", type="tertiary", on_click=_open, args=(one.cui,))


def _passages(spoken: Sequence[Spoken]) -> None:
    st.html(f"<h3>Passages that speak of it ({len(spoken)})</h3>")
    if not spoken:
        st.caption("None in the library.")
    with st.container(key="spoken"):
        for one in spoken[:SHOWN]:
            _passage(one)
    if len(spoken) > SHOWN:
        st.caption(f"The first {SHOWN} of {len(spoken)}.")


def _passage(one: Spoken) -> None:
    """A passage, whether it says that the concept is there, and the way to its document in the library."""
    said, source = "absent" if one.denied else "present", one.passage.source
    with st.container(key=f"spoken-{one.passage.id}", gap=None):
        st.html(f'<p><span class="rq-concept rq-{said}">{said}</span> {text(one.passage.shown)}</p>')
        if st.button(label(source.title), key=f"document-{one.passage.id}", type="tertiary", help="Open it in the library"):
            st.session_state.library_opened = True
            st.switch_page(st.session_state.pages["library"], query_params={"document": one.passage.document_id})
        st.html(f'<p class="rq-where">{text(details(source))}</p>')
