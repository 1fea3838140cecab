import pytest

from agent.types import Evidence
from agent.verify import check
from tests.conftest import passage

ROW = passage(
    "| single | 6-8 mm | high | CT at 6-12 months, then CT at 18-24 months |",
    "card",
    header=("number", "size", "risk", "follow-up"),
    title="Lung nodules",
    aliases=("NC-RADS",),
)
PROSE = passage("Gadolinium is not given in pregnancy. The left kidney holds a cyst of less than 5 mm.", "note")


def evidence(source=ROW):
    return [Evidence.of(source, source.text, facet_id="a", relevance=1.0)]


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("CT at 6-12 months, then CT at 18-24 months.", "supported"),
        ("A single nodule of 6-8 mm at high risk gets CT at 6-12 months, then CT at 18-24 months.", "supported"),
        ("CT at 3-6 months, then CT at 18-24 months.", "contradicted"),
        ("A single nodule of 6-8 mm at low risk gets CT at 6-12 months.", "contradicted"),
        ("No CT at 6-12 months, then no CT at 18-24 months.", "contradicted"),
        ("A single nodule of <= 8 mm gets CT at 6-12 months.", "contradicted"),
        ("PET with fluciclovine is preferred for staging.", "unsupported"),
        ("An NC-RADS 4 nodule gets CT at 6-12 months.", "contradicted"),
        ("CT after 45 mSv.", "unsupported"),
        ("The.", "unsupported"),
    ],
)
def test_a_sentence_must_be_borne_out_by_its_row(sentence, verdict):
    assert check(sentence, evidence()).verdict == verdict


@pytest.mark.parametrize(
    ("sentence", "verdict"),
    [
        ("Gadolinium is not given in pregnancy.", "supported"),
        ("Gadolinium is given in pregnancy.", "contradicted"),
        ("The left kidney holds a cyst of less than 5 mm.", "supported"),
        ("The right kidney holds a cyst of less than 5 mm.", "contradicted"),
        ("The left kidney holds a cyst of at most 5 mm.", "contradicted"),
        ("The left kidney holds a cyst of less than 5 cm.", "contradicted"),
        ("Both kidneys hold bilateral cysts.", "contradicted"),
    ],
)
def test_negation_side_comparator_and_unit_count(sentence, verdict):
    assert check(sentence, evidence(PROSE)).verdict == verdict


def test_the_questions_own_value_may_lie_inside_the_interval():
    sentence = "A 7 mm nodule gets CT at 6-12 months, then CT at 18-24 months."
    assert check(sentence, evidence(), "What about a 7 mm nodule?").holds
    assert not check(sentence, evidence(), "What about a nodule?").holds


def test_nothing_is_supported_without_evidence():
    assert check("CT at 6-12 months.", []).verdict == "unsupported"


def test_a_quote_that_is_not_verbatim_cannot_be_made():
    with pytest.raises(ValueError, match="does not stand"):
        Evidence.of(ROW, "CT at 1 month", facet_id="a", relevance=1.0)


def test_some_words_are_not_enough():
    assert check("Gadolinium pregnancy kidney with unknown novel compounds everywhere today.", evidence(PROSE)).verdict in (
        "partly",
        "unsupported",
    )
