"""What a picture of a page would show to a careful eye: nothing cut off, nothing outside, nothing that axe finds."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

_AXE = Axe()

# What is meant for readers of screens alone is a pixel wide on purpose; what can be scrolled is not cut off.
_CUT_OFF = """() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (element) => {
    for (let at = element; at && at !== document.documentElement; at = at.parentElement) {
      if (['auto', 'scroll'].includes(getComputedStyle(at).overflowX)) return true;
    }
    return false;
  };
  const found = [];
  for (const element of document.body.querySelectorAll('*')) {
    const box = element.getBoundingClientRect();
    if (!box.width || box.width <= 1 || getComputedStyle(element).visibility === 'hidden') continue;
    const words = element.textContent.trim().slice(0, 40);
    const named = `${element.tagName.toLowerCase()}.${element.getAttribute('class') || ''} ${words}`;
    if ((box.right > width + 1 || box.left < -1) && !scrolls(element) && !element.closest('svg')
        && !element.classList.contains('skip')) {
      found.push(`outside: ${named}`);
    }
    const style = getComputedStyle(element);
    if (element.matches('.card') && style.overflowX === 'visible' && element.scrollWidth > element.clientWidth + 1) {
      found.push(`sticks out of: ${named}`);
    }
    if (['hidden', 'clip'].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1
        && !element.closest('svg, .seen-by-readers-only, thead')) {
      found.push(`cut off: ${named}`);
    }
  }
  if (document.documentElement.scrollWidth > width) found.push('the whole page scrolls sideways');
  return found;
}"""


def cut_off(page: Page) -> list[str]:
    """What stands outside of the window or is clipped by its box."""
    found: list[str] = page.evaluate(_CUT_OFF)
    return found


def barriers(page: Page) -> list[str]:
    """What axe finds, the best practices included: which rule, where, and why."""
    found = _AXE.run(page).response["violations"]
    return [
        f"{violation['id']}: {node['target']} {node.get('failureSummary', '')}"
        for violation in found
        for node in violation["nodes"]
    ]
