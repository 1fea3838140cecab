"""`/healthz`, `/readyz` and `/metrics`: for what watches the server."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from serve.admission import Draining
from serve.callers import HouseOf, KnownCaller
from serve.problems import RESPONSES, ProblemReply

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """How the server is."""

    status: str


@router.get("/healthz")
async def healthz() -> Health:
    """The process lives and its event loop turns."""
    return Health(status="ok")


@router.get("/readyz", responses={503: {"model": ProblemReply, "description": "The server is shutting down"}})
async def readyz(of: HouseOf) -> Health:
    """The library is open and requests are taken."""
    if of.admission.draining:
        raise Draining("The server is shutting down.", "draining", 5)
    return Health(status="ready")


@router.get("/metrics", response_class=Response, responses=RESPONSES | {200: {"content": {"text/plain": {"schema": {"type": "string"}}}}})
async def metrics(_: KnownCaller, of: HouseOf) -> Response:
    """Counts and seconds in Prometheus' text form."""
    return Response(of.figures.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
