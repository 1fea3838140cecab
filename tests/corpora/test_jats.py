import pytest

from corpora.errors import MalformedDocument
from corpora.passages import split
from corpora.readers import jats, read_path
from tests.corpora import articles


def article(tmp_path, text=None):
    path = tmp_path / "a.nxml"
    path.write_text(text or articles.jats(), encoding="utf-8")
    (made,) = read_path(path)
    return made


def part(document, heading):
    return next(document.text[section.start : section.end] for section in document.sections if section.heading == heading)


def test_an_article_becomes_sections_in_reading_order(tmp_path):
    made = article(tmp_path)
    assert [section.heading for section in made.sections] == [
        "Abstract › Background",
        "Abstract › Conclusion",
        "",
        "Introduction",
        "Case presentation",
        "Case presentation › Imaging",
        "Figure 1",
        "Table 1",
        "Figure 2",
    ]
    assert part(made, "") == "A preface stands before all sections."
    assert part(made, "Figure 1") == "CT of the spleen. A wedge-shaped low density (arrow)."
    assert "- no gas\n- no rupture" in part(made, "Case presentation › Imaging")


def test_references_and_what_is_not_read_are_dropped(tmp_path):
    made = article(tmp_path)
    for gone in ("Reference text", "Thanks to all", "footnote", "Footnote", "A picture", "f1.jpg"):
        assert gone not in made.text
    assert part(made, "Introduction") == ("Infarction is common. Platelets were 250 × 10⁹/L and the area was 12 mm². See Figure 1.")


def test_a_table_keeps_what_each_row_says(tmp_path):
    made = article(tmp_path)
    rows = [passage for passage in split(made) if passage.is_row]
    assert [row.row for row in rows] == [
        {"Grade": "I", "Finding / CT": "< 1 cm", "Finding / US": "normal \\| faint"},
        {"Grade": "I", "Finding / CT": "subcapsular", "Finding / US": ""},
        {"Grade": "II", "Finding / CT": "1–3 cm", "Finding / US": "1–3 cm"},
    ]
    assert "Grades of injury" in part(made, "Table 1")


def test_the_source_says_who_wrote_it_and_under_which_licence(tmp_path):
    source = article(tmp_path).source
    assert source.id == "PMC7000001"
    assert source.title == "Splenic infarction after embolisation"
    assert (source.year, source.kind, source.licence, source.doi) == (2021, "case", "CC BY 4.0", "10.1234/jmr.2021.1")
    assert source.citation == (
        "Doe JA, Roe R, Poe PL et al. Splenic infarction after embolisation. Journal of Made-up Radiology 2021;12(3):45-49"
    )
    assert source.topics == ("spleen", "infarction")
    assert source.metadata == {"pmid": "900001", "article_type": "case-report"}
    assert not source.retracted


@pytest.mark.parametrize(
    ("element", "name"),
    [
        ('<license xlink:href="https://creativecommons.org/licenses/by-nc/4.0/"><license-p>Text</license-p></license>', "CC BY-NC 4.0"),
        (
            '<license><ali:license_ref xmlns:ali="http://www.niso.org/schemas/ali/1.0/">https://creativecommons.org/licenses/by/3.0/'
            "</ali:license_ref></license>",
            "CC BY 3.0",
        ),
        (
            '<license license-type="open-access"><license-p>Under the <ext-link xlink:href="http://creativecommons.org/licenses/by/2.0">'
            "licence</ext-link>.</license-p></license>",
            "CC BY 2.0",
        ),
        ('<license license-type="open-access"><license-p>Free to read.</license-p></license>', "Free to read. open-access"),
        ("", ""),
    ],
)
def test_a_licence_is_found_wherever_articles_put_it(tmp_path, element, name):
    assert article(tmp_path, articles.jats(licence=element)).source.licence == name


def test_a_retracted_article_says_so(tmp_path):
    assert article(tmp_path, articles.jats(title="RETRACTED: Splenic infarction")).source.retracted
    assert article(tmp_path, articles.jats(title="[Retracted] Splenic infarction")).source.retracted
    assert not article(tmp_path, articles.jats(title="Retracted tympanic membranes on CT")).source.retracted


def test_namespaces_wrappers_and_new_ids_are_read(tmp_path):
    inner = articles.jats().partition("?>")[2].partition('JATS-archivearticle1.dtd">')[2]
    inner = inner.replace('pub-id-type="pmc">7000001', 'pub-id-type="pmcid">PMC7000002')
    named = inner.replace("<article ", '<article xmlns="https://jats.nlm.nih.gov/ns/archiving/1.3/" ', 1)
    made = article(
        tmp_path,
        f"<pmc-articleset>{named}</pmc-articleset>".replace("<pmc-articleset>", '<articles xmlns="">').replace(
            "</pmc-articleset>", "</articles>"
        ),
    )
    assert made.id == "PMC7000002"
    assert len(made.sections) == 9


def test_an_article_without_numbers_is_named_by_doi_or_file(tmp_path):
    text = articles.jats().replace('<article-id pub-id-type="pmc">7000001</article-id>', "")
    assert article(tmp_path, text).id == "pmid:900001"
    text = text.replace('<article-id pub-id-type="pmid">900001</article-id>', "")
    assert article(tmp_path, text).id == "10.1234/jmr.2021.1"


@pytest.mark.parametrize(
    ("text", "reason", "line"),
    [
        ("<article><front></article>", "not well-formed XML", 1),
        ("<article>\n<front/>\n<body>", "not well-formed XML", 3),
        ("<article><body><p>x</p></body></article>", "without front/article-meta", None),
        ("<article><front><article-meta/></front><body/></article>", "neither abstract nor body", None),
        ("  ", "is empty", None),
        ('<!DOCTYPE a [<!ENTITY b "c">]><article>&b;</article>', "declares entities", None),
        ('<?xml version="1.0" encoding="nonsense"?><article/>', "XML", None),
        ("<html><body/></html>", "XML of no known form (root <html>)", None),
    ],
)
def test_a_broken_article_names_file_line_and_reason(tmp_path, text, reason, line):
    path = tmp_path / "broken.xml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(MalformedDocument) as caught:
        list(read_path(path))
    assert reason in str(caught.value)
    assert caught.value.path == str(path)
    if line:
        assert caught.value.line == line


def test_the_reader_stands_alone(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text(articles.jats(), encoding="utf-8")
    assert next(jats.read(path)).id == "PMC7000001"


def test_a_table_without_a_head_uses_its_first_row(tmp_path):
    table = "<table-wrap><table><tr><td/><td>Size</td></tr><tr><td>Node</td><td>8 mm</td></tr></table></table-wrap>"
    made = article(tmp_path, articles.jats(body=f"x{table}"))
    assert "| item | Size |\n| --- | --- |\n| Node | 8 mm |" in made.text
