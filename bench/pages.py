"""How PDFs are read: `python -m bench.pages`, over 20 PDFs made here of the layouts that departments' documents have.

Each says which sentences and which table rows (column: cell) its pages show. Counted are those that are read whole, and sentences
that were joined across columns or rows, of which there must be none unless the document is said to be unreliable.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from bench.report import keep
from corpora.passages import split
from corpora.readers import pdf
from corpora.readers.trust import UNRELIABLE

LEFT = (
    "A zorbex nodule that measures 9 mm is followed with CT at 4 months and needs no biopsy at all.",
    "Nodules that have not changed over two years are no longer followed.",
    "The report names the size, the place and the date of the next examination.",
)
RIGHT = (
    "A quandary cyst that measures 30 mm is biopsied at once and needs surgery within two weeks.",
    "Cysts with thin walls are left alone, whatever their size may be.",
    "A second reader looks at every cyst that enhances after contrast.",
)
THIRD = (
    "A marrow island without symptoms is described and needs no further imaging.",
    "Islands that are larger than 40 mm are seen again with MRI after one year.",
)
HEADER = ("Size", "Risk", "Follow-up")
ROWS = (
    ("< 6 mm", "low", "no follow-up"),
    ("6-8 mm", "low", "CT at 12 months"),
    ("6-8 mm", "high", "CT at 4 months"),
    ("> 8 mm", "high", "biopsy"),
)
WRAPPED = (
    ("Simple", "Thin wall without septa and without any enhancement after contrast", "No follow-up is needed at any age"),
    (
        "Complex",
        "Thick septa that enhance, or a nodule in the wall of the cyst",
        "Surgery, or MRI within three months where surgery is refused",
    ),
)


class Made(NamedTuple):
    """What a page was made to show."""

    sentences: Sequence[str] = ()
    rows: Sequence[dict[str, str]] = ()


def rows_of(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[dict[str, str]]:
    """Rows by column."""
    return [dict(zip(header, row, strict=True)) for row in rows]


def sheet(size: float = 11) -> Any:
    """A blank A4 document with one page."""
    from fpdf import FPDF

    made = FPDF()
    made.set_font("Helvetica", size=size)
    made.add_page()
    return made


def columned(sheet: Any, texts: Sequence[Sequence[str]], shift: float = 0) -> None:
    """Texts side by side; `shift` sets each column's lines a little lower than those of the one before."""
    wide = 170 / len(texts)
    for number, text in enumerate(texts):
        sheet.set_xy(20 + number * wide, 30 + number * shift)
        sheet.multi_cell(wide - 8, 5.5, " ".join(text), align="L")


def placed(sheet: Any, rows: Sequence[Sequence[str]], lefts: Sequence[float], top: float, step: float = 7) -> None:
    """Rows of cells at given places without any lines."""
    for number, row in enumerate(rows):
        for left, cell in zip(lefts, row, strict=True):
            sheet.text(left, top + number * step, cell)


def drawn(sheet: Any, rows: Sequence[Sequence[str]], **how: Any) -> None:
    """A table with lines."""
    with sheet.table(**how) as table:
        for row in rows:
            line = table.row()
            for cell in row:
                line.cell(cell)


def one_column(s: Any) -> Made:
    columned(s, [LEFT + RIGHT])
    return Made(LEFT + RIGHT)


def two_columns(s: Any) -> Made:
    columned(s, [LEFT, RIGHT])
    return Made(LEFT + RIGHT)


def two_columns_not_level(s: Any) -> Made:
    columned(s, [LEFT, RIGHT], shift=2.7)
    return Made(LEFT + RIGHT)


def two_columns_justified(s: Any) -> Made:
    for number, text in enumerate((LEFT, RIGHT)):
        s.set_xy(20 + number * 85, 30)
        s.multi_cell(78, 5.5, " ".join(text), align="J")
    return Made(LEFT + RIGHT)


def three_columns(s: Any) -> Made:
    columned(s, [LEFT, RIGHT, THIRD])
    return Made(LEFT + RIGHT + THIRD)


def title_over_two_columns(s: Any) -> Made:
    s.set_font_size(18)
    s.set_xy(20, 15)
    s.cell(text="Department protocol for nodules and cysts in the chest and abdomen")
    s.set_font_size(11)
    columned(s, [LEFT, RIGHT])
    s.set_xy(20, 110)
    s.multi_cell(170, 5.5, " ".join(THIRD))
    return Made(LEFT + RIGHT + THIRD)


def uneven_columns(s: Any) -> Made:
    columned(s, [LEFT + THIRD, RIGHT[:1]])
    return Made(LEFT + THIRD + RIGHT[:1])


def narrow_gutter(s: Any) -> Made:
    for number, text in enumerate((LEFT, RIGHT)):
        s.set_xy(20 + number * 82, 30)
        s.multi_cell(78, 5.5, " ".join(text), align="J")
    return Made(LEFT + RIGHT)


def drawn_table(s: Any) -> Made:
    s.multi_cell(0, 8, THIRD[0])
    s.ln(10)
    drawn(s, (HEADER, *ROWS))
    return Made(THIRD[:1], rows_of(HEADER, ROWS))


def drawn_table_wrapped(s: Any) -> Made:
    header = ("Kind", "Findings", "What is done")
    drawn(s, (header, *WRAPPED), col_widths=(20, 50, 50), width=140)
    return Made((), rows_of(header, WRAPPED))


def bare_table(s: Any) -> Made:
    placed(s, (HEADER, *ROWS), (20, 70, 110), 40)
    return Made((), rows_of(HEADER, ROWS))


def table_with_three_rules(s: Any) -> Made:
    placed(s, (HEADER, *ROWS), (22, 70, 110), 40)
    for y in (34, 42, 70):
        s.line(20, y, 150, y)
    return Made((), rows_of(HEADER, ROWS))


def striped_table(s: Any) -> Made:
    for number in range(0, 5, 2):
        s.set_fill_color(230)
        s.rect(20, 34 + 7 * number, 130, 7, style="F")
    placed(s, (HEADER, *ROWS), (22, 70, 110), 39)
    return Made((), rows_of(HEADER, ROWS))


def white_on_dark_header(s: Any) -> Made:
    s.set_fill_color(20, 40, 90)
    s.rect(20, 34, 130, 7, style="F")
    s.set_text_color(255)
    placed(s, (HEADER,), (22, 70, 110), 39)
    s.set_text_color(0)
    placed(s, ROWS, (22, 70, 110), 46)
    return Made((), rows_of(HEADER, ROWS))


def merged_first_column(s: Any) -> Made:
    xs, ys = (20, 60, 100, 150), (30, 38, 46, 54, 62)
    for y in ys:
        s.line(20 if y != 54 else 60, y, 150, y)
    for x in xs:
        s.line(x, 30, x, 62)
    rows = (HEADER, ("6-8 mm", "low", "CT at 12 months"), ("", "", ""), ("6-8 mm", "high", "CT at 4 months"))
    placed(s, (rows[0], ("< 6 mm", "low", "none"), ("", "low", "CT at 12 months"), ("", "high", "CT at 4 months")), (22, 62, 102), 35.5, 8)
    s.text(22, 55, "6-8 mm")
    return Made(
        (), rows_of(HEADER, (("< 6 mm", "low", "none"), ("6-8 mm", "low", "CT at 12 months"), ("6-8 mm", "high", "CT at 4 months")))
    )


def table_in_a_column(s: Any) -> Made:
    columned(s, [LEFT, RIGHT + THIRD])
    drawn_at = (("Size", "Next"), ("< 6 mm", "none"), ("6-8 mm", "CT"), ("> 8 mm", "biopsy"))
    placed(s, drawn_at, (20, 60), 95)
    for y in (90, 97, 104, 111, 118):
        s.line(18, y, 90, y)
    for x in (18, 55, 90):
        s.line(x, 90, x, 118)
    return Made(LEFT + RIGHT + THIRD, rows_of(drawn_at[0], drawn_at[1:]))


def headers_and_footers(s: Any) -> Made:
    for page in range(5):
        if page:
            s.add_page()
        s.text(20, 12, "St Nowhere Hospital, Department of Radiology")
        s.text(20, 288, f"Page {page + 1} of 5")
        columned(s, [[(LEFT + RIGHT)[page]]])
    return Made(LEFT + RIGHT[:2])


def list_entries(s: Any) -> Made:
    entries = ("Zorbex nodule: CT at 4 months", "Quandary cyst: biopsy", "Marrow island: no imaging")
    for number, entry in enumerate(entries):
        s.text(20, 40 + 7 * number, f"{number + 1}.")
        s.text(30, 40 + 7 * number, entry)
    return Made(entries)


def turned_page(s: Any) -> Made:
    columned(s, [LEFT, RIGHT])
    return Made(LEFT + RIGHT)


def exponents(s: Any) -> Made:
    s.set_font_size(12)
    s.text(20, 40, "A count below 50 x 10")
    s.set_font_size(7)
    s.text(62.5, 38, "9")
    s.set_font_size(12)
    s.text(64.2, 40, "/L is corrected before a biopsy is taken.")
    return Made(("A count below 50 x 10⁹/L is corrected before a biopsy is taken.",))


MAKERS: tuple[Callable[[Any], Made], ...] = (
    one_column, two_columns, two_columns_not_level, two_columns_justified, three_columns, title_over_two_columns, uneven_columns,
    narrow_gutter, drawn_table, drawn_table_wrapped, bare_table, table_with_three_rules, striped_table, white_on_dark_header,
    merged_first_column, table_in_a_column, headers_and_footers, list_entries, turned_page, exponents,
)  # fmt: skip


def made(maker: Callable[[Any], Made], folder: Path) -> tuple[Path, Made]:
    """One of the PDFs, written into a folder."""
    s = sheet()
    shows = maker(s)
    path = folder / f"{maker.__name__}.pdf"
    s.output(str(path))
    if maker is turned_page:
        _turned(path)
    return path, shows


def _turned(path: Path) -> None:
    """Make the pages drawn sideways and turned upright by the file's own word."""
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=path)
    for page in writer.pages:
        page.rotate(90)
        page.transfer_rotation_to_content()
        page.rotate(270)
    writer.write(path)


class Score(NamedTuple):
    """How one PDF was read."""

    name: str
    sentences: int
    sentences_read: int
    rows: int
    rows_read: int
    joined: int
    """Passages' sentences that hold parts of two statements of the page."""
    unreliable: bool


def scored(path: Path, shows: Made) -> Score:
    """Read a PDF and compare."""
    (document,) = pdf.read(path)
    passages = split(document)
    prose = [" ".join(passage.text.split()) for passage in passages if not passage.is_row]
    rows = [passage.row for passage in passages if passage.is_row]
    whole = sum(any(sentence in text for text in prose) for sentence in shows.sentences)
    starts = [" ".join(sentence.split()[:4]) for sentence in shows.sentences]
    joined = sum(_is_joined(text, sentence, starts) for text in prose for sentence in shows.sentences)
    return Score(
        path.stem, len(shows.sentences), whole, len(shows.rows), sum(row in rows for row in shows.rows), joined,
        UNRELIABLE in document.source.metadata,
    )  # fmt: skip


def _is_joined(text: str, sentence: str, starts: Sequence[str]) -> bool:
    """Whether the text begins the sentence and then says something else than it."""
    start = text.find(" ".join(sentence.split()[:4]))
    return start >= 0 and not text[start:].startswith(sentence)


def main() -> int:
    """Print one line per PDF and the sums."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        scores = [scored(*made(maker, Path(folder))) for maker in MAKERS]
    for score in scores:
        said = f"{score.sentences_read}/{score.sentences} sentences, {score.rows_read}/{score.rows} rows, {score.joined} joined"
        print(f"{score.name:26} {said}{', said to be unreliable' if score.unreliable else ''}")
    figures = {
        "pdfs": len(scores),
        "sentences": sum(score.sentences for score in scores),
        "sentences_read": sum(score.sentences_read for score in scores),
        "rows": sum(score.rows for score in scores),
        "rows_read": sum(score.rows_read for score in scores),
        "joined_unsaid": sum(score.joined for score in scores if not score.unreliable),
        "unreliable": sum(score.unreliable for score in scores),
        "seconds": round(time.perf_counter() - began, 2),
    }
    print(figures)
    keep("pages", figures)
    return 0


if __name__ == "__main__":
    sys.exit(main())
