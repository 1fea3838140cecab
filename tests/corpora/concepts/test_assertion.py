import re
from pathlib import Path

import pytest

from corpora.concepts.assertion import COMMA, Event, Trigger, assertions, triggers
from corpora.errors import MalformedDocument

SENTENCES = Path(__file__).parents[2] / "data" / "assertions.txt"
SAID = {"p": "present", "a": "absent", "u": "uncertain", "h": "historical", "f": "family"}
NO, STOP, POSSIBLE = Trigger(before="absent"), Trigger(stops=True), Trigger(before="uncertain")


def labelled() -> list[tuple[str, list[tuple[int, int, str]]]]:
    found = []
    for line in SENTENCES.read_text(encoding="utf-8").splitlines()[1:]:
        text, spans, position = "", [], 0
        for match in re.finditer(r"\[(\w)\|([^\]]+)\]", line):
            text += line[position : match.start()]
            spans.append((len(text), len(text) + len(match[2]), SAID[match[1]]))
            text, position = text + match[2], match.end()
        found.append((text + line[position:], spans))
    return found


def test_own_sentences_are_read_rightly(link):
    sentences = labelled()
    assert len(sentences) >= 300
    right = total = 0
    wrong = []
    for text, spans in sentences:
        mentions = link.link(text)
        for start, end, assertion in spans:
            here = [mention.assertion for mention in mentions if mention.start < end and start < mention.end]
            total += 1
            right += here[:1] == [assertion]
            if here[:1] != [assertion]:
                wrong.append((text, here))
    assert right / total >= 0.95, wrong


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No evidence of pneumothorax.", "absent"),
        ("Cannot exclude pneumothorax.", "uncertain"),
        ("Pneumothorax.", "present"),
        ("No change in the pneumothorax.", "present"),
        ("The pneumothorax was ruled out.", "absent"),
        ("History of pneumothorax.", "historical"),
        ("His brother had a pneumothorax.", "family"),
        ("No pleural effusion. Pneumothorax on the right.", "present"),
        ("No pleural effusion but a pneumothorax.", "present"),
        ("No pleural effusion, small pneumothorax.", "present"),
        ("No pleural effusion, small pneumothorax or rib fracture.", "absent"),
        ("No family history of pneumothorax.", "absent"),
        ("Fracture, no pneumothorax", "absent"),
    ],
)
def test_triggers_reach_as_far_as_they_should(link, text, expected):
    assert [mention.assertion for mention in link.link(text) if mention.text.lower() == "pneumothorax"] == [expected]


def test_without_events_all_is_present():
    assert assertions([(0, 1), (3, 4)], []) == ["present", "present"]


def test_a_trigger_reaches_only_so_many_words():
    assert assertions([(5, 6), (40, 41)], [Event(0, 1, NO)]) == ["absent", "present"]


def test_a_stop_ends_a_triggers_reach():
    assert assertions([(2, 3), (6, 7)], [Event(0, 1, NO), Event(4, 5, STOP)]) == ["absent", "present"]


def test_the_nearest_trigger_counts():
    assert assertions([(5, 6)], [Event(0, 1, NO), Event(3, 4, POSSIBLE)]) == ["uncertain"]


def test_a_trigger_behind_counts_unless_something_ends_it():
    after = Trigger(after="absent")
    assert assertions([(0, 1)], [Event(2, 3, after)]) == ["absent"]
    assert assertions([(0, 1)], [Event(1, 2, STOP), Event(3, 4, after)]) == ["present"]
    assert assertions([(0, 1)], [Event(1, 2, NO), Event(3, 4, after)]) == ["present"]
    assert assertions([(0, 1)], [Event(20, 21, after)]) == ["present"]


def test_an_affirming_word_after_a_comma_ends_a_denial_but_not_inside_a_list():
    affirm, join = Trigger(affirms=True), Trigger(joins=True)
    assert assertions([(4, 5)], [Event(0, 1, NO), Event(2, 3, COMMA), Event(3, 4, affirm)]) == ["present"]
    listed = [Event(0, 1, NO), Event(2, 3, COMMA), Event(3, 4, affirm), Event(5, 6, join)]
    assert assertions([(4, 5)], listed) == ["absent"]
    assert assertions([(4, 5)], [Event(0, 1, NO), Event(1, 2, affirm)]) == ["absent"]


def test_the_family_outweighs_a_nearer_trigger_except_a_denial():
    family = Trigger(before="family")
    assert assertions([(5, 6)], [Event(0, 1, family), Event(3, 4, POSSIBLE)]) == ["family"]
    assert assertions([(5, 6)], [Event(0, 1, family), Event(3, 4, NO)]) == ["absent"]


def test_no_trigger_is_also_a_term(link):
    terms = {link.forms.key(term) for cui in link.vocabulary for term in link.vocabulary.weighted_terms(cui)}
    assert [phrase for phrase in triggers() if link.forms.key(phrase) in terms and len(phrase) > 3] == []


def test_rules_that_break_their_form_are_named(tmp_path):
    path = tmp_path / "t.toml"
    path.write_text('pseudo = ""\nstop = ""\naffirm = ""\njoin = ""\n[absent]\nbefore = "no"\n[wrong]\nbefore = "x"\n', encoding="utf-8")
    with pytest.raises(MalformedDocument, match="not a file of assertion rules"):
        triggers(path)
