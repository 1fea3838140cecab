"""The networks that the product runs are the ones that are trained, and run wherever a process runs."""

import os
import threading

import numpy as np
import pytest

from retrievers import network, reader
from retrievers.reader import WEIGHTS, LearnedReader, Tokenizer, load, reading_text
from tests.conftest import passage

PASSAGES = [
    passage(f"A lesion of {number} mm is benign and needs no follow-up." + " More is said." * number, str(number)) for number in range(12)
]
QUESTION = "Does a lesion of 4 mm need follow-up?"


@pytest.fixture(scope="module")
def net():
    return load(WEIGHTS)


@pytest.fixture(scope="module")
def rows():
    return Tokenizer().pairs(QUESTION, [reading_text(one) for one in PASSAGES])


def close(one, other):
    """Whether two readings rank alike: logits of some -5 to 5, half a unit apart on average at most."""
    one, other = one[:, 0], other[:, 0]
    return np.abs(one - other).mean() < 0.5 and np.corrcoef(one, other)[0, 1] > 0.9


def test_threads_change_nothing(net, rows):
    alone = net.run(rows)
    assert alone.shape == (len(rows), network.OUTPUTS)
    assert (net.run(rows, threads=3) == alone).all()
    assert (net.run(rows[::-1], threads=2) == alone[::-1]).all()
    assert net.run([], threads=2).shape == (0, network.OUTPUTS)


def test_int8_reads_as_the_trained_network_does(net, rows):
    torch = pytest.importorskip("torch")

    from training.crossencoder import CrossEncoder, padded
    from training.crossencoder import load as weights

    trained = CrossEncoder()
    trained.load_state_dict(weights(WEIGHTS))
    with torch.inference_mode():
        wanted = trained.eval()(*padded(rows)).numpy()
    assert close(net.run(rows), wanted)


def test_where_int8_overflows_the_reader_runs_in_float_and_reads_alike(monkeypatch, net, rows):
    monkeypatch.setattr(reader, "overflows", lambda: True)
    exact = load(WEIGHTS).run(rows)
    assert not (exact == net.run(rows)).all()
    assert close(exact, net.run(rows))


def test_the_graphs_are_those_that_are_drawn(tmp_path):
    pytest.importorskip("onnx")
    from training.graph import main

    assert main(["--out", str(tmp_path)]) == 0
    for path in (network.READER, network.READER_FLOAT, network.VECTORS):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_fork_reads_with_threads_of_its_own():
    own = LearnedReader()
    before = [one.answers for one in own.read(QUESTION, PASSAGES)]
    child = os.fork()
    if child == 0:
        same = [one.answers for one in own.read(QUESTION, PASSAGES)] == before
        os._exit(0 if same else 3)
    done = threading.Timer(60, lambda: os.kill(child, 9))
    done.start()
    _, status = os.waitpid(child, 0)
    done.cancel()
    assert os.waitstatus_to_exitcode(status) == 0
