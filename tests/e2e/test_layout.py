"""Where things stand on the page, and what a pointer can reach."""

from __future__ import annotations

from itertools import pairwise

import pytest

pytest.importorskip("playwright", reason="browser tests need the extra `e2e`: make test-e2e")

from playwright.sync_api import expect

from tests.e2e import driving
from tests.e2e.driving import answered, ask, settled
from tests.e2e.screenshots import OPEN, OPTIONS, sidebar

expect.set_options(timeout=5_000 * driving.PATIENCE)
pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket, pytest.mark.timeout(240 * driving.PATIENCE)]


def test_the_row_of_actions_stands_right_under_its_answer(opened):
    page = opened()
    ask(page, OPTIONS)
    answered(page)
    page.wait_for_timeout(1_000)
    answer, side = page.locator(".rq-answer").bounding_box(), page.locator(".rq-side").bounding_box()
    row = page.locator("[class*=st-key-actions-]").bounding_box()
    assert 0 <= row["y"] - (answer["y"] + answer["height"]) < 40
    assert row["x"] + row["width"] <= side["x"]
    assert side["y"] == pytest.approx(answer["y"], abs=2)
    assert side["height"] > answer["height"] + row["height"]


def test_on_a_narrow_page_the_row_comes_before_the_panel(opened):
    page = opened(390, 844)
    ask(page, OPTIONS)
    answered(page)
    page.wait_for_timeout(1_000)
    places = [page.locator(one).bounding_box()["y"] for one in (".rq-answer", "[class*=st-key-actions-]", ".rq-side")]
    assert places == sorted(places)
    title, asked = page.locator(".st-key-header").bounding_box(), page.locator(".rq-asked").bounding_box()
    assert title["height"] < 50
    assert title["y"] + title["height"] <= asked["y"] + 1


def test_at_150_percent_the_evidence_stands_below(opened):
    page = opened(960, 600)
    ask(page, OPTIONS)
    answered(page)
    page.wait_for_timeout(1_000)
    answer, side = page.locator(".rq-answer").bounding_box(), page.locator(".rq-side").bounding_box()
    assert side["y"] >= answer["y"] + answer["height"]
    assert side["x"] == pytest.approx(answer["x"], abs=2)


def test_the_cursor_waits_in_the_box_and_headings_leave_no_level_out(opened):
    page = opened()
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()
    ask(page, OPTIONS)
    answered(page)
    expect(page.get_by_test_id("stChatInputTextArea")).to_be_focused()
    levels = page.evaluate("[...document.querySelectorAll('main h1, main h2, main h3, main h4')].map(one => Number(one.tagName[1]))")
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_new_answer_is_held_in_sight_and_the_title_with_it(opened):
    page = opened()
    ask(page, OPTIONS)
    answered(page)
    ask(page, OPEN)
    answered(page, 2)
    page.wait_for_timeout(3_500)
    page.evaluate("document.querySelector('.st-key-header').closest('main').scrollTop = 0")  # as Streamlit moves it, late
    page.wait_for_timeout(500)
    title, asked = page.locator(".st-key-header").bounding_box(), page.locator(".rq-asked").nth(1).bounding_box()
    assert 0 <= title["y"] < 120
    assert title["y"] + title["height"] <= asked["y"] + 1 < 600
    page.mouse.move(600, 500)
    page.mouse.wheel(0, -300)
    page.wait_for_timeout(500)
    assert page.locator(".rq-asked").nth(1).bounding_box()["y"] > asked["y"] + 100


def test_the_pointer_reaches_a_hovered_passage(opened):
    page = opened()
    ask(page, OPEN)
    answered(page)
    page.wait_for_timeout(6_500)
    chip, passage = page.locator(".rq-chip").first, page.locator(".rq-pop").first
    chip.hover()
    expect(passage).to_be_visible()
    page.wait_for_timeout(500)
    at, box = chip.bounding_box(), passage.bounding_box()
    x = at["x"] + at["width"] / 2
    below = box["y"] > at["y"]
    start, end = (at["y"] + at["height"] - 2, box["y"] + 8) if below else (at["y"] + 2, box["y"] + box["height"] - 8)
    for step in range(9):
        page.mouse.move(x, start + (end - start) * step / 8)
        page.wait_for_timeout(60)
        assert passage.is_visible()
    settled(page)


def test_a_choice_folds_the_sidebar_that_covers_the_page(opened):
    page = opened(390, 844)
    ask(page, OPEN)
    answered(page)
    for choose in (page.get_by_role("button", name="New question"), page.locator(".st-key-conversations button").first):
        sidebar(page, 390)
        choose.click()
        expect(page.get_by_test_id("stSidebar")).to_have_attribute("data-collapsed", "true")
    sidebar(page, 390)
    expect(page.get_by_role("button", name="New question")).to_be_visible()
    assert "Ctrl" not in page.locator(".st-key-new").inner_text()


def test_a_finger_hits_a_citation(opened):
    page = opened(390, 844)
    ask(page, OPEN)
    answered(page)
    boxes = [one.bounding_box() for one in page.locator(".rq-chip").all()]
    assert boxes
    assert all(min(box["width"], box["height"]) >= 24 for box in boxes)
