"""What a source says of itself."""

import pytest

from corpora.types import SourceRecord


@pytest.mark.parametrize(
    ("kind", "told", "phrase"),
    [
        ("guideline", {"citation": "Nobody N. Test J 2020"}, "guideline summary, Nobody N. Test J 2020"),
        ("guideline", {"organisation": "Test Society", "year": 2020}, "guideline summary, Test Society, 2020"),
        ("topic", {"citation": "A. J 2019; B. J 2021"}, "reference topic, sources: A. J 2019; B. J 2021"),
        ("topic", {}, "reference topic, without a named source"),
        ("case", {"metadata": {"fictional": "true"}}, "invented teaching case"),
        ("case", {}, "case report"),
        ("document", {}, "own document"),
    ],
)
def test_a_source_says_what_its_statements_rest_on(kind, told, phrase):
    assert SourceRecord(id="a", title="A title", kind=kind, **told).rests_on == phrase
