"""The pictures of the documentation, taken of the real page on the way that the tests go, too.

``python -m tests.browser.pictures`` takes them anew; which page of the documentation shows them, a test knows.
"""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, FloatRect, Page

from hotline_batch.sandbox.server import Sandbox
from tests.browser.crm_export import write_crm_export
from tests.browser.lived_in import RUNS, live_in
from tests.browser.page_program import PageProgram
from tests.browser.visitor import TELEPHONE, visiting
from tests.browser.walk import answer, hand_in, practise, send, wait_for_end, wait_until_sent, write_text
from tests.support.page.chromium import find_chromium, running_chromium
from tests.support.processes.journey import FAST, Machine

FOLDER = Path(__file__).parents[2] / "docs" / "images"
SUFFIX = ".webp"
PICTURES = (
    "start", "practice", "questions", "faulty", "message", "confirm", "sending", "ended", "in-doubt", "row", "runs",
    "templates", "connections", "help", "report", "telephone", "evidence",
)  # fmt: skip

_WINDOW = {"width": 1000, "height": 700}
_TALLEST = 1_000
_MARGIN = 14
_QUALITY = 0.76
_SHARPNESS = 1.5
_ROWS = 120

# A browser writes WebP itself, a quarter of the size of PNG.
_AS_WEBP = """async ([png, quality]) => {
  const picture = new Image();
  picture.src = `data:image/png;base64,${png}`;
  await picture.decode();
  const canvas = document.createElement('canvas');
  canvas.width = picture.width;
  canvas.height = picture.height;
  canvas.getContext('2d').drawImage(picture, 0, 0);
  return canvas.toDataURL('image/webp', quality).split(',')[1];
}"""


def take(page: Page, name: str, part: str = "") -> None:
    """Keep the head of a page as ``docs/images/NAME.webp``, or the ``part`` of it that a selector names."""
    assert name in PICTURES
    page.wait_for_load_state()
    page.evaluate("scrollTo(0, 0)")
    whole = page.evaluate("[document.documentElement.clientWidth, document.documentElement.scrollHeight]")
    shown: FloatRect = {"x": 0, "y": 0, "width": whole[0], "height": min(whole[1], _TALLEST)}
    if part:
        box = page.locator(part).first.bounding_box()
        assert box, f"{part} is not there"
        shown = {"x": 0, "y": max(0, box["y"] - _MARGIN), "width": whole[0], "height": box["height"] + 2 * _MARGIN}
        shown["height"] = min(shown["height"], _TALLEST)
    png = page.screenshot(full_page=True, clip=shown, animations="disabled", caret="hide")
    browser = page.context.browser
    assert browser
    FOLDER.joinpath(f"{name}{SUFFIX}").write_bytes(_as_webp(browser, png))


def _as_webp(browser: Browser, png: bytes) -> bytes:
    # In a window of its own: the program's pages forbid pictures from elsewhere, as they should.
    with browser.new_context() as context:
        text: str = context.new_page().evaluate(_AS_WEBP, [base64.b64encode(png).decode(), _QUALITY])
    return base64.b64decode(text)


def take_the_way(page: Page, sheet: Path) -> None:
    """From the first page to a run that has ended, in practice."""
    practise(page)
    page.goto("/")
    take(page, "start")
    hand_in(page, sheet)
    take(page, "questions")
    answer(page, "Yes, row 3 names them")
    answer(page, "Leave them out")
    write_text(page)
    take(page, "faulty", "#faulty")
    take(page, "message", "#preview")
    page.get_by_label("Leave the 6 faulty rows out").check()
    take(page, "confirm", "#send")
    send(page, "Send ")
    wait_until_sent(page, 30)
    take(page, "sending")
    wait_for_end(page)
    take(page, "ended")


def take_what_was_done(page: Page, machine: Machine) -> None:
    """The pages of a machine on which people have worked for a while."""
    runs = [run["run"] for run in machine.runs()]
    doubtful = f"/runs/{runs[RUNS['messages']]}"
    addresses = {
        "in-doubt": doubtful,
        "row": f"{doubtful}/rows/22",
        "runs": "/runs",
        "templates": "/templates/status_update",
        "connections": "/connections",
        "help": "/help",
        "practice": "/practice",
    }
    for name, address in addresses.items():
        page.goto(address)
        take(page, name)
    page.goto((machine.folder / "messages.html").as_uri())
    take(page, "report")


def take_what_telegram_says(page: Page, machine: Machine, sandbox: Sandbox) -> None:
    """Rows in doubt, as the export of the operators' group settles them."""
    export = machine.folder / "result.json"
    sandbox.export(export)
    page.goto(f"/runs/{machine.newest_run()}")
    page.get_by_label("The export").set_input_files(export)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="What Telegram's export says").wait_for()
    take(page, "evidence")


def send_with_mishaps(machine: Machine, sandbox: Sandbox) -> None:
    """A run with a lost answer, a lost message and one that is posted twice."""
    machine.environment |= {
        "HOTLINE_ENDPOINT": sandbox.url,
        "HOTLINE_X_API_KEY": sandbox.x_api_key,
        "HOTLINE_INSTANCE": sandbox.instance,
        "HOTLINE_API_KEY": sandbox.api_key,
    }
    everybody = sandbox.world.people[:40]
    for row, mishap in ((6, "lost_reply"), (17, "closed_early"), (23, "lost_reply"), (29, "posted_twice")):
        sandbox.faults.plan(mishap, user_id=everybody[row - 2].user_id)
    lines = [f"{each.user_id},{each.name},Ihr Auftrag {each.user_id % 9973} ist fertig." for each in everybody]
    (machine.folder / "orders.csv").write_text("\n".join(["user_id,Name,message", *lines]), "utf-8")
    machine.run("send", "orders.csv", "--yes", *FAST)


def main() -> None:
    """Take them all."""
    FOLDER.mkdir(exist_ok=True)
    path = find_chromium()
    assert path, "Chromium is not installed"
    look = {"viewport": _WINDOW, "device_scale_factor": _SHARPNESS}
    with tempfile.TemporaryDirectory() as folder, running_chromium(path) as browser:
        (Path(folder) / "new").mkdir()
        (Path(folder) / "old").mkdir()
        (Path(folder) / "told").mkdir()
        new, old = Machine(Path(folder) / "new"), Machine(Path(folder) / "old")
        sheet = write_crm_export(new.folder / "CRM-Export November.xlsx", _ROWS)
        with PageProgram(new) as program, visiting(browser, base_url=program.origin, **look) as visitor:
            visitor.page.goto(program.opening_address())
            visitor.page.wait_for_url(f"{program.origin}/")
            take_the_way(visitor.page, sheet)
            run = visitor.page.url
            with visiting(browser, base_url=program.origin, **look | {"viewport": TELEPHONE}) as other:
                other.page.goto(program.opening_address())
                other.page.wait_for_url(f"{program.origin}/")
                other.page.goto(run)
                take(other.page, "telephone")
        live_in(old)
        with PageProgram(old) as program, visiting(browser, base_url=program.origin, **look) as visitor:
            visitor.page.goto(program.opening_address())
            visitor.page.wait_for_url(f"{program.origin}/")
            take_what_was_done(visitor.page, old)
        told = Machine(Path(folder) / "told")
        with Sandbox() as sandbox:
            send_with_mishaps(told, sandbox)
            with PageProgram(told) as program, visiting(browser, base_url=program.origin, **look) as visitor:
                visitor.page.goto(program.opening_address())
                visitor.page.wait_for_url(f"{program.origin}/")
                take_what_telegram_says(visitor.page, told, sandbox)


if __name__ == "__main__":
    main()
