"""What is promised on the gold sets, where they are at hand (RADQA_SHARED_DATA)."""

import os

import pytest

pytestmark = pytest.mark.skipif("RADQA_SHARED_DATA" not in os.environ, reason="RADQA_SHARED_DATA names no folder with the gold sets")


@pytest.mark.parametrize("name", ["E3C gold, train", "Mantra, disorders"])
def test_linking_reaches_its_target_and_beats_exact_strings(link, known, name):
    from bench.concepts import SETS, TARGETS, exact_strings, linking, product
    from bench.gold import texts

    gold = texts(*SETS[name])
    found, baseline = linking(gold, product(link)), linking(gold, exact_strings(known))
    assert found.f1 >= TARGETS[name]
    assert found.f1 > baseline.f1 + 0.1
    assert found.n == baseline.n > 300


def test_assertions_agree_with_the_coders_of_chest_reports(link):
    from bench.concepts import assertions_on_indiana

    found = assertions_on_indiana(link)
    assert len(found["findings"]) == 15
    assert found["all"].f1 >= 0.90
    assert found["linked"].f1 >= 0.90
    assert found["false_present"] <= 0.015
