"""The report in a browser: nothing is cut off or fetched, nobody is shut out, and paper shows it whole."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.browser.looks import barriers, cut_off
from tests.browser.visitor import DESK, TELEPHONE, Visitor
from tests.support.hostile_server import HostileServer, named
from tests.support.journey import FAST, Machine, people

WINDOWS = {"desk": DESK, "telephone": TELEPHONE, "large letters": {"width": 640, "height": 450}}


RUNS = {"practice": slice(0, 1), "look-ups": slice(1, 2), "messages": slice(3, 4), "all": slice(None)}


@pytest.fixture(scope="package")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports as the program writes them: messages with every ending, look-ups, practice, and all of it together."""
    is_one_of_several = "PYTEST_XDIST_WORKER" in os.environ
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if is_one_of_several else base) / "reports"
    with FileLock(f"{folder}.lock"):  # the processes of the tests share them
        if not folder.exists():
            folder.mkdir()
            make_reports(Machine(folder))
    return {name: folder / "work" / f"{name}.html" for name in RUNS}


def make_reports(machine: Machine) -> None:
    """Run what they are about, and write them."""
    sheet = people(60, "A message")
    schedule = {
        sheet[3][0]: named("user_not_found_400"),
        sheet[20][0]: named("close_unanswered_applied"),
        sheet[40][0]: named("limited_seconds_1"),
    }
    lines = [f"{user},Somebody with a long name {user},{message}" for user, message in sheet]
    lines += ["12a4,Not A Number,Hello", lines[0]]
    machine.folder.joinpath("customers.csv").write_text("\n".join(["user_id,Name,message", *lines]))
    links = [f"https://t.me/c/2101424779/{5300 + number}" for number in range(40)]
    machine.folder.joinpath("topics.csv").write_text("\n".join(["topic_link", *links]))
    with HostileServer(schedule=schedule) as server:
        machine.toward(server)
        for command in (("send", "customers.csv", "--yes"), ("enrich", "topics.csv"), ("enrich", "topics.csv")):
            machine.run(*command, *FAST, "-o", "out.csv", "--force")
    machine.run("send", "customers.csv", "--sandbox", "--yes", *FAST, "-o", "practice.csv")
    runs = [run["run"] for run in machine.runs()]
    for name, chosen in RUNS.items():
        said = machine.run("report", *runs[chosen], "-o", f"{name}.html")
        assert 0 == said.exit_code, said


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["messages", "look-ups", "practice", "all"])
def test_report_shuts_nobody_out(
    reports: dict[str, Path], visit: Callable[..., Visitor], name: str, scheme: str
) -> None:
    """axe finds nothing, in no light."""
    page = visit(color_scheme=scheme).page

    page.goto(reports[name].as_uri())

    assert [] == barriers(page)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("name", ["messages", "look-ups", "practice", "all"])
def test_report_fits_every_window(
    reports: dict[str, Path], visit: Callable[..., Visitor], name: str, window: str
) -> None:
    """A desk, a telephone, letters of twice the size: nothing is cut off."""
    page = visit(viewport=WINDOWS[window]).page

    page.goto(reports[name].as_uri())

    assert [] == cut_off(page)


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

    assert "58 of 61 delivered, 3 need a look" == page.locator("h1").inner_text()
    task = page.get_by_role("heading", name="Say of 1 message whether it arrived")
    assert page.evaluate("element => element.getBoundingClientRect().bottom < innerHeight", task.element_handle())
