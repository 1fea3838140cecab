"""Text stays text, wherever it comes from."""

import html
import re
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from agent.types import Citation, Claim, TraceEvent
from corpora.types import Authority, ConceptMention, Document, Section, SourceRecord
from tests.ui.conftest import HOSTILE
from ui import live, markup, reading, view

ELEMENTS = {
    "a", "article", "aside", "b", "br", "button", "dd", "details", "div", "dl", "dt", "h1", "h2", "h3", "header", "li", "mark", "ol", "p", "pre",
    "q", "section", "span", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {
    "aria-hidden", "aria-label", "class", "colspan", "href", "id", "open", "popover", "popovertarget", "rel", "role", "scope", "style", "tabindex", "target",
    "title", "type",
}  # fmt: skip


class Reader(HTMLParser):
    """Collects elements, attributes and text, and checks that every element is closed where it was opened."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements, self.attributes, self.addresses, self.words, self.open = set(), set(), [], [], []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.addresses += [value for name, value in attrs if name in ("href", "src")]
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)

    def handle_comment(self, data):
        raise AssertionError("a comment came through")

    def handle_decl(self, decl):
        raise AssertionError("a declaration came through")

    def unknown_decl(self, data):
        raise AssertionError("a declaration came through")

    def handle_pi(self, data):
        raise AssertionError("an instruction came through")


def safe(page: str) -> Reader:
    read = Reader(page)
    assert read.elements <= ELEMENTS
    assert read.attributes <= ATTRIBUTES
    assert all(address.startswith(("https://", "http://")) for address in read.addresses)
    assert not re.search(r"[\u202a-\u202e\u2066-\u2069\u200b\x00\x1b]", page)
    return read


def whole(answer, key="k"):
    """An answer with its panel."""
    shown = view.of(answer)
    return markup.answer(shown, key) + markup.panel(shown)


def titled(item, text):
    return item.passage.source.model_copy(update={"title": text})


def spoiled(answered, text):
    """An answer in which everything that comes from elsewhere is the hostile text."""
    evidence = answered.evidence[0]
    record = evidence.passage.source.model_copy(
        update={
            "title": text,
            "organisation": text,
            "version": text,
            "url": text,
            "doi": "",
            "citation": text,
            "kind": "web",
            "checked": (),
        }
    )
    cell = evidence.passage.model_copy(
        update={"source": record, "section": text, "text": text, "end": evidence.passage.start + len(text), "header": ()}
    )
    item = evidence.model_copy(update={"passage": cell, "quote": text})
    citation = Citation.to(item, 1)
    claims = tuple(Claim(text=text, citations=(citation,), role=role) for role in ("answer", "urgent", "condition"))
    source = answered.sources[0].model_copy(
        update={"title": text, "organisation": text, "url": text, "section": text, "authority": Authority.WEB, "version": text}
    )
    return answered.model_copy(
        update={
            "claims": claims, "evidence": (item,), "sources": (source, source.model_copy(update={"cited": False})), "limitations": (text, f"{text} could not be reached"),
            "searched": (text,), "confidence": answered.confidence.model_copy(update={"why": text}),
            "provenance": answered.provenance.model_copy(update={"model": text}),
        }
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
class TestHostileText:
    def test_in_an_answer(self, answered, text):
        read = safe(whole(spoiled(answered, text), text))
        shown = " ".join("".join(read.words).split())
        assert " ".join(view.plain(text).split()) in shown

    def test_in_options(self, chosen, text):
        options = tuple(option.model_copy(update={"text": text}) for option in chosen.question.options)
        question = chosen.question.model_copy(update={"options": options})
        evidence = tuple(
            item.model_copy(update={"quote": text, "passage": item.passage.model_copy(update={"header": (), "source": titled(item, text)})})
            for item in chosen.evidence
        )
        weights = tuple(w.model_copy(update={"contradicting_ids": (evidence[0].id, "gone")}) for w in chosen.weights)
        changed = {"question": question, "evidence": evidence, "weights": weights, "sources": ()}
        read = safe(whole(chosen.model_copy(update=changed)))
        assert " ".join(view.plain(text).split()) in " ".join("".join(read.words).split())

    def test_in_an_abstention(self, abstained, answered, text):
        near = Citation.to(answered.evidence[0], 1).model_copy(update={"title": text, "url": text, "quote": text, "id": "x"})
        safe(whole(abstained.model_copy(update={"reason": text, "missing": (text,), "related": (near,), "searched": (text,)})))

    def test_in_a_question(self, text):
        read = safe(markup.question(text, {"A": text, "B": "b"}, text, text))
        assert "".join(read.words).count(view.plain(text)) == 4

    def test_in_events(self, answered, text):
        citation = answered.claims[0].citations[0].model_copy(update={"title": text, "url": text, "quote": text})
        claim = answered.claims[0].model_copy(update={"text": text, "citations": (citation,)})
        happened = (
            TraceEvent(stage="understand", detail=text),
            TraceEvent(stage="plan", detail=text, data={"facets": [text], "facet_ids": [text[:9]]}),
            TraceEvent(stage="retrieve", detail=text, facet_id=text[:9], round=1, data={"queries": [text], "hits": []}),
            TraceEvent(
                stage="grade", detail=f"{text}: enough", facet_id=text[:9], round=1, data={"evidence": [{"title": text, "quote": text}]}
            ),
            TraceEvent(stage="source", detail=text, data={"error": text}),
            TraceEvent(stage="compose", detail=text),
            TraceEvent(stage="verify", detail=text, data={"claim": claim.model_dump(mode="json")}),
        )
        safe(markup.progress(live.of(happened), text, 1.0))
        safe(markup.trail(happened))

    def test_in_a_document(self, text):
        body = f"{text}\n\n| a | b |\n|---|---|\n| {text} | x |\n"
        source = SourceRecord(
            id="d", title=text, organisation=text, url=text, citation=text, topics=(text,), checked=(text,), metadata={text[:40]: text}
        )
        document = Document(id="d", text=body, source=source, sections=(Section(heading=text, start=0, end=len(body)),))
        mention = ConceptMention(text=text[:3], start=0, end=min(3, len(body)), cui="C0000001", name=text, score=1.0)
        safe(reading.head(source) + reading.document(document, [mention]))

    def test_as_a_label(self, text):
        escaped = markup.label(text)
        rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(escaped)
        assert set(re.findall(r"<(\w+)", rendered)) <= {"p"}
        assert not re.search(r"(?<!\\)[:@<>$*_`~\[.]", escaped)
        assert html.unescape(re.sub(r"</?p>", "", rendered)).strip() == " ".join(view.plain(text).split())


def test_there_are_at_least_thirty_hostile_strings():
    assert len(set(HOSTILE)) >= 30


def test_what_stands_against_an_option_is_shown_with_its_words(chosen):
    against = {"contradicting": 0.5, "contradicting_ids": (chosen.evidence[0].id,)}
    weights = [w.model_copy(update={**against, "score": w.supporting - 0.5}) for w in chosen.weights]
    shown = whole(chosen.model_copy(update={"weights": tuple(weights)}))
    assert shown.count("<b>Says otherwise:</b>") == 3
    assert shown.count("<b>Says otherwise:</b> the words beside ") == 2
    assert shown.count('<td class="rq-against"><span class="rq-bar" style="width:50%"></span><span class="rq-value">0.50</span>') == 3
    assert "asks for the exception" not in shown


def test_all_evidence_of_a_round_is_listed():
    sent = [{"title": f"Source {number}", "quote": "q"} for number in range(4)]
    graded = TraceEvent(stage="grade", detail="What applies: enough", facet_id="a", round=1, data={"evidence": sent})
    assert re.findall(r"<li>(Source \d): q</li>", markup.trail([graded])) == ["Source 0", "Source 1", "Source 2", "Source 3"]


def test_chips_open_their_own_popovers(answered):
    page = markup.answer(view.of(answered), "one") + markup.answer(view.of(answered), "two")
    targets = re.findall(r'popovertarget="([^"]+)"', page)
    names = re.findall(r' id="([^"]+)"', page)
    assert sorted(targets) == sorted(names)
    assert len(set(names)) == len(names)
    assert "<mark>" in page


def test_how_the_rows_of_a_table_are_spoken_is_not_shown_to_readers():
    text = "say: this first.\n\nsay: A {finding} on the {side}.\n| finding | side |\n|---|---|\n| nodule | left |\n"
    document = Document(id="d", text=text, source=SourceRecord(id="d", title="t"))
    spans = [(text.index("finding"), text.index("finding") + 7), (text.rindex("nodule"), text.rindex("nodule") + 6)]
    mentions = [ConceptMention(text=text[a:b], start=a, end=b, cui="C0000001", name="n", score=1.0) for a, b in spans]
    page = reading.document(document, seen := reading.seen(document, mentions))
    assert "on the" not in page
    assert "say: this first." in page
    assert [mention.text for mention in seen] == ["nodule"]
    assert page.count("rq-concept") == 1


def test_concepts_are_marked_where_they_stand():
    text = "No effusion. Possible nodule.\n\n| finding | side |\n|---|---|\n| nodule | left |\n"
    document = Document(id="d", text=text, source=SourceRecord(id="d", title="t"))
    spans = [(3, 11, "absent"), (22, 28, "uncertain"), (text.rindex("nodule"), text.rindex("nodule") + 6, "present")]
    mentions = [ConceptMention(text=text[a:b], start=a, end=b, cui="C0000001", name="n", score=1.0, assertion=said) for a, b, said in spans]
    page = reading.document(document, mentions)
    assert re.findall(r'class="rq-concept rq-(\w+)"[^>]*>(\w+)', page) == [
        ("absent", "effusion"),
        ("uncertain", "nodule"),
        ("present", "nodule"),
    ]
    safe(page)


def test_a_screen_reader_hears_each_step_and_not_the_seconds():
    state = live.of((TraceEvent(stage="plan", detail="1 facet", data={"facets": ["What applies"], "facet_ids": ["answer"]}),))
    page = markup.progress(state, "k", 12.0)
    assert re.findall(r'role="status">([^<]*)<', page) == ["Searching"]
    assert '<span class="rq-time" aria-hidden="true">12 s</span>' in page


def test_the_panel_is_called_by_its_question(answered):
    spoken = answered.model_copy(update={"question": answered.question.model_copy(update={"text": 'Follow-up\nof "5" mm?'})})
    assert 'aria-label="Evidence for: Follow-up of &quot;5&quot; mm?"' in markup.panel(view.of(spoken))


def test_the_nearest_evidence_of_an_abstention_is_quoted_under_it_without_a_claim(abstained, answered):
    near = Citation.to(answered.evidence[0], 1)
    shown = view.of(abstained.model_copy(update={"related": (near,), "evidence": answered.evidence[:1]}))
    under = markup.answer(shown, "k")
    assert under.index(abstained.reason[:20]) < under.index("Possibly related") < under.index("nothing says that they answer")
    assert re.search(r'class="rq-near"><p>.*Lung nodules found by chance.*<q class="rq-passage">', under)
    assert "rq-near" not in markup.panel(shown)


def test_the_disclaimer_stands_under_every_answer(answered, abstained):
    assert all("does not replace" in markup.answer(view.of(answer), "k") for answer in (answered, abstained))


def test_chips_stand_with_the_last_word_of_their_sentence(answered):
    shown = markup.answer(view.of(answered), "k")
    assert re.search(r'<span class="rq-end">months\.<button type="button" class="rq-chip"', shown)


def test_the_chosen_option_carries_its_chips(chosen):
    shown = markup.answer(view.of(chosen), "k")
    assert re.search(
        r'<p class="rq-headline">B\. CT at 6-12 months, then CT at 18-24 months</p><button type="button" class="rq-chip"', shown
    )
    assert "rq-first" not in shown
