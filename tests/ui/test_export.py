"""What leaves the chat as a file."""

import io
import json
import re
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt
from pypdf import PdfReader

from agent.types import Source
from corpora.types import Authority
from evals.loading import load
from tests.ui.conftest import HOSTILE
from ui import export, references
from ui.store import Feedback, Turn


@pytest.fixture
def thread(answered, chosen, abstained):
    return [
        Turn(id="1" * 32, conversation="c", question="Follow-up?", status="answered", answer=answered, plain=str(answered), asked=1.0),
        Turn(
            id="2" * 32, conversation="c", question="Which?", options={o.label: o.text for o in chosen.question.options}, status="answered",
            answer=chosen, plain=str(chosen), asked=2.0, feedback=Feedback(helpful=True, comment="right row"),
        ),
        Turn(id="3" * 32, conversation="c", question="Capital?", report="FINDINGS: none", status="answered", answer=abstained, asked=3.0),
        Turn(id="4" * 32, conversation="c", question="Broken?", status="failed", problem="The server is gone", asked=4.0, feedback=Feedback(helpful=False)),
    ]  # fmt: skip


def test_markdown_has_answers_sources_and_the_disclaimer(thread):
    page = export.markdown("My title", thread)
    plain = page.replace("\\", "")
    assert plain.startswith("# My title")
    assert "CT at 6-12 months, then CT at 18-24 months" in plain
    assert "1. radqa's summary of Test Society, Lung nodules found by chance, 2020" in plain
    assert "No answer." in plain
    assert "The server is gone" in plain
    assert "does not replace" in plain


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_markdown_keeps_text_as_text(text, thread):
    answer = thread[0].answer
    sources = [answer.sources[0].model_copy(update={"url": url}) for url in (text, f"https://x.example/{text}")]
    turns = [
        thread[0].model_copy(
            update={"question": text, "report": text, "options": {"A": text}, "answer": answer.model_copy(update={"sources": (source,)})}
        )
        for source in sources
    ]
    near = answer.claims[0].citations[0].model_copy(update={"title": text, "quote": text, "url": text})
    silent = thread[2].answer.model_copy(
        update={"reason": text, "missing": (text,), "related": (near,), "searched": (text,), "limitations": (text,)}
    )
    item = thread[1].answer.evidence[0]
    titled = item.model_copy(
        update={"passage": item.passage.model_copy(update={"source": item.passage.source.model_copy(update={"title": text})})}
    )
    weights = tuple(w.model_copy(update={"contradicting_ids": (item.id,)}) for w in thread[1].answer.weights)
    chosen = thread[1].answer.model_copy(update={"weights": weights, "evidence": (titled,), "sources": ()})
    turns += [
        thread[2].model_copy(update={"answer": silent, "read_as": text}),
        thread[1].model_copy(update={"answer": chosen, "options": {"A": text}}),
    ]
    rendered = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(export.markdown(text, turns))
    assert set(re.findall(r"<(\w+)", rendered)) <= {"h1", "h2", "h3", "p", "ul", "ol", "li", "strong", "em", "blockquote", "a"}
    addresses = re.findall(r'href="([^"]*)"', rendered)
    assert {urlsplit(address).hostname for address in addresses} <= {"x.example"}


def test_pdf_has_the_text_on_its_pages(thread):
    greek = thread[0].model_copy(update={"question": "Größe ≥ 5 µm – Δ?"})
    reader = PdfReader(io.BytesIO(export.pdf("My title", [greek, *thread[1:]])))
    text = " ".join(" ".join(page.extract_text().split()) for page in reader.pages)
    assert "Größe ≥ 5 µm – Δ?" in text
    assert "CT at 6-12 months, then CT at 18-24 months" in text
    assert "The server is gone" in text
    assert text.count("does not replace") >= len(reader.pages)


def test_a_file_tells_all_that_the_page_tells(thread, answered, chosen):
    partly = chosen.claims[0].model_copy(update={"verdict": "partly"})
    second = partly.citations[0].model_copy(update={"quote": "Another passage of it.", "id": "other"})
    claims = (partly, partly.model_copy(update={"text": "And more.", "citations": (second,)}))
    weights = tuple(w.model_copy(update={"contradicting": 0.5, "contradicting_ids": (chosen.evidence[0].id,)}) for w in chosen.weights)
    came = chosen.provenance.model_copy(update={"model": "a model", "index": "0123abc", "sent": ("PubMed (esearch): nodule",)})
    spoken = chosen.model_copy(update={"claims": claims, "weights": weights, "provenance": came, "limitations": ("Sources differ",)})
    turns = [thread[1].model_copy(update={"answer": spoken, "read_as": "Which one of a nodule?", "asked": 1_700_000_000.0})]
    silent = thread[2].answer.model_copy(
        update={"limitations": ("PubMed could not be reached",), "searched": ("capital of France",), "related": (second,)}
    )
    turns.append(thread[2].model_copy(update={"answer": silent}))
    document = PdfReader(io.BytesIO(export.pdf("t", turns)))
    printed = " ".join(" ".join(page.extract_text() for page in document.pages).split())
    for page in (" ".join(export.markdown("t", turns).replace("\\", "").replace("*", "").split()), printed):
        for told in (
            "Read as: Which one of a nodule?", "[1] (only partly carried by its source)", "says so", "says otherwise 0.50 “", "“Another passage of it.”",
            "Note: Sources differ", "Asked: 2023-11-14 22:13 UTC · a model", "index 0123abc", "PubMed (esearch): nodule", "Note: PubMed could not be reached",
            "Searched for", "capital of France", "Possibly related",
        ):  # fmt: skip
            assert told in page
    assert json.loads(export.as_document("t", turns))["turns"][0]["read_as"] == "Which one of a nodule?"


def test_pdf_draws_spaces_dashes_and_compatible_letters_that_the_font_lacks():
    assert export._drawable("a\tb\u202fc\u2011d\u2009e\r\n5 \u339cg\u180eh\u2028i\U0001f600") == "a    b c-d e\n5 mmgh\ni?"


@pytest.mark.parametrize("text", HOSTILE[-8:])
def test_pdf_takes_any_text(text, thread):
    assert export.pdf(text, [thread[0].model_copy(update={"question": text, "report": text})]).startswith(b"%PDF")


def test_json_is_what_the_command_line_prints(thread, answered):
    from agent.render import as_json

    document = json.loads(export.as_document("t", thread))
    assert document["turns"][0]["answer"] == json.loads(json.dumps(as_json(answered)))
    assert document["turns"][3]["answer"] is None


def test_judged_answers_become_an_eval_set(thread):
    rows = [json.loads(line) for line in export.eval_set(thread).splitlines()]
    assert [row["id"] for row in rows] == ["chat-222222222222", "chat-444444444444"]
    assert set(rows[0]) == {"id", "question", "options", "answer", "context", "rationale", "topic", "source", "meta"}
    assert rows[0]["answer"] == "B"
    assert rows[0]["rationale"] == "right row"
    assert rows[0]["meta"]["relevant_docs"] == ["nodule-card"]
    assert rows[1]["answer"] is None
    assert rows[1]["meta"]["helpful"] is False


def test_the_eval_set_is_one_that_evals_replay(thread, tmp_path):
    good, bad = Feedback(helpful=True), Feedback(helpful=False)
    follow = {"id": "5" * 32, "question": "And if it is 4 mm?", "read_as": "Follow-up of a nodule of 4 mm?", "feedback": good}
    judged = [
        thread[0].model_copy(update={"feedback": good}), thread[1], thread[2].model_copy(update={"feedback": good}), thread[3],
        thread[0].model_copy(update=follow), thread[2].model_copy(update={"id": "6" * 32, "feedback": bad}),
        thread[1].model_copy(update={"id": "7" * 32, "feedback": bad}),
        thread[1].model_copy(update={"id": "8" * 32, "answer": thread[1].answer.model_copy(update={"option": None})}),
    ]  # fmt: skip
    path = tmp_path / "judged.jsonl"
    path.write_text(export.eval_set(judged), encoding="utf-8")
    items = load(path)
    assert [item.kind for item in items] == [items[0].kind, "choice", "unanswerable", "unscored", items[0].kind, *["unscored"] * 3]
    assert items[0].answer.startswith("CT at 6-12 months")
    assert items[1].gold == "B"
    assert (items[2].report, items[2].context) == ("FINDINGS: none", "FINDINGS: none")
    assert (items[4].question, items[4].meta["asked"]) == ("Follow-up of a nodule of 4 mm?", "And if it is 4 mm?")
    assert not items[6].relevant_docs


JOURNAL = Source(
    id="fleischner-2017-nodules", number=1, title="Incidental nodules & {odd} titles", organisation="Fleischner Society", year=2017, version="2017",
    url="https://doi.org/10.1148/radiol.2017161659", kind="guideline", authority=Authority.GUIDELINE_CHECKED,
    citation="MacMahon H, Naidich DP, Goo JM, et al. Radiology 2017;284(1):228-243",
)  # fmt: skip
MANUAL = JOURNAL.model_copy(
    update={"id": "a manual!", "citation": "ACR Manual on Contrast Media 2023", "url": "https://www.acr.org/x?a=1&b=2"}
)


def test_bibtex_names_authors_journal_and_pages():
    entry = references.bibtex([JOURNAL])
    assert entry.startswith("@article{fleischner-2017-nodules,\n")
    assert "author = {MacMahon, H. and Naidich, D. P. and Goo, J. M. and others}" in entry
    assert "title = {{Incidental nodules \\& \\{odd\\} titles}}" in entry
    assert "journal = {Radiology}" in entry
    assert "volume = {284}" in entry
    assert "number = {1}" in entry
    assert "pages = {228--243}" in entry
    assert "doi = {10.1148/radiol.2017161659}" in entry
    assert entry.count("{") - entry.count("\\{") == entry.count("}") - entry.count("\\}")


def test_what_is_no_journal_article_becomes_a_report():
    entry = references.bibtex([MANUAL])
    assert entry.startswith("@techreport{a-manual,")
    assert "url = {https://www.acr.org/x?a=1&b=2}" in entry
    assert "note = {ACR Manual on Contrast Media 2023}" in entry


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://doi.org/10.1002/(SICI)1097<1661::AID-SIM968>3.0.CO;2-2", "10.1002/(SICI)1097<1661::AID-SIM968>3.0.CO;2-2"),
        ("https://doi.org/10.1000/x%0D%0AUR%20%20-%20evil", ""),
        ("https://doi.org/10.1000/x%7D", ""),
        ("https://example.org/10.1000/x", ""),
    ],
)
def test_a_doi_is_written_as_it_is_registered(address, name):
    assert references.doi(JOURNAL.model_copy(update={"url": address})) == name


def test_a_teaching_case_is_no_legal_case():
    assert references.ris([JOURNAL.model_copy(update={"kind": "case", "citation": ""})]).startswith("TY  - GEN\r\n")


def test_ris_has_one_record_per_source():
    records = references.ris([JOURNAL, MANUAL])
    assert records.count("ER  - \r\n") == 2
    lines = records.split("\r\n")
    assert {
        "TY  - JOUR",
        "AU  - MacMahon, H.",
        "AU  - Naidich, D. P.",
        "SP  - 228",
        "EP  - 243",
        "DO  - 10.1148/radiol.2017161659",
        "TY  - RPRT",
    } <= set(lines)
    assert all(re.match(r"^[A-Z][A-Z0-9]  - ", line) for line in lines if line)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_references_stay_well_formed(text):
    source = MANUAL.model_copy(update={"title": text, "organisation": text, "url": text, "id": text, "citation": text})
    entry, record = references.bibtex([source]), references.ris([source])
    assert entry.count("{") - entry.count("\\{") == entry.count("}") - entry.count("\\}")
    assert all(re.match(r"^[A-Z][A-Z0-9]  - ", line) for line in record.split("\r\n") if line)


def test_each_source_is_listed_once(answered, chosen, abstained):
    found = references.sources_of([answered, chosen, answered, abstained])
    assert len({source.id for source in found}) == len(found)
    assert found[0].id == "nodule-card"
