"""Which documents the library lists."""

from tests.conftest import document
from ui.browsing import Wanted, offered, shown

SIGN = document("The halo sign is a rim of ground glass.", "halo", title="Halo sign", kind="topic", topic_kind="sign")
DISEASE = document("Sarcoidosis is a granulomatous disease.", "sarcoid", title="Sarcoidosis", kind="topic", topic_kind="disease")
GUIDE = document("Nodules of 7 mm are followed.", "guide", title="Nodules", kind="guideline")
HELD = (SIGN, DISEASE, GUIDE)


def test_only_the_kinds_that_there_are_are_offered():
    made = offered(HELD)
    assert (made.kinds, made.topic_kinds) == (("guideline", "topic"), ("disease", "sign"))


def test_a_kind_of_topic_or_of_source_is_enough():
    assert [one.id for one in shown(HELD, Wanted(kinds=("sign",)))] == ["halo"]
    assert [one.id for one in shown(HELD, Wanted(kinds=("guideline", "sign")))] == ["guide", "halo"]
    assert [one.id for one in shown(HELD, Wanted(kinds=("topic",)))] == ["halo", "sarcoid"]
