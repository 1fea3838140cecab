"""What is shown of an answer."""

import pytest

from agent.types import ClosedBook, Source, TraceEvent
from corpora.types import Authority
from tests.conftest import passage
from ui import live, markup, path, view


def test_every_sentence_has_a_chip_with_the_quoted_words_marked(answered):
    shown = view.of(answered)
    assert shown.kind == "answered"
    assert len(shown.sentences) == len(answered.claims)
    for sentence, claim in zip(shown.sentences, answered.claims, strict=True):
        assert [chip.number for chip in sentence.chips] == [citation.number for citation in claim.citations]
        for chip, citation in zip(sentence.chips, claim.citations, strict=True):
            marked = "".join(piece.text for piece in chip.passage if piece.marked)
            cells = [cell.strip() for cell in citation.quote.strip("| ").split("|")]
            assert marked == citation.quote or all(cell in marked for cell in cells)
            assert chip.title == "Lung nodules found by chance"
            assert chip.details == "Test Society · 2020"
            assert chip.authority == "guideline, checked"


def test_the_chosen_option_leads_and_the_bars_compare(chosen):
    shown = view.of(chosen)
    assert shown.headline == "B. CT at 6-12 months, then CT at 18-24 months"
    assert [line.label for line in shown.options] == ["A", "B", "C"]
    assert [line.chosen for line in shown.options] == [False, True, False]
    assert max(shown.options, key=lambda line: line.score).label == "B"
    assert [(line.supporting, line.contradicting) for line in shown.options] == [(w.supporting, w.contradicting) for w in chosen.weights]


def test_every_option_says_what_stands_for_and_against_it(chosen):
    best = chosen.evidence[0]
    weights = [
        weight.model_copy(
            update={"evidence_ids": (best.id,) * (weight.label == "B"), "contradicting_ids": (best.id,) * (weight.label != "B")}
        )
        for weight in chosen.weights
    ]
    shown = {line.label: line for line in view.of(chosen.model_copy(update={"weights": tuple(weights)})).options}
    assert shown["B"].so == shown["A"].otherwise == shown["C"].otherwise
    assert shown["B"].so.number == 1
    assert shown["B"].otherwise is shown["A"].so is None
    uncited = [source.model_copy(update={"cited": False}) for source in chosen.sources]
    silent = view.options(chosen.model_copy(update={"weights": tuple(weights), "sources": tuple(uncited)}))
    assert (silent[0].otherwise.number, silent[0].otherwise.title) == (None, "Lung nodules found by chance")


def test_the_choice_before_reading_and_open_parts_are_shown(chosen):
    before = ClosedBook(option="A", outcome="overturned", why="CT at 6-12 months. [1]", sure=0.7)
    shown = view.of(chosen.model_copy(update={"closed_book": before, "open": ("whether PET helps",), "support": "mixed"}))
    assert shown.before == "Before reading the model chose A (70% sure); moved by: CT at 6-12 months. [1]"
    assert shown.open == ("whether PET helps",)
    drawn = markup.answer(shown, "k")
    for said in (shown.before, "<b>Open:</b> whether PET helps", view.SUPPORT["mixed"].replace("'", "&#x27;")):
        assert said in drawn
    assert "Before reading" not in markup.answer(view.of(chosen), "k")


def test_an_exception_is_told_by_weights_that_were_turned_round(chosen):
    assert not view.of(chosen).exception
    turned = tuple(weight.model_copy(update={"score": -weight.score}) for weight in chosen.weights)
    assert view.of(chosen.model_copy(update={"weights": turned})).exception


def test_a_first_sentence_that_only_repeats_the_option_lends_it_its_chips(chosen):
    shown = view.of(chosen)
    assert [chip.number for chip in shown.head] == [citation.number for citation in chosen.claims[0].citations]
    assert [sentence.text for sentence in shown.sentences] == [view.typeset(claim.text) for claim in chosen.claims[1:]]
    longer = chosen.claims[0].model_copy(update={"text": "CT at 6-12 months, as the guideline says."})
    kept = view.of(chosen.model_copy(update={"claims": (longer, *chosen.claims[1:])}))
    assert kept.head == ()
    assert len(kept.sentences) == len(chosen.claims)


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        (">= 4 mm (<= 100 mm3)", "≥ 4 mm (≤ 100 mm³)"),
        ("8 cm2 => no", "8 cm² => no"),
        ("TNM3 and CD3", "TNM3 and CD3"),
        ("< 6 mm", "< 6 mm"),
    ],
)
def test_comparators_and_cubes_are_printed_and_nothing_else_changes(written, printed):
    assert view.typeset(written) == printed


def test_cited_sources_come_first_with_what_was_quoted(answered):
    shown = view.of(answered)
    numbers = [source.number for source in shown.sources]
    assert numbers[0] == 1
    assert None not in numbers[: numbers.index(None) if None in numbers else len(numbers)]
    assert shown.sources[0].quotes
    assert all(not source.quotes for source in shown.sources if source.number is None)


def test_an_abstention_says_what_was_searched_and_missing(abstained):
    shown = view.of(abstained)
    assert shown.kind == "abstained"
    assert shown.searched
    assert "capital" in shown.missing
    assert shown.reason == abstained.reason
    assert len(set(shown.searched)) == len(shown.searched)


def test_the_footing_says_who_thought(answered):
    assert view.of(answered).footing.startswith("quoted from the evidence, without a chat model · ")
    thought = answered.model_copy(update={"provenance": answered.provenance.model_copy(update={"model": "a model"})})
    assert view.of(thought).footing.startswith("a model · ")


def test_what_could_not_be_reached_is_told_apart(answered):
    lines = ("What applies could not be researched: the voice: is down", "Sources differ: a | b")
    shown = view.of(answered.model_copy(update={"limitations": lines}))
    assert shown.unreached == lines[:1]
    assert shown.limitations == lines[1:]


def test_a_partly_supported_sentence_is_marked(answered):
    claim = answered.claims[0].model_copy(update={"verdict": "partly"})
    assert view.of(answered.model_copy(update={"claims": (claim,)})).sentences[0].doubtful


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://doi.org/10.1148/radiol.2017161659", True),
        ("http://example.org/a?b=c", True),
        ("javascript:alert(1)", False),
        ("JaVaScRiPt:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\tscript:alert(1)", False),
        ("data:text/html,<script>", False),
        ("vbscript:x", False),
        ("file:///etc/passwd", False),
        ("//evil.example/x", False),
        ("https://user:password@evil.example/", False),
        ("https://", False),
        ("https://exa mple.org", False),
        ("http://[::1", False),
        ("https://x.example<script>/", False),
        ("https://x.example\\evil.example/", False),
        ("", False),
    ],
)
def test_only_plain_web_addresses_become_links(address, kept):
    assert bool(view.safe_link(address)) is kept


def test_what_could_end_an_address_is_encoded_in_it():
    assert (
        view.safe_link("https://x.example/><script>alert('1')</script>") == "https://x.example/%3E%3Cscript%3Ealert(%271%27)%3C/script%3E"
    )
    assert view.safe_link('https://x.example/a?q="`&c=%20d#e') == "https://x.example/a?q=%22%60&c=%20d#e"


def test_a_quote_in_the_middle_is_marked_where_it_stands():
    pieces = view.pieces(passage("One sentence. Two sentences. Three."), "Two sentences.")
    assert [(piece.text, piece.marked) for piece in pieces] == [("One sentence. ", False), ("Two sentences.", True), (" Three.", False)]


def test_tones_follow_authority():
    assert view.tone(Authority.GUIDELINE_CHECKED) == "strong"
    assert view.tone(Authority.DOCUMENT) == "plain"
    assert view.tone(Authority.WEB) == "weak"


def test_a_page_is_named_once():
    one = passage("Some text.").model_copy(update={"section": "Page 3", "page": 3})
    assert view.place(one) == "Page 3"
    assert view.place(one.model_copy(update={"section": "Methods"})) == "Methods, page 3"


def test_the_live_view_grows_with_the_events(events):
    assert live.of((), ready=False).step.startswith("Loading")
    assert live.of(events, ready=False) == live.of(events)
    empty, full = live.of(()), live.of(events)
    assert (empty.step, empty.facets, empty.sentences) == ("Reading the question", (), ())
    assert [facet.label for facet in full.facets] == ["What applies"]
    assert all(facet.done and facet.rounds[0].queries and facet.rounds[0].found for facet in full.facets)
    assert full.sentences[0].text.startswith("CT at 6-12 months")
    counts = [len(live.of(events[:number]).sentences) for number in range(len(events) + 1)]
    assert counts == sorted(counts)
    planned = next(number for number, event in enumerate(events) if event.stage == "plan")
    assert [facet.label for facet in live.of(events[: planned + 1]).facets] == ["What applies"]


def test_queries_stand_under_the_option_that_they_were_made_for():
    planned = TraceEvent(stage="plan", detail="2 facets", data={"facets": ["A. cyst", "B. stone"], "facet_ids": ["A", "B"]})
    found = TraceEvent(stage="retrieve", detail="3 passages", facet_id="B", round=1, data={"queries": ["stone"]})
    lines = live.facets([planned, found])
    assert [(line.id, line.label, [one.queries for one in line.rounds]) for line in lines] == [
        ("A", "A. cyst", []),
        ("B", "B. stone", [("stone",)]),
    ]
    assert path.searches([planned, found])[0].facet == "B. stone"


def test_a_kept_run_whose_plan_tells_no_ids_is_named_by_its_grading():
    planned = TraceEvent(stage="plan", detail="1 facet", data={"facets": ["What applies"]})
    found = TraceEvent(stage="retrieve", detail="3 passages", facet_id="answer", round=1, data={"queries": ["stone"]})
    graded = TraceEvent(stage="grade", detail="What applies: enough", facet_id="answer", round=1)
    assert [line.label for line in live.facets([planned, found])] == ["answer"]
    assert [line.label for line in live.facets([planned, found, graded])] == ["What applies"]


def test_the_plan_tells_which_facet_is_which(events):
    assert live.labels(event for event in events if event.stage == "plan") == {"answer": "What applies"}


def test_a_second_draft_replaces_the_first(events):
    compose = next(number for number, event in enumerate(events) if event.stage == "compose")
    again = (*events[:-1], *events[compose:])
    assert len(live.of(again).sentences) == len(live.of(events).sentences)


def test_the_way_through_the_graph_is_a_way(events, answered):
    walked = path.walked(events)
    _, edges = path.graph()
    assert walked <= {(a, b) for a, b, _ in edges}
    assert {("__start__", "understand"), ("plan", "research:__start__"), ("research:__end__", "weigh"), ("conclude", "__end__")} <= walked
    assert ("verify", "compose") not in walked
    nodes = {node.name: node for node in path.nodes(events, answered.provenance)}
    assert nodes["retrieve"].visits == 1
    assert all(node.seconds is not None for node in nodes.values())
    assert path.dot(events).count("penwidth") == len(walked)


def test_a_stopped_run_shows_how_far_it_came(events):
    until = next(number for number, event in enumerate(events) if event.stage == "grade")
    walked = path.walked(events[:until])
    assert ("plan", "research:__start__") in walked
    assert not any(b == "weigh" for _, b in walked)
    assert path.walked(()) == frozenset()


def test_searches_keep_the_ranks_of_each_voice(events):
    searches = path.searches(events)
    assert {search.facet for search in searches} == {"What applies"}
    assert searches[0].hits[0].position == 1
    assert {"lexical", "dense"} & set(searches[0].hits[0].ranks)


def test_a_source_line_without_evidence_keeps_its_section():
    source = Source(
        id="a",
        number=1,
        title="T",
        organisation="O",
        year=2020,
        version="2020",
        url="javascript:x",
        kind="web",
        authority=Authority.WEB,
        section="S",
    )
    line = view._source_line(source, (), {})
    assert (line.place, line.link, line.details) == ("S", "", "O · 2020")
