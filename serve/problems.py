"""What went wrong, as a client reads it: a status, and one form of body for every door, which OpenAI's clients read too."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from agent.errors import BudgetExceeded, ModelError, ModelTimeout
from corpora.errors import FolderBusy, FolderUnwritable, InputError, RadqaError, SetupError
from serve.admission import Draining, TurnedAway


class NotAllowed(RadqaError):
    """There is no key, or none that is let in."""


class NotThere(InputError):
    """Something of that name does not exist."""


class TooSlow(RadqaError):
    """A request took longer than the server allows."""


class ClientGone(RadqaError):
    """Nobody listens any more; the status is for the log."""


class Problem(BaseModel):
    """What went wrong; `code` names the kind, `param` the field of the request where there is one."""

    message: str
    type: str = Field(description="invalid_request_error, authentication_error, rate_limit_error or server_error")
    code: str
    param: str | None = None


class ProblemReply(BaseModel):
    """The body of every reply that is no success."""

    error: Problem
    request_id: str = ""


_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (NotAllowed, 401),
    (NotThere, 404),
    (FolderBusy, 409),
    (InputError, 422),
    (Draining, 503),
    (TurnedAway, 429),
    (SetupError, 503),
    (ClientGone, 499),
    (TooSlow, 504),
    (BudgetExceeded, 504),
    (ModelTimeout, 504),
    (ModelError, 502),
    (FolderUnwritable, 507),
)
_KINDS = {401: "authentication_error", 403: "authentication_error", 429: "rate_limit_error"}


def status_of(error: RadqaError) -> int:
    """The HTTP status of an error; 500 for a kind that none is given to."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def body_of(error: Exception) -> dict[str, Any]:
    """The body for an error; of what radqa did not raise on purpose nothing is told."""
    if isinstance(error, RadqaError):
        return _body(status_of(error), str(error), _code(type(error).__name__))
    return _body(500, "Something unexpected went wrong; the server's log says more under the request's id.", "unexpected")


def _body(status: int, message: str, code: str, param: str | None = None) -> dict[str, Any]:
    kind = _KINDS.get(status) or ("invalid_request_error" if status < 500 else "server_error")
    return {"error": Problem(message=message, type=kind, code=code, param=param).model_dump()}


def _code(name: str) -> str:
    """The class's name with underscores: "QuestionTooLong" becomes "question_too_long"."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name).strip("_")


def reply(request: Request, status: int, body: dict[str, Any], headers: dict[str, str] | None = None) -> JSONResponse:
    """The reply with the request's id in its body."""
    return JSONResponse(body | {"request_id": request.scope.get("radqa.request", "")}, status, headers)


def install(app: FastAPI) -> None:
    """Let the app answer every error in this form."""

    @app.exception_handler(RadqaError)
    async def _known(request: Request, error: RadqaError) -> JSONResponse:
        headers = {}
        if isinstance(error, TurnedAway):
            request.app.state.figures.turned_away.labels(error.why).inc()
            headers["Retry-After"] = str(error.retry_after_s)
        if isinstance(error, NotAllowed):
            headers["WWW-Authenticate"] = "Bearer"
        return reply(request, status_of(error), body_of(error), headers)

    @app.exception_handler(RequestValidationError)
    async def _malformed(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        if first["type"] == "json_invalid":
            said = f"The body is no JSON: {first['ctx']['error']} (character {first['loc'][-1]})."
            return reply(request, 422, _body(422, said, "malformed"))
        where = ".".join(str(part) for part in first["loc"] if part != "body")
        return reply(request, 422, _body(422, f"{where}: {first['msg']}" if where else first["msg"], "malformed", where or None))

    @app.exception_handler(HTTPException)
    async def _refused(request: Request, error: HTTPException) -> JSONResponse:
        codes = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}
        body = _body(error.status_code, str(error.detail), codes.get(error.status_code, "refused"))
        headers = dict(error.headers or {})
        if error.status_code == 405:  # a route knows its own methods alone, and a path may have several routes
            headers["Allow"] = ", ".join(sorted(_methods(request)))
        return reply(request, error.status_code, body, headers)


def _methods(request: Request) -> set[str]:
    """What the path of this request may be asked with."""
    described = request.app.openapi()["paths"]
    return {method.upper() for path, ways in described.items() if compile_path(path)[0].match(request.scope["path"]) for method in ways}


RESPONSES: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemReply, "description": description}
    for status, description in {
        400: "The body cannot be read",
        401: "No key, or one that is not let in",
        403: "A page of another site asks",
        413: "The body is larger than allowed",
        422: "The request cannot be answered like this; says why",
        429: "Asked too often, or too much is waiting: ask again after Retry-After seconds",
        502: "The chat model failed",
        503: "The server is shutting down, or something must be set up",
        504: "It took longer than allowed",
    }.items()
}
"""What every question may be answered with beside its success, for the OpenAPI document."""
