"""What answers are made of them: certain refusals fail a row, everything else is a doubt that nothing sends again."""

from __future__ import annotations

import json
import time
from itertools import chain

import pytest

from tests.support.processes.journey import FAST, Machine, asked, lies, people, statuses
from tests.support.service.exchange import JSON_TYPE, Exchange, to_json
from tests.support.service.faults import Applied, Fault, Verdict, named
from tests.support.service.faults.words import BEHIND_A_GATEWAY, REPORTED, YES_AND_NO
from tests.support.service.hostile_server import HostileServer, Turn
from tests.support.service.pretend_api import Credentials, message_sent

DOUBTFUL = [fault for fault in (*REPORTED, *BEHIND_A_GATEWAY, *YES_AND_NO) if fault.applied is Applied.YES]
REFUSED = ("user_not_found_404", "blocked_by_user_403", "blocked_by_user_200", "too_long_200", "error_in_200")


def test_ambiguous_answers_end_in_doubt_and_retry_sends_none(connected: Machine, server: HostileServer) -> None:
    """The message was posted each time: unknown, told why, and no command sends it again by itself."""
    sheet = people(2 * len(DOUBTFUL))
    for (user, _), fault in zip(sheet[::2], DOUBTFUL, strict=True):
        server.fault_for(user, fault)
    connected.write_sheet("sheet.csv", sheet)

    # One after the other: three doubtful rows in a row would stop the run.
    sent = connected.run(
        "send", "sheet.csv", "--yes", "-o", "out.csv", "--json", "--rate", "5000/s", "--concurrency", "1"
    )
    requests = asked(server)
    retried = connected.run("retry", sent.summary["run"], "--yes", "--json", *FAST)
    resumed = connected.run("resume", sent.summary["run"], "--yes", "--json", *FAST)

    rows = connected.read("out.csv")
    assert (3, {"sent": len(DOUBTFUL), "unknown": len(DOUBTFUL)}) == (sent.exit_code, sent.counts), sent.stderr
    assert ["unknown", "sent"] * len(DOUBTFUL) == statuses(rows)
    assert [] == lies(rows, server, sheet)
    assert all(row["hotline_error"] and row["hotline_advice"] for row in rows[::2])
    assert requests == asked(server) == 2 * len(DOUBTFUL), retried.stderr + resumed.stderr
    assert {} == server.duplicates()


def test_a_text_that_is_quoted_in_an_error_sends_itself_no_second_time(
    connected: Machine, server: HostileServer
) -> None:
    """It was posted, and its log failed. What the answer says of a pace, a quota or a topic are the row's own words."""
    texts = (
        "Your  rate limit was raised to 100.",
        "Your monthly quota exceeded 90 %,  please top up.",
        "Anna,  your topic is closed.",
    )
    sheet = [(1_000_001 + 2 * number, text) for number, text in enumerate(texts)]
    for user, text in sheet:
        body = to_json({"error": "The log could not be written", "message": " ".join(text.split())})
        fault = Fault("quoted", lambda ex, body=body: ex.answer(200, body, JSON_TYPE, []), Verdict.UNKNOWN, Applied.YES)
        server.fault_for(user, fault, times=9)
    between = [(user + 1, "Hello") for user, _ in sheet]
    connected.write_sheet("sheet.csv", sorted([*sheet, *between]))

    sent = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json", "--concurrency", "1", *FAST)
    for command in ("retry", "resume"):
        connected.run(command, sent.summary["run"], "--yes", *FAST)

    assert {"sent": 3, "unknown": 3} == sent.counts
    assert {} == server.duplicates()


def test_the_named_texts_are_among_them() -> None:
    """Time-outs, lost connections, numbers, lines of scripts, Axios, other languages; 408, 409, 424 and 499."""
    names = {fault.name for fault in DOUBTFUL}

    assert {f"says_{word}_applied" for word in (
        "time_out", "timed_out", "socket_hang_up", "reset", "etimedout", "econnaborted", "epipe", "aborted", "offline",
        "number_502", "error_code_504", "status_code_500", "bad_gateway", "gateway", "not_able", "code_node", "axios",
        "unknown_words", "german", "russian",
    )} <= names  # fmt: skip
    assert {
        f"{name}_applied" for name in ("request_timeout_408", "conflict_409", "dependency_424", "closed_499")
    } <= names


def test_known_refusals_fail_their_row_alone(connected: Machine, server: HostileServer) -> None:
    """Whatever their status; `retry` sends them once the row is mended."""
    sheet = people(2 * len(REFUSED))
    for (user, _), name in zip(sheet[::2], REFUSED, strict=True):
        server.fault_for(user, named(name))
    connected.write_sheet("sheet.csv", sheet)

    sent = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json", *FAST)
    first = statuses(connected.read("out.csv"))
    retried = connected.run("retry", sent.summary["run"], "--yes", "--json", *FAST)

    assert (1, ["failed", "sent"] * len(REFUSED)) == (sent.exit_code, first), sent.stderr
    assert (0, {"sent": len(sheet)}) == (retried.exit_code, retried.counts), retried.stderr
    assert [] == lies(connected.read("out.csv"), server, sheet)


def test_everybody_waits_for_a_limit_within_a_success(connected: Machine, server: HostileServer) -> None:
    """Telegram's "retry after 1" in HTTP 200 is waited for, then the row is sent."""
    sheet = people(3)
    server.fault_for(sheet[1][0], named("limited_200_telegram"))
    connected.write_sheet("sheet.csv", sheet)

    sent = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json", *FAST)

    assert (0, {"sent": 3}) == (sent.exit_code, sent.counts), sent.stderr
    assert ["1", "2", "1"] == [row["hotline_attempts"] for row in connected.read("out.csv")]


def test_a_cache_confirms_nothing(connected: Machine, server: HostileServer) -> None:
    """It answers everybody with the first row's confirmation, and the same text to all does not make it theirs."""
    sheet = [(user, "The same text for all") for user, _ in people(8)]
    kept = json.dumps(message_sent(sheet[0][0], sheet[0][1])).encode()

    def from_the_cache(exchange: Exchange) -> None:
        exchange.answer(200, kept, JSON_TYPE, [("Age", "3")])

    for user, _ in sheet[1:]:
        server.fault_for(user, Fault("cache", from_the_cache, Verdict.UNKNOWN))
    connected.write_sheet("sheet.csv", sheet)

    sent = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json", "--concurrency", "1", *FAST)

    rows = connected.read("out.csv")
    assert (4, {"sent": 1, "unknown": 3, "not_attempted": 4}) == (sent.exit_code, sent.counts), sent.stderr
    assert [] == lies(rows, server, sheet)
    assert "cache" in rows[1]["hotline_error"]


def test_confirmations_of_other_texts_are_no_confirmations(connected: Machine, server: HostileServer) -> None:
    """A stray answer that shows another row's text leaves the row in doubt; what Telegram cleans does not."""
    sheet = [(1_000_001, "Ärger \u00a0 mit\tA\u030angström"), (1_000_002, "Two"), (1_000_003, "*Three*")]
    echoed = {1_000_001: "Ärger mit Angström", 1_000_002: "One", 1_000_003: "Three"}

    def answering(user: int) -> Fault:
        body = json.dumps(message_sent(user, echoed[user])).encode()
        return Fault("echo", lambda exchange: exchange.answer(200, body), Verdict.SENT, Applied.YES)

    for user, _ in sheet:
        server.fault_for(user, answering(user))
    connected.write_sheet("sheet.csv", sheet)

    sent = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json", *FAST)

    rows = connected.read("out.csv")
    assert (3, ["sent", "unknown", "sent"]) == (sent.exit_code, statuses(rows)), sent.stderr
    assert ["reply_differs", "another_message", "reply_differs"] == [row["hotline_error_code"] for row in rows]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("challenge_403", "bot_check"),
        ("challenge_503", "bot_check"),
        ("cloudflare_1020", "firewall_refused"),
        ("payment_402", "quota_used_up"),
        ("quota_200", "quota_used_up"),
    ],
)
def test_whoever_stands_in_front_is_named_and_stops_the_run(
    connected: Machine, server: HostileServer, name: str, code: str
) -> None:
    """One request; the keys are not blamed; once it is gone, resume sends them all."""
    sheet = people(12)
    server.fault_next(named(name), 100)
    connected.write_sheet("sheet.csv", sheet)

    stopped = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json", *FAST)
    requests = asked(server)
    server.heal()
    resumed = connected.run("resume", "--yes", "--json", *FAST)

    assert (4, code, 1) == (stopped.exit_code, stopped.summary["stop_code"], requests), stopped.stderr
    assert "owner's token" not in stopped.stderr
    assert (0, {"sent": 12}) == (resumed.exit_code, resumed.counts), resumed.stderr


@pytest.mark.parametrize("command", ["send", "enrich"])
def test_limit_of_nginx_costs_time_and_no_row(machine: Machine, command: str) -> None:
    """`limit_req` answers 503 by default: the pace drops until all get through, and no row is in doubt or failed."""
    admitted = [0.0]

    def limited_to_20_a_second(turn: Turn) -> Fault | None:
        now = time.monotonic()
        # The fifth comes too early in any case: a busy machine may be slow enough by itself.
        if now - admitted[-1] < 0.05 or turn.request == 5:
            return named("nginx_limit_503")
        admitted.append(now)
        return None

    sheet = people(16)
    links = "".join(f"https://t.me/c/2101424779/{topic}\n" for topic in range(5001, 5017))
    machine.write_sheet("send.csv", sheet)
    (machine.folder / "enrich.csv").write_text(f"topic_link\n{links}")
    with HostileServer(schedule=limited_to_20_a_second) as server:
        options = ("--yes",) if command == "send" else ()
        ended = machine.toward(server).run(
            command, f"{command}.csv", *options, "-o", "out.csv", "--json", "--rate", "40/s", "--attempts", "8"
        )

        done = {"send": "sent", "enrich": "enriched"}[command]
        assert (0, {done: 16}) == (ended.exit_code, ended.counts), ended.stderr
        assert asked(server) > 16
        assert {} == server.duplicates()


def test_look_ups_outlast_any_503(connected: Machine, server: HostileServer) -> None:
    """A look-up may be done again whatever the 503 says; a message may not."""
    links = [f"https://t.me/c/2101424779/{topic}" for topic in range(5001, 5010)]
    server.fault_for("2101424779/5003", named("unavailable_503_not_applied"), times=2)
    (connected.folder / "topics.csv").write_text("topic_link\n" + "\n".join(links) + "\n")

    ended = connected.run("enrich", "topics.csv", "-o", "out.csv", "--json", "--rate", "200/s")

    assert (0, {"enriched": 9}) == (ended.exit_code, ended.counts), ended.stderr
    assert "3" == connected.read("out.csv")[2]["hotline_attempts"]


def test_service_that_ignores_bots(connected: Machine, server: HostileServer) -> None:
    """The program's own name passes; a name of one's own that does not is told as what may be the cause."""
    server.credentials = Credentials(refuses_bots=True)
    connected.write_sheet("sheet.csv", people(2))

    passed = connected.run("send", "sheet.csv", "--yes", "-o", "out.csv", "--json", *FAST)
    (connected.folder / "hotline-batch.toml").write_text('user_agent = "acme-backoffice"\n')
    connected.write_sheet("sheet.csv", people(2, "Another"))
    refused = connected.run("send", "sheet.csv", "--yes", "-o", "again.csv", *FAST)

    agents = set(chain(request.field("user-agent") for request in server.requests))
    assert (0, {"sent": 2}) == (passed.exit_code, passed.counts), passed.stderr
    assert 4 == refused.exit_code
    assert "user_agent" in connected.read("again.csv")[0]["hotline_advice"]
    assert any(agent.startswith("Mozilla/5.0 (compatible; hotline-batch/") and "://" not in agent for agent in agents)
