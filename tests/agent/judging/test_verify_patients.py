"""Kinds of true sentences that rules refused, and the flipped twin of each: values against thresholds, sides of the report, denials."""

import pytest

from agent.judging.verify import check, denials
from agent.types import Evidence
from tests.conftest import passage

HEADER = ("size", "risk", "follow-up")
NODULE = (
    "7 mm solid nodule in the right upper lobe. Heavy smoker, high risk. What follow-up?\n"
    "Right upper lobe: 7 mm solid nodule. Left kidney: simple cyst of 12 mm. No pleural effusion. Not calcified."
)


def evidence(*texts, title, header=()):
    return [Evidence.of(p, p.text, facet_id="a", relevance=1.0) for p in (passage(text, header=header, title=title) for text in texts)]


ROWS = evidence(
    "| 6-8 mm | high | CT at 6-12 months, then CT at 18-24 months |",
    "| < 6 mm | low | No routine follow-up |",
    title="Lung nodules",
    header=HEADER,
)
CONTRAST = evidence("Contrast should not be withheld in mild renal impairment.", title="CT contrast")
AFTER_CT = evidence("MRI is not required if CT is diagnostic.", title="MRI after CT")
KIDNEY = evidence("Prophylaxis is advised at an eGFR < 30 mL/min/1.73 m2.", title="CT contrast")
AORTA = evidence("Repair is considered at a diameter of 5.5 cm or more in men.", title="Abdominal aortic aneurysm")
ADRENAL = evidence("Unenhanced attenuation <= 10 HU is diagnostic of a lipid-rich adenoma.", title="Adrenal CT")
WASHOUT = evidence("Absolute washout >= 60% indicates an adenoma.", title="Adrenal CT")
SHELLFISH = evidence(
    "Shellfish allergy is not a contraindication and does not raise the risk of iodinated contrast above that of other allergies.",
    title="Contrast reactions",
)
LOFGREN = evidence("Bilateral hilar nodes with erythema nodosum and arthritis (Löfgren syndrome) need no biopsy.", title="Sarcoidosis")
VENOUS = evidence(
    "CT venography or MR venography is done next, since a normal unenhanced CT does not exclude cerebral venous thrombosis.",
    title="Cerebral venous thrombosis",
)
SPONGIFORM = evidence("| TR1 | spongiform | No biopsy |", title="ACR TI-RADS", header=("level", "composition", "management"))
EU = evidence("| solid | at least one | EU-TIRADS 5 |", title="EU-TIRADS", header=("composition", "high-risk features", "category"))

TRUE = [
    ("No: shellfish allergy is not a contraindication to iodinated contrast.", SHELLFISH, "Is shellfish allergy a contraindication?"),
    ("Bilateral hilar nodes with erythema nodosum and arthritis are Löfgren syndrome.", LOFGREN, ""),
    ("CT venography or MR venography is done next for cerebral venous thrombosis.", VENOUS, ""),
    ("The spongiform nodule of 0.8 cm is TR1 and needs no biopsy.", SPONGIFORM, "Left lobe 0.8 cm spongiform nodule."),
    ("A solid nodule with at least one high-risk feature is EU-TIRADS 5.", EU, ""),
    ("The 7 mm nodule in the right upper lobe needs CT at 6-12 months, then CT at 18-24 months.", ROWS[:1], NODULE),
    ("At 7 mm the nodule is above the 6 mm threshold, so CT at 6-12 months is advised.", ROWS, NODULE),
    ("At 7 mm the nodule exceeds 6 mm and needs CT at 6-12 months.", ROWS, NODULE),
    ("The nodule is not calcified, and CT at 6-12 months, then CT at 18-24 months is advised.", ROWS[:1], NODULE),
    ("There is no pleural effusion and the 7 mm nodule needs CT at 6-12 months.", ROWS[:1], NODULE),
    ("A nodule below 6 mm does not need routine follow-up at low risk.", ROWS[1:], NODULE),
    ("MRI is unnecessary when CT is diagnostic.", AFTER_CT, ""),
    ("Contrast need not be withheld in mild renal impairment.", CONTRAST, ""),
    ("With an eGFR of 28 mL/min, which is below 30 mL/min, prophylaxis is advised.", KIDNEY, "eGFR 28 mL/min. Prophylaxis?"),
    ("An aneurysm of 5.8 cm has reached the 5.5 cm threshold for repair.", AORTA, "Man, aneurysm of 5.8 cm."),
    ("The attenuation of 8 HU is below 10 HU, which fits a lipid-rich adenoma.", ADRENAL, "Adrenal mass 8 HU"),
    ("The washout of 65% is above the 60% threshold and indicates an adenoma.", WASHOUT, "absolute washout 65%"),
]
FLIPPED = [
    ("No: shellfish allergy is a contraindication to iodinated contrast.", SHELLFISH, "Is shellfish allergy harmless?"),
    ("Bilateral hilar nodes with erythema nodosum and arthritis need biopsy in Löfgren syndrome.", LOFGREN, ""),
    ("A normal unenhanced CT excludes cerebral venous thrombosis.", VENOUS, ""),
    ("CT venography or MR venography is not done next for cerebral venous thrombosis.", VENOUS, ""),
    ("The spongiform nodule of 1.8 cm is TR1 and needs no biopsy.", SPONGIFORM, "Left lobe 0.8 cm spongiform nodule."),
    ("A solid nodule with at least two high-risk features is EU-TIRADS 5.", EU, ""),
    ("The 7 mm nodule in the left upper lobe needs CT at 6-12 months, then CT at 18-24 months.", ROWS[:1], NODULE),
    ("At 7 mm the nodule is below the 6 mm threshold, so no routine follow-up is needed.", ROWS, NODULE),
    ("A 7 mm nodule needs no routine follow-up.", ROWS, NODULE),
    ("MRI is necessary when CT is diagnostic.", AFTER_CT, ""),
    ("Contrast should be withheld in mild renal impairment.", CONTRAST, ""),
    ("With an eGFR of 38 mL/min, which is below 30 mL/min, prophylaxis is advised.", KIDNEY, "eGFR 38 mL/min. Prophylaxis?"),
    ("An aneurysm of 4.8 cm has reached the 5.5 cm threshold for repair.", AORTA, "Man, aneurysm of 4.8 cm."),
    ("The washout of 55% is above the 60% threshold and indicates an adenoma.", WASHOUT, "absolute washout 55%"),
]


@pytest.mark.parametrize(("sentence", "cited", "question"), TRUE)
def test_what_follows_from_evidence_and_the_patients_values_is_supported(sentence, cited, question):
    made = check(sentence, cited, question)
    assert made.holds, made.reason


@pytest.mark.parametrize(("sentence", "cited", "question"), FLIPPED)
def test_its_flipped_twin_is_not(sentence, cited, question):
    assert not check(sentence, cited, question).holds


@pytest.mark.parametrize(
    ("said", "asked", "denied"),
    [
        ("The dural tail sign is not specific for meningioma.", "Is the dural tail sign specific for meningioma?", True),
        ("A Bosniak I renal mass means: benign simple cyst; management: no follow-up.", "Is a simple renal cyst Bosniak I?", False),
        (
            "Group II gadolinium agents are given at the standard dose in kidney disease, and half doses are not recommended.",
            "Can I give gadolinium with eGFR 25?",
            False,
        ),
    ],
)
def test_a_denial_beside_what_is_asked_denies_nothing_of_it(said, asked, denied):
    assert (denials(said, asked) > 0) is denied
