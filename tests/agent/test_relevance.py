import pytest

from agent.reading import DocumentFit, Reading
from agent.reasoners.protocol import Weighed
from agent.relevance import PROSE, Calibration, calibrated, confidence, enough, features, needs_image, off_topic, scale, strength
from agent.types import Draft, Evidence, OptionWeight, Question
from tests.conftest import passage

POINTING = [
    "What lung nodule is shown in this image?",
    "What does this CT show?",
    "What abnormality is seen in the figure?",
    "Is there a pneumothorax in this radiograph?",
    "What plane is this?",
    "What plane is shown?",
    "What type of imaging is this?",
    "What imaging modality is used to take this image?",
    "Is this an MRI of the brain?",
    "Is this a KUB film?",
    "Is this brain scan normal?",
    "Is this X-ray suggestive of aortic dissection?",
    "What are the arrows pointing at?",
    "Which structure does the arrowhead indicate?",
    "What is the diagnosis in the attached scan?",
    "Which organ is depicted above?",
    "Describe the following images.",
    "What is the given picture?",
    "Is the study normal?",
    "What does the MRI show?",
    "Is there free air on the radiograph?",
    "Where is the lesion in the CT scan?",
    "Does the picture contain the liver?",
    "Which of the ribs is fractured in the image shown?",
    "What is the finding in the radiograph below?",
]
STANDING_ALONE = [
    "What is the study of choice for suspected appendicitis?",
    "When should the CT be repeated after a 7 mm nodule?",
    "Which findings on the CT suggest appendicitis?",
    "In the study by Smith, what was the sensitivity?",
    "Which view is best for the scaphoid?",
    "What does the MRI show in focal nodular hyperplasia?",
    "Is the scan needed after a normal ultrasound?",
    "What is the Bosniak class of a cyst with a 4 mm wall?",
    "Given CT findings of free fluid, which grade is it?",
    "What is seen on CT in appendicitis?",
    "Where do metastases of the prostate go?",
    "Which of the following studies is best?",
    "How should the radiograph of a suspected hip fracture be taken?",
    "What does the image quality of MRI depend on?",
    "How long after the MRI may she breastfeed?",
    "Is imaging needed in low-risk back pain?",
    "What is the first-line imaging modality in pregnancy?",
    "Which type of imaging is used for pyloric stenosis?",
    "Does a 4 mm nodule need a follow-up CT?",
    "What is a Salter-Harris II fracture?",
    "How is the arrow sign of appendicitis defined?",
    "What are the T2 signs of an endometrioma?",
    "How thick may the wall of the gallbladder be?",
    "Is a CT of the chest indicated after a normal radiograph?",
    "Isolated calf vein clot, no anticoagulation: when is the next scan?",
    "4-week-old vomiting, pyloric muscle 4.5 mm, never opens on the scan. What now?",
    "How many target lesions are allowed in all and per organ?",
]


@pytest.mark.parametrize("text", POINTING)
def test_a_question_that_points_at_an_image_needs_it(text):
    assert needs_image(Question.of(text))


@pytest.mark.parametrize("text", STANDING_ALONE)
def test_a_question_about_imaging_at_large_needs_none(text):
    assert not needs_image(Question.of(text))


@pytest.mark.parametrize("text", POINTING)
def test_a_report_stands_for_the_image(text):
    assert not needs_image(Question.of(text, report="CT chest: a 7 mm solid nodule."))


def fit(item, about=0.9):
    return DocumentFit(item.document_id, item.source, about, about, about, 1.0)


def reading(item, relevance=0.8):
    return Reading(item, item.text, relevance, None, 0.8, 0.8)


def test_a_retracted_source_never_carries():
    good, gone = passage("A thin wall.", "a"), passage("A thin wall.", "b", retracted=True)
    assert enough(fit(good), reading(good)) > 0.8
    assert strength(fit(good), reading(good)) > 0.5
    assert enough(fit(gone), reading(gone)) == 0.0
    assert strength(fit(gone), reading(gone)) == 0.0


def test_more_of_everything_is_more_probable_and_authority_adds_a_little():
    item = passage("A thin wall.", "a")
    grown = [enough(fit(item, share), reading(item, share)) for share in (0.1, 0.3, 0.5, 0.7, 0.9)]
    assert grown == sorted(grown)
    assert grown[0] < 0.1 < 0.9 < grown[-1]
    checked = passage("A thin wall.", "b", kind="guideline", checked=("https://example.org",))
    assert enough(fit(checked, 0.4), reading(checked, 0.4)) > enough(fit(item, 0.4), reading(item, 0.4))


def test_the_scale_is_read_from_its_file_and_the_reading_is_capped():
    item = passage("A thin wall.", "a")
    assert scale().about > 0
    assert features(fit(item), reading(item, 5.0))[-1] == 1.2
    assert strength(fit(item), reading(item, -9.0)) == 0.0


HEADER = ("size", "follow-up")
GUIDELINE = {"kind": "guideline", "checked": ("https://example.org",), "results": ("follow-up",)}


def evidence(text, name="d", relevance=0.95, strength=1.0, header=HEADER, **source):
    item = passage(text, name, header, **(GUIDELINE | source))
    return Evidence.of(item, item.text, facet_id="f", relevance=relevance, strength=strength)


@pytest.fixture(autouse=True)
def uncalibrated(monkeypatch):
    """The rules before the map; `calibrated` has tests of its own."""
    monkeypatch.setattr("agent.relevance.calibration", lambda: Calibration(bias=0.0, slope=1.0, choice=0.0, polar=0.0))


LEAD = evidence("| 6-8 mm | CT at 6-12 months |")
OPEN = Question.of("Follow-up for a 7 mm nodule?")


def sure(*items, question=OPEN, **more):
    drafts = [Draft(text="CT.", evidence_ids=(items[0].id,))] if items else []
    return confidence(question, Weighed(evidence=items, best=items[0].relevance if items else 0.0, **more), drafts)


def test_a_checked_guideline_that_fits_is_of_high_confidence():
    made = sure(LEAD)
    assert (made.level, made.score) == ("high", pytest.approx(0.95))
    assert made.why == "1 guideline, no source differs"


def test_confidence_is_never_certain_nor_nothing():
    assert sure(evidence("| 6-8 mm | CT |", relevance=1.0)).score == pytest.approx(0.97)
    assert sure(evidence("| 6-8 mm | CT |", relevance=0.0)).score == pytest.approx(0.02)


def test_nothing_found_is_no_confidence():
    made = sure()
    assert (made.score, made.level, made.why) == (0.0, "low", "nothing was found")


@pytest.mark.parametrize(
    ("gap", "score"), [(0.0, 0.5), (0.05, 0.75), (0.10, 0.95), (0.5, 0.95)]
)  # 0.5 + half the share of a clear distance
def test_a_close_row_that_says_something_else_is_a_ceiling(gap, score):
    rival = evidence("| > 8 mm | PET |", strength=1.0 - gap)
    assert sure(LEAD, rival).score == pytest.approx(score)


@pytest.mark.parametrize(
    "other",
    [
        evidence("| > 8 mm | CT at 6-12 months |"),
        evidence("| > 8 mm | PET |", "other-document"),
        evidence("A nodule grows.", header=()),
        evidence("| big | PET |", header=("extent", "follow-up")),
    ],
)
def test_what_is_no_rival_lowers_nothing(other):
    assert sure(LEAD, other).score == pytest.approx(0.95)


def test_prose_is_never_certain_and_close_prose_lowers_it_no_further():
    prose = evidence("A nodule of 7 mm grows.", header=())
    assert sure(prose).score == pytest.approx(PROSE)
    assert sure(prose, evidence("Other words.", header=())).score == pytest.approx(PROSE)
    assert sure(prose).level == "moderate"


def test_conflicts_unchecked_sources_and_unmet_values_lower_it():
    assert sure(LEAD, conflicts=("A says x",)).score == pytest.approx(0.79)
    assert sure(LEAD, conflicts=("A says x",)).level == "moderate"
    assert "sources differ" in sure(LEAD, conflicts=("A says x",)).why
    unchecked = sure(evidence("| 6-8 mm | CT |", checked=()))
    assert unchecked.score == pytest.approx(0.83)
    assert "numbers not checked" in unchecked.why
    assert sure(LEAD, question=Question.of("Follow-up for 20 mm?")).score == pytest.approx(0.75)


def test_a_case_is_never_of_high_confidence():
    made = sure(evidence("A nodule of 7 mm.", header=(), kind="case", checked=()))
    assert made.score == pytest.approx(0.79)
    assert made.level == "moderate"
    assert made.why == "1 other source, no source differs"


def test_both_kinds_of_source_are_counted():
    case = evidence("A case of 7 mm.", "case", header=(), kind="case", checked=())
    drafts = [Draft(text="CT.", evidence_ids=(LEAD.id, case.id))]
    assert confidence(OPEN, Weighed(evidence=(LEAD, case), best=0.9), drafts).why == "1 guideline and 1 other source, no source differs"


def test_without_citations_the_lead_is_counted():
    assert confidence(OPEN, Weighed(evidence=(LEAD,)), []).why.startswith("1 guideline")


@pytest.mark.parametrize(("scores", "score"), [((0.5, 0.4), 0.45), ((0.9, 0.0), 0.95), ((0.3, 0.3), 0.35)])
def test_a_narrow_margin_between_options_is_a_ceiling(scores, score):
    question = Question.of("Follow-up for 7 mm?", {"A": "CT", "B": "PET"})
    options = tuple(
        OptionWeight(label=label, text=label, supporting=0.5, contradicting=0, score=value)
        for label, value in zip("AB", scores, strict=True)
    )
    assert sure(LEAD, question=question, weights=options).score == pytest.approx(score)


def test_why_there_is_no_answer_tells_nothing_from_too_little():
    assert "Nothing in the sources" in off_topic(Weighed(), 0.5)
    assert "Nothing in the sources" in off_topic(Weighed(evidence=(LEAD,), best=0.1), 0.5)
    assert "no passage carries" in off_topic(Weighed(evidence=(LEAD,), best=0.4), 0.5)


@pytest.mark.parametrize("options", [None, {"A": "CT", "B": "PET"}, {"A": "yes", "B": "no"}])
def test_the_calibrated_confidence_rises_with_the_raw_one_and_stays_a_probability(options, monkeypatch):
    monkeypatch.undo()
    question = Question.of("Follow-up for 7 mm?", options)
    made = [calibrated(raw / 100, question) for raw in range(2, 98)]
    assert made == sorted(made)
    assert 0 < made[0] < made[-1] < 1


def test_the_map_of_the_data_file_tells_yes_and_no_from_other_options(monkeypatch):
    monkeypatch.undo()
    polar, choice = (Question.of("Follow-up?", options) for options in ({"A": "yes", "B": "no"}, {"A": "CT", "B": "PET"}))
    assert calibrated(0.9, polar) < calibrated(0.9, choice)


def test_a_cap_because_of_who_says_it_holds_after_calibration_too(monkeypatch):
    monkeypatch.setattr("agent.relevance.calibration", lambda: Calibration(bias=5.0, slope=1.0, choice=0.0, polar=0.0))
    assert sure(evidence("A nodule of 7 mm.", header=(), kind="case", checked=())).score == pytest.approx(0.79)
    assert sure(LEAD, conflicts=("A says x",)).level == "moderate"
