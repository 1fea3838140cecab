import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpora.passages import LARGEST, sentence_spans, sentences, split, tokens
from corpora.types import Document, SourceRecord, split_row
from tests.conftest import document, passage


def test_passages_stand_verbatim_at_their_offsets(small_documents):
    for made in small_documents:
        for found in split(made):
            assert made.text[found.start : found.end] == found.text


def test_each_table_row_is_one_passage_with_its_header(card_passages):
    rows = [found for found in card_passages if found.is_row]
    assert len(rows) == 5
    assert rows[0].row == {"number": "single", "size": "< 6 mm", "risk": "low", "follow-up": "No routine follow-up"}
    assert rows[0].section == "Solid nodules"


def test_ids_survive_an_insertion_elsewhere(small_documents):
    before = {p.text: p.id for p in split(small_documents[0])}
    changed = small_documents[0].model_copy(update={"text": small_documents[0].text.replace("Growth of", "New. Growth of"), "sections": ()})
    after = {p.text: p.id for p in split(changed.model_copy(update={"sections": ()}))}
    assert set(before) & set(after)
    original = document("One fact here. Another fact there.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    longer = document("One fact here. Another fact there.\n\nMore.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    assert split(original)[-1].id == split(longer)[-1].id


def test_the_same_row_twice_gets_two_ids():
    ids = [p.id for p in split(document("| a | b |\n|---|---|\n| 1 | 2 |\n| 1 | 2 |\n"))]
    assert len(ids) == len(set(ids)) == 2


def test_long_prose_is_cut_between_sentences():
    text = " ".join(f"Sentence number {n} says something about the liver and the spleen." for n in range(40))
    made = split(document(text))
    assert len(made) > 2
    assert all(found.text.endswith(".") for found in made)
    assert " ".join(found.text for found in made) == text


def test_abbreviations_and_decimals_do_not_end_sentences():
    text = "Use e.g. Gadobutrol at 0.1 mmol/kg. The dose is per kg."
    assert [text[a:b] for a, b in sentence_spans(text)] == ["Use e.g. Gadobutrol at 0.1 mmol/kg.", "The dose is per kg."]


def test_a_category_at_the_end_of_a_line_ends_the_sentence():
    text = "Upgrade never reaches LR-5.\nAncillary features may help."
    assert len(sentence_spans(text)) == 2


def test_headings_are_not_sentences():
    text = "## Findings\nThe lung is clear."
    assert [text[a:b] for a, b in sentence_spans(text)] == ["The lung is clear."]


def test_a_row_is_one_sentence():
    assert sentences(passage("| 1 | 2 |", header=("a", "b"))) == ["| 1 | 2 |"]


def test_an_escaped_pipe_stays_in_its_cell():
    assert split_row(r"| a \| b | c |") == (r"a \| b", "c")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=400))
def test_any_text_splits_into_passages_that_fit(text):
    made = document(text)
    for found in split(made):
        assert made.text[found.start : found.end] == found.text


BOUNDLESS = {
    "list": "".join(f"protocol {number}: CT abdomen portal venous phase 120 kV pitch 1.{number % 10}\n" for number in range(700)),
    "Chinese": "佐贝克斯结节直径为9毫米时，建议四个月后复查CT。若结节大于15毫米，则应进行穿刺活检。" * 90,
    "Chinese without stops": "佐贝克斯结节直径为" * 4000,
    "one word": "x" * 50_000,
    "hexadecimal": " ".join(f"{number:064x}" for number in range(400)),
    "numbers": "1.0 2.5 " * 4000,
    "one cell": "| a | b |\n|---|---|\n| " + "word " * 2000 + "| z |",
    "many columns": "\n".join("|" + "|".join([fill] * 300) + "|" for fill in ("name", "---", "9 mm")),
}


@pytest.mark.parametrize("name", BOUNDLESS)
def test_no_passage_is_larger_than_the_bound_and_nothing_is_lost(name):
    text = BOUNDLESS[name]
    made = split(Document(id="x", text=text, source=SourceRecord(id="x", title="t")))
    assert max(tokens(" ".join((*passage.header, passage.text))) for passage in made) <= LARGEST + 2
    assert all(passage.text == text[passage.start : passage.end] for passage in made)
    if "|" not in text:
        assert sum(len(passage.text.replace("\n", "").replace(" ", "")) for passage in made) == len(text.replace("\n", "").replace(" ", ""))


def test_a_line_of_a_long_list_is_a_sentence_of_its_own():
    text = BOUNDLESS["list"] + "quandary cyst protocol: MRI with secretin\n"
    last = split(Document(id="x", text=text, source=SourceRecord(id="x", title="t")))[-1]
    assert sentences(last)[-1] == "quandary cyst protocol: MRI with secretin"


def test_wrapped_lines_of_prose_stay_one_sentence():
    text = "The nodule was seen on CT of\nMarch and measured\n9 mm in the right upper\nlobe of the lung."
    assert len(sentence_spans(text)) == 1


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("结节为9毫米。四个月后复查CT。", 2),
        ("عقدة بقطر 9 ملم. إذا كانت أكبر فيجب أخذ خزعة.", 2),
        ("Ein Knoten. Über 15 mm Biopsie.", 2),
        ("É normal. E.g. this.", 2),
    ],
)
def test_sentences_of_other_scripts_are_told_apart(text, count):
    assert len(sentence_spans(text)) == count
