"""The API over the small library: asked in process, without a socket."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from agent.app import RadiologyAgent
from serve.app import api
from serve.keys import KeyRing
from serve.settings import serve_settings
from serve.tenants import Tenants

QUESTION = "What follow-up does a single solid lung nodule of 7 mm found by chance need at high risk?"
OPTIONS = {"A": "CT at 3-6 months", "B": "CT at 6-12 months, then CT at 18-24 months", "C": "No routine follow-up"}


def opened(agent: RadiologyAgent, folder: Path, **chosen: object) -> TestClient:
    """A client of an app over this agent, with keys and documents in a folder."""
    how = serve_settings(data=folder, **chosen)
    return TestClient(api(agent.settings, how, lambda: Tenants(agent, folder / "tenants", 2)), base_url="http://localhost")


@pytest.fixture
def client(small_agent: RadiologyAgent, tmp_path: Path) -> Iterator[TestClient]:
    with opened(small_agent, tmp_path) as made:
        yield made


@pytest.fixture
def keyed(client: TestClient, tmp_path: Path) -> tuple[TestClient, str, str]:
    """A client of an app with keys, and the headers' values of two tenants."""
    ring = KeyRing(tmp_path)
    return client, f"Bearer {ring.add('ann')[1]}", f"Bearer {ring.add('bob')[1]}"
