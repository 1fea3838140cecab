"""A chat model's findings stand only as far as the report says them."""

import asyncio
import json

import pytest
from langchain_core.language_models import FakeListChatModel

from agent.chat.budget import Budget
from agent.chat.structured import StructuredModel
from agent.errors import MalformedModelOutput
from agent.reports.modelled import Filled, checked, read_with
from agent.settings import load

REPORT = """CT ABDOMEN
FINDINGS: 7 mm stone in the left
lower pole. No hydronephrosis. Crenulated mucosal pattern of the jejunum.
"""
STONE = {"quote": "7 mm stone in the left lower pole", "kind": "stone", "organ": "kidney", "side": "left", "mm": 7}
MUCOSA = {"quote": "Crenulated mucosal pattern of the jejunum", "kind": "thickening", "organ": "bowel"}


def said(*findings):
    return checked(REPORT, Filled.model_validate({"findings": findings}))


def test_a_finding_that_the_report_says_stands_across_its_line_breaks():
    (stone,), fell = said(STONE)
    assert (stone.kind, stone.organ, stone.side, stone.size.largest, fell) == ("stone", "kidney", "left", 7, ())
    assert REPORT[stone.sentences[0].start : stone.sentences[0].end].split() == STONE["quote"].split()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"quote": "12 mm mass in the liver"}, "does not say"),
        ({"quote": ""}, "does not say"),
        ({"kind": "unicorn"}, "no kind of finding"),
        ({"quote": "No hydronephrosis", "kind": "hydronephrosis"}, "denies"),
    ],
)
def test_an_invented_or_denied_finding_falls(change, why):
    findings, (reason, *_) = said(STONE | change)
    assert findings == ()
    assert why in reason


@pytest.mark.parametrize(("change", "field"), [({"mm": 70}, "70 mm"), ({"side": "right"}, "'right'"), ({"organ": "fin"}, "'fin'")])
def test_a_value_that_the_quote_does_not_give_falls_and_the_finding_stands(change, field):
    (stone,), (reason,) = said(STONE | change)
    assert field in reason
    assert stone.size is None or stone.size.largest == 7
    assert stone.side in ("", "left")
    assert stone.organ in ("", "kidney")


def with_model(*answers):
    settings = load(model="scripted")
    model = StructuredModel(FakeListChatModel(responses=[json.dumps(one) if isinstance(one, dict) else one for one in answers]), settings)
    return asyncio.run(read_with(REPORT, model, Budget(settings)))


def test_a_model_adds_what_the_rules_did_not_find_and_repeats_nothing():
    made = with_model({"findings": [STONE, MUCOSA, STONE | {"quote": "9 mm polyp", "kind": "polyp"}]})
    assert [one.kind for one in made.findings].count("stone") == 1
    assert made.findings[-1].kind == "thickening"
    assert len({one.id for one in made.findings}) == len(made.findings)
    assert any("9 mm polyp" in flag.says for flag in made.flags)


def test_an_answer_in_no_form_is_an_error_after_its_repair():
    with pytest.raises(MalformedModelOutput):
        with_model("there is a stone", "there is a stone")
