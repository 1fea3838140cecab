import pytest

from agent.calculators.points import summed
from corpora.passages import split
from corpora.readers.cards import FOLDER, card

FINDINGS = "solid hypoechoic nodule, wider than tall, smooth margin, no echogenic foci, 1.2 x 0.9 x 1.0 cm"


@pytest.fixture(scope="module")
def ti_rads():
    return split(card(FOLDER / "acr-ti-rads-2017.md"))


@pytest.mark.parametrize(
    ("text", "points"),
    [
        (FINDINGS, 4),
        (FINDINGS.replace("hypoechoic", "very hypoechoic"), 5),
        (FINDINGS.replace("hypoechoic", "isoechoic"), 3),
        (FINDINGS.replace("wider than tall", "taller than wide"), 7),
        (FINDINGS.replace("smooth margin", "lobulated margin"), 6),
        (FINDINGS.replace("no echogenic foci", "punctate echogenic foci"), 7),
        (FINDINGS.replace("solid", "mixed cystic and solid"), 3),
    ],
)
def test_points_are_summed_as_the_table_gives_them(ti_rads, text, points):
    score = summed(ti_rads, text)
    assert score is not None
    assert score.missing == ()
    assert score.total == points
    assert len(score.rows) == 5


def test_a_group_that_nothing_states_is_missing_and_not_zero(ti_rads):
    score = summed(ti_rads, "solid hypoechoic nodule, wider than tall")
    assert score is not None
    assert score.missing == ("margin", "echogenic foci")


def test_a_text_without_features_has_no_score(ti_rads):
    assert summed(ti_rads, "What is TR4?") is None


def test_a_report_gets_its_category_from_the_points_it_states(radqa_agent):
    answer = radqa_agent.ask(
        "Which TI-RADS category, and what next?", report=f"FINDINGS: Right lobe: {FINDINGS}. No suspicious lymph nodes."
    )
    assert "TR4" in answer.claims[0].text
    assert "follow-up ultrasound at 1, 2, 3 and 5 years" in answer.claims[0].text
    counted = answer.claims[1]
    assert counted.text.startswith("Counted: composition solid or almost completely solid, 2 points; echogenicity hypoechoic, 2 points;")
    assert len(counted.citations) == 5
