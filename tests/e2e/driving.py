"""What the browser tests, the screenshots and the bench share: a chat server of their own, a stub model server, a browser."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
PATIENCE = float(os.environ.get("E2E_PATIENCE", "1"))
"""Every wait is so many times as long: for a machine on which others work too."""
LAUNCH = {"executable_path": CHROMIUM, "args": ["--no-sandbox"]}
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launch(data: Path, port: int, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """The chat's server process on a port, with its own data folder; `wait` waits for it."""
    command = [sys.executable, "-m", "agent.cli", "chat", "--port", str(port), "--no-browser", "--data", str(data), *arguments]
    known = {name: value for name, value in os.environ.items() if not name.startswith("RADQA_")}
    variables = {**known, "PYTHONPATH": str(ROOT), **environment}
    data.mkdir(parents=True, exist_ok=True)
    with (data / "server.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=variables, stdout=log, stderr=log)


def wait(port: int, process: subprocess.Popen[bytes], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds * PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError("the server did not come up")


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


@contextmanager
def chat_server(data: Path, *arguments: str, **environment: str) -> Iterator[str]:
    """The address of a running chat server."""
    port = free_port()
    process = launch(data, port, *arguments, **environment)
    try:
        wait(port, process)
        yield f"http://127.0.0.1:{port}/"
    finally:
        end(process)


@contextmanager
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # of the extra `e2e`: what only collects these tests runs without it

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**LAUNCH)
        try:
            yield browser
        finally:
            browser.close()


def window(width: int = 1440, height: int = 900, *, dark: bool = False) -> dict[str, Any]:
    """What a window of the tests is like."""
    scheme = "dark" if dark else "light"
    return {"viewport": {"width": width, "height": height}, "color_scheme": scheme, "locale": "en-GB", "reduced_motion": "reduce"}


def context(browser: Browser, width: int = 1440, height: int = 900, *, dark: bool = False) -> BrowserContext:
    made = browser.new_context(**window(width, height, dark=dark))
    made.set_default_timeout(30_000 * PATIENCE)
    return made


def open_chat(page: Page, address: str) -> None:
    """The chat, ready for a question."""
    page.goto(address)
    box(page).wait_for(timeout=60_000 * PATIENCE)
    settled(page)


def box(page: Page):
    return page.get_by_test_id("stChatInputTextArea")


def ask(page: Page, question: str) -> None:
    box(page).fill(question)
    box(page).press("Enter")


def use_model(page: Page, address: str) -> None:
    """Choose another model in the sidebar, which is unfolded for it."""
    page.get_by_text("Settings", exact=True).click()
    page.wait_for_timeout(700)  # it unfolds
    choose(page, "Another ...")
    page.get_by_label("Server address").fill(address)
    page.get_by_label("Server address").press("Enter")
    settled(page)


def choose(page: Page, name: str) -> None:
    """Choose a model by what the list calls it."""
    settled(page)
    chosen = page.get_by_role("combobox", name="Model")
    chosen.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # a list that opens while the sidebar still scrolls is closed by that
    chosen.click()
    page.get_by_role("option", name=name).click()
    settled(page)


def go(page: Page, name: str) -> None:
    """Open another page by its name in the sidebar, where it may be under Advanced."""
    if name in ("Evals", "Health"):
        link = page.locator(".st-key-advanced").get_by_test_id("stPageLink").filter(has_text=name)
        if not link.is_visible():
            page.get_by_test_id("stSidebarUserContent").get_by_text("Advanced", exact=True).click()
            page.wait_for_timeout(500)  # it unfolds
        link.locator("a").click()
    else:
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).first.click()


def upload(page: Page, *files: tuple[str, bytes]) -> None:
    """Add files to the person's own documents."""
    page.get_by_text("My documents").first.click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(
        [{"name": name, "mimeType": "application/octet-stream", "buffer": content} for name, content in files]
    )
    page.get_by_test_id("stFileUploader").get_by_text(files[-1][0][-3:]).first.wait_for()
    page.get_by_role("button", name="Add to my documents").click()
    page.get_by_test_id("stAlert").first.wait_for(timeout=60_000 * PATIENCE)
    settled(page)


def answered(page: Page, count: int = 1, seconds: float = 60.0) -> None:
    """Wait until so many answers stand on the page and nothing is running."""
    page.wait_for_function(f"document.querySelectorAll('.rq-answer').length >= {count}", timeout=seconds * PATIENCE * 1000)
    settled(page)


def settled(page: Page, seconds: float = 60.0) -> None:
    """Wait until no script runs."""
    page.wait_for_function(
        "document.querySelector('[data-testid=stApp]')?.getAttribute('data-test-script-state') !== 'running'",
        timeout=seconds * PATIENCE * 1000,
    )
    page.wait_for_timeout(150)


class StubModel(ThreadingHTTPServer):
    """An OpenAI-compatible server on loopback: answers each schema after a delay, quoting the evidence it is shown."""

    daemon_threads = True

    def __init__(self, delay_s: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.delay_s, self.asked, self.authorised = delay_s, 0, set[str]()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


class _Handler(BaseHTTPRequestHandler):
    server: StubModel

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked += 1
        self.server.authorised.add(self.headers.get("authorization", ""))
        time.sleep(self.server.delay_s)
        name = body.get("response_format", {}).get("json_schema", {}).get("name", "")
        content = json.dumps(_reply(name, body["messages"][-1]["content"]))
        message = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}
        usage = {"prompt_tokens": 300, "completion_tokens": 40, "total_tokens": 340}
        reply = json.dumps(
            {"id": "1", "object": "chat.completion", "created": 1, "model": "stub", "choices": [message], "usage": usage}
        ).encode()
        try:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)
        except BrokenPipeError:
            return  # the caller was stopped

    def log_message(self, format: str, *args: object) -> None:
        return


def _reply(schema: str, prompt: str) -> dict[str, object]:
    match schema:
        case "Study":
            strands = [{"label": "follow-up", "queries": ["solid pulmonary nodule follow-up"]}]
            return {"task": "next step", "core": "follow-up of a solid pulmonary nodule", "facets": strands}
        case "Queries":
            return {"queries": ["solid pulmonary nodule follow-up"]}
        case "Composition":
            return {"sentences": [{"text": "CT at 6-12 months, then CT at 18-24 months.", "evidence": [1]}]}
        case "Choice" | "ClosedBook":
            return {"reason": "by the evidence", "letter": "A", "evidence": [1]}
        case _:
            return {"answer": "ready"}


@contextmanager
def stub_model(delay_s: float) -> Iterator[StubModel]:
    server = StubModel(delay_s)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
