"""What happens to every request before and after its route: its id, its line in the log, its figures, headers, and errors caught."""

from __future__ import annotations

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from corpora.addresses import is_loopback
from serve.figures import Figures
from serve.logs import told
from serve.problems import body_of

_log = logging.getLogger(__name__)
_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


class Door:
    """ASGI middleware around the whole app."""

    def __init__(self, app: ASGIApp, figures: Figures, keyless: Callable[[], bool], largest: Callable[[str], int]) -> None:
        """Take the app, what tells whether it answers this machine's programs without a key, and the bytes that a path's body may have."""
        self._app, self._figures, self._keyless, self._largest = app, figures, keyless, largest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; whatever it raises is answered with 500 and one line in the log."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        scope["radqa.request"] = request = given if _ID.fullmatch(given) else uuid.uuid4().hex
        began, seen = time.perf_counter(), _Seen()

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
                for name, value in {"X-Request-ID": request, **_HEADERS}.items():
                    MutableHeaders(scope=message)[name] = value
            elif message["type"] == "http.response.body":
                seen.sent += len(message.get("body", b""))
            await send(message)

        most = self._largest(scope["path"])
        try:
            if self._keyless() and (problem := foreign(headers)):
                await _plain(counted, 403, problem, "foreign", request)
            elif (length := headers.get("content-length", "")).isdecimal() and int(length) > most:
                await _plain(counted, 413, _too_large(most), "too_large", request)
            else:
                await self._app(scope, _limited(receive, most), counted)
        except Exception as error:
            _log.error("a request failed", extra={"request": request} | told(error))
            if seen.status:  # half an answer went out: closing the connection is what tells the client
                raise
            body = body_of(error)["error"]
            await _plain(counted, 500, body["message"], body["code"], request)
        finally:
            self._told(scope, headers, seen, time.perf_counter() - began)

    def _told(self, scope: Scope, headers: Headers, seen: _Seen, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "none")
        self._figures.requests.labels(route, str(seen.status or 499)).inc()
        self._figures.seconds.labels(route).observe(seconds)
        state = scope.get("state", {})
        _log.info(
            "request",
            extra={
                "request": scope["radqa.request"], "method": scope["method"], "route": route, "status": seen.status or 499,
                "ms": round(seconds * 1000, 1), "tenant": state.get("tenant", ""), "key": state.get("key", ""),
                "received": headers.get("content-length", ""), "sent": seen.sent,
            },
        )  # fmt: skip


class _Seen:
    """What of the answer went by."""

    status = 0
    sent = 0


def _limited(receive: Receive, most: int) -> Receive:
    """A body that names no length, read until it is larger than allowed."""
    left = most

    async def limited() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise HTTPException(413, _too_large(most))
        return message

    return limited


def _too_large(most: int) -> str:
    return f"The body is larger than {most} bytes, which is what is taken here."


def foreign(headers: Headers) -> str:
    """Why a request does not come from this machine's own programs, in a sentence; empty where it does.

    A server that asks for no key is reached by every page that this machine's browsers show: one of another site names it in
    `Origin`, and one that made its own name point here (DNS rebinding) names it in `Host`.
    """
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    if not is_loopback(host):
        return "This server answers this machine only; ask it as localhost."
    origin = headers.get("origin", "")
    if origin and urlsplit(origin).netloc != headers.get("host", ""):
        return "Pages of other sites may not ask this server."
    return ""


async def _plain(send: Send, status: int, message: str, code: str, request: str) -> None:
    kind = "server_error" if status >= 500 else "invalid_request_error"
    body = json.dumps({"error": {"message": message, "type": kind, "code": code, "param": None}, "request_id": request}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
