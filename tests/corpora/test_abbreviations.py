import pytest

from corpora.abbreviations import abbreviations


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("Signs of pulmonary embolism (PE) on CT.", "PE", "pulmonary embolism"),
        ("The apparent diffusion coefficient (ADC) is low.", "ADC", "apparent diffusion coefficient"),
        ("gadolinium-based contrast agents (GBCAs) are grouped", "GBCAs", "gadolinium-based contrast agents"),
        ("fine-needle aspiration (FNA) is advised", "FNA", "fine-needle aspiration"),
        ("deep vein thrombosis (DVT; see below)", "DVT", "deep vein thrombosis"),
        ("Crohn's disease activity index (CDAI, 0-600)", "CDAI", "crohn's disease activity index"),
        ("nephrogenic systemic fibrosis (NSF)", "NSF", "nephrogenic systemic fibrosis"),
        ("The Computed Tomography (CT) of the chest", "CT", "computed tomography"),
        ("hepatocellular carcinoma (HCC)", "HCC", "hepatocellular carcinoma"),
    ],
)
def test_a_definition_gives_short_and_long(text, short, long):
    assert abbreviations(text) == {short: long}


@pytest.mark.parametrize(
    "text",
    [
        "the spleen (AAST) is graded",
        "a nodule (Fleischner) of the lung",
        "seen on imaging (PE)",
        "the PE protocol (PE)",
        "a lesion (see below)",
        "size (6 mm)",
        "a (B)",
        "",
        "anti-x (ABC)",
    ],
)
def test_brackets_that_define_nothing_are_left_alone(text):
    assert abbreviations(text) == {}


def test_the_long_form_starts_at_the_letter_of_a_word():
    assert abbreviations("We suspect acute appendicitis of pulmonary embolism (PE).") == {"PE": "pulmonary embolism"}
    assert abbreviations("the deep inspiration breath hold (IBH)") == {"IBH": "inspiration breath hold"}


def test_the_first_definition_counts():
    assert abbreviations("pulmonary embolism (PE) and pleural effusion (PE)") == {"PE": "pulmonary embolism"}


def test_several_definitions_are_all_found():
    assert set(abbreviations("magnetic resonance imaging (MRI) or computed tomography (CT)")) == {"MRI", "CT"}
