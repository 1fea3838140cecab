"""What a text affirms and what it denies, and whether two texts speak against each other. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from agent.reading.wording import wording
from retrievers.words import stem, tokens, words


@lru_cache(maxsize=1 << 15)
def polarity(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems that a text affirms and those that stand in the scope of a negator ("no", "without", "spares")."""
    said: set[str] = set()
    denied: set[str] = set()
    for clause in re.split(r"[;:.?!]\s|[,()]|\bbut\b|\band\b(?=\s(?:no|not|without)\b)", _signed(text)):
        left = 0
        for token in tokens(clause):
            if token in wording().negators:
                left = 5
                continue
            for word in words(token):
                (denied if left > 0 else said).add(word)
            left -= 1
    return frozenset(said), frozenset(denied - said)


_TURNS = re.compile(r"[;:.?!,()](?:\s|$)|\b(?=(?:rather than|instead of|without|but|because|although|and (?:the|a|an))\b)", re.IGNORECASE)
_NEGATOR = re.compile(r"\b(?:no|not|none|never|neither|nor|cannot|without|rather than|instead of)\b|n't\b", re.IGNORECASE)
_REFUSAL = re.compile(
    r"\b(?:avoid\w*|unnecessary|contraindicated|withheld|withhold\w*|insufficient|removed|abandoned|outside|discharged?|exclud\w+"
    r"|rul(?:e|es|ed|ing) out|omitted)\b",
    re.IGNORECASE,
)


def refuses(text: str) -> bool:
    """Whether a clause denies: "not indicated" and "withheld" do, "should not be withheld" does not."""
    return bool(_NEGATOR.search(text)) != bool(_REFUSAL.search(text))


def turns(text: str) -> list[str]:
    """The clauses of a text, each with one polarity of its own."""
    return [clause for clause in _TURNS.split(text) if clause and clause.strip()]


@lru_cache(maxsize=1 << 15)
def clauses(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """The stems of the clauses that affirm, and those of the clauses that deny: "biopsy is not required; ultrasound suffices".

    Coarser than `polarity`, whose negator reaches forward only: here the subject of "is not required" is denied too.
    """
    said: set[str] = set()
    denied: set[str] = set()
    for clause in turns(text):
        (denied if refuses(clause) else said).update(words(clause))
    return frozenset(said), frozenset(denied - said)


@lru_cache(maxsize=1)
def opposites() -> dict[str, frozenset[str]]:
    """Stem -> the stems that mean the opposite, from `data/wording.toml`."""
    pairs = [[stem(word) for word in pair.split("/")] for pair in wording().opposites]
    return {word: frozenset(other for pair in pairs if word in pair for other in pair if other != word) for pair in pairs for word in pair}


def denies(cell: str, question: str) -> bool:
    """Whether a cell (or sentence) and a question speak against each other: one affirms what the other denies, or its opposite."""
    said, denied = polarity(cell)
    asked_said, asked_denied = polarity(question)
    if denied & asked_said or (said & asked_denied) - asked_said:
        return True
    for word in said - asked_said:
        against = opposites().get(word, frozenset())
        if against & asked_said and not against & said:
            return True
    return False


_RELATION_WORDS = (
    (r"not (?:above|exceeding|higher than|greater than|more than)|no more than|up to|at most|less than or equal to|not over", "<="),
    (r"not below|at least|no less than|greater than or equal to", ">="),
    (r"above|exceeds|exceeding|more than|greater than|higher than|hotter than", ">"),
    (r"below|less than|lower than|under", "<"),
)
_RELATION = re.compile(
    r"(<=|>=|<|>)\s{0,3}(?:the\s|that of\s|of\s){0,3}([a-z][\w -]{0,200}?)"
    r"(?=\s(?:and|but|or|in|on|with|of|at|for|by|than)\b|[,;.?!:()]|<|>|$)"
)


@lru_cache(maxsize=1 << 15)
def _relations(text: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Comparisons with things rather than numbers: "> liver" as (">", {"liver"}); names are cut to six letters."""
    return tuple((sign, frozenset(word[:6] for word in words(name))) for sign, name in _RELATION.findall(_signed(text)))


def _signed(text: str) -> str:
    """Lower case, with comparisons in words as signs: "not above" is "<="."""
    lowered = text.lower().replace("≥", ">=").replace("≤", "<=")
    for pattern, sign in _RELATION_WORDS:
        lowered = re.sub(rf"\b(?:{pattern})\b", sign, lowered)
    return lowered


def relations_agree(cell: str, question: str) -> bool | None:
    """Whether the comparisons of cell and question agree on the things both name; None when they share none."""
    verdicts = [one[0] == other[0] for one, names in _relations(cell) for other, asked in _relations(question) if names & asked]
    return all(verdicts) if verdicts else None
