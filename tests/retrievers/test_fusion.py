from hypothesis import given
from hypothesis import strategies as st

from retrievers.fusion import fuse
from retrievers.types import Hit
from tests.conftest import passage

POOL = [passage(f"Passage {n}.", f"d{n}") for n in range(12)]


def hits(numbers, voice="lexical"):
    return [Hit(passage=POOL[n], score=10.0 - place, retriever=voice) for place, n in enumerate(numbers)]


orders = st.lists(st.integers(0, 11), unique=True, max_size=12)


@given(orders, orders)
def test_fusion_does_not_depend_on_the_order_of_the_voices(a, b):
    one = fuse({"lexical": hits(a), "dense": hits(b, "dense")})
    two = fuse({"dense": hits(b, "dense"), "lexical": hits(a)})
    assert [hit.passage.id for hit in one] == [hit.passage.id for hit in two]


@given(orders, orders)
def test_fusion_keeps_everything_once_with_both_ranks(a, b):
    fused = fuse({"lexical": hits(a), "dense": hits(b, "dense")})
    assert sorted(hit.passage.id for hit in fused) == sorted({POOL[n].id for n in (*a, *b)})
    for hit in fused:
        number = POOL.index(hit.passage)
        expected = {("lexical", a.index(number) + 1)} if number in a else set()
        expected |= {("dense", b.index(number) + 1)} if number in b else set()
        assert {(rank.retriever, rank.rank) for rank in hit.ranks} == expected


@given(orders.filter(lambda order: len(order) > 2))
def test_one_voice_keeps_its_order(a):
    assert [hit.passage.id for hit in fuse({"lexical": hits(a)})] == [POOL[n].id for n in a]


def test_what_both_voices_put_first_comes_first():
    assert fuse({"lexical": hits([3, 1, 2]), "dense": hits([3, 5, 6], "dense")})[0].passage is POOL[3]


def test_equal_scores_say_nothing():
    flat = [Hit(passage=POOL[n], score=1.0, retriever="lexical") for n in (0, 1)]
    assert {hit.score for hit in fuse({"lexical": flat})} == {0.0}
