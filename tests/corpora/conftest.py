from collections.abc import Iterator

import pytest

from tests.corpora.sources.server import Served


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.close()
