from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from corpora.concepts.alphabet import LAST, Alphabet, ascending, separated
from corpora.concepts.ontologies import Entity, Heading

NAMES = "abscess bronchitis cough dizziness edema fever gout headache tonsillitis uveitis vertigo xerostomia".split()
ORDER = Alphabet((1000 * place, name) for place, name in enumerate(NAMES, 1))
LABELS = {"D1": "Dizziness", "D2": "Vertigo"}
VERTIGO = Entity("hp", "HP:1", "Vertigo", ("Dizziness", "Spinning"), ("C0004000", "C0011000"), ("D1", "D2"), parents=("HP:0",))


@given(st.lists(st.tuples(st.integers(0, 99), st.text("abc", max_size=3)), max_size=30).map(sorted))
def test_a_chain_rises_in_number_and_name_and_comes_from_the_pairs(pairs):
    chain = ascending(pairs)
    assert set(chain) <= set(pairs)
    assert all(a[0] <= b[0] and a[1] < b[1] for a, b in pairwise(chain))
    assert len(chain) >= min(1, len(pairs))


def test_the_longest_chain_is_taken():
    assert ascending([(1, "b"), (2, "a"), (3, "c"), (4, "d"), (5, "b")]) == [(2, "a"), (3, "c"), (4, "d")]


def test_a_cui_fits_a_term_where_the_alphabet_has_it_in_any_turn_of_its_words():
    assert ORDER.fits("C0004000", "Dizziness")
    assert not ORDER.fits("C0004000", "Vertigo")
    assert ORDER.fits("C0005100", "Pulmonary edema")
    assert ORDER.fits("C0005100", "Edema, pulmonary")
    assert not ORDER.fits(f"C{LAST:07}", "Vertigo")


def test_a_cui_whose_name_is_known_fits_that_name_only():
    assert not ORDER.fits("C0004000", "Distress")
    assert ORDER.fits("C0003900", "Distress")
    assert not ORDER.fits("C0003900", "Dizziness spells")


def test_at_the_ends_of_the_alphabet_nothing_is_known():
    assert not ORDER.fits("C0000900", "Aaa")
    assert not Alphabet([]).fits("C0004000", "Dizziness")


def test_the_order_is_fitted_on_classes_with_one_cui_and_one_heading():
    single = [Entity("hp", f"HP:{n}", "other words", cuis=(f"C{1000 * n:07}",), mesh=(f"D{n}",)) for n in range(1, 13)]
    mesh = [Heading(f"D{n}", name) for n, name in enumerate(NAMES, 1)]
    assert Alphabet.of([*single, VERTIGO], mesh).fits("C0004000", "Dizziness")


def test_a_class_is_parted_where_another_of_its_cuis_means_a_synonym():
    left, other = separated([VERTIGO], ORDER, LABELS)
    assert (left.cuis, left.synonyms, left.mesh) == (("C0011000",), ("Spinning",), ("D2",))
    assert (other.name, other.cuis, other.mesh, other.parents) == ("Dizziness", ("C0004000",), ("D1",), ("HP:0",))
    assert other.id != left.id == VERTIGO.id


def test_what_no_term_fits_stays_a_further_cui():
    (left,) = separated([Entity("hp", "HP:1", "Vertigo", ("Spinning",), ("C0011000", "C0235991"))], ORDER, {})
    assert left.cuis == ("C0011000", "C0235991")


def test_a_cui_that_another_class_of_the_same_name_has_is_not_parted_off():
    joint = Entity("hp", "HP:1", "Septic joint", ("Dizziness", "Edema"), ("C0004000", "C0005000"))
    other = Entity("mondo", "MONDO:1", "septic joint", (), ("C0004000",))
    assert [entity.cuis for entity in separated([joint, other], ORDER, {})] == [("C0004000",), ("C0005000",), ("C0004000",)]


def test_a_class_whose_name_fits_none_of_its_cuis_stays_whole():
    flat = Entity("hp", "HP:1", "Pes planus", ("Dizziness",), ("C0004000", "C4280547"))
    assert separated([flat], ORDER, {}) == [flat]


def test_a_class_with_one_cui_is_left_alone():
    gout = Entity("hp", "HP:1", "Gout", ("Dizziness",), ("C0004000",))
    assert separated([gout], ORDER, LABELS) == [gout]
