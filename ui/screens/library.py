"""The library: guidelines, cases and own documents, filtered, searched, and read in full."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import streamlit as st

from corpora.types import ConceptMention, Document
from retrievers.types import Query
from retrievers.words import words as stems
from ui import browsing, documents, linking, panel, reading
from ui.access import Person
from ui.browsing import KINDS, TOPIC_KINDS, Wanted
from ui.choices import Choices, settings_of
from ui.markup import label, text
from ui.scrolling import scroll_to
from ui.session import Desk, desk
from ui.view import details

PER_PAGE = 25


def page() -> None:
    """One rerun of the library."""
    office, person = desk(), st.session_state.person
    choices = panel.chosen(office, person)
    with st.sidebar:
        documents.section(office, person, choices)
    with st.spinner("Getting the library ready"):  # after a change of the own documents their index is built anew
        index = office.agent(person.key, settings_of(choices, office.configured)).index
    wanted = st.query_params.get("document", "")
    opened = index.documents.get(wanted)
    if wanted and opened is None:
        st.warning("The document of this address is not in the library: it was removed, or it is switched off.")
    if opened is not None:
        _read(opened)
    else:
        _browse(office, person, choices, list(index.documents.values()))


def _browse(office: Desk, person: Person, choices: Choices, held: Sequence[Document]) -> None:
    st.html('<h1 class="rq-page">Library</h1>')
    wanted = _filters(held)
    listed = browsing.shown(held, wanted, _found(office, person, choices, wanted.words) if wanted.words.strip() else ())
    pages = max(1, -(-len(listed) // PER_PAGE))
    number = min(st.session_state.get("library_page", 0), pages - 1)
    st.caption(f"{len(listed)} of {len(held)} documents" + (f", page {number + 1} of {pages}" if pages > 1 else ""))
    if not listed:
        st.info("Nothing matches. Take a filter away, or use other words.")
    with st.container(key="documents-list", gap=None):
        for document in listed[number * PER_PAGE : (number + 1) * PER_PAGE]:
            _line(document)
    if pages > 1:
        with st.container(horizontal=True):
            st.button("Previous", disabled=number == 0, on_click=_turn_to, args=(number - 1,))
            st.button("Next", disabled=number == pages - 1, on_click=_turn_to, args=(number + 1,))


def _turn_to(number: int) -> None:
    st.session_state.library_page = number


def _filters(held: Sequence[Document]) -> Wanted:
    """What to list; the filters stay set while a document or another page is open."""
    offered = browsing.offered(held)
    kept: dict[str, Any] = {"on_change": _turn_to, "args": (0,), "persist_state": "session"}
    words = st.text_input("Search", key="library_words", placeholder="Search titles and passages", **kept)
    kinds = st.pills("Kind", offered.kinds, selection_mode="multi", format_func=lambda kind: KINDS[kind], key="library_kinds", **kept)
    topic_kinds = _topic_kinds(offered.topic_kinds, kept) if offered.topic_kinds else []
    with st.expander("More filters", key="library-filters"):
        columns = st.columns(3)
        organisations = columns[0].multiselect("Organisation", offered.organisations, key="library_organisations", **kept)
        modality = columns[1].multiselect("Modality", offered.modality, key="library_modality", **kept)
        subspecialty = columns[2].multiselect("Subspecialty", offered.subspecialty, key="library_subspecialty", **kept)
        years = st.slider("Year", *offered.years, offered.years, key=f"library_years_{offered.years}", **kept) if offered.years else None
    return Wanted(
        words=words, kinds=(*kinds, *topic_kinds), organisations=tuple(organisations), modality=tuple(modality),
        subspecialty=tuple(subspecialty),
        years=None if years == offered.years else years,
    )  # fmt: skip


def _topic_kinds(kinds: Sequence[str], kept: dict[str, Any]) -> list[str]:
    return st.pills(
        "Kind of topic", kinds, selection_mode="multi", format_func=lambda kind: TOPIC_KINDS[kind], key="library_topic_kinds", **kept
    )


def _found(office: Desk, person: Person, choices: Choices, words: str) -> list[str]:
    """Documents with passages that the agent's own retriever finds, best first."""
    agent = office.agent(person.key, settings_of(choices, office.configured))
    if not any(agent.library.knows(stem) for stem in stems(words)):
        return []  # similarity finds something for any string of letters
    search = agent.retriever("hybrid").retrieve(Query(text=words, k=60))
    return list(dict.fromkeys(hit.passage.document_id for hit in asyncio.run_coroutine_threadsafe(search, office.loop).result(timeout=60)))


def _line(document: Document) -> None:
    source = document.source
    with st.container(key=f"line-{document.id}", gap=None):
        st.button(label(source.title), key=f"read-{document.id}", type="tertiary", on_click=_open, args=(document.id,))
        where = " · ".join(
            part for part in (details(source), source.authority.value, ", ".join(source.modality), source.subspecialty) if part
        )
        st.html(f'<p class="rq-where rq-line">{text(where)}</p>')


def _open(document: str) -> None:
    st.query_params["document"] = document
    st.session_state.library_opened = True


def _close() -> None:
    st.query_params.pop("document", None)


def _read(document: Document) -> None:
    found = reading.seen(document, linking.mentions(document.text))
    with st.container(key="document"):
        st.button("Back to the list", on_click=_close, type="tertiary", icon=":material/arrow_back:")
        st.html(reading.head(document.source) + reading.legend(found) + reading.document(document, found))
    if st.session_state.pop("library_opened", False):
        scroll_to("document")
    _concepts(found)


def _concepts(found: Sequence[ConceptMention]) -> None:
    """Go on to the page of a concept of the document."""
    names = {mention.cui: mention.name for mention in found}
    if not names:
        return
    ordered = sorted(names, key=lambda cui: names[cui].casefold())
    chosen = st.selectbox(
        "Concepts in this document", ordered, index=None, format_func=lambda cui: names[cui], placeholder="Open a concept"
    )
    if chosen:
        st.switch_page(st.session_state.pages["concept"], query_params={"cui": chosen})
