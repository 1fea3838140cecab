"""The chat's figures, in a real browser against a real server: `python -m bench ui` (or `bench.ui --quick` without the long one)."""

from __future__ import annotations

import os
import re
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from bench.report import keep
from tests.e2e import driving

COLD_RUNS, WARM_RUNS, BEFORE, SESSIONS, QUESTIONS = 5, 10, 3, 10, 500
ASKED = (
    ("Follow-up for a 7 mm solid nodule in a heavy smoker?", "Fleischner"),
    ("Which Bosniak class is a cyst with a 4 mm enhancing wall?", "Bosniak"),
    ("What dose of adrenaline for anaphylaxis after iodinated contrast?", "contrast media"),
    ("Stenosis of 60% in a coronary artery: which CAD-RADS?", "CAD-RADS"),
    ("What is the chance of cancer in a BI-RADS 4B lesion?", "BI-RADS"),
)
"""Questions with a word that stands in the sources of their answers."""


def main() -> None:
    """First page, first trace line, ten sessions at once, memory over many questions."""
    questions = 50 if "--quick" in sys.argv else QUESTIONS
    figures: dict[str, Any] = {"load_before": os.getloadavg()[0]}
    with tempfile.TemporaryDirectory() as data, driving.chromium() as browser:
        figures["first_page_cold_s"] = cold(browser, Path(data) / "cold")
        port = driving.free_port()
        server = driving.launch(Path(data) / "warm", port, "--per-browser")
        try:
            driving.wait(port, server)
            address = f"http://127.0.0.1:{port}/"
            figures |= warm(browser, address, Path(data) / "profile", server.pid)
            figures["sessions_at_once"] = together(browser, address)
            figures["memory"] = many(browser, address, server.pid, questions)
        finally:
            driving.end(server)
    figures["load_after"] = os.getloadavg()[0]
    keep("ui", figures)


def summary(seconds: list[float]) -> dict[str, float]:
    """Median, 95th percentile and worst, in seconds, of n."""
    ordered = sorted(seconds)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return {"p50": round(statistics.median(ordered), 3), "p95": round(p95, 3), "worst": round(ordered[-1], 3), "n": len(ordered)}


def cold(browser: Browser, data: Path) -> dict[str, float]:
    """Seconds from starting the process to a page that takes a question."""
    seconds = []
    for number in range(COLD_RUNS):
        port = driving.free_port()
        started = time.perf_counter()
        server = driving.launch(data / str(number), port)
        try:
            driving.wait(port, server)
            with driving.context(browser) as window:
                page = window.new_page()
                page.goto(f"http://127.0.0.1:{port}/")
                driving.box(page).wait_for(timeout=60_000)
                seconds.append(time.perf_counter() - started)
        finally:
            driving.end(server)
    return summary(seconds)


def warm(browser: Browser, address: str, profile: Path, process: int) -> dict[str, Any]:
    """A new page of a browser that was here before, on a warm server: until it takes a question, the first line, the answer.

    The profile lies on disk, as a person's does: a private window would compile Streamlit's scripts anew for every page.
    """
    pages, lines, answers, work = [], [], [], []
    with browser.browser_type.launch_persistent_context(profile, **driving.LAUNCH, **driving.window()) as window:
        _asked(window.new_page(), address, *ASKED[0], seconds=180)
        for _ in range(BEFORE):
            driving.open_chat(window.new_page(), address)
        for number in range(WARM_RUNS):
            page = window.new_page()
            started, before = time.perf_counter(), _worked(process)
            page.goto(address)
            driving.box(page).wait_for()
            pages.append(time.perf_counter() - started)
            driving.settled(page)
            work.append(_worked(process) - before)
            line, answer = _timed(page, ASKED[number % len(ASKED)][0])
            lines.append(line)
            answers.append(answer)
            page.close()
    figures = {"first_page_warm_s": summary(pages), "first_page_warm_server_cpu_s": summary(work)}
    return figures | {"first_trace_line_s": summary(lines), "answer_s": summary(answers)}


_WATCH = """() => { window.rq = {}; const seen = () => {
  if (!window.rq.line && document.querySelector('.rq-facets li, .rq-live .rq-where, .rq-answer')) window.rq.line = performance.now();
  if (!window.rq.answer && document.querySelector('.rq-answer')) window.rq.answer = performance.now(); };
  new MutationObserver(seen).observe(document.body, { childList: true, subtree: true, characterData: true }); }"""


def _timed(page: Page, question: str) -> tuple[float, float]:
    """Seconds, by the browser's own clock, from Enter to the first line of the trace and to the answer."""
    page.evaluate(_WATCH)
    driving.box(page).fill(question)
    started = page.evaluate("performance.now()")
    driving.box(page).press("Enter")
    page.wait_for_function("window.rq.answer", timeout=60_000)
    seen = page.evaluate("window.rq")
    return (seen["line"] - started) / 1000, (seen["answer"] - started) / 1000


def _asked(page: Page, address: str, question: str, word: str, seconds: float = 60.0) -> bool:
    driving.open_chat(page, address)
    driving.ask(page, question)
    driving.answered(page, seconds=seconds)
    return word in page.locator(".rq-side").first.inner_text()


def together(browser: Browser, address: str) -> dict[str, Any]:
    """Ten windows ask at the same moment; then each of them is used while all others ask."""
    windows = [driving.context(browser) for _ in range(SESSIONS)]
    try:
        pages = [window.new_page() for window in windows]
        for page in pages:
            driving.open_chat(page, address)
            driving.box(page).fill(ASKED[pages.index(page) % len(ASKED)][0])
        started = time.perf_counter()
        for page in pages:
            driving.box(page).press("Enter")
        for page in pages:
            driving.answered(page, seconds=120)
        all_answered = time.perf_counter() - started
        right = sum(_own(page, *ASKED[number % len(ASKED)]) for number, page in enumerate(pages))
        return {
            "answered_and_own": f"{right}/{SESSIONS}",
            "all_answered_s": round(all_answered, 2),
            "interaction_s": summary(_interactions(pages)),
        }
    finally:
        for window in windows:
            window.close()


def _own(page: Page, question: str, word: str) -> bool:
    """Whether a page shows its own question once, with its own answer and nobody else's conversation."""
    asked = page.locator(".rq-asked").all_inner_texts()
    listed = page.locator(".st-key-conversations button").count()
    return [text.strip() for text in asked] == [question] and listed == 1 and word in page.locator(".rq-side").first.inner_text()


def _interactions(pages: list[Page]) -> list[float]:
    """Seconds of a rerun (a new, empty conversation and back) on each page, while all others are asking."""
    seconds = []
    for number, page in enumerate(pages):
        for other in pages:
            if other is not page:
                driving.box(other).fill(ASKED[(number + 1) % len(ASKED)][0])
                driving.box(other).press("Enter")
        for _ in range(3):
            started = time.perf_counter()
            page.get_by_role("button", name="New question").click()
            page.locator(".rq-start").wait_for()
            seconds.append(time.perf_counter() - started)
            started = time.perf_counter()
            page.locator(".st-key-conversations button").first.click()
            page.locator(".rq-asked").first.wait_for()
            seconds.append(time.perf_counter() - started)
        for other in pages:
            driving.settled(other, 120)
    return seconds


def many(browser: Browser, address: str, process: int, questions: int) -> dict[str, Any]:
    """The server's memory over many questions, in windows of ten questions each; MB."""
    sizes = {}
    for start in range(0, questions, 10):
        with driving.context(browser) as window:
            page = window.new_page()
            driving.open_chat(page, address)
            for number in range(start, start + 10):
                driving.ask(page, ASKED[number % len(ASKED)][0])
                driving.answered(page, number - start + 1, seconds=120)
        if start + 10 in (50, questions // 2, questions) or start == 0:
            sizes[str(start + 10)] = round(_resident(process), 1)
    return {"mb_after_questions": sizes, "n": questions}


def _worked(process: int) -> float:
    """Seconds of processor that the server has used: what a page costs it, however busy the machine is."""
    used = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()[11:13]
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def _resident(process: int) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
