"""Prompts of the baselines fit the model's window, as the agent's do."""

import pytest

from agent.chat.packing import FRAME, tokens
from agent.settings import load
from evals.questions import Posed
from evals.solvers import ClosedBook, SingleStep
from retrievers.types import Hit
from tests.conftest import passage
from tests.evals.conftest import item

WINDOW, OUTPUT = 1500, 200
LONG = "The nodule was seen again on this CT and measures seven millimetres. " * 100
REPLIES = {"KeyPhrases": {"phrases": ["nodule"]}, "Choice": {"reason": "", "letter": "B"}, "Chosen": {"reason": "", "letter": "B", "evidence": []},
           "Sourced": {"sentences": []}, "Unsourced": {"sentences": ["CT."]}}  # fmt: skip


class Model:
    def __init__(self):
        self.asked = []

    async def ask(self, schema, system, user, budget):
        self.asked.append((schema.__name__, system, user))
        return schema.model_validate(REPLIES[schema.__name__])


class Found:
    async def retrieve(self, query):
        texts = [f"Passage {place} of the search. " + "A solid nodule of 7 mm needs CT at 6-12 months. " * 12 for place in range(8)]
        return [
            Hit(passage=passage(text, f"card{9 - place}"), score=1 / (place + 1), retriever="hybrid") for place, text in enumerate(texts)
        ]


@pytest.mark.parametrize("options", [{"A": "one", "B": "two"}, None])
@pytest.mark.parametrize("report", ["", LONG])
@pytest.mark.parametrize("question", ["What follow-up does it need?", LONG + "What follow-up does it need?"])
async def test_long_questions_reports_and_passages_are_cut_to_the_window(question, report, options):
    own = item(1, question=question, context=report, options=options, answer="B" if options else "CT", meta={"context": "report"})
    settings = load(preset="offline", context_tokens=WINDOW, output_tokens=OUTPUT)
    for solver in (ClosedBook, SingleStep):
        model = Model()
        parts = (Found(),) if solver is SingleStep else ()
        reply = await solver("it", model, settings, *parts).solve(Posed.of(own, 0))
        for _, system, user in model.asked:
            assert tokens(system) + tokens(user) + OUTPUT + FRAME <= WINDOW
            assert "What follow-up does it need?" in user
        if parts:
            shown = [found.quote for found in reply.retrieved]
            assert 0 < len(shown) < 8
            assert shown[0].startswith("Passage 0")
            assert all(quote[:20] in model.asked[-1][2] for quote in shown)
