import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from agent.chat.fence import fenced
from agent.chat.packing import FRAME, SCHEMA, clipped, packed, room, tokens
from agent.chat.schemas import closed
from agent.judging import entailment
from agent.language import translation
from agent.reasoners import asking
from agent.types import Evidence


@pytest.fixture
def evidence(radqa_agent):
    answer = radqa_agent.ask("Follow-up for a 7 mm solid nodule in a heavy smoker?")
    return sorted(answer.evidence, key=lambda item: -item.strength)


@pytest.mark.parametrize("window", [2048, 4096, 8192])
def test_a_prompt_never_exceeds_the_window(evidence, window):
    system, question = "You answer. " * 40, "Follow-up for a 7 mm solid nodule? " * 20
    left = room(window, 700, system, question)
    shown = packed(evidence, left, most=50)
    assert tokens(system) + tokens(question) + tokens(fenced(shown)) + 700 <= window


def test_the_leading_piece_goes_in_first_and_order_is_kept(evidence):
    cost = tokens(fenced(evidence[:1]))
    assert packed(evidence, cost, most=8) == evidence[:1]
    shown = packed(evidence, 600, most=8)
    assert shown == [item for item in evidence if item in shown]
    assert shown[0] == evidence[0]


def test_passages_are_taken_whole_or_not_at_all(evidence):
    assert packed(evidence, 3, most=8) == []
    assert packed([], 100, most=8) == []
    assert len(packed(evidence, 100_000, most=4)) == 4


def test_no_room_is_zero_and_not_less():
    assert room(1024, 900, "word " * 2000) == 0


def test_tokens_are_counted_from_above():
    assert tokens("nodule") >= 1
    assert tokens("a" * 400) >= 100
    assert tokens("9" * 8000) >= 8000  # digit by digit, as Qwen reads them
    assert tokens("seen in 2017, 471203") >= 2 + 4 + 1 + 6
    assert tokens("\U0001f600" * 4000) >= 8000  # two or more bytes of four are a token of their own
    assert tokens("\u0301" * 4000) >= 4000
    assert tokens("CT at 6-12 months, then CT at 18-24 months.") < 25
    assert isinstance(Evidence, type)


def test_the_answers_schema_has_its_room():
    made = [value for module in (asking, entailment, translation) for value in vars(module).values() if isinstance(value, type)]
    schemas = [
        one for one in made if issubclass(one, BaseModel) and one.__module__ in (asking.__name__, entailment.__name__, translation.__name__)
    ]
    costs = {schema.__name__: tokens(json.dumps(closed(schema.model_json_schema()))) for schema in schemas}
    assert {"OptionStudy", "Composition", "Judgement", "Translation"} <= set(costs)
    assert max(costs.values()) <= SCHEMA
    assert room(8192, 700, "word") == 8192 - 700 - FRAME - SCHEMA - tokens("word")


@given(st.text(alphabet=st.sampled_from("abc .\n?0"), max_size=400), st.integers(min_value=0, max_value=120))
def test_a_clipped_text_fits_and_is_its_end(text, most):
    made = clipped(text, most)
    assert made == "" or tokens(made) <= most + 2  # joining parts may cost a token more than they did alone
    if made and made != text:
        assert made.startswith("[...]")
        assert made.split()[-1] == text.split()[-1]


def test_what_fits_is_left_as_it_is_and_sentences_stay_whole():
    text = "A long story about the journey. The CT shows a nodule of 7 mm. What follow-up?"
    assert clipped(text, 500) == text
    ending = ("[...]", "The CT shows a nodule of 7 mm.", "What follow-up?")
    assert clipped(text, min(tokens(text) - 1, sum(map(tokens, ending)))) == " ".join(ending)
    assert clipped(text, 0) == ""
