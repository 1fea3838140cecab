import pytest

from evals.verification import items, supported


@pytest.fixture(scope="module", params=[7, 11])
def counts(request, claims):
    return supported(claims if request.param == 7 else items(request.param))


def share(counts, name):
    yes, count = counts[name]
    return yes / count


def test_there_are_enough_items_of_every_condition(counts):
    conditions = ("right", "removed", "other topic", "flipped")
    assert sum(counts[name][1] for name in conditions) >= 400
    assert all(counts[name][1] >= 100 for name in conditions)


def test_the_verifier_depends_on_the_evidence(counts):
    assert share(counts, "right") >= 0.90
    assert share(counts, "removed") == 0
    assert share(counts, "other topic") <= 0.05
    assert share(counts, "flipped") <= 0.05


@pytest.mark.parametrize("flip", ["number", "side", "presence", "category", "negation", "modality", "procedure", "anatomy"])
def test_each_kind_of_flip_is_seen(counts, flip):
    assert share(counts, f"flipped: {flip}") <= 0.05
