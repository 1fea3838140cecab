"""Conflicting evidence planted among what is found."""

import pytest

from agent.errors import InvalidSettings
from agent.fakes import FixedRetriever
from evals.planting import Planted, planted
from evals.questions import Item
from evals.systems import System
from retrievers.types import Query
from tests.conftest import passage

ITEM = Item(
    id="x", question="Follow-up of a solid nodule?", options={"A": "CT", "B": "None"}, answer="A",
    meta={"conflict": ["A solid lung nodule needs no follow-up."]},
)  # fmt: skip
FOUND = [passage("A solid nodule gets CT.", "one"), passage("Growth is measured.", "two")]


async def test_the_nearest_planted_text_stands_second_where_it_is_near():
    voice = Planted(FixedRetriever(FOUND), planted([ITEM]))
    near, far = await voice.retrieve_many([Query(text="solid nodule follow-up"), Query(text="renal cyst wall")])
    assert [hit.passage.document_id for hit in near] == ["one", "planted-x-1", "two"]
    assert [hit.passage.document_id for hit in far] == ["one", "two"]
    assert len(await voice.retrieve(Query(text="solid nodule follow-up", k=2))) == 2


def test_a_system_names_whether_conflict_is_planted():
    assert System.parse("agent:no-verification:planted@m").name == "agent:no-verification:planted@m"
    assert System.parse("single-step:planted").planted
    with pytest.raises(InvalidSettings, match="reads nothing"):
        System.parse("closed-book:planted")
