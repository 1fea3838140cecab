"""Health: what `radqa doctor` says, on a page."""

from __future__ import annotations

import streamlit as st

from agent.doctor import Finding, examine
from ui.markup import text

_STATES = {"good": "good", "missing": "missing", "broken": "broken"}


def page() -> None:
    """One rerun of the health page."""
    st.html('<h1 class="rq-page">Health</h1>')
    findings = examine()
    broken = sum(finding.state == "broken" for finding in findings)
    st.text("Everything that is needed is here." if not broken else f"{broken} of {len(findings)} things are broken; each says what to do.")
    rows = "".join(_row(finding) for finding in findings)
    st.html(
        '<div class="rq-scroll" tabindex="0" role="region" aria-label="Findings"><table class="rq-table"><thead><tr><th scope="col">State</th>'
        f'<th scope="col">What</th><th scope="col">Detail</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )
    st.button("Look again", key="look-again")


def _row(finding: Finding) -> str:
    remedy = f'<br><span class="rq-where">{text(finding.remedy)}</span>' if finding.remedy and finding.remedy not in finding.detail else ""
    return (
        f'<tr><td><span class="rq-state rq-{_STATES[finding.state]}">{_STATES[finding.state]}</span></td><th scope="row">{text(finding.name)}</th>'
        f"<td>{text(finding.detail)}{remedy}</td></tr>"
    )
