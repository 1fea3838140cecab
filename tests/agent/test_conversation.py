import pytest

from agent.conversation import is_follow_up, standalone

NODULE = "Follow-up for a 7 mm solid nodule in a heavy smoker?"


@pytest.mark.parametrize(
    ("text", "earlier", "whole"),
    [
        ("and if it is 5 mm?", NODULE, "Follow-up for a 5 mm solid nodule in a heavy smoker?"),
        ("what about a never smoker?", NODULE, "Follow-up for a 7 mm solid nodule in a never smoker?"),
        ("And part-solid?", NODULE, "Follow-up for a 7 mm part-solid nodule in a heavy smoker?"),
        ("and 12 mm in a non-smoker?", NODULE, "Follow-up for a 12 mm solid nodule in a non-smoker?"),
        ("and TR5?", "What next for a TR4 nodule of 1.2 cm?", "What next for a TR5 nodule of 1.2 cm?"),
        ("and if the GCS is 15?", "PECARN for a 1-year-old with GCS 14?", "PECARN for a 1-year-old with GCS 15?"),
        ("low risk?", "Solid nodule of 5 mm in a high-risk patient?", "Solid nodule of 5 mm in a low risk patient?"),
        ("What about the left?", "Varicocele on the right: what next?", "Varicocele on the left: what next?"),
    ],
)
def test_a_follow_up_takes_the_place_of_what_it_changes(text, earlier, whole):
    assert standalone(text, earlier) == whole


def test_what_has_no_place_is_added():
    assert (
        standalone("and if she is breathless?", "CT for suspected appendicitis?") == "CT for suspected appendicitis: if she is breathless?"
    )


@pytest.mark.parametrize(
    "text", ["Which Bosniak class is a cyst with a 4 mm enhancing wall?", "How often is an abdominal aortic aneurysm of 4.2 cm rescanned?"]
)
def test_a_question_of_its_own_is_left_alone(text):
    assert not is_follow_up(text)
    assert standalone(text, NODULE) == text


def test_without_an_earlier_question_nothing_changes():
    assert standalone(" and if it is 5 mm? ", "") == "and if it is 5 mm?"
