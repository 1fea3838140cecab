"""What kind of answer a question asks for."""

from typing import get_args

import numpy as np
import pytest

from agent.reading.shape import is_polar, shape_of, shapes
from agent.types import Shape
from retrievers.embedding import PACKAGED, embedder


@pytest.mark.parametrize(
    "text",
    [
        "Is a splenic cyst benign?",
        "Does it need follow-up?",
        "A nodule of 4 mm was found. Should it be followed up?",
        "And is CT enough?",
        "7 mm nodule, low risk: is a CT needed?",
    ],
)
def test_a_clause_that_begins_with_an_auxiliary_verb_asks_for_yes_or_no(text):
    assert is_polar(text)


@pytest.mark.parametrize(
    "text", ["Which class is it?", "Is it benign or malignant?", "Is it CT vs MRI?", "Follow-up for a nodule?", "What is a cyst?", ""]
)
def test_every_other_question_does_not(text):
    assert not is_polar(text)


def test_the_fitted_model_names_shapes_of_answers_and_fits_together():
    model = shapes()
    assert set(model.names) <= set(get_args(Shape))
    assert len(model.names) == len(model.weights) == len(model.bias)


def test_a_vector_of_another_model_leaves_the_plain_answer():
    assert shape_of("What are the causes of a cyst?", lambda text: np.ones(3, dtype=np.float32)) == "answer"


def test_grammar_is_asked_before_the_vector():
    def never(text):
        raise AssertionError(text)

    assert shape_of("Is a splenic cyst benign?", never) == "yes-no"


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("What are the causes of hilar lymph node enlargement?", "list"),
        ("What is the difference between Crohn disease and ulcerative colitis on CT?", "comparison"),
        ("What is the normal diameter of the common bile duct?", "number"),
    ],
)
def test_plain_questions_get_the_shape_that_they_ask_for(text, shape):
    model = embedder(PACKAGED)
    assert shape_of(text, lambda said: model.embed([said])[0]) == shape
