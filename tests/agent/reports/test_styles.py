"""Reports as they are dictated: without headings, in small letters, as a form, with labels, in one line."""

import pytest

from agent.reports.reading import read


def seen(text):
    return [
        (one.organ, one.kind, one.side, one.size.largest if one.size else None, one.certainty) for one in read(text, masked=False).findings
    ]


def test_a_report_without_headings_has_a_head_and_then_findings():
    report = read("US ABDOMEN\n4 mo M, antenatal hydronephrosis\nLeft kidney: 3 mm stone. No ascites.\nIMPRESSION: Stone.", masked=False)
    assert [one.kind for one in report.findings] == ["stone"]
    assert [one.role for one in report.left if "antenatal" in one.text] == ["technique"]


def test_an_impression_may_be_short_for_it_and_stand_inside_a_line():
    assert (
        read("CT CHEST. 7 mm nodule in the right upper lobe. Conclusion: 7 mm nodule right upper lobe.", masked=False)
        .findings[0]
        .is_in_impression
    )
    assert read("CT CHEST\n7 mm nodule in the right upper lobe.\nImpr.: RUL nodule.", masked=False).findings[0].is_in_impression


def test_sentences_in_small_letters_are_apart():
    text = "ct neck\nleft peritonsillar abscess 21 mm. hypodense nodule in the right thyroid lobe, 17 mm."
    assert [(organ, side) for organ, _, side, *_ in seen(text)] == [("neck", "left"), ("thyroid", "right")]


def test_answers_of_a_form_decide():
    (finding,) = read(
        "MRI LIVER\nINDICATION: cirrhosis.\nFINDINGS:\nObservation 1: segment VIII, 18 mm. Nonrim arterial phase hyperenhancement: yes. "
        "Nonperipheral washout: yes. Capsule: no."
    ).findings
    assert finding.advice.category == "LR-5"


def test_a_finding_goes_on_where_its_system_asks_for_more():
    (finding,) = read("MRI BLADDER\nFINDINGS: Tumour of the right wall, 2.1 cm. T2 score 2, DWI score 2, DCE score 2.").findings
    assert finding.advice.category == "VI-RADS 2"


def test_each_side_has_its_own_category():
    text = "DIGITAL MAMMOGRAM\nRight: pleomorphic calcifications over 32 mm.\nLeft: benign round calcifications.\nASSESSMENT: Right BI-RADS 4C. Left BI-RADS 2."
    assert {one.side: one.advice.category for one in read(text).findings} == {"right": "BI-RADS 4C", "left": "BI-RADS 2"}


def test_the_worst_stenosis_is_that_of_the_whole_study():
    text = "CORONARY CT ANGIOGRAPHY\nFINDINGS:\nLAD: plaque, stenosis 40%.\nRCA: plaque, stenosis 60%."
    assert {one.advice.category for one in read(text).findings} == {"CAD-RADS 3"}


@pytest.mark.parametrize(
    ("sentence", "found"),
    [
        ("No focal consolidation, suspicious pulmonary opacity, pleural effusion, or pneumothorax.", []),
        ("Fatty liver; no focal lesion.", ["steatosis"]),
        ("Intense uptake in the left sacrum, consistent with metastasis.", ["metastasis"]),
        ("Splenic laceration 3 cm deep, active bleeding.", ["laceration"]),
        ("Thyroid nodule, 8 mm, with microcalcifications.", ["nodule"]),
        ("Opacities at the left lung base with probable small effusion.", ["opacity", "effusion"]),
        ("Mediastinal lymph nodes are enlarged.", ["node"]),
        ("Breast density c.", []),
        ("Physiological uptake in the bowel.", []),
        ("Relative elevation of the left hemidiaphragm.", ["elevation"]),
    ],
)
def test_a_sentence_holds_these_findings(sentence, found):
    assert [one.kind for one in read(f"FINDINGS: {sentence}").findings if one.certainty != "absent"] == found


def test_what_is_behind_a_comma_casts_no_doubt_on_what_is_before_it():
    (first, *_) = read("FINDINGS: Closed-loop small bowel obstruction, ischaemia suspected.").findings
    assert (first.kind, first.certainty) == ("obstruction", "present")


def test_a_question_mark_asks():
    assert seen("FINDINGS: Left kidney: ?hydronephrosis.") == [("kidney", "hydronephrosis", "left", None, "uncertain")]


def test_sizes_then_and_now_tell_the_change():
    (finding,) = read("FINDINGS: Liver metastasis 24 mm (baseline 41 mm).").findings
    assert finding.change == "decreased"


def test_two_lesions_of_one_sentence_have_two_sizes():
    (finding,) = read("FINDINGS: Two lesions in the right lobe of the liver, 14 and 9 mm.").findings
    assert [size.largest for size in finding.sizes] == [14, 9]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("TC DE TÓRAX\nAchados: Consolidação no lobo inferior direito. Vias biliares não dilatadas.", [("lung", "consolidation")]),
        ("Röntgen Thorax\nBefund: Herz nicht vergrößert. Infiltrat im rechten Mittellappen.", [("lung", "consolidation")]),
        ("TC ADDOME\nReperti: Cisti del rene sinistro di 3 cm, a parete sottile.", [("kidney", "cyst")]),
        ("IRM HÉPATIQUE\nRésultats : Lésion du segment IV de 27 mm : rehaussement artériel, sans lavage.", [("liver", "lesion")]),
        ("RM DE PRÓSTATA\nHallazgos: Lesión de la zona de transición izquierda, 18 mm.", [("prostate", "lesion")]),
    ],
)
def test_small_words_of_other_languages_keep_their_meaning(text, found):
    assert [(organ, kind) for organ, kind, *_ in seen(text)] == found
