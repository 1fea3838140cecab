import json
import re

import pytest
from pypdf import PdfWriter

from corpora import embedded
from corpora.errors import MalformedDocument, MissingCorpus
from corpora.gathering import gather
from corpora.passages import split
from corpora.readers import cards, cases, html, jsonl, markdown, pdf, read_path, text
from corpora.types import Authority
from tests.conftest import CARD


def card_with(tmp_path, old, new):
    path = tmp_path / "nodule-card.md"
    path.write_text(CARD.replace(old, new), encoding="utf-8")
    return path


def test_a_card_becomes_a_guideline(tmp_path):
    (made,) = markdown.read(card_with(tmp_path, "", ""))
    assert made.source.authority is Authority.GUIDELINE_CHECKED
    assert made.source.results == ("follow-up",)
    assert made.sections[0].heading == "Who it is for"


@pytest.mark.parametrize(
    ("old", "new", "reason", "line"),
    [
        ("year: 2020", "year: soon", "year", 5),
        ("kind: guideline", "kind: guideline\ncolour: red", "colour", 9),
        ("results: [follow-up]", "results: [advice]", "none of the columns", 25),
        ("| single | < 6 mm | low | No routine follow-up |", "| single | < 6 mm | low |", "3 cells", 25),
        ("| single | < 6 mm | low | No routine follow-up |", "| single | | low | No routine follow-up |", "empty cell", 25),
        ("## What changes the advice", "## Other", "is missing", 18),
        ("citation: Nobody N. Test J 2020\n", "", "doi, url or citation", 1),
        ("checked: [https://example.org/a]", "checked: [a page]", "not an address", 15),
        ("current: 2026-05", "current: May", "current", 16),
        ("current: 2026-05", "current: 2026-05\nsuperseded_by: a newer one", "superseded_by", 17),
        ("id: nodule-card", "id: other-card", "the file is named", 18),
        ("year: 2020", "year: [2020", "not YAML", None),
        ("---\n\n## Who", "\n## Who", "never closes", 1),
    ],
)
def test_a_broken_card_names_file_line_and_reason(tmp_path, old, new, reason, line):
    path = card_with(tmp_path, old, new)
    with pytest.raises(MalformedDocument, match=reason) as caught:
        list(markdown.read(path))
    assert caught.value.path == str(path)
    if line is not None:
        assert caught.value.line == line


def test_the_card_checker_prints_and_counts(tmp_path, capsys):
    good = card_with(tmp_path, "", "")
    assert cards.main([str(good)]) == 0
    bad = card_with(tmp_path, "year: 2020", "year: soon")
    assert cards.main([str(bad)]) == 1
    assert "line 5" in capsys.readouterr().out


def test_every_embedded_document_parses_and_ids_are_unique(embedded_documents):
    assert len({document.id for document in embedded_documents}) == len(embedded_documents)
    kinds = [document.source.kind for document in embedded_documents]
    assert kinds.count("guideline") >= 40
    assert kinds.count("case") >= 60
    assert len(embedded.stamp()) == 16


def test_dois_of_the_embedded_cards_are_one_per_source(embedded_documents):
    own = [document for document in embedded_documents if document.source.kind == "guideline"]
    sources = [(cards.FOLDER / f"{document.id}.md", document.source) for document in own]
    assert [str(problem) for problem in cards.source_conflicts(sources)] == []
    assert sum(bool(source.doi) for _, source in sources) >= 40


REFERENCE = "citation: Nobody N. Test J 2020"


@pytest.mark.parametrize(
    ("old", "new", "reason", "line"),
    [
        ("year: 2020", "year: 2021", r"stands for year '2021' here and for '2020' in .*first-card\.md", 5),
        ("organisation: Test Society", "organisation: Other Society", r"organisation 'Other Society' .* in .*first-card\.md", 4),
        (REFERENCE, "citation: Somebody S. Test J 2020", r"citation 'Somebody S\. .* in .*first-card\.md", 7),
        ("title: Other part", "title: Lung nodules found by chance", r"same title as .*first-card\.md", 3),
        ("doi: 10.1000/ABC", "doi: 10.1000/other", r"one reference, but doi '10.1000/other' here and '10.1000/abc' in .*first-card\.md", 7),
        ("doi: 10.1000/ABC\n", "", r"one reference, but doi '' here and '10.1000/abc' in .*first-card\.md", 7),
    ],
)
def test_two_cards_that_disagree_on_a_source_are_both_named(tmp_path, capsys, old, new, reason, line):
    def written(name, doi, *changes):
        made = CARD.replace("id: nodule-card", f"id: {name}").replace(REFERENCE, f"{REFERENCE}; More M. Test J 2011\ndoi: {doi}")
        for before, after in changes:
            assert before in made
            made = made.replace(before, after)
        (tmp_path / f"{name}.md").write_text(made, encoding="utf-8")
        return tmp_path / f"{name}.md"

    first = written("first-card", "10.1000/abc")
    other_part = [
        ("title: Lung nodules found by chance", "title: Other part"),
        ("organisation: Test Society", "organisation: Test Society; Second Society"),
        ("More M. Test J 2011", "Less L. Test J 2012"),
    ]
    assert cards.main([str(first), str(written("second-card", "10.1000/ABC", *other_part))]) == 0
    second = written("second-card", "10.1000/ABC", *other_part, (old, new))
    capsys.readouterr()
    assert cards.main([str(first), str(second)]) == 1
    problem = capsys.readouterr().out.splitlines()[-1]
    assert problem.startswith(f"{second}, line {line}: ")
    assert re.search(reason, problem)


@pytest.mark.parametrize(
    ("host", "is_unpublished"),
    [
        ("dev.example.org", True),
        ("stg.edit.example.org", True),
        ("staging.example.org", True),
        ("test.example.org", True),
        ("search.web-dev.example.org", True),
        ("www.examplestage.com", True),
        ("preview.example.org", True),
        ("example.pages.dev", False),
        ("www.testing-centre.org", False),
        ("heritage.example.org", False),
    ],
)
def test_a_page_on_a_staging_host_confirms_nothing(tmp_path, host, is_unpublished):
    path = card_with(tmp_path, "https://example.org/a", f"https://{host}/stage/preview")
    if not is_unpublished:
        assert cards.card(path).source.checked == (f"https://{host}/stage/preview",)
        return
    with pytest.raises(MalformedDocument, match=f"staging copy, .*{host}") as caught:
        cards.card(path)
    assert caught.value.line == 15


def test_a_case_says_that_it_is_fictional_and_how_each_finding_stands():
    made = next(iter(cases.read_all()))
    assert "fictional" in made.source.organisation
    assert {"History", "Findings", "Diagnosis", "Differential", "Teaching points"} <= {section.heading for section in made.sections}
    finding = cases.Finding(text="pleural effusion", assertion="absent")
    assert finding.sentence == "No pleural effusion."
    assert cases.Finding(text="pleural effusion", assertion="uncertain").sentence == "Possible pleural effusion."


def test_a_broken_case_names_its_line(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('\n{"id": 1}\n', encoding="utf-8")
    with pytest.raises(MalformedDocument, match="line 2"):
        list(cases.read(path))
    path.write_text("{broken", encoding="utf-8")
    with pytest.raises(MalformedDocument, match="line 1: not JSON"):
        list(cases.read(path))


def test_json_lines_keep_other_fields_as_metadata(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [
        {"doc_id": "a", "title": "T", "text": "Some text.", "url": "https://e.org", "source": "S", "year": 2011, "mesh": ["x"]},
        {"text": "No title here at all."},
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    first, second = jsonl.read(path)
    assert (first.id, first.source.organisation, first.source.year, first.source.metadata["mesh"]) == ("a", "S", 2011, '["x"]')
    assert (second.id, second.source.title) == ("rows:2", "No title here at all.")


@pytest.mark.parametrize(("line", "reason"), [("not json", "not JSON"), ("[1]", "no JSON object"), ('{"title": "x"}', "no `text`")])
def test_a_row_that_cannot_be_used_is_named_by_line(tmp_path, line, reason):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "fine"}\n' + line + "\n", encoding="utf-8")
    with pytest.raises(MalformedDocument, match=f"line 2: .*{reason}"):
        list(jsonl.read(path))


def test_a_bad_row_costs_that_row_only_when_bad_ones_are_left_out(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text(
        '{"doc_id": "one", "text": "One."}\nnot json\n{"title": "no text"}\n{"doc_id": "four", "text": "Four."}\n', encoding="utf-8"
    )
    bad = []
    assert [made.id for made in read_path(tmp_path, bad.append)] == ["one", "four"]
    assert [(error.line, error.path) for error in bad] == [(2, str(path)), (3, str(path))]


def test_a_row_may_hold_a_line_separator_within_its_text(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "One\u2028two\x85three."}\n{"text": "Four."}\n', encoding="utf-8")
    assert [made.id for made in jsonl.read(path)] == ["rows:1", "rows:2"]


def test_a_row_nested_without_end_is_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"text": "One."}\n{"text": ' + "[" * 100_000 + "\n", encoding="utf-8")
    with pytest.raises(MalformedDocument, match="line 2: nested too deeply"):
        list(jsonl.read(path))


def test_markdown_of_a_user_keeps_headings_and_known_front_matter(tmp_path):
    path = tmp_path / "my_notes.md"
    path.write_text(
        "---\ntitle: My title\nyear: 2021\nmodality: [CT]\nmood: good\n---\n# Top\nText one.\n## Deeper\nText two.\n", encoding="utf-8"
    )
    (made,) = markdown.read(path)
    assert (made.source.title, made.source.year, made.source.modality, made.source.authority) == (
        "My title",
        2021,
        ("CT",),
        Authority.DOCUMENT,
    )
    assert [found.section for found in split(made)] == ["Top", "Deeper"]


@pytest.mark.parametrize(
    ("front", "told", "kept"),
    [
        ("year: 12", "year: ", {"year": None}),
        ("year: [", "line 3: is not YAML", {"year": None}),
        ("title: Protocol: chest CT", "line 2: is not YAML", {"title": "Chest"}),
        ("doc_id: a#b\nyear: 2019", "doc_id: is a name", {"id": "a", "year": 2019}),
        ("metadata: [1]\nyear: 2019", "metadata: ", {"year": 2019}),
        ("when: 2019-99-99", "a value that cannot be read", {}),
        ("a: " + "[" * 4000 + "]" * 4000, "", {}),
        ("version: 2.1\ntopics: lung\naliases:\n- 7\n- null\nurl:", None, {"version": "2.1", "topics": ("lung",), "aliases": ("7",)}),
        ("year: 2019-05-01\nsupersedes: the old one\nchecked: yes\nconcepts: 3", None, {"year": 2019, "supersedes": (), "checked": ()}),
        ("- x", None, {}),
        ("Some words", None, {}),
    ],
)  # fmt: skip
def test_front_matter_of_any_tool_costs_no_document_its_text_and_what_is_not_used_is_told(tmp_path, front, told, kept):
    path = tmp_path / "a.md"
    path.write_text(f"---\n{front}\n---\n# Chest\n\nA zorbex nodule is followed.", encoding="utf-8")
    gathered = gather([path])
    assert gathered.left_out == []
    assert "A zorbex nodule is followed." in gathered.documents[0].text
    assert {name: getattr(gathered.documents[0].source, name) for name in kept} == kept
    if told is None:
        assert gathered.not_read == []
    else:
        assert "front matter: " in str(gathered.not_read[0])
        assert told in str(gathered.not_read[0])


def test_a_rule_across_the_top_of_a_page_is_no_front_matter(tmp_path):
    path = tmp_path / "a.md"
    path.write_text("---\n# Chest\n\nA zorbex nodule is followed.", encoding="utf-8")
    gathered = gather([path])
    assert (gathered.left_out, gathered.not_read) == ([], [])
    assert gathered.documents[0].source.title == "Chest"


@pytest.mark.parametrize("front", ["kind: guideline\nyear: [\n---", "kind: guideline\nyear: 2019", "kind: guideline\n---"])
def test_a_card_with_a_fault_in_its_front_matter_is_not_read_as_something_else(tmp_path, front):
    path = tmp_path / "a.md"
    path.write_text(f"---\n{front}\n\nA zorbex nodule is followed.", encoding="utf-8")
    with pytest.raises(MalformedDocument, match="front matter"):
        list(markdown.read(path))


def test_text_that_is_not_utf8_or_is_empty_is_named(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\xff\xfe\x00bad")
    with pytest.raises(MalformedDocument, match="not UTF-8"):
        list(text.read(path))
    path.write_bytes(b"  \n")
    with pytest.raises(MalformedDocument, match="is empty"):
        list(text.read(path))
    path.write_bytes(b"a\0b")
    with pytest.raises(MalformedDocument, match="NUL"):
        list(text.read(path))
    path.write_bytes(b"Lungs are clear.\r\nHeart is normal.")
    assert next(text.read(path)).text == "Lungs are clear.\nHeart is normal."


def test_html_gives_its_main_text_and_no_script(tmp_path):
    path = tmp_path / "page.html"
    body = "".join(f"<p>The spleen was enlarged in study number {n} and the liver was normal in size and shape.</p>" for n in range(8))
    path.write_text(
        f"<html><head><title>Spleen page</title><script>steal()</script></head><body><article><h1>Spleen</h1>{body}</article></body></html>",
        encoding="utf-8",
    )
    (made,) = html.read(path)
    assert made.source.title.startswith("Spleen")
    assert "enlarged" in made.text
    assert "steal" not in made.text
    path.write_text("<html></html>", encoding="utf-8")
    with pytest.raises(MalformedDocument, match="no main text"):
        list(html.read(path))


def test_pdf_pages_keep_their_numbers(tmp_path):
    fpdf = pytest.importorskip("fpdf")
    made = fpdf.FPDF()
    made.set_font("Helvetica", size=12)
    for words in ("The first page is about the aorta.", "The second page is about the iliac arteries."):
        made.add_page()
        made.multi_cell(0, 8, words)
    path = tmp_path / "two-pages.pdf"
    made.output(str(path))
    (document,) = pdf.read(path)
    assert [(found.page, found.section) for found in split(document)] == [(1, "Page 1"), (2, "Page 2")]
    assert "iliac" in split(document)[1].text


def test_unreadable_pdfs_are_named(tmp_path):
    path = tmp_path / "broken.pdf"
    path.write_bytes(b"%PDF-1.4 not really")
    with pytest.raises(MalformedDocument, match=r"broken\.pdf: not a readable PDF \([A-Z][a-z ]+\)$"):
        list(pdf.read(path))
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(path)
    with pytest.raises(MalformedDocument, match="no text"):
        list(pdf.read(path))
    writer.encrypt("secret")
    writer.write(path)
    with pytest.raises(MalformedDocument, match=r"encrypted|not a readable"):
        list(pdf.read(path))


def test_a_folder_is_read_in_name_order_and_the_rest_goes_in_when_one_is_bad(tmp_path):
    (tmp_path / "b.txt").write_text("Bee.", encoding="utf-8")
    (tmp_path / "a.txt").write_text("", encoding="utf-8")
    (tmp_path / ".hidden.txt").write_text("No.", encoding="utf-8")
    bad = []
    assert [document.id for document in read_path(tmp_path, bad.append)] == ["b"]
    assert "a.txt" in str(bad[0])
    with pytest.raises(MalformedDocument):
        list(read_path(tmp_path))


def test_a_missing_or_empty_folder_is_named(tmp_path):
    with pytest.raises(MissingCorpus, match="does not exist"):
        list(read_path(tmp_path / "nowhere"))
    with pytest.raises(MissingCorpus, match="no readable document"):
        list(read_path(tmp_path))
