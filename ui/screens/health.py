"""Health: what `radqa doctor` says, on a page."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from agent.commands.doctor import Finding, examine
from ui.markup import table, text


def page() -> None:
    """One rerun of the health page."""
    st.html('<h1 class="rq-page">Health</h1>')
    if "findings" not in st.session_state:  # opening the index takes a second; the button does it again
        st.session_state.findings = examine()
    findings: list[Finding] = st.session_state.findings
    broken = sum(finding.state == "broken" for finding in findings)
    st.text("Everything that is needed is here." if not broken else f"{broken} of {len(findings)} things are broken; each says what to do.")
    st.html(table("Findings", ("State", "What", "Detail"), map(_row, findings)))
    st.button("Look again", key="look-again", on_click=lambda: st.session_state.pop("findings"))


def _row(finding: Finding) -> str:
    remedy = f'<br><span class="rq-where">{text(finding.remedy)}</span>' if finding.remedy and finding.remedy not in finding.detail else ""
    detail = finding.detail.replace(str(Path.home()), "~")
    state = f'<span class="rq-state rq-{finding.state}">{finding.state}</span>'
    return f'<tr><td>{state}</td><th scope="row">{text(finding.name)}</th><td>{text(detail)}{remedy}</td></tr>'
