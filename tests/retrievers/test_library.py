import pytest

from retrievers.embedding import HashEmbedder
from tests.conftest import passage


def test_coverage_is_the_share_of_the_words_weight(small_library):
    shares = small_library.coverage(["bosniak", "kidney"])
    assert shares["kidney-card"] == pytest.approx(1.0)
    assert "note" not in shares
    assert small_library.coverage([]) == {}


def test_an_unknown_word_weighs_as_much_as_the_rarest(small_library):
    assert small_library.weight("xylophone") >= max(small_library.weight(stem) for stem in ("bosniak", "gallston"))
    assert small_library.coverage(["bosniak", "xylophon"])["kidney-card"] < 0.6
    assert small_library.knows("bosniak")
    assert not small_library.knows("xylophon")


def test_a_passage_is_read_with_its_title_and_section(small_library):
    row = next(p for p in small_library.passages("kidney-card") if p.is_row)
    assert small_library.covered(["cystic", "class"], row) == pytest.approx(1.0)
    assert small_library.covered([], row) == 0.0


def test_nearness_is_zero_outside_the_index(small_library):
    inside = small_library.passages("note")[0]
    vector = small_library.vector("Gallstones cast a shadow")
    near, outside = small_library.nearness(vector, [inside, passage("Elsewhere.", "web")])
    assert near > 0.1
    assert outside == 0.0


def test_documents_are_found_by_name(small_library):
    assert small_library.source("note").title == "Gallbladder notes"
    assert small_library.source("nothing") is None
    assert small_library.document("nothing") is None
    assert small_library.document("note").id == "note"
    assert small_library.passages("nothing") == []
    assert HashEmbedder().dimensions == 64


def test_a_text_is_about_the_documents_it_names(small_library):
    assert small_library.subjects("How often is a Bosniak 2019 class wrong?") == {"kidney-card"}
    assert small_library.subjects("Cystic kidney mass") == {"kidney-card"}
    assert small_library.subjects("A kidney of 4 cm") == frozenset()
