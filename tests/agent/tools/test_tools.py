"""The tools by hand, over the small index."""

import pytest

from agent.tools import toolbox
from agent.tools.points_table import PointsTable
from agent.tools.protocol import ToolMisuse
from agent.tools.reckon import equations, reckoned
from retrievers.embedding import HashEmbedder
from retrievers.factory import retriever


@pytest.fixture(scope="module")
def tools(small_index, small_library):
    return toolbox(small_library, retriever(small_index, HashEmbedder(), "hybrid"))


@pytest.mark.parametrize(
    ("asked", "value"),
    [
        ("3 + 2 + 2", "7"), ("3 points + 2 points + 2 points", "7 points"), ("(50 mm - 40 mm) / 40 mm in %", "25 %"),
        ("7 mm + 1 cm in mm", "17 mm"), ("0.52 * 3 cm * 4 cm * 5 cm in mL", "31.2 ml"), ("1.9 - 1.1", "0.8"), ("(65 - 45) / (65 - 10)", "0.363636"),
        ("1,5 + 1", "2.5"), ("2 × 3", "6"), ("12.5 mg/kg * 70 kg in mg", "875 mg"), ("40 HU - 10 HU", "30 HU"), ("6 months in days", "182.625 d"),
    ],
)  # fmt: skip
async def test_arithmetic_is_exact_and_knows_units(tools, asked, value):
    assert (await tools["reckon"].use(asked)).text == value


@pytest.mark.parametrize(
    "asked", ["", "7 mm + 3 kg", "import os", "9**99", "2**9**9", "1 / 0", "x" * 300, "3 mm in kg", "__import__('os')"]
)
def test_what_is_no_arithmetic_is_refused(asked):
    with pytest.raises(ToolMisuse):
        reckoned(asked)


@pytest.mark.parametrize(
    ("sentence", "right"),
    [
        ("The points are 3 + 2 + 2 = 7 points.", True), ("The points are 3 + 2 + 2 = 8 points.", False), ("(50 - 40) / 40 = 25%", True),
        ("(50 mm - 40 mm) / 40 mm = 25%", True), ("20 / 55 = 36%", True), ("20 / 55 = 39%", False), ("12.4 - 10.1 is 2.3", True),
    ],
)  # fmt: skip
def test_a_sum_in_a_sentence_is_recomputed(sentence, right):
    ((_, _, comes_out),) = equations(sentence)
    assert comes_out is right


async def test_search_gives_at_most_three_passages_of_a_document(tools):
    found = await tools["search"].use("solid lung nodule follow-up")
    counts = [passage.document_id for passage in found.passages]
    assert counts.count("nodule-card") == 3
    assert "Lung nodules found by chance" in found.text
    with pytest.raises(ToolMisuse, match="3 to 8 words"):
        await tools["search"].use(" ")


@pytest.mark.parametrize("name", ["nodule-card", "Lung nodules found by chance", "nc-rads", "nodules found"])
async def test_a_document_is_opened_by_any_of_its_names(tools, name):
    found = await tools["open_document"].use(name)
    assert {passage.document_id for passage in found.passages} == {"nodule-card"}
    assert "Massive haemoptysis" in found.text


async def test_a_document_that_is_not_there_is_a_finding_without_passages(tools):
    assert (await tools["open_document"].use("banana")).passages == ()


async def test_cases_like_finds_cases_alone(tools):
    assert (await tools["cases_like"].use("lung nodule")).passages == ()


async def test_points_are_summed_by_the_guidelines_own_table(tmp_path):
    from corpora.readers.cards import FOLDER
    from corpora.readers.markdown import read
    from retrievers.index import PassageIndex, build
    from retrievers.library import Library
    from retrievers.vectors import VectorCache

    build([next(read(FOLDER / "acr-ti-rads-2017.md"))], tmp_path / "index", HashEmbedder(), cache=VectorCache(tmp_path / "vectors"))
    table = PointsTable(Library(PassageIndex.open(tmp_path / "index", HashEmbedder()), HashEmbedder()))
    found = await table.use("ACR TI-RADS: solid, hypoechoic, taller than wide, smooth margin, no echogenic foci")
    assert found.text.endswith("total: 7 points")
    assert len(found.passages) == 5
    assert "not described" in (await table.use("ACR TI-RADS: solid, hypoechoic")).text
    assert not (await table.use("a banana")).passages
