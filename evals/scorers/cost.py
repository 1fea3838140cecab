"""Cost of an item: seconds, seconds outside the model, model calls, tokens, money. Lower is better."""

from __future__ import annotations

from agent.settings import Settings
from corpora.types import Frozen
from evals.scorers.case import Case, Scores
from evals.types import Score


class Prices(Frozen):
    """Money for a million tokens, read and written."""

    tokens_in: float = 0.0
    tokens_out: float = 0.0

    @classmethod
    def of(cls, settings: Settings) -> Prices:
        """The settings' prices."""
        return cls(tokens_in=settings.price_in, tokens_out=settings.price_out)


def score(case: Case, so_far: Scores, prices: Prices | None = None) -> Scores:
    """`seconds`, `seconds_outside_model`, `calls`, `tokens`, and `money` where prices are set; kept answers cost what they once did."""
    reply, prices = case.response, prices or Prices()
    money = (reply.tokens_in * prices.tokens_in + reply.tokens_out * prices.tokens_out) / 1e6
    values = {
        "seconds": reply.seconds,
        "seconds_outside_model": max(0.0, reply.seconds - reply.model_seconds),
        "calls": float(reply.calls),
        "tokens": float(reply.tokens_in + reply.tokens_out),
    }
    return {name: Score(value=round(value, 6)) for name, value in (values | ({"money": money} if money else {})).items()}
