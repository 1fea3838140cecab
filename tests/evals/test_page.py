"""The HTML report: it asks for nothing outside, hostile text stays text, and a browser can draw it."""

import base64
import gzip
import json
import re

import pytest

from agent.types import Citation, Evidence
from evals import page, report
from evals.folder import RunFolder
from evals.runner import Asked, Runner
from evals.types import Response, Retrieved, Said
from tests.conftest import passage
from tests.evals.conftest import Scripted, item, right_on_even

HOSTILE = '</script><img src=x onerror="document.title=1">'
ITEMS = [item(number, topic="chest") for number in range(6)] + [item(7, question=HOSTILE, topic="neuro")]


def hostile(posed):
    source = Evidence.of(passage(HOSTILE, "d", url="javascript:alert(1)"), HOSTILE, facet_id="x", relevance=0.5)
    said = Said(text=HOSTILE, citations=(Citation.to(source, 1),), verdict="supported")
    return Response(kind="answered", option="B", text=HOSTILE, sentences=(said,), retrieved=(Retrieved.of(source),), confidence=0.9)


@pytest.fixture
async def made(begun):
    folder = begun(ITEMS, ["closed-book", "extractive"])
    solvers = [Scripted("closed-book", right_on_even), Scripted("extractive", hostile)]
    await Runner(folder, ITEMS, solvers, Asked(seed=0, text_of={}.get)).run()
    path = folder.path / "report.html"
    report.write_html([folder], report.figures_of([folder]), path)
    return path


def unpacked(text):
    packed = re.search(r'id="data">([^<]*)<', text)[1]
    return json.loads(gzip.decompress(base64.b64decode(packed)))


async def test_the_page_holds_figures_plots_and_every_item(made):
    data = unpacked(made.read_text())
    assert len(data["items"]) == 7
    assert set(data["items"][0]["replies"]) == {"closed-book", "extractive"}
    assert data["figures"]["systems"]["extractive"]["accuracy"][3] == 7
    assert {"systems", "latency", "reliability"} <= set(data["plots"])


async def test_nothing_outside_is_asked_for_and_hostile_text_stays_text(made):
    text = made.read_text()
    assert "default-src 'none'" in text
    own = text.replace(page._library(), "")
    assert not re.search(r"<[a-z]+[^>]*(?:src|href)=", own)
    assert HOSTILE not in text
    assert text.count("</script>") == 3


def test_a_template_is_filled_once(begun, monkeypatch):
    monkeypatch.setattr(page, "_library", lambda: "{{data}}")
    folder = begun(ITEMS)
    folder.note(folder.manifest().resumed_by(folder.manifest().model_copy(update={"commit": "another"})))
    text = page.page([folder], report.figures_of([folder]))
    assert "<script>{{data}}</script>" in text
    assert "at commit another" in text
    assert RunFolder(folder.path).exists


@pytest.mark.e2e
async def test_a_browser_draws_the_page_without_a_request(made):
    from playwright.async_api import async_playwright

    asked, problems = [], []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = await browser.new_page()
        tab.on("request", lambda request: asked.append(request.url))
        tab.on("pageerror", lambda error: problems.append(str(error)))
        tab.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        await tab.goto(made.as_uri())
        await tab.wait_for_selector("body[data-ready=yes]")
        await tab.wait_for_selector("#plot-systems svg")
        groups = await tab.inner_text("#subgroups")
        await tab.select_option("#grouped", "coverage")
        covered = await tab.inner_text("#subgroups")
        compared = await tab.inner_text("#paired")
        await tab.select_option("#outcome", "wrong")
        shown = await tab.inner_text("#count")
        await tab.fill("#find", "onerror")
        await tab.select_option("#outcome", "")
        await tab.click("#list tr:nth-child(2)")
        detail = await tab.inner_text("#detail")
        title = await tab.title()
        links = await tab.eval_on_selector_all("#detail a", "all => all.map(a => a.href)")
        await browser.close()
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert problems == []
    assert shown == "1–4 of 4"
    assert "chest" in groups
    assert covered != groups
    assert "closed-book → extractive" in compared
    assert HOSTILE in detail
    assert title != "1"
    assert links == []
