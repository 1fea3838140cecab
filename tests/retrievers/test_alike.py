import pytest

from retrievers.alike import alike
from tests.conftest import passage


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Rib notching on the right alone means coarctation proximal to the left subclavian artery.",
         "Unilateral right rib notching is seen when the coarctation lies proximal to the left subclavian artery.", True),
        ("A solid nodule of 6 mm needs CT at 12 months.", "A solid nodule of 9 mm needs CT at 3 months.", False),
        ("Pneumothorax is gas in the pleural space.", "Bowel obstruction shows dilated loops.", False),
    ],
)  # fmt: skip
def test_passages_that_say_nearly_the_same_share_words_and_figures(one, other, same):
    assert alike(passage(one, "a"), passage(other, "b")) is same
    assert alike(passage(other, "b"), passage(one, "a")) is same
