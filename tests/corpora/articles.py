"""Texts in the forms that collections publish, small and made up; the readers' and the sources' tests share them."""

from __future__ import annotations

import json

JATS = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Archiving and Interchange DTD v1.2 20190208//EN" "JATS-archivearticle1.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML" article-type="case-report">
<?properties open_access?>
<front>
<journal-meta><journal-title-group><journal-title>Journal of Made-up Radiology</journal-title></journal-title-group></journal-meta>
<article-meta>
<article-id pub-id-type="pmid">900001</article-id>
<article-id pub-id-type="pmc">7000001</article-id>
<article-id pub-id-type="doi">10.1234/jmr.2021.1</article-id>
<title-group><article-title>Splenic <italic>infarction</italic> after embolisation<xref ref-type="fn" rid="fn1">*</xref></article-title></title-group>
<contrib-group>
<contrib contrib-type="author"><name><surname>Doe</surname><given-names>Jane Anna</given-names></name></contrib>
<contrib contrib-type="author"><name><surname>Roe</surname><given-names>Rick</given-names></name></contrib>
<contrib contrib-type="author"><name><surname>Poe</surname><given-names>Pat-Lee</given-names></name></contrib>
<contrib contrib-type="author"><name><surname>Moe</surname><given-names>M</given-names></name></contrib>
<contrib contrib-type="editor"><name><surname>Editor</surname><given-names>E</given-names></name></contrib>
</contrib-group>
<pub-date pub-type="collection"><year>2022</year></pub-date>
<pub-date pub-type="epub"><day>3</day><month>12</month><year>2021</year></pub-date>
<volume>12</volume><issue>3</issue><fpage>45</fpage><lpage>49</lpage>
<permissions><copyright-statement>2021 The Authors</copyright-statement>
LICENSE</permissions>
<abstract><sec><title>Background</title><p>Embolisation can cause infarction.</p></sec><sec><title>Conclusion</title><p>CT shows it.</p></sec></abstract>
<abstract abstract-type="graphical"><p>A picture.</p></abstract>
<kwd-group><kwd>spleen</kwd><kwd>infarction</kwd></kwd-group>
</article-meta>
</front>
<body>
<p>A preface stands before all sections.</p>
<sec><title>Introduction</title>
<p>Infarction is common [<xref ref-type="bibr" rid="b1">1</xref>, <xref ref-type="bibr" rid="b2">2</xref>&#x02013;<xref ref-type="bibr" rid="b3">4</xref>]. Platelets were 250 &#x000d7; 10<sup>9</sup>/L<sup><xref ref-type="bibr" rid="b4">5</xref></sup> and the area was 12 mm<sup>2</sup>. See <xref ref-type="fig" rid="f1">Figure 1</xref>.</p>
</sec>
<sec><title>Case presentation</title>
<p>A 40-year-old man had pain.</p>
<sec><title>Imaging</title>
<p>CT showed a wedge.<fig id="f1"><label>Figure 1.</label><caption><title>CT of the spleen.</title><p>A wedge-shaped low density (arrow).</p></caption><graphic xlink:href="f1.jpg"/></fig></p>
<list><list-item><p>no gas</p></list-item><list-item><p>no rupture</p></list-item></list>
<table-wrap id="t1"><label>Table 1</label><caption><p>Grades of injury</p></caption>
<table><thead><tr><th rowspan="2">Grade</th><th colspan="2">Finding</th></tr><tr><th>CT</th><th>US</th></tr></thead>
<tbody><tr><td rowspan="2">I</td><td>&lt; 1 cm</td><td>normal | faint</td></tr><tr><td>subcapsular</td><td/></tr><tr><td>II</td><td colspan="2">1&#x02013;3 cm</td></tr></tbody></table>
<table-wrap-foot><fn><p>Footnote text.</p></fn></table-wrap-foot></table-wrap>
</sec></sec>
</body>
<back><ack><p>Thanks to all.</p></ack><fn-group><fn id="fn1"><p>A footnote.</p></fn></fn-group>
<ref-list><ref id="b1"><mixed-citation>Someone. Reference text. 2001.</mixed-citation></ref></ref-list></back>
<floats-group><fig><label>Figure 2</label><caption><p>Follow-up ultrasound.</p></caption></fig></floats-group>
</article>
"""

CC_BY = (
    '<license license-type="open-access" xlink:href="http://creativecommons.org/licenses/by/4.0/"><license-p>An open access article.'
    "</license-p></license>"
)


def jats(pmcid: str = "7000001", title: str = "", licence: str = CC_BY, body: str = "") -> str:
    """The article under another number, title, licence element or body paragraph."""
    text = JATS.replace("LICENSE", licence).replace("7000001", pmcid)
    if title:
        text = text.replace("Splenic <italic>infarction</italic> after embolisation", title)
    return text.replace("A 40-year-old man had pain.", body) if body else text


def e3c(name: str = "EN100001", licence: str = "CC BY 4.0", text: str = "") -> str:
    """A case as E3C writes it."""
    case = {
        "authors": [{"author": "Ann Author "}, {"author": " Ben Writer"}, {"author": "Cy Third"}, {"author": "Di Fourth"}],
        "doi": "10.1234/case.1",
        "publication_date": "2013-03-19",
        "id": name,
        "url": "https://journal.example/1",
        "source": "The Case Journal",
        "source_url": "https://journal.example/",
        "licence": licence,
        "language": "en",
        "type": "journal",
        "description": "",
        "text": text
        or f"A 60 year-old man presented with cough. This is case {name}. The chest radiograph showed a mass in the left lung.",
    }
    return json.dumps(case, indent=2)


OPENI = """<?xml version="1.0" encoding="utf-8"?>
<eCitation>
<meta type="rr"/><uId id="CXR7"/><pmcId id="7"/><docSource>CXR</docSource><IUXRId id="7"/>
<licenseType>open-access</licenseType><licenseURL>http://creativecommons.org/licenses/by-nc-nd/4.0/</licenseURL><ccLicense>byncnd</ccLicense>
<articleDate>2013-08-01</articleDate><publisher>Indiana University</publisher><title>Indiana University Chest X-ray Collection</title>
<MedlineCitation Owner="Indiana University"><Article><Abstract>
<AbstractText Label="COMPARISON">None.</AbstractText>
<AbstractText Label="INDICATION">Cough,
 XXXX-year-old.</AbstractText>
<AbstractText Label="FINDINGS">The heart is enlarged. No pneumothorax.</AbstractText>
<AbstractText Label="IMPRESSION">Cardiomegaly.</AbstractText>
</Abstract></Article></MedlineCitation>
<MeSH><major>Cardiomegaly/mild</major><major>Cardiomegaly/borderline</major><automatic>heart</automatic></MeSH>
<parentImage id="CXR7_IM-0001-1001"><figureId>F1</figureId><caption>PA and lateral chest</caption></parentImage>
</eCitation>
"""


def openi(number: int = 7, findings: str = "The heart is enlarged. No pneumothorax.") -> str:
    """A report of the Indiana collection."""
    return OPENI.replace("CXR7", f"CXR{number}").replace("The heart is enlarged. No pneumothorax.", findings)
