"""Whole runs amid faults: what the sheet says is true, nobody gets a message twice, and an outage stays small."""

from __future__ import annotations

import contextlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from hotline_batch.errors import LedgerError, SettingsError
from hotline_batch.model.jobs import Status
from hotline_batch.model.runs import RunState
from tests.support.batch_bench import FIRST_USER, Bench, real_time
from tests.support.processes.doomed import MOST_MEMORY, Doomed
from tests.support.processes.journey import PATIENCE_SECONDS, Machine, lies, people
from tests.support.service.certificates import Certificate, authority
from tests.support.service.exchange import Exchange
from tests.support.service.faults import Applied, Fault, Verdict, named
from tests.support.service.faults.answers import redirect
from tests.support.service.faults.limits import (
    LIMITED_ABSURD,
    limited_date,
    limited_seconds,
    limited_telegram,
    limited_text,
)
from tests.support.service.hostile_server import HostileServer, RateLimit
from tests.support.service.judge import Claim, complaints

WORKERS = 8
MEGABYTE = 1 << 20


@pytest.fixture
def bench(tmp_path: Path, server: HostileServer) -> Bench:
    return Bench(tmp_path, server.url)


def texts(count: int) -> list[str]:
    return [f"Message {number}" for number in range(count)]


def untrue(bench: Bench, server: HostileServer, run: str) -> list[str]:
    """What is not true of the rows of a run, late postings included."""
    server.apply_late_now()
    claims = [
        Claim(int(record.cells[0]), record.cells[1], status.value)
        for record, status in zip(bench.records(run), bench.statuses(run), strict=True)
    ]
    return complaints(claims, server.applied)


def unknown_rows(bench: Bench, run: str) -> list[int]:
    return [index for index, status in enumerate(bench.statuses(run)) if status is Status.UNKNOWN]


# ── no way through ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_service_that_is_down_from_the_start(bench: Bench, server: HostileServer) -> None:
    """F02: exit 4, every row still to be done; when it is back, `resume` sends each once."""
    server.go_down()
    stopped = bench.send(texts(20), concurrency=WORKERS)
    server.come_back()

    bench.drive(stopped.run)

    assert (4, {Status.NOT_ATTEMPTED}) == (stopped.exit_code, {*stopped.counts} - _zero(stopped.counts))
    assert [Status.SENT] * 20 == bench.statuses(stopped.run)
    assert (20, {}) == (len(server.requests), server.duplicates())


def _zero(counts: object) -> set[Status]:
    assert isinstance(counts, dict)
    return {status for status, count in counts.items() if not count}


@pytest.mark.parametrize("name", ["go_down_applied", "go_down_not_applied"])
def test_service_that_dies_in_the_middle_and_comes_back(bench: Bench, server: HostileServer, name: str) -> None:
    """F03: no duplicate, no loss; only what was under way is in doubt."""
    server.fault_on_request(10, named(name).lasting(0.1))
    run = bench.send(texts(40), concurrency=WORKERS, attempts=5).run
    while bench.newest_run().state is not RunState.FINISHED:
        bench.drive(run)

    assert [] == untrue(bench, server, run)
    assert 1 <= len(unknown_rows(bench, run)) <= WORKERS
    assert {Status.SENT, Status.UNKNOWN} == set(bench.statuses(run))


def test_name_that_is_not_found(bench: Bench, server: HostileServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """F04: exit 4, every row still to be done, one row met it."""

    def nobody_knows(*_arguments: object, **_more: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    bench.endpoint = server.url.replace("127.0.0.1", "localhost")
    monkeypatch.setattr(socket, "getaddrinfo", nobody_knows)

    summary = bench.send(texts(20), concurrency=WORKERS)

    assert (4, 20) == (summary.exit_code, summary.counts[Status.NOT_ATTEMPTED])
    assert [2] + [0] * 19 == [record.attempts for record in bench.records(summary.run)]


@pytest.mark.parametrize("certificate", [Certificate.EXPIRED, Certificate.WRONG_HOST, Certificate.NOT_TRUSTED])
def test_certificate_that_is_not_trusted(tmp_path: Path, certificate: Certificate) -> None:
    """F05: exit 2 after one handshake, however many may be in flight; the reason names no key and no way around."""
    with HostileServer(tls=certificate) as server:
        bench = Bench(tmp_path, server.url, str(authority().write_ca_file(tmp_path / "ca.pem")))
        summary = bench.send(texts(20), concurrency=WORKERS)

        assert (2, 20) == (summary.exit_code, summary.counts[Status.NOT_ATTEMPTED])
        assert (1, []) == (server.connections, server.requests)
        assert "certificate" in summary.stop_reason
        assert not [word for word in ("insecure", "verify=", "owner-token") if word in summary.stop_reason]


def test_silent_handshake(tmp_path: Path) -> None:
    """F06: nothing was delivered and nothing is called unknown, although only the time ran out."""
    with HostileServer(tls=Certificate.GOOD) as server:
        server.fault_next(named("handshake_silent").lasting(1.0), times=20)
        bench = Bench(tmp_path, server.url, str(authority().write_ca_file(tmp_path / "ca.pem")))
        summary = bench.send(texts(20), concurrency=WORKERS, timeout=0.2)

    assert (4, 20) == (summary.exit_code, summary.counts[Status.NOT_ATTEMPTED])


# ── answers that leave a doubt ───────────────────────────────────────────────────────────────────────────────────────


def test_message_that_is_posted_long_after_the_time_out(bench: Bench, server: HostileServer) -> None:
    """F13: in doubt, never sent again, and still there once when the service has come round to it."""
    for row in (2, 5):
        server.fault_for(FIRST_USER + row, named("late_apply").lasting(30.0))

    summary = bench.send(texts(8), concurrency=WORKERS, timeout=3.0)
    bench.drive(summary.run)
    bench.retry(summary.run)

    assert (3, [2, 5]) == (summary.exit_code, unknown_rows(bench, summary.run))
    assert [] == untrue(bench, server, summary.run)
    assert 8 == len(server.applied)


@pytest.mark.parametrize(
    "name", ["half_head", "half_body", "half_chunked_body", "no_last_chunk", "half_body_until_close",
             "garbage_status_line", "too_many_headers", "reset_in_answer"],
)  # fmt: skip
def test_answer_that_breaks_off_is_one_attempt(bench: Bench, server: HostileServer, name: str) -> None:
    """F14, F15, F18: a confirmation that is not whole is none; the row is in doubt after exactly one request."""
    server.fault_for(FIRST_USER + 1, named(f"{name}_applied"))
    server.fault_for(FIRST_USER + 4, named(f"{name}_not_applied"))

    summary = bench.send(texts(6))

    assert (3, [1, 4]) == (summary.exit_code, unknown_rows(bench, summary.run))
    assert [1] * 6 == [record.attempts for record in bench.records(summary.run)]
    assert (6, []) == (len(server.requests), untrue(bench, server, summary.run))


@pytest.mark.parametrize("name", ["tls_broken_record_applied", "tls_alert_applied"])
def test_broken_tls_after_the_request_is_one_attempt(tmp_path: Path, name: str) -> None:
    """F18 over TLS, where a library's own retries would send it a second time."""
    with HostileServer(tls=Certificate.GOOD) as server:
        bench = Bench(tmp_path, server.url, str(authority().write_ca_file(tmp_path / "ca.pem")))
        server.fault_for(FIRST_USER + 1, named(name))
        summary = bench.send(texts(3))

        assert (3, [1]) == (summary.exit_code, unknown_rows(bench, summary.run))
        assert (3, 3) == (len(server.requests), len(server.applied))


@pytest.mark.parametrize("name", ["slow_endless_head_applied", "slow_endless_body_applied"])
def test_answer_that_drips_for_ever_ends_at_the_deadline(bench: Bench, server: HostileServer, name: str) -> None:
    """F16: each byte comes in time, the answer does not: one time-out bounds it, and the row is in doubt."""
    bench.clock = real_time()
    server.fault_for(FIRST_USER, named(name))

    summary = bench.send(texts(2), timeout=3.0)

    attempt = bench.audit(summary.run)[0]
    assert [Status.UNKNOWN, Status.SENT] == bench.statuses(summary.run)
    assert 2_700 <= float(str(attempt["duration_ms"])) <= 6_000


def test_slow_answer_that_is_whole_in_time(bench: Bench, server: HostileServer) -> None:
    """F17: sent, exit 0."""
    server.fault_next(named("slow_but_complete"), 5)

    summary = bench.send(texts(5), timeout=5.0)

    assert (0, 5) == (summary.exit_code, summary.counts[Status.SENT])


@pytest.mark.parametrize("name", ["error_500", "bad_gateway_502", "unavailable_503"])
def test_outage_of_ten_answers_stays_small(bench: Bench, server: HostileServer, name: str) -> None:
    """F21: the run stops after three in a row and those under way; the rest was never tried.

    A late confirmation of an earlier row may come between the first of them, and start the count again.
    """
    well, rows = 5, 60
    for row in range(well, rows):
        server.fault_for(FIRST_USER + row, named(f"{name}_applied"))

    summary = bench.send(texts(rows), concurrency=WORKERS)

    assert (4, "unknown_in_a_row") == (summary.exit_code, summary.stop_code)
    assert 3 <= summary.counts[Status.UNKNOWN] <= 2 * WORKERS
    assert rows - well - 2 * WORKERS <= summary.counts[Status.NOT_ATTEMPTED]
    assert [] == untrue(bench, server, summary.run)


@pytest.mark.parametrize(
    "name", ["empty_200", "no_content_204", "json_null", "json_empty_array", "text_ok", "workflow_started",
             "html_page_200"],
)  # fmt: skip
def test_success_without_a_confirmation_stops_after_three(bench: Bench, server: HostileServer, name: str) -> None:
    """F28, F29, F32: nobody knows what such a service does with messages, so it gets three; the reason is told."""
    server.fault_next(named(f"{name}_not_applied"), 30)

    summary = bench.send(texts(30), concurrency=WORKERS)

    assert (4, "unknown_in_a_row") == (summary.exit_code, summary.stop_code)
    assert (3, 27) == (summary.counts[Status.UNKNOWN], summary.counts[Status.NOT_ATTEMPTED])
    assert "may or may not have been delivered" in summary.stop_reason
    assert 3 == len(server.requests)


def test_confirmations_that_say_something_else(bench: Bench, server: HostileServer) -> None:
    """F36: another result or another text is a doubt; no link is a warning; of a field twice the last counts."""
    for row, name in enumerate(["other_result_applied", "without_link", "other_message", "result_twice"]):
        server.fault_for(FIRST_USER + row, named(name))

    summary = bench.send(texts(5))

    records = bench.records(summary.run)
    sent, doubt = Status.SENT, Status.UNKNOWN
    assert [doubt, sent, doubt, sent, sent] == bench.statuses(summary.run)
    assert ["reply_unexpected", "reply_without_link", "another_message", "", ""] == [record.code for record in records]
    assert "Another text" not in bench.results()[2]["message"]


def test_refusal_in_a_success_keeps_its_words(bench: Bench, server: HostileServer) -> None:
    """F31: failed, not delivered, with the service's own reason for the person."""
    server.fault_for(FIRST_USER + 1, named("error_in_200"))

    summary = bench.send(texts(3))

    row = bench.results()[1]
    assert 1 == summary.exit_code
    assert ("failed", "no") == (row["hotline_status"], row["hotline_delivered"])
    assert "chat not found" in row["hotline_error"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_leaks_nothing(bench: Bench, server: HostileServer, status: int) -> None:
    """F33: one request, nothing at all to the other host, however many may be in flight."""
    with HostileServer() as elsewhere:
        server.fault_next(redirect(status, elsewhere.url), 30)
        summary = bench.send(texts(20), concurrency=WORKERS)

        assert (4, "redirected") == (summary.exit_code, summary.stop_code)
        assert (1, 0) == (len(server.requests), elsewhere.connections)


def test_confirmed_in_every_shape(bench: Bench, server: HostileServer) -> None:
    """F30: all sent, exit 0, each with its link."""
    shapes = ["array_of_one", "swapped_types", "extra_fields", "byte_order_mark", "json_as_text_html",
              "json_without_type", "json_indented", "gzip_body", "http_1_0", "body_until_close", "connection_close",
              "early_hints_103", "continue_100"]  # fmt: skip
    for row, name in enumerate(shapes):
        server.fault_for(FIRST_USER + row, named(name))

    summary = bench.send(texts(len(shapes)))

    assert (0, len(shapes)) == (summary.exit_code, summary.counts[Status.SENT])
    assert all(row["hotline_topic_link"].startswith("https://t.me/c/") for row in bench.results())


def test_connections_that_die_behind_our_back(bench: Bench, server: HostileServer) -> None:
    """F39: after every answer the service hangs up in silence; nobody gets a message twice, none is called failed."""
    bench.clock = real_time()
    silent = named("stale_connection")
    server.fault_next(silent, 60)

    summary = bench.send(texts(60), concurrency=WORKERS, attempts=5, rate="200/s")

    assert [] == untrue(bench, server, summary.run)
    assert {} == server.duplicates()
    assert Status.FAILED not in bench.statuses(summary.run)


# ── asked to wait ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "fault", [limited_seconds(1), limited_date(2), limited_telegram(1), limited_text(1)], ids=str
)  # fmt: skip
def test_told_wait_is_kept_by_everybody(bench: Bench, server: HostileServer, fault: Fault) -> None:
    """F22, F26: with eight in flight not one request comes before the wait is over, and every row goes once."""
    bench.clock = real_time()
    server.fault_for(FIRST_USER + 4, fault)

    summary = bench.send(texts(14), concurrency=WORKERS, rate="50/s", attempts=5)

    assert (0, 14) == (summary.exit_code, summary.counts[Status.SENT])
    assert (0, 15) == (server.early_retries, len(server.requests))
    assert server.most_requests_in(1.0) <= 50


def test_limit_of_the_service_is_learnt_without_a_penalty(tmp_path: Path) -> None:
    """F22, F27: a service that takes 5 a second and punishes haste is never hastened, and all rows are sent once."""
    with HostileServer(rate_limit=RateLimit(5, burst=5, penalty_seconds=5)) as server:
        bench = Bench(tmp_path, server.url, clock=real_time())
        summary = bench.send(texts(10), concurrency=WORKERS, rate="50/s", attempts=20)

        assert server.rate_limit is not None
        assert (0, 10) == (summary.exit_code, summary.counts[Status.SENT])
        assert (0, {}) == (server.early_retries, server.duplicates())
        assert server.rate_limit.refused <= WORKERS + 5


@pytest.mark.parametrize("fault", LIMITED_ABSURD, ids=str)
def test_absurd_wait_stops_the_run_and_is_told(bench: Bench, server: HostileServer, fault: Fault) -> None:
    """F23: exit 4 with the length of the wait; nobody sleeps a day, and `resume` sends the row once."""
    server.fault_for(FIRST_USER + 2, fault)

    stopped = bench.send(texts(6))
    bench.drive(stopped.run)

    assert (4, "rate_limited_too_long") == (stopped.exit_code, stopped.stop_code)
    assert "24 hours" in stopped.stop_reason
    assert (2, 4) == (stopped.counts[Status.SENT], stopped.counts[Status.NOT_ATTEMPTED])
    assert ([Status.SENT] * 6, {}) == (bench.statuses(stopped.run), server.duplicates())


@pytest.mark.parametrize("name", ["limited_garbage", "limited_negative", "limited_past_date", "limited_bare"])
def test_wait_that_cannot_be_understood(bench: Bench, server: HostileServer, name: str) -> None:
    """F24: a pause of our own, then sent."""
    server.fault_for(FIRST_USER + 2, named(name), times=3)

    summary = bench.send(texts(6), attempts=5)

    assert (0, 6) == (summary.exit_code, summary.counts[Status.SENT])


def test_flood_words_inside_a_500(bench: Bench, server: HostileServer) -> None:
    """F25: the row is in doubt, and nobody sends for the two seconds that the words ask for."""
    server.fault_for(FIRST_USER + 1, named("error_500_flood_applied"))

    summary = bench.send(texts(3))

    moments = [request.at for request in server.requests]
    waited = _wall(bench, summary.run)
    assert [Status.SENT, Status.UNKNOWN, Status.SENT] == bench.statuses(summary.run)
    assert waited[2] - waited[1] >= 2.0
    assert 3 == len(moments)


def _wall(bench: Bench, run: str) -> list[float]:
    return [datetime.fromisoformat(str(entry["started_at"])).timestamp() for entry in bench.audit(run)]


# ── answers that hurt ────────────────────────────────────────────────────────────────────────────────────────────────


def test_answers_that_are_too_big_or_too_deep(bench: Bench, server: HostileServer) -> None:
    """F34: 200 MB packed small, 5 MB, endless, and 200,000 brackets: in doubt, little memory, no crash."""
    poison = ["gzip_bomb", "big_answer", "endless_answer", "deep_json"]
    for number, name in enumerate(poison):
        server.fault_for(FIRST_USER + 2 * number, named(name))
    run = bench.plan(texts(2 * len(poison)), timeout=60.0).id

    with Doomed(bench, run) as doomed:
        code = doomed.end()

    assert 3 == code
    assert [Status.UNKNOWN, Status.SENT] * len(poison) == bench.statuses(run)
    assert int((bench.folder / MOST_MEMORY).read_text()) < 300 * MEGABYTE


# ── the machine ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("jump_seconds", [7_200.0, -7_200.0])
def test_clock_that_jumps_brings_no_burst_and_no_wait(
    bench: Bench, server: HostileServer, monkeypatch: pytest.MonkeyPatch, jump_seconds: float
) -> None:
    """F47, F48: also while rows wait for a retry; every row goes once, at its pace."""
    real, jumped = time.time, False

    def jump(exchange: Exchange) -> None:
        nonlocal jumped
        exchange.answer(429, b'{"message":"Too many requests"}', fields=[("Retry-After", "1")])
        jumped = True

    bench.clock = real_time()
    monkeypatch.setattr(time, "time", lambda: real() + (jump_seconds if jumped else 0.0))
    server.fault_for(FIRST_USER + 3, Fault("jump", jump, Verdict.RETRY, Applied.NO, told_wait=1.0))

    summary = bench.send(texts(10), concurrency=WORKERS, rate="25/s")

    moments = sorted(request.at for request in server.requests)
    assert (0, {}) == (summary.exit_code, server.duplicates())
    assert (0, 11) == (server.early_retries, len(moments))
    assert moments[-1] - moments[0] < 6.0


def test_ledger_of_another_service_is_not_mixed_up(bench: Bench, server: HostileServer) -> None:
    """F50: a run goes on only toward the service and instance that it was planned for."""
    run = bench.plan(texts(3)).id
    with HostileServer() as other:
        bench.endpoint = other.url
        with pytest.raises(SettingsError, match="planned for"):
            bench.drive(run)
        assert [] == other.requests
    bench.endpoint = server.url
    bench.environment = {"HOTLINE_INSTANCE": "777"}
    with pytest.raises(SettingsError, match="another instance"):
        bench.drive(run)
    assert [] == server.requests


def test_ledger_that_is_none_sends_nothing(bench: Bench, server: HostileServer) -> None:
    """F50: a foreign or damaged file is refused in words, and left as it is."""
    with contextlib.closing(sqlite3.connect(bench.ledger_path)) as foreign:
        foreign.execute("create table customers (name text)")
    with pytest.raises(LedgerError, match="not a ledger"):
        bench.send(texts(3))
    bench.ledger_path.write_bytes(b"This is a letter, not a database. " * 100)
    before = bench.ledger_path.read_bytes()
    with pytest.raises(LedgerError):
        bench.send(texts(3))

    assert before == bench.ledger_path.read_bytes()
    assert [] == server.requests


@pytest.mark.parametrize("megabytes", [150, 500, 900])
@pytest.mark.skipif(not shutil.which("sh"), reason="the memory limit is set by a shell")
def test_little_memory_is_refused_before_or_enough(tmp_path: Path, server: HostileServer, megabytes: int) -> None:
    """F51: with too little memory nothing is sent; with enough all is; never half without a word about it."""
    machine = Machine(tmp_path).toward(server)
    machine.environment["OPENBLAS_NUM_THREADS"] = "1"
    sheet = people(10)
    machine.write_sheet("sheet.csv", sheet)

    ended = subprocess.run(
        ["/bin/sh", "-c", f'ulimit -v {megabytes * 1024}; exec "$0" -m hotline_batch "$@"', sys.executable,
         "send", "sheet.csv", "--yes", "-o", "out.csv", "--rate", "500/s"],
        cwd=machine.folder, env=machine.environment, capture_output=True, timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip

    if (machine.folder / "out.csv").exists():
        assert [] == lies(machine.read("out.csv"), server, sheet)
    else:
        assert (False, []) == (ended.returncode == 0, server.requests)


def test_environment_of_the_machine_changes_nothing(
    bench: Bench, server: HostileServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F52: no password from .netrc, no proxy and no certificates that the environment happens to name."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password secret\n")
    strangers = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy"), "http://127.0.0.1:9")
    strangers |= {"NETRC": str(netrc), "HOME": str(tmp_path), "REQUESTS_CA_BUNDLE": str(tmp_path / "none.pem")}
    (tmp_path / ".netrc").write_text(netrc.read_text())
    for name, value in strangers.items():
        monkeypatch.setenv(name, value)
    bench.environment = strangers

    summary = bench.send(texts(2))

    assert 0 == summary.exit_code
    assert {""} == {request.field("authorization") for request in server.requests}


def test_ca_file_of_the_settings_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """F52: the environment may name other certificates; what is set for this program counts."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
    with HostileServer(tls=Certificate.GOOD) as server:
        bench = Bench(tmp_path, server.url, str(authority().write_ca_file(tmp_path / "ca.pem")))
        bench.environment = {"REQUESTS_CA_BUNDLE": str(tmp_path / "none.pem")}

        assert 0 == bench.send(texts(1)).exit_code
