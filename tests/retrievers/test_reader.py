"""What every reader promises, the fake and the learned one; and what is said where there are no weights."""

import numpy as np
import pytest

from retrievers.errors import MissingModel
from retrievers.network import Network
from retrievers.reader import WEIGHTS, LearnedReader, Tokenizer, WordReader, load, reader, reading_text
from tests.conftest import passage

CYST = passage("A splenic cyst is benign and needs no follow-up.", "a", title="Splenic cysts")
BREAD = passage("Sourdough bread is baked in a hot oven.", "b", title="Bread")
PASSAGES = [BREAD, CYST, BREAD.model_copy(update={"id": "b#2"})]
QUESTION = "Is a splenic cyst benign?"


@pytest.fixture(scope="module", params=["words", "packaged"])
def subject(request):
    return reader(request.param)


def test_there_is_one_reading_a_passage_in_the_passages_order(subject):
    said = subject.read(QUESTION, PASSAGES)
    assert len(said) == len(PASSAGES)
    assert max(range(3), key=lambda number: said[number].answers) == 1
    turned = type(subject)().read(QUESTION, PASSAGES[::-1])  # a new reader, that remembers nothing
    assert turned == said[::-1]  # what is read of a passage does not hang on its neighbours


def test_readings_are_probabilities_and_the_stance_sums_to_one(subject):
    for one in subject.read(QUESTION, PASSAGES):
        assert 0 <= one.answers <= 1
        assert all(0 <= share <= 1 for share in one.stance)
        assert sum(one.stance) == pytest.approx(1, abs=1e-5)


def test_nothing_to_read_gives_nothing(subject):
    assert subject.read(QUESTION, []) == []


def test_a_reading_is_the_same_every_time(subject):
    assert subject.read(QUESTION, PASSAGES) == type(subject)().read(QUESTION, PASSAGES)


def test_what_was_read_for_a_question_is_not_read_again(monkeypatch):
    ran = []
    monkeypatch.setattr(Network, "run", lambda self, rows, threads: ran.append(len(rows)) or np.full((len(rows), 4), len(ran), np.float32))
    mine = LearnedReader()
    first = mine.read(QUESTION, [BREAD])
    second = mine.read(QUESTION, PASSAGES)
    assert ran == [1, 1]  # two of the three passages read alike
    assert second[0] == second[2] == first[0]
    assert second[1] != first[0]
    mine.read("Is bread baked?", [BREAD])
    assert ran == [1, 1, 1]


def test_only_the_newest_readings_are_remembered(monkeypatch):
    ran = []
    monkeypatch.setattr(Network, "run", lambda self, rows, threads: ran.append(len(rows)) or np.zeros((len(rows), 4), np.float32))
    monkeypatch.setattr("retrievers.reader._KEPT", 2)
    mine = LearnedReader()
    for question in ("one", "two", "three", "three", "one"):
        mine.read(question, [CYST])
    assert ran == [1, 1, 1, 1]


def test_a_text_of_any_length_can_be_read(subject):
    long = passage("A splenic cyst is benign. " * 400, "long")
    assert len(subject.read("Is it benign? " * 300, [long])) == 1
    assert len(subject.read("", [CYST])) == 1


def test_a_reader_is_named_and_made_once(subject):
    assert subject.name
    assert reader("words" if isinstance(subject, WordReader) else "packaged") is subject


def test_a_row_is_read_as_its_spoken_sentence_with_title_and_section():
    row = passage("| CT | nodules |", "r", ("modality", "finding"), title="Sarcoidosis")
    row = row.model_copy(update={"say": "On {modality} it shows {finding}.", "section": "Findings"})
    assert reading_text(row) == "Sarcoidosis. Findings. On CT it shows nodules"


def test_a_denial_in_one_of_the_two_alone_contradicts_for_the_fake():
    said = WordReader().read("A splenic cyst is not benign", [CYST])[0].stance
    assert said.contradicts > said.supports


def test_the_name_of_the_learned_reader_changes_with_its_weights(tmp_path):
    (tmp_path / "one.safetensors").write_bytes(b"one")
    (tmp_path / "two.safetensors").write_bytes(b"two")
    names = {LearnedReader(path).name for path in (WEIGHTS, tmp_path / "one.safetensors", tmp_path / "two.safetensors")}
    assert len(names) == 3
    assert all(name.startswith("radqa-reader-") for name in names)


def test_without_a_file_of_weights_the_remedy_is_said(tmp_path):
    made = reader(str(tmp_path / "gone.safetensors"))
    for use in (lambda: made.name, lambda: made.read(QUESTION, [CYST])):
        with pytest.raises(MissingModel, match=r"gone\.safetensors") as caught:
            use()
        assert "make train" in caught.value.remedy


def test_a_file_that_holds_no_weights_is_named_with_the_remedy(tmp_path):
    path = tmp_path / "foreign.safetensors"
    path.write_bytes(b"not weights at all")
    with pytest.raises(MissingModel, match="holds no weights") as caught:
        load(path)
    assert "make train" in caught.value.remedy


def test_weights_of_another_network_are_refused(tmp_path):
    from safetensors.numpy import save_file

    path = tmp_path / "other.safetensors"
    save_file({"elsewhere.weight": np.zeros((2, 2), np.float32)}, path)
    with pytest.raises(MissingModel, match="another network"):
        load(path)


def test_the_network_takes_no_more_than_its_longest_and_keeps_both_ends_of_a_question():
    ids, segments = Tokenizer().pairs("first " + "word " * 400 + "last", ["text " * 400])[0]
    assert len(ids) == len(segments) <= 224
    short, _ = Tokenizer().pairs("first last", [""])[0]
    assert set(short) <= set(ids)
