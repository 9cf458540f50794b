"""Templates on the page: tried out, written, changed, removed; those that came along are copied."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import html

from hotline_batch.application.templates import shown_template
from hotline_batch.plan.message.template_files import own_templates_folder
from tests.support.page.page_forms import hand_in, opened
from tests.support.page.page_server import Browser


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
        ("statusmeldung", "Hallo", "came with the program"),
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


def test_template_that_cannot_be_read_is_told_and_hides_no_other(browser: Browser) -> None:
    """One that an editor saved in another encoding; neither the list nor any sheet breaks."""
    opened(browser, "/templates/new").fill("name", "mine").fill("text", "Hallo").press("Keep")
    (own_templates_folder() / "old.txt.j2").write_bytes("Grüße".encode("cp1252"))
    browser.post("/practice", {"is_on": "yes"})

    listed = opened(browser, "/templates")
    sheet = hand_in(browser, "list.csv", b"user_id,message\n987654321,Hallo\n")

    for page in (listed, sheet):
        assert 200 == page.answer.status
        assert "mine" in page.words
        assert "is not UTF-8 text (line 1). Save it with the encoding UTF-8." in page.words
    assert "is not UTF-8 text" in opened(browser, "/templates/old").words


def test_text_that_is_too_long_comes_back_whole(browser: Browser) -> None:
    """With how long it is and how long it may be; line ends count once, however a browser sends them."""
    longest = "Hallo\n" * 3_333 + "Ho"
    form = opened(browser, "/templates/new").fill("name", "long").fill("text", longest.replace("\n", "\r\n") + "x")

    for button in ("Keep", "Preview"):
        answer = form.press(button)
        assert "20,001 characters" in answer.words
        assert "20,000" in answer.words
        assert longest + "x" == answer.tree.xpath("//textarea")[0].value.removeprefix("\n")

    form.fill("text", longest.replace("\n", "\r\n")).press("Keep")
    assert longest == shown_template("long").text


def test_kept_template_has_its_name_and_no_other(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where its file is open in an editor that lets nobody write: then nothing is kept, and that is said."""
    form = opened(browser, "/templates/new").fill("name", "mine").fill("text", "Hallo").press("Keep").follow("Change")

    def refuse(*_: object) -> None:
        raise PermissionError(13, "in use by another program")

    monkeypatch.setattr(Path, "replace", refuse)
    monkeypatch.setattr("os.replace", refuse)
    answer = form.fill("text", "Servus").press("Keep")

    assert 422 == answer.answer.status
    assert "could not be kept" in answer.words
    assert ["mine.txt.j2"] == [path.name for path in own_templates_folder().iterdir()]
    assert "Hallo" == shown_template("mine").text


def test_templates_are_offered_in_the_readers_language(browser: Browser) -> None:
    """One of another language that a sheet uses already stays chosen."""
    listed = {
        language: html.fromstring(browser.get("/templates", accept_language=language).text)
        .find(".//section[@aria-labelledby='shipped-title']")
        .xpath(".//li/div/a/text()")
        for language in ("en", "de")
    }
    sheet = opened(browser, "/").upload("Check", "two.csv", b"user_id,Name,Status\n987654321,Anna,open\n")
    page = sheet.fill("template", "status_update").press("Use this template")

    german = html.fromstring(browser.get(page.address, accept_language="de").text)

    assert ["follow_up", "payment_reminder", "status_update"] == listed["en"]
    assert ["Nachfrage", "Statusmeldung", "Zahlungserinnerung"] == listed["de"]
    assert [*listed["de"], "status_update"] == german.xpath("//input[@name='template']/@value")
    assert ["status_update"] == german.xpath("//input[@name='template'][@checked]/@value")


def test_what_somebody_else_changed_meanwhile_is_not_replaced_unseen(browser: Browser) -> None:
    """Two people at one template: the second is told, has what was typed, and decides."""
    kept = opened(browser, "/templates/new").fill("name", "mine").fill("text", "Hallo").press("Keep")
    mine, theirs = kept.follow("Change"), kept.follow("Change")
    theirs.fill("text", "Their words").press("Keep")

    told = mine.fill("text", "My words").press("Preview").fill("text", "My words").press("Keep")

    assert 422 == told.answer.status
    assert "Somebody else changed or removed 'mine' since you opened it" in told.words
    assert "Their words" == shown_template("mine").text
    assert "My words" == told.tree.xpath("//textarea")[0].value.removeprefix("\n")
    told.fill("text", "My words").press("Keep")
    assert "My words" == shown_template("mine").text


def test_second_click_on_keep_is_no_change_by_somebody_else(browser: Browser) -> None:
    form = opened(browser, "/templates/new").fill("name", "mine").fill("text", "Hallo").press("Keep").follow("Change")

    answers = [form.fill("text", "Servus").press("Keep") for _ in range(2)]

    assert [200, 200] == [each.answer.status for each in answers]
    assert "Servus" == shown_template("mine").text
