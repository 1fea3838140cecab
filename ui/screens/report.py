"""A report taken apart: its findings with category, advice and source, its text with each sentence marked, and what was not understood.

What is read here stays in this session; it is kept nowhere.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import streamlit as st

from corpora.errors import RadqaError
from ui import reported
from ui.markup import label

if TYPE_CHECKING:
    from agent.reports.types import ReadReport

_EXAMPLE = """CT CHEST WITHOUT CONTRAST
INDICATION: 62-year-old woman, smoker.
FINDINGS: 7 mm solid nodule in the right upper lobe.
IMPRESSION: Nodule."""


def page() -> None:
    """One rerun of the page."""
    state = st.session_state
    st.html('<h1 class="rq-page">Report</h1>')
    text, prior = state.get("reading_text", "").strip(), state.get("reading_prior", "").strip()
    if state.pop("reading_due", False):
        _read(text, prior)
    _boxes()
    if problem := state.get("reading_problem", ""):
        st.warning(label(problem))
    made: ReadReport | None = state.get("reading")
    if made is not None:
        if (text, prior) != state.reading_of:
            st.caption("What is shown is of the text as it was before; press Read.")
        _show(made)


def open_with(text: str) -> None:
    """Go to this page with a report, which is read at once."""
    st.session_state.reading_text, st.session_state.reading_due = text, True
    st.session_state.reading_prior = ""
    st.switch_page(st.session_state.pages["report"])


def _boxes() -> None:
    """The report and the earlier one; folded away once it was read, since its text then stands below."""
    with st.expander("Report and earlier report", expanded=True, key="reading_boxes", on_change="rerun"):
        now, before = st.columns(2)
        with now:
            st.text_area("Report", key="reading_text", height=260, placeholder=_EXAMPLE, persist_state="session")
        with before:
            st.text_area("Earlier report, to compare with", key="reading_prior", height=260, persist_state="session")
        st.button("Read", key="read", type="primary", on_click=_be_read)


def _be_read() -> None:
    st.session_state.reading_due = True


def _read(text: str, prior: str) -> None:
    """Read what is in the boxes; what cannot be read is said, and the boxes stay as they are."""
    from agent.reports.reading import read

    state = st.session_state
    state.reading, state.reading_problem = None, ""
    try:
        with st.spinner("Reading the report"):
            state.reading = read(text, prior or None, masked=False)
        state.reading_of, state.reading_boxes = (text, prior), False
    except RadqaError as error:
        state.reading_problem = str(error)


def _show(made: ReadReport) -> None:
    st.html(reported.summary(made) + reported.findings(made))
    _unruled(made)
    if said := reported.looks(made) + reported.change(made):
        st.html(said)
    st.html("<h2>The report</h2>" + reported.marked(made) + "<h2>Sentences without a finding</h2>" + reported.rest(made))
    _next(made)


def _unruled(made: ReadReport) -> None:
    """A button for each finding that no rules are for: the library is asked about it alone."""
    from agent.reports.advising import NOT_ASKED, question
    from agent.reports.choosing import Told

    open_ones = [finding for finding in made.findings if finding.advice.says == NOT_ASKED]
    if not open_ones:
        return
    st.caption("No scoring rules are for these; ask the library about one of them:")
    told = Told(made.text, (), made.modality, made.patient)
    with st.container(horizontal=True, key="unruled"):
        for finding in open_ones:
            if st.button(label(f"{finding.id} {finding.name}"), key=f"library-{finding.id}"):
                st.session_state.example = {"question": question(finding, told)}
                st.switch_page(st.session_state.pages["chat"])


def _next(made: ReadReport) -> None:
    """What can be done with a report that was read: a question about it, and files without what identifies the patient."""
    from agent.reports import structured
    from agent.reports.masking import masked

    left = masked(made)
    with st.container(horizontal=True, key="reading_next"):
        if st.button("Ask a question about it", key="ask_about"):
            st.session_state.more_report, st.session_state.more = made.text, True
            st.session_state.problem = "The report is attached. Now ask the question about it."
            st.switch_page(st.session_state.pages["chat"])
        st.download_button("Structured report", structured.markdown(left), "report.md", "text/markdown", key="as_markdown")
        st.download_button("JSON", left.model_dump_json(), "report.json", "application/json", key="as_json")
        st.download_button("FHIR", json.dumps(structured.fhir(left)), "report-fhir.json", "application/json", key="as_fhir")
    st.caption(f"Files leave without what identifies the patient ({left.masked} masked). {structured.NOTICE}")
