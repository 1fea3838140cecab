"""The chat as a person uses it, in a real browser."""

from __future__ import annotations

import json
import re

import pytest

pytest.importorskip("playwright", reason="browser tests need the extra `e2e`: make test-e2e")

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.e2e import driving
from tests.e2e.driving import answered, ask, box, choose, go, settled, upload, use_model
from tests.e2e.screenshots import OPEN, OPTIONS, new_question, sidebar
from tests.ui.conftest import HOSTILE

expect.set_options(timeout=5_000 * driving.PATIENCE)
pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(240 * driving.PATIENCE)]


@pytest.mark.smoke
def test_an_answer_comes_with_its_plan_and_its_sources(opened):
    page = opened()
    ask(page, OPEN)
    answered(page)
    expect(page.locator(".rq-first")).to_contain_text("CT at 6-12 months, then CT at 18-24 months")
    expect(page.locator(".rq-side .rq-sources li").first).to_contain_text("Fleischner Society")
    assert page.locator(".rq-sentence").count() == page.locator(".rq-sentence:has(.rq-chip)").count()
    expect(page.locator(".rq-footing").last).to_contain_text("does not replace")
    assert page.locator(".rq-live").count() == 0
    page.wait_for_timeout(3_500)  # Streamlit goes to the end of a page by itself; the answer is to be read from its top
    expect(page.locator(".rq-asked").first).to_be_in_viewport()


def test_the_work_is_watched_as_it_happens(alone, opened):
    with driving.stub_model(2.0) as model:
        page = opened(where=alone)
        use_model(page, model.address)
        ask(page, OPEN)
        page.get_by_text("Understood as").wait_for()
        page.locator(".rq-facets > li").first.wait_for(timeout=5_000 * driving.PATIENCE)
        assert page.locator(".rq-answer").count() == 0
        page.locator(".rq-rounds li").first.wait_for(timeout=10_000 * driving.PATIENCE)
        expect(page.locator(".rq-rounds").first).to_contain_text("passages for")
        assert page.locator(".rq-answer").count() == 0
        answered(page)
        expect(page.locator(".rq-first")).to_contain_text("CT at 6-12 months")
        assert model.asked == 2


@pytest.mark.smoke
def test_a_citation_opens_by_mouse_and_by_keyboard(opened):
    page = opened()
    ask(page, OPEN)
    answered(page)
    chip = page.locator(".rq-chip").first
    card = page.locator(".rq-pop").first
    expect(card).to_be_hidden()
    chip.hover()
    expect(card).to_be_visible()
    page.mouse.move(5, 5)
    expect(card).to_be_hidden()
    chip.click()
    page.mouse.move(5, 5)
    expect(card).to_be_visible()
    expect(card.locator("mark").first).to_contain_text("6-8 mm")
    expect(card).to_contain_text("Fleischner Society")
    expect(card.locator("a")).to_have_attribute("href", re.compile("^https://doi.org/10"))
    expect(card.locator("a")).to_have_attribute("rel", "noopener noreferrer")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    chip.focus()
    page.keyboard.press("Enter")
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()


def test_a_follow_up_is_read_with_the_question_before(opened):
    page = opened()
    ask(page, OPEN)
    answered(page)
    ask(page, "And if it is 5 mm?")
    answered(page, 2)
    expect(page.locator(".rq-asked").nth(1)).to_contain_text("Read as: Follow-up for a 5 mm solid nodule")
    expect(page.locator(".rq-answer").nth(1).locator(".rq-first")).to_contain_text("12 months")


def test_pasted_options_and_a_pasted_report(opened):
    page = opened()
    ask(page, OPTIONS)
    answered(page)
    expect(page.locator(".rq-headline")).to_have_text("C. Bosniak III")
    expect(page.locator(".rq-options tbody tr:not(.rq-because)")).to_have_count(4)
    new_question(page, 1440)
    ask(
        page,
        "What follow-up does this adrenal nodule need?\n\nINDICATION: Flank pain.\nFINDINGS: Homogeneous left adrenal nodule, 2.5 cm, 8 HU.\nIMPRESSION: Adrenal nodule.",
    )
    answered(page)
    expect(page.locator(".rq-asked summary")).to_contain_text("Report")
    expect(page.locator(".rq-side")).to_contain_text("adrenal", ignore_case=True)


def test_a_pasted_report_is_read_finding_by_finding(opened):
    page = opened()
    ask(
        page,
        "CT CHEST\nFINDINGS: 7 mm solid nodule in the right upper lobe.\nLeft adrenal nodule, 2.4 cm, 8 HU.\nIMPRESSION: 7 mm nodule in the right upper lobe.",
    )
    expect(page.locator(".rq-table").first).to_contain_text("Fleischner", timeout=60_000 * driving.PATIENCE)
    expect(page.locator("tr[id^=row-]")).to_have_count(2)
    page.locator("tr a.rq-finding").nth(1).click()
    assert page.evaluate("document.querySelector(':target')?.previousElementSibling.textContent") == "Left adrenal nodule, 2.4 cm, 8 HU."
    page.get_by_text("Report and earlier report").click()
    page.get_by_label("Earlier report, to compare with").fill("FINDINGS: 4 mm solid nodule in the right upper lobe.")
    page.get_by_role("button", name="Read", exact=True).click()
    expect(page.locator(".rq-table").nth(0)).to_be_visible()
    expect(page.get_by_role("region", name="Change")).to_contain_text("+3 mm (+75 %)")


def test_a_finding_is_scored_by_hand(opened):
    page = opened()
    go(page, "Score")
    page.get_by_role("combobox", name="System").click()
    page.get_by_role("option", name="Bosniak", exact=True).click()
    settled(page)
    expect(page.get_by_text("Not given, and decides:")).to_be_visible()


def test_an_abstention_is_a_designed_state(opened):
    page = opened()
    ask(page, "What is the capital of Mongolia?")
    answered(page)
    expect(page.locator(".rq-abstained .rq-headline")).to_have_text("No answer from these sources")
    expect(page.locator(".rq-words")).to_contain_text("mongolia")
    expect(page.locator(".rq-side")).to_contain_text("Searched for")
    assert page.get_by_test_id("stAlert").count() == 0


def test_an_uploaded_document_answers_and_a_broken_one_is_named(opened):
    page = opened()
    protocol = b"# Zirconia marker protocol\n\nThe dose of the zirconia marker is 4 mL.\nA zirconia marker is never given by mouth.\n"
    upload(page, ("marker.md", protocol), ("broken.pdf", b"%PDF-1.4 nothing"))
    expect(page.get_by_test_id("stAlert").first).to_contain_text("1 document added")
    expect(page.get_by_test_id("stAlert").nth(1)).to_contain_text("broken.pdf: not a readable PDF")
    ask(page, "What is the dose of the zirconia marker?")
    answered(page)
    expect(page.locator(".rq-first").first).to_have_text(re.compile("The dose of the zirconia marker is 4 mL"))
    expect(page.locator(".rq-side")).to_contain_text("own document")
    page.locator("[class*=st-key-collection-] label").first.click()
    settled(page)
    page.get_by_role("button", name="Ask again").click()
    expect(page.locator(".rq-main").first).not_to_contain_text("4 mL", timeout=30_000 * driving.PATIENCE)
    page.get_by_role("button", name="Delete", exact=True).click()
    page.get_by_role("button", name="Delete for good", exact=True).click()
    expect(page.locator("[class*=st-key-collection-]")).to_have_count(0)


def test_stop_really_stops(alone, opened):
    with driving.stub_model(30.0) as model:
        page = opened(where=alone)
        use_model(page, model.address)
        ask(page, "Follow-up for a 6 mm ground-glass nodule?")
        page.locator(".rq-live").wait_for()
        page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
        expect(page.get_by_test_id("stAlert")).to_contain_text("Stopped", timeout=3_000 * driving.PATIENCE)
        settled(page)
        before = model.asked
        page.wait_for_timeout(1_500)
        assert model.asked == before
        expect(box(page)).to_be_enabled()


def test_a_broken_model_says_so_and_the_next_question_works(alone, opened):
    page = opened(where=alone)
    use_model(page, "http://127.0.0.1:9/v1")
    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_test_id("stAlert")).to_contain_text("127.0.0.1:9", timeout=15_000 * driving.PATIENCE)
    ask(page, OPEN)
    expect(page.locator("[class*=st-key-turn-]").get_by_test_id("stAlert")).to_contain_text(
        "Is the server running?", timeout=30_000 * driving.PATIENCE
    )
    choose(page, "No model")
    page.get_by_role("button", name="Ask again").click()
    answered(page)


def test_the_model_is_tested_and_used(alone, opened):
    with driving.stub_model(0.0) as model:
        page = opened(where=alone)
        use_model(page, model.address)
        page.get_by_role("button", name="Test the connection").click()
        expect(page.get_by_test_id("stAlert")).to_contain_text("It answers", timeout=15_000 * driving.PATIENCE)
        assert model.authorised == {"Bearer none"}


def test_everything_is_exported(opened, tmp_path):
    page = opened()
    ask(page, OPEN)
    answered(page)
    wanted = {
        "Markdown": b"Fleischner",
        "PDF": b"%PDF",
        "JSON": b'"kind": "answered"',
        "Sources as BibTeX": b"@article{fleischner-2017-nodules",
        "Sources as RIS": b"TY  - JOUR",
    }
    page.get_by_role("button", name="Export").click()
    for name, content in wanted.items():
        with page.expect_download() as started:
            page.get_by_role("button", name=name, exact=True).click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        assert content in path.read_bytes()


def test_feedback_becomes_an_eval_set(opened, tmp_path):
    page = opened()
    ask(page, OPEN)
    answered(page)
    page.get_by_test_id("stFeedback").get_by_role("radio").first.click(force=True)
    comment = page.get_by_placeholder("What was good or wrong? (optional)")
    comment.fill("right row")
    comment.press("Enter")
    settled(page)
    go(page, "Evals")
    with page.expect_download() as started:
        page.get_by_role("button", name="Export as an eval set").click()
    started.value.save_as(tmp_path / "set.jsonl")
    (row,) = [json.loads(line) for line in (tmp_path / "set.jsonl").read_text().splitlines()]
    assert (row["question"], row["meta"]["helpful"], row["rationale"]) == (OPEN, True, "right row")


def test_a_reload_and_a_restart_find_the_conversation(browser, tmp_path):
    with driving.context(browser) as window:
        page = window.new_page()
        with driving.chat_server(tmp_path) as first:
            driving.open_chat(page, first)
            ask(page, OPEN)
            answered(page)
            page.reload()
            answered(page)
            expect(page.locator(".rq-first")).to_contain_text("CT at 6-12 months")
        with driving.chat_server(tmp_path) as second:
            driving.open_chat(page, second)
            page.get_by_role("button", name="Search conversations").or_(page.get_by_placeholder("Search conversations")).first.fill(
                "nodule smoker"
            )
            page.keyboard.press("Enter")
            settled(page)
            page.locator(".st-key-conversations button").first.click()
            answered(page)
            expect(page.locator(".rq-first")).to_contain_text("CT at 6-12 months")


@pytest.mark.smoke
def test_people_never_see_each_other(opened):
    one, two = opened(), opened()
    ask(one, OPEN)
    answered(one)
    two.reload()
    box(two).wait_for()
    settled(two)
    assert two.locator(".st-key-conversations").count() == 0
    stolen = one.url
    two.goto(stolen)
    box(two).wait_for()
    settled(two)
    assert two.locator(".rq-answer").count() == 0
    one.reload()
    answered(one)


@pytest.mark.smoke
def test_hostile_text_is_shown_as_text(opened):
    page = opened()
    body = "\n\n".join(text for text in HOSTILE if len(text) < 1000)
    rows = [
        {"doc_id": str(number), "title": text[:200], "text": f"The zygomorph sign {number} means: {text}", "url": text}
        for number, text in enumerate(HOSTILE)
    ]
    upload(page, ("hostile.jsonl", "\n".join(json.dumps(row) for row in rows).encode()), ("<img src=x onerror=alert(1)>.md", body.encode()))
    for text in (
        "<img src=x onerror=alert(1)> zygomorph sign?",
        "[x](javascript:alert(1)) ![y](https://evil.example/p.png) zygomorph sign?",
    ):
        new_question(page, 1440) if page.locator(".rq-asked").count() else None
        ask(page, text)
        answered(page)
    go(page, "How it answered")
    page.locator(".rq-table").first.wait_for()
    go(page, "Library")
    page.get_by_test_id("stMain").get_by_role("button", name="My documents").or_(
        page.get_by_test_id("stMain").get_by_role("checkbox", name="My documents")
    ).first.click()
    page.locator(".st-key-documents-list button").first.wait_for()
    settled(page)
    page.locator(".st-key-documents-list button").nth(3).click()
    page.locator(".rq-document").wait_for()
    page.wait_for_timeout(500)
    assert page.locator("a[href^='javascript' i], img[src*=evil], .rq-document img, .rq-document script").count() == 0


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (390, False), (390, True)])
def test_no_serious_accessibility_violation_and_nothing_sticks_out(opened, width, dark):
    page = opened(width, 844 if width < 600 else 900, dark=dark)
    found = {"start": serious(page)}
    ask(page, OPTIONS)
    answered(page)
    found["answer"] = serious(page)
    page.locator(".rq-chip").first.click()
    found["citation"] = serious(page)
    page.keyboard.press("Escape")
    wide = {"answer": overflow(page)}
    for name in ("Library", "How it answered", "Evals", "Health", "Chat"):
        sidebar(page, width)
        go(page, name)
        page.wait_for_timeout(1_500)
        settled(page)
        found[name], wide[name] = serious(page), overflow(page)
    assert {state: lines for state, lines in found.items() if lines} == {}
    assert {state: pixels for state, pixels in wide.items() if pixels > 0} == {}


def serious(page):
    """The serious and critical violations of a page, as axe-core finds them."""
    violations = Axe().run(page).response["violations"]
    return [f"{one['id']}: {node['html'][:160]}" for one in violations if one["impact"] in ("serious", "critical") for node in one["nodes"]]


def overflow(page):
    """By how many pixels the page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def test_the_keyboard_alone_is_enough(opened):
    page = opened()
    expect(box(page)).to_be_focused()
    page.keyboard.type(OPEN)
    page.keyboard.press("Enter")
    answered(page)
    reached = set()
    for _ in range(60):
        page.keyboard.press("Shift+Tab")
        reached.add(page.evaluate("document.activeElement?.className?.toString().split(' ')[0] || document.activeElement?.tagName"))
        if page.evaluate("document.activeElement?.classList.contains('rq-chip')"):
            break
    assert "rq-chip" in reached
    page.keyboard.press("Enter")
    expect(page.locator(".rq-pop:popover-open")).to_have_count(1)
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+O")
    page.locator(".rq-start").wait_for()
