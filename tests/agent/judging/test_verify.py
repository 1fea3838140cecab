import pytest

from agent.judging.verify import check
from agent.types import Evidence
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


MASS = passage(
    "The Bosniak classification does not apply to solid renal masses.", "bosniak", title="Cystic renal masses", modality=("CT", "MRI")
)
CIRRHOSIS = passage("Cirrhosis makes washout of a mass specific for cancer.", "washout", title="Washout")
SOCIETY = passage(
    "Follow up at 12 months with the same technique.", "plain", organisation="Society of Thoracic Radiology", modality=("MRI",)
)


@pytest.mark.parametrize(
    ("sentence", "source", "verdict"),
    [
        ("MRI at 6-12 months, then MRI at 18-24 months.", ROW, "unsupported"),
        ("PET at 6-12 months, then biopsy at 18-24 months.", ROW, "unsupported"),
        ("CT at 6-12 months, then biopsy at 18-24 months.", ROW, "unsupported"),
        ("A single renal mass of 6-8 mm at high risk gets CT at 6-12 months.", ROW, "unsupported"),
        ("A single pulmonary nodule of 6-8 mm at high risk gets chest CT at 6-12 months.", ROW, "supported"),
        ("Computed tomography at 6-12 months, then CT at 18-24 months.", ROW, "supported"),
        ("The Bosniak classification does not apply to solid hepatic masses.", MASS, "unsupported"),
        ("The Bosniak classification does not apply to solid masses of the kidney.", MASS, "supported"),
        ("On MRI the Bosniak classification does not apply to solid renal masses.", MASS, "supported"),
        ("Cirrhosis of the liver makes washout of a mass specific for cancer.", CIRRHOSIS, "supported"),
        ("Cirrhosis of the kidney makes washout of a mass specific for cancer.", CIRRHOSIS, "unsupported"),
        ("Society of Thoracic Radiology: follow up at 12 months with MRI.", SOCIETY, "supported"),
        ("Follow up the lung at 12 months with the same technique.", SOCIETY, "unsupported"),
        ("Follow up at 12 months with CT, the same technique.", SOCIETY, "unsupported"),
    ],
)
def test_a_sentence_names_no_modality_procedure_or_site_that_its_evidence_does_not_tell_of(sentence, source, verdict):
    assert check(sentence, evidence(source)).verdict == verdict


def test_a_sources_modalities_count_only_where_the_passage_tells_of_none():
    row = ROW.model_copy(update={"source": ROW.source.model_copy(update={"modality": ("CT", "MRI")})})
    assert not check("MRI at 6-12 months, then MRI at 18-24 months.", evidence(row)).holds


def test_what_the_question_states_may_be_repeated_and_what_it_asks_about_may_not():
    said = "MRI at 6-12 months, then MRI at 18-24 months."
    assert not check(said, evidence(), "Does a nodule need CT or MRI?").holds
    assert not check(said, evidence(), "Is MRI needed for a nodule?").holds
    found = "On MRI, a single nodule of 6-8 mm at high risk gets CT at 6-12 months."
    assert check(found, evidence(), "A nodule was found on MRI, what next?").holds
    assert check(found, evidence(), "MRI showed a nodule. What next?").holds
    assert not check(found, evidence(), "What next for a nodule?").holds


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


ABUSE = passage("The corner fracture is the most specific fracture of non-accidental injury in infants.", "abuse")
DELTA = passage("The pseudo-delta sign of non-contrast CT is a dense clot about the sinus.", "delta")
SHIFT = passage("Chemical shift MRI works best for adrenal masses of 10 to 30 HU.", "shift")


@pytest.mark.parametrize(
    ("sentence", "source", "stands"),
    [
        ("The corner fracture is the most specific fracture for injury in infants.", ABUSE, True),
        ("The corner fracture is not the most specific fracture of non-accidental injury in infants.", ABUSE, False),
        ("The corner fracture is the most specific fracture of accidental injury in infants.", ABUSE, False),
        ("It must not be confused with the pseudo-delta sign of non-contrast CT.", DELTA, True),
        ("The pseudo-delta sign of non-contrast CT is not a dense clot.", DELTA, False),
        ("Chemical shift MRI works best for adrenal masses of 10 to 30 HU, not for this one.", SHIFT, True),
        ("Chemical shift MRI does not work for adrenal masses of 10 to 30 HU.", SHIFT, False),
    ],
)
def test_a_denial_counts_where_the_evidence_speaks_of_what_is_denied(sentence, source, stands):
    assert check(sentence, evidence(source)).holds is stands


GOUT = passage("Gout causes juxta-articular erosions with overhanging edges and preserved joint space.", "gout")


@pytest.mark.parametrize(
    ("sentence", "stands"),
    [
        ("Juxta-articular erosions with overhanging edges suggest gout.", True),
        ("These erosions with overhanging edges are characteristic of gout.", True),
        ("Marginal erosions with early narrowing suggest rheumatoid arthritis.", False),
    ],
)
def test_words_that_relate_finding_and_diagnosis_need_no_proof(sentence, stands):
    asked = "Juxta-articular erosions with overhanging edges and preserved joint space suggest:\nRheumatoid arthritis\nGout"
    assert check(sentence, evidence(GOUT), asked).holds is stands


def test_the_article_after_zone_is_no_category():
    source = passage("| peripheral zone | 3 | PI-RADS 4 |", "pr", header=("zone", "DWI score", "category"))
    assert "peripheral A" not in check("In the peripheral zone a DWI score of 3 is PI-RADS 4.", evidence(source)).reason
