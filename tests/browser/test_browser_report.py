"""The report in a browser: nothing is cut off or fetched, nobody is shut out, and paper shows it whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.lived_in import NAMES, REPORTS, RUNS
from tests.browser.looks import barriers, cut_off
from tests.browser.other_language import OtherLanguage
from tests.browser.visitor import WINDOWS, Visitor
from tests.support.processes.journey import Machine


@pytest.fixture(scope="package")
def reports(lived_in: Machine) -> dict[str, Path]:
    """Reports as the program writes them: messages with every ending, look-ups, practice, and all of it together."""
    return {name: lived_in.folder / f"{name}.html" for name in REPORTS}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", REPORTS)
def test_report_shuts_nobody_out(
    reports: dict[str, Path], visit: Callable[..., Visitor], name: str, scheme: str
) -> None:
    """axe finds nothing, in no light."""
    page = visit(color_scheme=scheme).page

    page.goto(reports[name].as_uri())

    assert [] == barriers(page)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", REPORTS)
def test_report_fits_every_window(
    reports: dict[str, Path], visit: Callable[..., Visitor], name: str, window: str
) -> None:
    """A desk, a telephone, letters of twice the size: nothing is cut off."""
    page = visit(viewport=WINDOWS[window]).page

    page.goto(reports[name].as_uri())

    assert [] == cut_off(page)


@pytest.mark.parametrize("language", ["de", "ru", "es"])
@pytest.mark.parametrize("name", ["messages", "look-ups", "stopped"])
def test_report_in_another_language_fits_and_has_no_english_word(
    lived_in: Machine, visit: Callable[..., Visitor], name: str, language: str
) -> None:
    """But codes, and what the service said."""
    file = lived_in.folder / f"{name}.{language}.html"
    run = lived_in.runs()[RUNS[name]]["run"]
    said = lived_in.run("report", run, "-o", file.name, "--language", language, "--force")
    assert 0 == said.exit_code, said
    page = visit().page

    page.goto(file.as_uri())

    assert [] == OtherLanguage(language, NAMES).look(page, f"report-{name}")


def test_report_is_printed_whole(reports: dict[str, Path], visit: Callable[..., Visitor]) -> None:
    """On paper, cards are not split, boxes do not scroll, and colours stay."""
    page = visit().page
    page.goto(reports["all"].as_uri())

    page.emulate_media(media="print", color_scheme="dark")

    style = "element => { const s = getComputedStyle(element); return [s.breakInside, s.overflowY, s.maxHeight] }"
    cards = {card.evaluate(style)[0] for card in page.locator(".card:not(.long)").all()}
    boxes = [box.evaluate(style) for box in page.locator(".box").all()]
    assert {"avoid"} == cards
    assert {("visible", "none")} == {(overflow, height) for _, overflow, height in boxes}
    assert "rgb(255, 255, 255)" == page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert "exact" == page.locator(".practice").first.evaluate("element => getComputedStyle(element).printColorAdjust")


def test_report_needs_neither_a_network_nor_javascript(reports: dict[str, Path], visit: Callable[..., Visitor]) -> None:
    """One file is all there is."""
    visitor = visit(java_script_enabled=False)

    visitor.page.goto(reports["all"].as_uri())

    assert [reports["all"].as_uri()] == visitor.asked
    assert visitor.page.locator("svg.chart").count() >= 4


def test_report_begins_with_the_verdict(reports: dict[str, Path], visit: Callable[..., Visitor]) -> None:
    """Without scrolling: how it ended, and the first thing to do with the row it is about."""
    page = visit().page

    page.goto(reports["messages"].as_uri())

    expect(page.locator("h1")).to_have_text("58 of 61 delivered, 3 need a look")
    task = page.get_by_role("heading", name="Say of 1 message whether it arrived")
    assert page.evaluate("element => element.getBoundingClientRect().bottom < innerHeight", task.element_handle())
