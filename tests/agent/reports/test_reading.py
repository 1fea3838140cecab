import pytest

from agent.errors import EmptyQuestion, QuestionTooLong
from agent.reports.reading import LONGEST, read
from corpora.rules.system import named

CT = """CT CHEST, ABDOMEN AND PELVIS WITH CONTRAST
INDICATION: 62-year-old woman, weight loss. Smoker, 40 pack-years.
COMPARISON: None.
TECHNIQUE: 5 mm axial images with IV contrast.
FINDINGS:
Lungs: 7 mm solid nodule in the right upper lobe (series 4, image 55). No pleural effusion.
Thyroid: 1.8 cm nodule left lobe.
Liver: 12 mm hypodense lesion in segment VII, likely cyst.
Adrenals: 2.4 cm left adrenal nodule measuring 8 HU on noncontrast.
Kidneys: 3 cm simple cyst in the right kidney and a 4 mm nonobstructing stone in the left lower pole.
Pancreas: 14 mm cystic lesion in the body, no ductal communication. Infrarenal AAA measuring 4.2 cm.
Uterus is unremarkable. The quick brown fox.
IMPRESSION:
1. 7 mm RUL nodule.
2. Right adrenal adenoma.
3. Thyroid nodule 1.8 cm. Recommend ultrasound.
4. 4.5 cm infrarenal aortic aneurysm.
"""


@pytest.fixture(scope="module")
def ct():
    return read(CT)


def by(report, organ):
    return next(finding for finding in report.findings if finding.organ == organ)


@pytest.mark.parametrize(
    ("organ", "kind", "side", "mm", "system", "advice"),
    [
        ("lung", "nodule", "right", 7, "Fleischner", "CT at 6-12 months, then CT at 18-24 months"),
        ("thyroid", "nodule", "left", 18, "Thyroid incidental", "Thyroid ultrasound"),
        ("liver", "lesion", "", 12, "Liver incidental", "No further follow-up; benign"),
        ("adrenal", "nodule", "left", 24, "Adrenal incidental", "No follow-up, benign"),
        ("kidney", "cyst", "right", 30, "Bosniak", "No follow-up"),
        ("pancreas", "cyst", "", 14, "Pancreatic cyst", "Imaging every year x 5, then every 2 years x 2; stop if stable over 9 years"),
        ("aorta", "aneurysm", "", 42, "AAA surveillance", "Imaging at 12-month intervals is suggested"),
    ],
)
def test_every_finding_gets_its_own_values_and_its_own_advice(ct, organ, kind, side, mm, system, advice):
    finding = by(ct, organ)
    assert (finding.kind, finding.side, finding.size.largest) == (kind, side, mm)
    assert (finding.advice.system, finding.advice.says) == (system, advice)
    assert finding.advice.source.card
    assert finding.advice.source.quote


def test_two_findings_of_one_sentence_keep_their_places(ct):
    cyst, stone = (finding for finding in ct.findings if finding.organ == "kidney")
    assert (cyst.side, stone.side, stone.part, stone.size.largest) == ("right", "left", "lower pole", 4)
    assert stone.advice.by == "nothing"


def test_nothing_is_dropped_silently(ct):
    listed = [sentence.text for finding in ct.findings for sentence in finding.sentences] + [sentence.text for sentence in ct.left]
    for said in (
        "62-year-old woman",
        "5 mm axial images",
        "No pleural effusion",
        "Uterus is unremarkable",
        "The quick brown fox",
        "RUL nodule",
    ):
        assert any(said in sentence for sentence in listed), said
    roles = {sentence.text: sentence.role for sentence in ct.left}
    assert roles["The quick brown fox."] == "not understood"
    assert roles["No pleural effusion."] == "normal"
    assert roles["Recommend ultrasound."] == "recommendation"


def test_a_sentence_stands_in_the_text_where_it_says(ct):
    for sentence in [*ct.left, *(one for finding in ct.findings for one in finding.sentences)]:
        assert ct.text[sentence.start : sentence.end] == sentence.text


def test_the_impression_joins_the_findings_it_names_again(ct):
    assert by(ct, "lung").is_in_impression
    assert by(ct, "lung").is_in_findings
    assert by(ct, "thyroid").recommended == ("Recommend ultrasound.",)


def test_disagreement_of_findings_and_impression_is_flagged(ct):
    says = [flag.says for flag in ct.flags if flag.kind == "disagreement"]
    assert any("42 mm in the findings and 45 mm in the impression" in one for one in says)
    assert any("adrenal adenoma on the right, the findings on the left" in one for one in says)


def test_what_asks_for_something_without_a_recommendation_is_flagged(ct):
    flagged = {flag.findings[0] for flag in ct.flags if flag.kind == "no recommendation"}
    assert by(ct, "lung").id in flagged
    assert by(ct, "thyroid").id not in flagged
    assert by(ct, "adrenal").id not in flagged


US = """THYROID ULTRASOUND
Clinical info: 45F
Findings: There is a 1.6 x 1.2 x 1.1 cm nodule in the mid right lobe. It is solid and hypoechoic. Shape is wider-than-tall.
Margins are smooth. No echogenic foci.
Nodule 2: left lobe, 8 x 6 mm, spongiform.
Isthmus normal.
Impression: Right thyroid nodule, TI-RADS 4.
"""


def test_a_description_over_several_sentences_is_one_finding():
    first, second = read(US).findings
    assert (first.advice.category, first.advice.says) == ("TR4", "Fine-needle aspiration (FNA)")
    assert set(first.advice.score.given) == {"composition", "echogenicity", "shape", "margin", "foci", "size"}
    assert (second.label, second.advice.category) == ("2", "TR1")


def test_a_category_that_the_description_contradicts_is_flagged():
    report = read(US.replace("TI-RADS 4", "TI-RADS 3"))
    assert any("The report says TR3; what it describes gives TR4" in flag.says for flag in report.flags)


def test_a_stated_category_stands_where_the_description_leaves_it_open():
    (finding,) = read("THYROID ULTRASOUND\nFindings: 1.6 cm solid nodule in the right lobe.\nImpression: Right nodule, TI-RADS 4.").findings
    assert (finding.advice.category, finding.advice.says) == ("TR4", "Fine-needle aspiration (FNA)")


def test_what_is_missing_is_named_with_what_is_possible():
    (finding,) = read("THYROID ULTRASOUND\nFindings: 1.2 cm solid hypoechoic nodule in the right lobe.").findings
    assert set(finding.advice.possible) == {"TR4", "TR5"}
    assert set(finding.advice.deciding) == {"shape", "margin", "foci"}


def test_an_earlier_size_does_not_take_the_descriptors_away():
    (finding,) = read("CT CHEST\nINDICATION: smoker\nFINDINGS: 7 mm solid nodule in the right upper lobe, previously 4 mm.").findings
    assert finding.advice.score.given["type"] == "solid"
    assert (finding.size.largest, finding.earlier_size.largest) == (7, 4)


def test_a_line_that_only_measures_and_describes_is_a_finding_of_the_organ_studied():
    text = "THYROID ULTRASOUND\nFindings: Right lobe 4.8 cm.\nRight mid pole: 14 x 9 x 8 mm, solid, isoechoic, wider than tall, lobulated margins, no calcifications.\n"
    (finding,) = read(text).findings
    assert (finding.kind, finding.organ, finding.side, finding.advice.category) == ("nodule", "thyroid", "right", "TR4")


def test_a_second_name_behind_a_comma_is_no_second_finding():
    (finding,) = read(
        "PELVIC ULTRASOUND\nHistory: premenopausal.\nFindings: The right ovary has a 5.5 cm unilocular cyst with low-level echoes, typical endometrioma."
    ).findings
    assert finding.suggests == ("endometrioma",)
    assert finding.advice.says.startswith("If not removed, follow-up ultrasound in 12 months")


def test_what_the_impression_calls_by_its_reading_is_the_same_finding():
    (finding,) = read(
        "MRI BRAIN\nFINDINGS: 9 mm enhancing lesion along the right frontal convexity consistent with meningioma.\nIMPRESSION: Small right frontal meningioma."
    ).findings
    assert finding.is_in_impression


def test_what_is_dictated_without_stops_keeps_its_change():
    grown, kept = read(
        "CT CHEST\nFINDINGS: there is an 11 mm solid nodule right upper lobe new since last year stable 3 mm nodule left lower lobe"
    ).findings
    assert (grown.change, grown.side, kept.change, kept.side) == ("new", "right", "stable", "left")


def test_a_report_in_capitals_is_read_like_any_other():
    text = "CT ABDOMEN\nFINDINGS:\nKIDNEYS: NO HYDRONEPHROSIS OR STONES. 2 CM LEFT RENAL CYST.\nAORTA: 3.6 CM INFRARENAL ANEURYSM.\n"
    cyst, aneurysm = read(text).findings
    assert (cyst.side, cyst.size.largest, aneurysm.organ, aneurysm.size.largest) == ("left", 20, "aorta", 36)


def test_a_hyphened_non_denies_nothing_behind_it():
    finding = read("CT CHEST\nFINDINGS: Two non-avid pulmonary nodules in the left lower lobe, up to 5 mm.").findings[0]
    assert (finding.kind, finding.multiple, finding.certainty) == ("nodule", True, "present")


def test_only_the_wanted_system_is_used():
    text = "THYROID ULTRASOUND\nFindings: 1.6 cm solid hypoechoic nodule in the right lobe."
    (finding,) = read(text, system=named("EU-TIRADS")).findings
    assert (finding.advice.system, finding.advice.category) == ("EU-TIRADS", "EU-TIRADS 4")


def test_what_the_rules_do_not_apply_to_says_why():
    (finding,) = read("CT CHEST\nINDICATION: Staging, colon cancer.\nFINDINGS: 7 mm solid nodule in the left lower lobe.").findings
    assert finding.advice.by == "nothing"
    assert "does not apply to lung cancer screening, known primary cancer" in finding.advice.says


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_report_is_refused(text):
    with pytest.raises(EmptyQuestion, match="The report is empty"):
        read(text)


def test_a_book_is_refused_with_its_length():
    with pytest.raises(QuestionTooLong, match="200001 characters"):
        read("a" * (LONGEST + 1))


def test_one_word_is_listed_and_told():
    report = read("banana")
    assert report.findings == ()
    assert [(sentence.text, sentence.role) for sentence in report.left] == [("banana", "not understood")]
    assert "very short" in report.flags[0].says


def test_two_reports_in_one_text_are_told():
    assert any("two reports" in flag.says for flag in read(CT + "\n" + CT).flags)


def test_a_table_of_a_spreadsheet_is_told():
    assert any("rows of a table" in flag.says for flag in read("a\tb\tc\nnodule\t5 mm\tleft\nmass\t7 mm\tright\n").flags)


def test_letters_in_place_of_digits_are_told_and_not_read():
    report = read("CT CHEST\nFINDINGS: l2 mm nodule in the right upper lobe.")
    assert report.findings[0].size is None
    assert any("letters in place of digits" in flag.says for flag in report.flags)


def test_a_tenfold_size_is_told():
    report = read("CT CHEST\nFINDINGS: Nodule in the right upper lobe measures 80 mm, previously 8 mm.")
    assert any(flag.kind == "measurement" and "ten times" in flag.says for flag in report.flags)


def test_a_change_that_the_sizes_contradict_is_told():
    report = read("CT CHEST\nFINDINGS: Right upper lobe nodule has increased, 5 mm, previously 8 mm.")
    assert any("called increased" in flag.says for flag in report.flags)


def test_identifiers_are_masked_in_all_that_is_returned():
    text = "Patient: Jane Miller, MRN 12345678, DOB 03/04/1950\n" + US
    assert "Miller" not in read(text).model_dump_json()
    assert "12345678" not in read(text).model_dump_json()
    assert read(text).masked >= 2
    assert "Miller" in read(text, masked=False).model_dump_json()


def test_denied_and_family_findings_are_no_findings():
    report = read("CT CHEST\nFINDINGS: No nodule, effusion or pneumothorax. Family history of lung mass.")
    assert all(finding.certainty != "present" for finding in report.findings)
    assert report.left[1].role == "normal"


def test_a_reading_is_no_second_finding():
    (finding,) = read("CT ABDOMEN\nFINDINGS: 12 mm hypodense lesion in segment VII of the liver, likely a cyst.").findings
    assert (finding.kind, finding.suggests) == ("lesion", ("cyst",))
