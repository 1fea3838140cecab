import pytest

from agent.errors import MalformedQuestionSet
from evals.sets import gather, name_of, sample
from tests.evals.conftest import item


def written(folder, name, numbers, **fields):
    path = folder / name
    path.write_text("".join(item(number, **fields).model_dump_json() + "\n" for number in numbers))
    return path


def test_a_sample_is_drawn_under_the_seed_in_the_order_of_the_set():
    items = [item(number) for number in range(50)]
    one = sample(items, 10, 1)
    assert one == sample(items, 10, 1)
    assert one != sample(items, 10, 2)
    assert [x.id for x in one] == sorted(x.id for x in one)
    assert sample(items, 99, 1) == sample(items, None, 1) == items


def test_several_sets_are_asked_in_turn_and_sampled_each(tmp_path):
    sets = [written(tmp_path, "a.jsonl", range(9)), written(tmp_path, "b.jsonl", range(100, 103)), written(tmp_path, "c.jsonl", [200])]
    assert [x.id for x in gather(sets)][:7] == ["q0000", "q0100", "q0200", "q0001", "q0101", "q0002", "q0102"]
    assert len(gather(sets)) == 13
    drawn = [x.id for x in gather(sets, limit=2, seed=1)]
    assert (len(drawn), drawn[2]) == (5, "q0200")
    assert gather(sets[:1]) == [item(number) for number in range(9)]
    assert name_of(sets) == "a.jsonl + b.jsonl + c.jsonl"


def test_one_id_in_two_sets_is_named(tmp_path):
    sets = [written(tmp_path, "a.jsonl", range(3)), written(tmp_path, "b.jsonl", [7, 2])]
    with pytest.raises(MalformedQuestionSet, match=r"b\.jsonl.*'q0002' is used in .*a\.jsonl"):
        gather(sets)


def test_questions_that_need_an_image_are_left_out_before_the_sample(tmp_path):
    path = written(tmp_path, "a.jsonl", range(4))
    path.write_text(path.read_text() + written(tmp_path, "b.jsonl", range(10, 30), meta={"needs_image": True}).read_text())
    assert [x.id for x in gather([path], limit=4, images=False)] == ["q0000", "q0001", "q0002", "q0003"]
    assert len(gather([path])) == 24
    with pytest.raises(MalformedQuestionSet, match="needs an image"):
        gather([tmp_path / "b.jsonl"], images=False)
