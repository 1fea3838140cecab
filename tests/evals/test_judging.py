"""The table of a verifier, with judges whose answers are known."""

import pytest

from agent.judging.entailment import ConceptScorer, Entailed
from evals import judging
from evals.judging import GOALS, as_text, main, sampled, table
from evals.verification import items


@pytest.fixture(scope="module")
def made(claims):
    return sampled(claims, 12, seed=3)


class Always:
    """A judge that ignores the evidence."""

    name = "always"

    async def judge(self, pairs):
        return [Entailed("supported", "because") for _ in pairs]


def test_a_sample_holds_as_many_items_of_each_condition(claims, made):
    again = items()
    assert len(made) == 48
    assert again == claims
    assert sampled(again, 12, seed=3) == made
    assert len(sampled(again, None, seed=3)) >= 400


async def test_a_judge_that_ignores_the_evidence_is_seen_and_the_rules_stop_what_they_can(made):
    rows = {row.name: row for row in await table(made, Always())}
    assert all(rows[name].alone == rows[name].n == 12 for name in GOALS)
    assert rows["removed"].ruled == 0
    assert rows["flipped"].ruled <= 2
    assert rows["right"].ruled >= 10


async def test_the_default_judge_meets_the_goals_after_the_rules(made):
    rows = {row.name: row for row in await table(made, ConceptScorer())}
    assert rows["right"].ruled >= 11
    assert rows["removed"].ruled == rows["other topic"].ruled == 0


async def test_the_table_names_each_condition_with_its_goal(made):
    text = as_text(await table(made, Always()), "always")
    assert "judged by always" in text
    assert ">= 90%" in text
    assert text.count("<= 5%") == 3


def test_the_command_tells_whether_the_goals_are_met(capsys, monkeypatch, claims):
    monkeypatch.setattr(judging, "items", {7: claims}.__getitem__)
    assert main(["--limit", "8"]) == 0
    assert "judged by concepts" in capsys.readouterr().out
    assert main(["--limit", "8", "--json"]) == 0
    assert '"name": "right"' in capsys.readouterr().out
