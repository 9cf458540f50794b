"""Somebody practises with her own sheet before the real thing: whoever stands in it is known, wrong ids are found."""

from __future__ import annotations

import csv
from pathlib import Path
from random import Random

import pytest

from hotline_batch.sandbox.people import NOBODY
from hotline_batch.sandbox.server import Sandbox
from tests.support.processes.journey import FAST, Machine, statuses

PRACTICE = ("--sandbox", "--yes", *FAST)
STRANGERS = Random(7).sample(range(10**8, 8 * 10**9), 30)  # noqa: S311 - a sheet, no secret
PHONE = "+4915555512345"
OWN_LINKS = [f"https://t.me/c/1777000111/{1_000 + 7 * number}" for number in range(4)]
UNKNOWN_LINK = "https://t.me/c/1777000111/700000123"


def write_rows(machine: Machine, name: str, header: tuple[str, ...], rows: list[tuple[str, ...]]) -> Path:
    path = machine.folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


@pytest.fixture
def own_sheet(machine: Machine) -> Path:
    """Thirty people whom the sandbox has not invented, and two ids that are wrong."""
    ids = [*map(str, STRANGERS), "700000123", PHONE]
    rows = [(user, f"Message {number}") for number, user in enumerate(ids)]
    return write_rows(machine, "own.csv", ("user_id", "message"), rows)


def test_own_sheet_is_sent_but_for_its_wrong_ids(machine: Machine, own_sheet: Path) -> None:
    """Each message is in a topic of its own; whoever exists nowhere is refused, and refused again."""
    ended = machine.run("send", own_sheet, *PRACTICE, "-o", "out.csv", "--json")
    again = machine.run("retry", machine.newest_run(), "--yes", "--json", *FAST)

    rows = machine.read("out.csv")
    for one in (ended, again):
        assert 1 == one.exit_code, one.stderr
        assert {"sent": 30, "failed": 1, "invalid": 1} == one.counts
    assert ["sent"] * 30 + ["failed", "invalid"] == statuses(rows)
    assert ["api_refused", "user_id_is_a_phone_number"] == [row["hotline_error_code"] for row in rows[30:]]
    assert "User 700000123 not found" in rows[30]["hotline_error"]
    assert 30 == len({row["hotline_topic_link"] for row in rows[:30]})


def test_links_of_a_practice_result_lead_to_the_users_of_its_rows(machine: Machine, own_sheet: Path) -> None:
    """Looked up, each topic is that of whoever got the message."""
    machine.run("send", own_sheet, *PRACTICE, "-o", "out.csv")

    ended = machine.run(
        "enrich", "out.csv", "--sandbox", *FAST, "--map", "topic_link=hotline_topic_link", "-o", "known.csv"
    )

    rows = machine.read("known.csv")[:30]
    assert ["enriched"] * 30 == statuses(rows), ended.stderr
    assert [str(user) for user in STRANGERS] == [row["hotline_user_id"] for row in rows]


def test_links_of_ones_own_workspace_have_somebody_in_them(machine: Machine) -> None:
    """For a look-up, and for messages to whoever is in the topics."""
    rows = [(link, f"Message {number}") for number, link in enumerate([*OWN_LINKS, UNKNOWN_LINK])]
    write_rows(machine, "links.csv", ("topic_link", "message"), rows)

    looked_up = machine.run("enrich", "links.csv", "--sandbox", *FAST, "-o", "known.csv", "--json")
    sent = machine.run("send", "links.csv", *PRACTICE, "-o", "out.csv", "--json")

    assert {"enriched": 4, "failed": 1} == looked_up.counts
    assert {"sent": 4, "invalid": 1} == sent.counts
    for name in ("known.csv", "out.csv"):
        assert ["", "", "", "", "api_refused"] == [row["hotline_error_code"] for row in machine.read(name)]
    assert 4 == len({row["hotline_user_id"] for row in machine.read("known.csv")[:4]})


def test_practice_that_stopped_goes_on(machine: Machine) -> None:
    """The first row, as a trial, is refused; what is resumed then knows everybody, too."""
    rows = [(str(user), "Hello") for user in (700000123, *STRANGERS)]
    write_rows(machine, "own.csv", ("user_id", "message"), rows)

    first = machine.run("send", "own.csv", *PRACTICE, "--canary", "1", "-o", "out.csv", "--json")
    rest = machine.run("resume", "--yes", *FAST, "--json")

    assert (4, {"failed": 1, "not_attempted": 30}) == (first.exit_code, first.counts)
    assert (1, {"failed": 1, "sent": 30}) == (rest.exit_code, rest.counts)


def test_run_that_was_handed_over_knows_everybody(machine: Machine, own_sheet: Path) -> None:
    handed = machine.run("send", own_sheet, *PRACTICE, "--detach", "-o", "out.csv")

    machine.run("runs", "show", handed.stdout.strip(), "--follow")

    assert ["sent"] * 30 + ["failed", "invalid"] == statuses(machine.read("out.csv"))


def test_watched_folder_knows_everybody(machine: Machine, own_sheet: Path) -> None:
    """What is laid there in practice is done as on the terminal."""
    (machine.folder / "inbox").mkdir()
    own_sheet.rename(machine.folder / "inbox" / "own.csv")

    machine.run("watch", "inbox", "--for", "send", "--once", "--settle", "0.1", "--poll", "0.1", "--sandbox", *FAST)

    assert ["sent"] * 30 + ["failed", "invalid"] == statuses(machine.read("inbox/done/own.results.csv"))


def test_sandbox_that_serves_by_itself_knows_its_own_people_alone(machine: Machine, own_sheet: Path) -> None:
    """Ten refusals in a row stop the run there."""
    with Sandbox() as sandbox:
        machine.environment |= {
            "HOTLINE_ENDPOINT": sandbox.url,
            "HOTLINE_X_API_KEY": sandbox.x_api_key,
            "HOTLINE_INSTANCE": sandbox.instance,
            "HOTLINE_API_KEY": sandbox.api_key,
        }
        ended = machine.run("send", own_sheet, "--yes", *FAST, "--concurrency", "1", "-o", "out.csv", "--json")

        assert 4 == ended.exit_code, ended.stderr
        assert {"failed": 10, "invalid": 1, "not_attempted": 21} == ended.counts
        assert [] == sandbox.world.messages


def test_numbers_that_are_nobodys_are_told() -> None:
    """Who wants to practise a refusal finds them where practice is explained."""
    told = (Path(__file__).parents[3] / "docs" / "practice.md").read_text("utf-8")

    assert [] == [number for number in NOBODY if str(number) not in told]
