"""Fixtures for all tests. No test reaches the network (pytest-socket), the user's cache or the user's settings."""

from __future__ import annotations

import atexit
import os
import shutil
import ssl
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

if "TESTS_OF_RADQA" not in os.environ:  # a worker of pytest-xdist has its folder from who started it: what one builds the others find
    os.environ["TESTS_OF_RADQA"] = tempfile.mkdtemp(prefix="radqa-tests-")
    atexit.register(shutil.rmtree, os.environ["TESTS_OF_RADQA"], ignore_errors=True)
_SHARED = os.environ["TESTS_OF_RADQA"]
_HOME = tempfile.mkdtemp(dir=_SHARED)
os.environ["XDG_CACHE_HOME"] = f"{_SHARED}/cache"
os.environ["XDG_CONFIG_HOME"] = f"{_HOME}/config"
os.environ.setdefault("XDG_RUNTIME_DIR", _HOME)  # a warning of platformdirs, which the trial Postgres asks at its import
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"
os.environ["TOKENIZERS_PARALLELISM"] = "false"
for name in [name for name in os.environ if name.startswith("RADQA_") and name not in ("RADQA_SHARED_DATA", "RADQA_TEST_MODELS")]:
    del os.environ[name]
os.environ["RADQA_REUSE"] = "false"  # scripted models differ from test to test behind one name

import pytest  # noqa: E402
from filelock import FileLock  # noqa: E402
from hypothesis import settings as hypothesis_settings  # noqa: E402

from agent.app import RadiologyAgent  # noqa: E402
from agent.judging import choosing  # noqa: E402
from agent.settings import load  # noqa: E402
from corpora import embedded  # noqa: E402
from corpora.passages import split  # noqa: E402
from corpora.readers.markdown import read  # noqa: E402
from corpora.types import Document, Passage, SourceRecord  # noqa: E402
from retrievers.embedding import HashEmbedder  # noqa: E402
from retrievers.index import PassageIndex, build  # noqa: E402
from retrievers.library import Library  # noqa: E402
from retrievers.vectors import VectorCache  # noqa: E402

hypothesis_settings.register_profile("radqa", deadline=None)
hypothesis_settings.load_profile("radqa")

CARD = """---
id: nodule-card
title: Lung nodules found by chance
organisation: Test Society
year: 2020
version: "2020"
citation: Nobody N. Test J 2020
kind: guideline
subspecialty: chest
modality: [CT]
topics: [pulmonary nodule, follow-up]
aliases: [Nodule Card, NC-RADS]
supersedes: [old-card]
results: [follow-up]
checked: [https://example.org/a]
current: 2026-05
---

## Who it is for
Adults with lung nodules found by chance. The nodule card does not apply to known cancer.

## Solid nodules
| number | size | risk | follow-up |
|---|---|---|---|
| single | < 6 mm | low | No routine follow-up |
| single | < 6 mm | high | Optional CT at 12 months |
| single | 6-8 mm | low | CT at 6-12 months, then consider CT at 18-24 months |
| single | 6-8 mm | high | CT at 6-12 months, then CT at 18-24 months |
| multiple | 6-8 mm | low or high | CT at 3-6 months |

## What changes the advice
Growth of a nodule by 2 mm or more calls for earlier review.

## Time-critical
Massive haemoptysis with a lung nodule needs help at once.
"""

KIDNEY = """---
id: kidney-card
title: Cystic kidney masses
organisation: Other Society
year: 2019
version: "2019"
citation: Nobody K. Test J 2019
kind: guideline
subspecialty: genitourinary
modality: [CT, MRI]
topics: [renal cyst]
aliases: [Bosniak, Bosniak 2019]
results: [class, management]
---

## Who it is for
Adults with a cystic mass of the kidney.

## Classes
| wall thickness | enhancement | class | management |
|---|---|---|---|
| <= 2 mm | none | Bosniak I | No follow-up |
| 3 mm | smooth | Bosniak IIF | CT or MRI at 6 and 12 months, then yearly for 5 years |
| >= 4 mm | smooth | Bosniak III | Consider resection or surveillance |

## What changes the advice
A renal cyst with a nodule is Bosniak IV.
"""


def write_card(folder: Path, text: str) -> Document:
    name = next(line for line in text.splitlines() if line.startswith("id:")).split(": ")[1]
    path = folder / f"{name}.md"
    path.write_text(text, encoding="utf-8")
    return next(read(path))


def document(text: str, name: str = "d", **source: object) -> Document:
    return Document(id=name, text=text, source=SourceRecord(id=name, title=str(source.pop("title", "A title")), **source))  # type: ignore[arg-type]


def passage(text: str, name: str = "d", header: tuple[str, ...] = (), **source: object) -> Passage:
    record = SourceRecord(id=name, title=str(source.pop("title", "A title")), **source)  # type: ignore[arg-type]
    return Passage(
        id=f"{name}#{abs(hash(text)) % 10**8}", document_id=name, text=text, start=0, end=len(text), header=header, source=record
    )


@pytest.fixture(scope="session", autouse=True)
def certificates_are_read_once() -> Iterator[None]:
    """Each client of a chat model or of a source reads them anew, and no test asks over TLS."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ssl, "create_default_context", cache(ssl.create_default_context))
        yield


@pytest.fixture(scope="session")
def small_documents(tmp_path_factory: pytest.TempPathFactory) -> list[Document]:
    folder = tmp_path_factory.mktemp("cards")
    note = document("Gallstones cast a shadow on ultrasound. The gallbladder wall is thin.", "note", title="Gallbladder notes")
    return [write_card(folder, CARD), write_card(folder, KIDNEY), note]


@pytest.fixture(scope="session")
def small_index_folder(small_documents: list[Document], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("index")
    build(small_documents, folder, HashEmbedder(), cache=VectorCache(tmp_path_factory.mktemp("vectors")))
    return folder


@pytest.fixture(scope="session")
def small_index(small_index_folder: Path) -> PassageIndex:
    return PassageIndex.open(small_index_folder, HashEmbedder())


@pytest.fixture(scope="session")
def small_library(small_index: PassageIndex) -> Library:
    return Library(small_index, HashEmbedder())


@pytest.fixture
def narrow_margin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The margin between options for the reader by words, which leans less than the learned one."""
    monkeypatch.setattr(choosing, "MARGIN", 0.05)


@pytest.fixture(scope="session")
def small_agent(small_index_folder: Path) -> RadiologyAgent:
    """An agent over three tiny documents with the hash embedding: fast and deterministic."""
    return RadiologyAgent(load(index=small_index_folder, embedding="hash", reader="words", threshold=0.3))


@pytest.fixture(scope="session")
def radqa_agent() -> RadiologyAgent:
    """The real thing: the embedded corpus and the packaged model."""
    with FileLock(f"{_SHARED}/embedded.lock"):
        made = RadiologyAgent(load())
    made.warm()
    return made


@pytest.fixture(scope="session")
def embedded_documents() -> tuple[Document, ...]:
    """The embedded corpus, read once."""
    return tuple(embedded.documents())


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The address of an empty PostgreSQL server on a socket file, for SQLAlchemy."""
    pgserver = pytest.importorskip("pgserver", reason="pip install pgserver psycopg[binary] to try a real Postgres")
    pytest.importorskip("psycopg")
    server = pgserver.get_server(tempfile.mkdtemp(prefix="radqa-postgres-"), cleanup_mode="delete")  # run by another user than root
    yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
    server.cleanup()


@pytest.fixture(scope="session")
def card_passages(small_documents: list[Document]) -> list[Passage]:
    return split(small_documents[0])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests named in `data/follow_the_reader.txt` may fail until they are rewritten for the learned reader (decision 14)."""
    lines = (Path(__file__).parent / "data" / "follow_the_reader.txt").read_text(encoding="utf-8").splitlines()
    waiting = {line for line in lines if line and not line.startswith("#")}
    for item in items:
        if item.nodeid.partition("[")[0] in waiting:
            item.add_marker(pytest.mark.xfail(reason="waits to follow the learned reader, decision 14", strict=False))
