import pytest

from corpora.concepts.abbreviations import long_forms


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Suspected pulmonary embolism (PE) is common.", {"PE": "pulmonary embolism"}),
        ("Fine-needle aspiration (FNA) of the cyst.", {"FNA": "fine-needle aspiration"}),
        ("First deep vein thrombosis (DVT), then distal vein thing (DVT).", {"DVT": "deep vein thrombosis"}),
        ("A nodule (CT) is seen.", {}),
        ("Nothing is defined here.", {}),
    ],
)
def test_long_forms_are_those_that_the_text_defines(text, found):
    assert long_forms(text) == found
