"""What identifies a patient leaves in a file only where that is chosen."""

import json
from io import BytesIO

import pytest
from pypdf import PdfReader

from ui import export
from ui.masking import Veil
from ui.store import Feedback, Turn

REPORT = "Patient: Delphine Okonkwo-Reyes\nDOB: 03/04/1961\nMRN: 48213377\nFINDINGS: A solid nodule of 7 mm."


@pytest.fixture
def thread(answered):
    spoken = answered.claims[0].model_copy(update={"text": "Okonkwo-Reyes needs CT at 6-12 months."})
    answer = answered.model_copy(update={"claims": (spoken, *answered.claims[1:]), "searched": ("nodule of Mrs Delphine Okonkwo-Reyes",)})
    return [
        Turn(
            id="1" * 32, conversation="c", question="What does Mrs Delphine Okonkwo-Reyes need?", report=REPORT, status="answered",
            answer=answer, plain=str(answer), asked=1.0, feedback=Feedback(helpful=True, comment="Mrs Delphine Okonkwo-Reyes agreed"),
        )
    ]  # fmt: skip


def files(thread, **how):
    title = "What does Mrs Delphine Okonkwo-Reyes need?"
    pages = PdfReader(BytesIO(export.pdf(title, thread, **how))).pages
    return {
        "markdown": export.markdown(title, thread, **how).replace("\\", ""),
        "json": export.as_document(title, thread, **how),
        "pdf": "\n".join(page.extract_text() for page in pages),
        "eval set": export.eval_set(thread, **how),
    }


def test_identifiers_are_masked_in_every_file(thread):
    for name, text in files(thread).items():
        left = [one for one in ("Okonkwo", "Delphine", "48213377", "03/04/1961") if one in text]
        assert left == [], name
        assert "solid nodule of 7 mm" in text, name
        assert "[name]" in text, name


def test_they_stay_where_that_is_chosen(thread):
    for name, text in files(thread, whole=True).items():
        assert all(one in text for one in ("Okonkwo-Reyes", "48213377")), name


def test_what_identifies_nobody_is_untouched(answered):
    turn = Turn(id="1" * 32, conversation="c", question="Follow-up?", status="answered", answer=answered, plain=str(answered), asked=1.0)
    assert export.markdown("Nodule", [turn]) == export.markdown("Nodule", [turn], whole=True)
    masked, whole = (json.loads(export.as_document("Nodule", [turn], whole=how)) for how in (False, True))
    assert (masked.pop("masked"), whole.pop("masked")) == (True, False)
    assert masked == whole


def test_a_veil_takes_whole_words_in_any_case_and_leaves_short_ones():
    veil = Veil({"Reyes": "name", "91": "age"})
    assert veil("REYES and Reyesville, 91 %") == "[name] and Reyesville, 91 %"
    assert veil.through({"a": ["Reyes", 1, None]}) == {"a": ["[name]", 1, None]}
