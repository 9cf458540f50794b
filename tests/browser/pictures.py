"""The pictures of the documentation: taken by the tests that walk through the page, so that they stay true.

``python -m tests.browser.pictures`` takes them anew. Without it, the tests only walk.
"""

from __future__ import annotations

import base64
import os
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

FOLDER = Path(__file__).parents[2] / "docs" / "images"
SUFFIX = ".webp"

_TAKEN = "HOTLINE_TAKE_PICTURES"
_QUALITY = 0.86
_SHARPNESS = 1.5

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

OPTIONS = {
    "device_scale_factor": _SHARPNESS,
    "viewport": {"width": 1000, "height": 700},
    "timezone_id": "Europe/Berlin",
}
"""How a visitor looks at a page that is to be a picture."""


def is_taking() -> bool:
    """Whether pictures are taken anew."""
    return os.environ.get(_TAKEN) == "1"


def take(page: Page, name: str, *, height: int | None = None) -> None:
    """Keep what stands in the window as ``docs/images/NAME.webp``, from the top; the whole page without ``height``."""
    if not is_taking():
        return
    window = page.viewport_size
    assert window
    whole = page.evaluate("document.documentElement.scrollHeight")
    shown = {"x": 0, "y": 0, "width": window["width"], "height": min(height or whole, whole)}
    page.evaluate("scrollTo(0, 0)")
    png = page.screenshot(full_page=True, clip=shown, animations="disabled", caret="hide")
    browser = page.context.browser
    assert browser
    FOLDER.mkdir(exist_ok=True)
    FOLDER.joinpath(f"{name}{SUFFIX}").write_bytes(_as_webp(browser, png))


def _as_webp(browser: Browser, png: bytes) -> bytes:
    # A page of the program's own forbids pictures from elsewhere, as it should.
    with browser.new_context() as context:
        text: str = context.new_page().evaluate(_AS_WEBP, [base64.b64encode(png).decode(), _QUALITY])
    return base64.b64decode(text)


if __name__ == "__main__":
    os.environ[_TAKEN] = "1"
    sys.exit(pytest.main(["-q", "-n", "0", str(Path(__file__).parent), "-k", "picture"]))
