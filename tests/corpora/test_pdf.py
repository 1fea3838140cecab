"""PDFs as their pages show them: columns, tables, what nobody sees, and what is told of what was not read."""

import pytest

from bench import pages
from corpora.errors import MalformedDocument
from corpora.passages import split
from corpora.readers import ocr, pdf
from corpora.readers.trust import UNREAD, UNRELIABLE

fpdf = pytest.importorskip("fpdf")


def read(sheet, tmp_path, name="made.pdf", title=""):
    if title:
        sheet.set_title(title)
    path = tmp_path / name
    sheet.output(str(path))
    (document,) = pdf.read(path)
    return document


@pytest.mark.parametrize("maker", pages.MAKERS, ids=lambda maker: maker.__name__)
def test_columns_are_read_one_after_the_other_and_rows_as_rows(tmp_path, maker):
    score = pages.scored(*pages.made(maker, tmp_path))
    assert (score.sentences_read, score.rows_read, score.joined) == (score.sentences, score.rows, 0)


def test_headers_and_footers_are_read_once(tmp_path):
    path, _ = pages.made(pages.headers_and_footers, tmp_path)
    (document,) = pdf.read(path)
    assert document.text.count("St Nowhere Hospital") == 1
    assert document.text.count("of 5") == 1


@pytest.mark.parametrize(("step", "doubtful"), [(3.5, True), (4, False)])
def test_lines_that_fit_neither_columns_nor_rows_are_said_to_be_unreliable_and_never_joined(tmp_path, step, doubtful):
    sheet = pages.sheet()
    for number in range(6):
        sheet.text(20 if number % 2 else 110, 30 + step * number, "Zorbex." if number % 2 else "Quandary.")
    document = read(sheet, tmp_path)
    assert (UNRELIABLE in document.source.metadata) == doubtful
    assert not any("Zorbex. Quandary." in found.text or "Quandary. Zorbex." in found.text for found in split(document))


def test_invisible_white_and_tiny_text_is_left_out_and_told(tmp_path):
    sheet = pages.sheet()
    sheet.text(20, 40, "The page shows this sentence.")
    with sheet.local_context(text_mode="INVISIBLE"):
        sheet.text(20, 50, "Nobody sees this secret.")
    sheet.set_text_color(255)
    sheet.text(20, 60, "White on white secret.")
    sheet.set_text_color(0)
    sheet.set_font_size(1)
    sheet.text(20, 70, "Tiny secret.")
    document = read(sheet, tmp_path)
    assert "secret" not in document.text
    assert document.source.metadata[UNREAD] == "hidden text on page 1"


def test_pages_without_text_are_told_by_number(tmp_path, monkeypatch):
    monkeypatch.setattr(ocr, "languages", lambda: "")
    sheet = pages.sheet()
    sheet.text(20, 40, "Cover page of the protocols.")
    for _ in range(3):
        sheet.add_page()
    assert read(sheet, tmp_path).source.metadata[UNREAD] == "pages 2-4 hold no text (a scan?)"


@pytest.mark.skipif(not ocr.languages(), reason="tesseract is not installed")
def test_a_scanned_page_is_read_by_ocr_and_said_to_be(tmp_path):
    import pypdfium2

    sheet = pages.sheet(16)
    sheet.text(20, 40, "A zorbex nodule is followed after four months.")
    sheet.output(str(tmp_path / "text.pdf"))
    pypdfium2.PdfDocument(tmp_path / "text.pdf")[0].render(scale=3).to_pil().save(tmp_path / "page.png")
    scan = fpdf.FPDF()
    scan.add_page()
    scan.image(str(tmp_path / "page.png"), 0, 0, 210)
    document = read(scan, tmp_path, "scan.pdf")
    assert "nodule is followed after four months" in document.text
    assert document.source.metadata[UNRELIABLE] == "page 1: read by OCR"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("untitled", "my protocol"),
        ("Microsoft Word - x.docx", "my protocol"),
        ("12/3", "my protocol"),
        ("Chest CT protocols", "Chest CT protocols"),
    ],
)
def test_a_pdf_is_cited_by_its_title_unless_that_says_nothing(tmp_path, title, shown):
    sheet = pages.sheet()
    sheet.text(20, 40, "A sentence that is there.")
    assert read(sheet, tmp_path, "my_protocol.pdf", title).source.title == shown


def test_a_pdf_encrypted_with_aes_and_no_password_is_read_and_one_with_a_password_is_named(tmp_path):
    pytest.importorskip("cryptography", reason="writing AES needs it, reading does not")
    for password, name in (("", "open.pdf"), ("secret", "closed.pdf")):
        sheet = pages.sheet()
        sheet.text(20, 40, "A sentence that is there.")
        sheet.set_encryption("owner", password, encryption_method=fpdf.enums.EncryptionMethod.AES_256)
        sheet.output(str(tmp_path / name))
    assert "sentence" in next(pdf.read(tmp_path / "open.pdf")).text
    with pytest.raises(MalformedDocument, match="is encrypted"):
        next(pdf.read(tmp_path / "closed.pdf"))
