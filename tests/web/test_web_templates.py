"""Templates on the page: tried out, written, changed, removed; those that came along are copied."""

from __future__ import annotations

from tests.support.page_forms import opened
from tests.support.page_server import Browser


def test_template_is_filled_in_with_what_is_typed(browser: Browser) -> None:
    """Before, the columns stand there by their names."""
    page = opened(browser, "/templates/status_update")
    assert "Status of ‹Name› is changed: ‹Status›" in page.words

    filled = opened(browser, "/templates/status_update?cell.Name=Ada&cell.Status=%3Cb%3Edone%3C%2Fb%3E")

    assert "Status of Ada is changed: <b>done</b>" in filled.words
    assert "<b>done" not in filled.answer.text


def test_copy_is_changed_and_kept(browser: Browser) -> None:
    """From the list to the new template, by buttons alone."""
    form = opened(browser, "/templates/status_update").follow("Copy and change")

    kept = form.fill("name", "Mein Text").fill("text", "Hallo {{ Name }}!").press("Keep")

    assert "Hallo ‹Name›!" in kept.words
    assert "Mein Text" in opened(browser, "/templates").words
    changed = kept.follow("Change").fill("text", "Guten Tag {{ Name }}!").press("Keep")
    assert "Guten Tag ‹Name›!" in changed.words


def test_preview_keeps_nothing(browser: Browser) -> None:
    """It says which columns a sheet needs."""
    form = opened(browser, "/templates/new").fill("name", "x").fill("text", "Hallo {{ Name }}, {{ Ort }}")

    seen = form.press("Preview")

    assert "Hallo ‹Name›, ‹Ort›" in seen.words
    assert "these columns: Name, Ort" in seen.words
    assert "Yours" not in opened(browser, "/templates").words


def test_what_cannot_be_kept_comes_back_with_why(browser: Browser) -> None:
    """And with what was typed."""
    for name, text, why in (
        ("x", "Hallo {{ Name", "a mistake in line 1"),
        ("../../x", "Hallo", "A name has letters"),
        ("status_update", "Hallo", "came with the program"),
    ):
        answer = opened(browser, "/templates/new").fill("name", name).fill("text", text).press("Keep")

        assert 422 == answer.answer.status
        assert why in answer.words
        # Browsers drop the first line end of such a field.
        assert text == answer.tree.xpath("//textarea")[0].value.removeprefix("\n")
        assert answer.title.startswith("Error: ")


def test_removing_is_asked_about_first(browser: Browser) -> None:
    """What came along cannot be removed."""
    kept = opened(browser, "/templates/new").fill("name", "mine").fill("text", "Hallo").press("Keep")

    asked = kept.press("Remove")
    assert "cannot be brought back" in asked.words
    assert 200 == browser.get("/templates/mine").status
    assert "Yours" not in asked.press("Remove it").words

    assert 405 == browser.post("/templates/status_update/forget", {"sure": "yes"}).status
    assert 404 == browser.get("/templates/mine").status
    assert 404 == browser.get("/templates/..%2f..%2fetc%2fpasswd").status
