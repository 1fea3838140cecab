from agent.reports.reading import read

NOW = """CT CHEST
Date: 12 March 2024
FINDINGS: 12 mm solid nodule in the right upper lobe. 5 mm nodule in the left lower lobe. New 9 mm nodule in the lingula. Liver: 20 mm lesion in segment VI.
"""
EARLIER = """CT CHEST
Date: 10 September 2023
FINDINGS: 8 mm solid nodule in the right upper lobe. 5 mm nodule in the left lower lobe. Liver: 30 mm lesion in segment VI. Kidneys: 2 cm cyst of the left kidney.
"""


def changes(now=NOW, earlier=EARLIER):
    report = read(now, earlier)
    return report, {change.name.split(" solid")[0]: change for change in report.comparison.changes}


def test_lesions_are_matched_by_place_side_and_kind():
    _, made = changes()
    grown = made["right upper lobe lung nodule"]
    assert (grown.state, grown.mm, grown.earlier_mm, grown.difference_mm, grown.difference_percent) == ("increased", 12, 8, 4, 50)
    assert made["left lower lobe lung nodule"].state == "stable"
    assert made["segment VI liver lesion"].state == "decreased"


def test_new_resolved_and_unmatched_are_told_apart():
    _, made = changes()
    assert next(change for name, change in made.items() if "lingula" in name).state == "new"
    assert made["left kidney cyst"].state == "unmatched"
    assert "says nothing of the kidney" in made["left kidney cyst"].says
    _, seen = changes(NOW + "Kidneys: normal kidney on both sides.")
    assert seen["left kidney cyst"].state == "resolved"


def test_the_sum_of_what_both_measured_gives_a_response():
    report, _ = changes(NOW.replace("New 9 mm nodule in the lingula. ", ""))
    assert (report.comparison.sum_mm, report.comparison.earlier_sum_mm) == (37, 43)
    assert report.comparison.response.category == "Stable disease"


def test_a_new_lesion_is_progression():
    report, _ = changes()
    assert report.comparison.response.category == "Progressive disease"


def test_an_earlier_report_that_is_newer_is_told():
    report = read(EARLIER, NOW)
    assert report.flags[0].kind == "order"
    assert "wrong way round" in report.flags[0].says


def test_a_node_is_compared_by_its_short_axis():
    report = read("CT\nFINDINGS: Left axillary lymph node 20 x 14 mm.", "CT\nFINDINGS: Left axillary lymph node 20 x 9 mm.")
    assert report.comparison.changes[0].difference_mm == 5
