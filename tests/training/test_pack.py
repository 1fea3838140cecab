"""What a training learns from, and what of it is put into the package."""

import pytest

torch = pytest.importorskip("torch")

from training.crossencoder import CrossEncoder  # noqa: E402
from training.examples import Example  # noqa: E402
from training.pack import averaged  # noqa: E402
from training.questions import Tied  # noqa: E402
from training.train import of_writers, with_long_forms  # noqa: E402


def test_the_mean_takes_so_much_of_the_checkpoint_and_leaves_what_is_frozen():
    base = CrossEncoder().state_dict()
    trained = next(name for name in base if name.startswith("encoder.encoder.layer.5.") and base[name].is_floating_point())
    frozen = next(name for name in base if name.startswith("encoder.embeddings.word"))
    begun = base | {trained: torch.zeros_like(base[trained]), frozen: torch.zeros_like(base[frozen])}
    net = base | {trained: torch.ones_like(base[trained])}
    made = averaged(net, begun, 0.4)
    assert torch.allclose(made[trained], torch.full_like(base[trained], 0.4))
    assert torch.equal(made[frozen], base[frozen])
    assert made.keys() == net.keys()


def example(writer, question="Is it benign?"):
    return Example(Tied(id=question + writer, question=question, document="d", manner="plain", writer=writer), (), (), ())


def test_a_training_on_some_writers_keeps_some_of_the_others():
    made = [example(writer, f"Question {number}?") for writer in "abc" for number in range(5)]
    chosen = of_writers(made, ["b"], 3, seed=1)
    assert [one.tied.writer for one in chosen].count("b") == 5
    assert len(chosen) == 8
    assert of_writers(made, ["b"], 3, seed=1) == chosen


def test_questions_with_short_forms_are_learnt_written_out_too():
    (long,) = with_long_forms([example("a", "UIP or not?"), example("a", "Is it benign?")])
    assert long.tied.question == "usual interstitial pneumonia (UIP) or not?"
