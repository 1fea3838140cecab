"""One server and one browser for all browser tests; a page notes what must never happen."""

from __future__ import annotations

import pytest

from tests.e2e import driving


@pytest.fixture(scope="session")
def browser():
    with driving.chromium() as made:
        yield made


@pytest.fixture(scope="session")
def address(browser, tmp_path_factory):
    """A chat server where every browser is a person of its own, so that tests do not see each other's conversations; it has answered once."""
    with driving.chat_server(tmp_path_factory.mktemp("chat"), "--per-browser") as made:
        with driving.context(browser) as window:
            page = window.new_page()
            driving.open_chat(page, made)
            driving.ask(page, "What does LR-M mean?")
            driving.answered(page, seconds=120)
        yield made


@pytest.fixture
def alone(tmp_path):
    """A chat server for the one person of this machine, who alone may name a model's address."""
    with driving.chat_server(tmp_path / "alone") as made:
        yield made


class Watch:
    """What a page must never do: log an error, open a dialog, ask another host."""

    def __init__(self, page):
        self.wrong = []
        page.on("console", lambda message: self.wrong.append(f"console: {message.text}") if message.type == "error" else None)
        page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.wrong.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: None if self._own(request.url) else self.wrong.append(f"request: {request.url}"))

    @staticmethod
    def _own(url):
        return url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))


@pytest.fixture
def opened(browser, address):
    """Opens the chat in a window of its own; at the end nothing may have gone wrong in any."""
    made = []

    def open_one(width=1440, height=900, *, dark=False, where=address):
        window = driving.context(browser, width, height, dark=dark)
        page = window.new_page()
        made.append((window, Watch(page)))
        driving.open_chat(page, where)
        return page

    yield open_one
    for window, _ in made:
        window.close()
    assert [line for _, watch in made for line in watch.wrong] == []
