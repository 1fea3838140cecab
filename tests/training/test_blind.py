from agent.types import Abstained
from tests.conftest import passage
from training.blind import Keyed, figures, read, shown, status


def keyed(*must):
    return Keyed(id="x", question="What?", answer="So.", must=must, subspecialty="chest", kind="sign", manner="plain", writer="e")


def test_the_packaged_questions_are_a_hundred_and_fifty_whose_own_answers_meet_their_keys():
    found = list(read())
    assert len({one.id for one in found}) == 150
    assert [one.id for one in found if not one.met([one.answer])] == []


def test_every_expression_must_match_somewhere():
    assert keyed("air", "crescent").met(["An air sign.", "A crescent."])
    assert not keyed("air", "crescent").met(["An air sign."])


def test_a_passage_is_seen_under_its_title():
    assert keyed("nodules").met([shown(passage("CT at 6 months.", "n", title="Lung nodules"))])


def test_figures_count_by_status_and_level():
    told = [
        {"status": "right", "carried": True, "level": "high", "kind": "sign"},
        {"status": "off", "carried": False, "level": "high", "kind": "sign"},
        {"status": "abstained", "carried": True, "level": "", "kind": "sign"},
    ]
    made = figures(told)
    assert (made["n"], made["right"], made["off"], made["abstained"]) == (3, 1, 1, 1)
    assert made["high: right of"] == [1, 2]
    assert made["carried by the first eight"] == 0.667


def test_an_abstention_is_neither_right_nor_off(radqa_agent):
    answer = radqa_agent.ask("How do I bake sourdough bread at home?")
    assert isinstance(answer, Abstained)
    assert status(keyed("flour"), answer) == "abstained"
