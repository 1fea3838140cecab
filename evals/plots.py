"""Plots of figures, as Altair charts: the report embeds them, and a run's folder keeps them as Vega-Lite for any other page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from corpora.errors import MissingExtra
from evals.ablation import ablations
from evals.metrics import Figures

Chart = Any
"""An Altair chart; the package is loaded at the first plot."""

SHOWN = (
    "correct", "accuracy", "said", "diagnosis_concept", "list_f1", "coverage", "selective_accuracy", "abstained_rightly", "gold_cited",
    "citation_recall", "citation_precision", "sentences_supported", "context_relevant", "hallucination",
)  # fmt: skip
_WIDTH = 340
_DASH = [4, 4]


def charts(figures: Figures) -> dict[str, Any]:
    """Name -> chart of everything that these figures can show.

    Raises:
        MissingExtra: Altair is not installed.
    """
    made = {
        "systems": systems(figures),
        "ablation": ablation(figures),
        "reliability": reliability(figures),
        "risk_coverage": risk_coverage(figures),
        "latency": latency(figures),
    }
    return {name: chart for name, chart in made.items() if chart is not None}


def _altair() -> Any:
    try:
        import altair
    except ImportError as error:
        raise MissingExtra("Plots need a package that is not installed.", 'Run: pip install "radqa[evals]"') from error
    return altair


def _data(rows: Sequence[dict[str, Any]]) -> Any:
    return _altair().Data(values=list(rows))


def _colour(figures: Figures, **more: Any) -> Any:
    """A system has the same colour in every plot."""
    alt = _altair()
    return alt.Color("system:N", scale=alt.Scale(domain=list(figures.systems)), **more)


def systems(figures: Figures) -> Chart | None:
    """Every system's figures side by side, with their intervals."""
    alt = _altair()
    rows = [
        {"system": system, "figure": name, "value": found.value, "low": found.low, "high": found.high, "n": found.n}
        for system, named in figures.systems.items()
        for name in SHOWN
        if (found := named.get(name)) is not None and found.value is not None
    ]
    if not rows:
        return None
    order = list(figures.systems)
    base = alt.Chart(_data(rows)).encode(y=alt.Y("system:N", sort=order, title=None), color=_colour(figures, legend=None))
    scale = alt.Scale(domain=[0, 1])
    told = ["system:N", "figure:N", *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("value", "low", "high")), "n:Q"]
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", scale=scale, title=None), x2="high:Q")
    points = base.mark_point(filled=True, size=60).encode(x=alt.X("value:Q", scale=scale), tooltip=told)
    facets = (bars + points).properties(width=200, height=22 * len(order))
    return facets.facet(facet=alt.Facet("figure:N", sort=list(SHOWN), title=None), columns=4)


def ablation(figures: Figures) -> Chart | None:
    """What each missing part changes in the share of right replies, paired, with its interval."""
    alt = _altair()
    rows = [
        {"system": found.system, "difference": found.change.value, "low": found.change.low, "high": found.change.high,
         "p": found.adjusted, "n": found.change.n}
        for found in ablations(figures.systems, figures.paired)
    ]  # fmt: skip
    if not rows:
        return None
    base = alt.Chart(_data(rows), title="Right replies without the part, minus with it").encode(
        y=alt.Y("system:N", sort=[row["system"] for row in rows], title=None)
    )
    widest = max(0.1, *(abs(float(row[name] or 0.0)) for row in rows for name in ("low", "high", "difference")))
    scale = alt.Scale(domain=[-widest, widest])
    told = ["system:N", alt.Tooltip("difference:Q", format="+.3f"), alt.Tooltip("p:Q", format=".4f", title="p, adjusted"), "n:Q"]
    zero = alt.Chart(_data([{"zero": 0}])).mark_rule(strokeDash=_DASH).encode(x="zero:Q")
    bars = base.mark_rule(strokeWidth=2).encode(x=alt.X("low:Q", title="difference", scale=scale), x2="high:Q")
    points = base.mark_point(filled=True, size=60).encode(x="difference:Q", tooltip=told)
    return (zero + bars + points).properties(width=2 * _WIDTH, height=30 * len(rows))


def reliability(figures: Figures) -> Chart | None:
    """How often replies of a confidence are right; on the dashed line the two are the same."""
    alt = _altair()
    rows = [
        {"system": system, "confidence": found.confidence, "accuracy": found.accuracy, "n": found.n}
        for system, shown in figures.curves.items()
        for found in shown.reliability
    ]
    if not rows:
        return None
    scale = alt.Scale(domain=[0, 1])
    diagonal = alt.Chart(_data([{"x": 0, "y": 0}, {"x": 1, "y": 1}])).mark_line(strokeDash=_DASH, color="gray").encode(x="x:Q", y="y:Q")
    base = alt.Chart(_data(rows), title="Reliability").encode(
        x=alt.X("confidence:Q", scale=scale, title="confidence"), y=alt.Y("accuracy:Q", scale=scale, title="right"), color=_colour(figures)
    )
    told = ["system:N", alt.Tooltip("confidence:Q", format=".2f"), alt.Tooltip("accuracy:Q", format=".2f"), "n:Q"]
    return (diagonal + base.mark_line() + base.mark_point(filled=True).encode(size=alt.Size("n:Q", legend=None), tooltip=told)).properties(
        width=_WIDTH, height=_WIDTH
    )


def risk_coverage(figures: Figures) -> Chart | None:
    """The share of wrong replies when only the surest ones are given."""
    alt = _altair()
    rows = [
        {"system": system, "coverage": found.coverage, "risk": found.risk, "threshold": found.threshold}
        for system, shown in figures.curves.items()
        for found in shown.risk_coverage
    ]
    if not rows:
        return None
    told = ["system:N", *(alt.Tooltip(f"{name}:Q", format=".3f") for name in ("coverage", "risk", "threshold"))]
    chart = alt.Chart(_data(rows), title="Risk and coverage").mark_line(interpolate="step-after")
    scale = alt.Scale(domain=[0, 1])
    axes = {"x": alt.X("coverage:Q", scale=scale), "y": alt.Y("risk:Q", scale=scale)}
    return chart.encode(**axes, color=_colour(figures), tooltip=told).properties(width=_WIDTH, height=_WIDTH)


def latency(figures: Figures) -> Chart | None:
    """The share of items that ended within so many seconds."""
    alt = _altair()
    rows = [
        {"system": system, "seconds": max(seconds, 1e-4), "share": (place + 1) / len(shown.seconds)}
        for system, shown in figures.curves.items()
        for place, seconds in enumerate(shown.seconds)
    ]
    if not rows:
        return None
    return (
        alt.Chart(_data(rows), title="Seconds per item")
        .mark_line(interpolate="step-after")
        .encode(x=alt.X("seconds:Q", scale=alt.Scale(type="log")), y=alt.Y("share:Q", title="share of items"), color=_colour(figures))
        .properties(width=_WIDTH, height=_WIDTH)
    )


def specs(figures: Figures) -> dict[str, dict[str, Any]]:
    """Name -> Vega-Lite specification, as plain JSON."""
    return {name: chart.to_dict(validate=False) for name, chart in charts(figures).items()}  # the tests validate them
