"""Every line of the table of failure points, made to happen: the program does what the line says."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest

from hotline_batch.issues.words import RECORDS
from hotline_batch.model.jobs import JobState, Status
from hotline_batch.model.runs import Delivery
from tests.failure_points import hard_scenarios as hard
from tests.failure_points.scenarios import (
    Case,
    goes_on,
    handshake,
    in_doubt,
    in_doubt_both,
    nobody_gets_through,
    refuses_connections,
    service,
    stops,
    waits,
)
from tests.failure_points.table import (
    FAILURE_POINTS,
    GO_ON_SLOWLY,
    NEW_CONNECTION,
    OTHER_CLOCK,
    STOP_OR_PROBE,
    FailurePoint,
)
from tests.support.batch_bench import FIRST_USER
from tests.support.processes.doomed import DiskFull, Doomed
from tests.support.proxy import Manner
from tests.support.service.certificates import Certificate
from tests.support.service.faults import ANSWER_WELL, named
from tests.support.service.faults import CATALOGUE as FAULTS
from tests.support.service.faults.answers import (
    CONFIRMED_AND_REFUSED,
    NOT_USABLE,
    REDIRECTS,
    REFUSALS,
    RESULT_IS_A_LIST,
    ROW_REFUSALS,
)
from tests.support.service.faults.limits import LIMITED, NOT_READY
from tests.support.service.faults.words import (
    BEHIND_A_GATEWAY,
    BOT_CHECKS,
    FIREWALLS,
    FROM_A_CACHE,
    MISSING,
    NOT_FROM_A_CACHE,
    QUOTAS,
    REFUSED_IN_OTHER_STATUSES,
    REPORTED,
    YES_AND_NO,
)

DAY_SECONDS = 86_400.0


def twins(code: str, *names: str) -> Iterator[Case]:
    """Faults that leave a row in doubt, with the message posted before and with it never posted."""
    return chain.from_iterable(in_doubt_both(name, code=code) for name in names)


def posted(code: str, *names: str, secure: bool = False) -> Iterator[Case]:
    """The same, only with the message posted: whoever calls it failed, or sends it again, is found out."""
    return (in_doubt_both(name, code=code, secure=secure)[0] for name in names)


SCENARIOS: dict[str, tuple[Case, ...]] = {
    "P01": (Case("unknown_name", "unreachable", hard.name_not_found),),
    "P02": (
        Case("service", "unreachable", nobody_gets_through(refuses_connections)),
        Case("proxy", "unreachable", hard.proxy_is_not_there(hangs_up=False)),
        Case("proxy_hangs_up", "unreachable", hard.proxy_is_not_there(hangs_up=True)),
    ),
    "P03": (Case("full_queue", "unreachable", hard.no_connection_in_time),),
    "P04": tuple(
        Case(str(certificate or "no_tls"), "certificate_refused", hard.certificate_refused(certificate))
        for certificate in (Certificate.EXPIRED, Certificate.WRONG_HOST, Certificate.NOT_TRUSTED, None)
    ),
    "P05": tuple(
        Case(name, "unreachable", nobody_gets_through(handshake(name), secure=True))
        for name in ("handshake_silent", "handshake_reset", "handshake_fin")
    ),
    "P06": (
        Case("password", "proxy_refused", hard.proxy_refuses(Manner.DEMAND_PASSWORD)),
        Case("forbidden", "proxy_refused", hard.proxy_refuses(Manner.FORBID)),
    ),
    "P07": (
        Case("text", "message_bad_characters", hard.text_cannot_travel),
        Case("key", "message_bad_characters", hard.key_cannot_travel),
    ),
    "P08": (
        Case("closed", "", hard.idle_connection_died("stale_connection")),
        Case("reset", "", hard.idle_connection_died("reset_idle_connection")),
    ),
    "P09": (Case("reset", "connection_cut_while_sending", hard.cut_before_the_last_byte),),
    "P10": tuple(twins("reply_lost", "close_unanswered", "reset_unanswered")),
    "P11": tuple(twins("reply_timeout", "hang")),
    "P12": (
        *posted("reply_cut", "half_body", "half_chunked_body", "no_last_chunk"),
        *posted("reply_timeout", "stall_in_body", "slow_endless_body"),
        *posted("reply_unreadable", "garbage_status_line", "huge_header"),
        *twins("reply_empty", "half_head"),
        *posted("reply_lost", "tls_broken_record", "tls_alert", secure=True),
        Case("gzip_garbage", "reply_unreadable", in_doubt(named("gzip_garbage"))),
        Case("big_answer", "reply_unreadable", in_doubt(named("big_answer"))),
    ),
    "P13": (Case("plain", "", goes_on(ANSWER_WELL)), Case("tls", "", goes_on(ANSWER_WELL, secure=True))),
    "P14": tuple(
        Case(name, "", goes_on(named(name)))
        for name in (
            "array_of_one", "swapped_types", "extra_fields", "byte_order_mark", "json_as_text_html",
            "json_with_wrong_charset", "json_without_type", "gzip_body", "chunked_body", "http_1_0", "early_hints_103",
            "created_201",
            *(fault.name for fault in NOT_FROM_A_CACHE),
        )
    ),
    "P15": (
        *twins("accepted_unconfirmed", "workflow_started"),
        Case("later", "accepted_unconfirmed", in_doubt(named("workflow_started_late"))),
    ),
    "P16": (
        *posted("reply_empty", "empty_200", "no_content_204", "json_null", "json_empty_array", "json_empty_object"),
        *posted("reply_unexpected", "other_result", "result_in_capitals"),
        *posted("reply_unreadable", "text_ok", "json_true"),
        Case(RESULT_IS_A_LIST.name, "reply_unexpected", in_doubt(RESULT_IS_A_LIST)),
    ),
    "P17": tuple(twins("reply_unreadable", "html_page_200")),
    "P18": tuple(
        Case(fault.name, "api_refused", goes_on(fault)) for fault in (*ROW_REFUSALS, *REFUSED_IN_OTHER_STATUSES)
    ),
    "P19": tuple(Case(fault.name, "request_refused", goes_on(fault)) for fault in REFUSALS),
    "P20": tuple(
        Case(
            fault.name,
            "endpoint_missing" if "404" in fault.name or "405" in fault.name else "credentials_refused",
            stops(fault, STOP_OR_PROBE),
        )
        for fault in (*NOT_USABLE, *MISSING)
    ),
    "P21": (
        *(Case(fault.name, "rate_limited", waits(fault)) for fault in LIMITED),
        *(Case(fault.name, "service_not_ready", waits(fault)) for fault in NOT_READY),
    ),
    "P22": tuple(Case(fault.name, "redirected", stops(fault)) for fault in REDIRECTS),
    "P23": tuple(twins("server_error", "error_500")),
    "P24": tuple(posted("gateway_error", "bad_gateway_502", "gateway_timeout_504", "cloudflare_520", "cloudflare_524")),
    "P25": tuple(
        Case(f"{name}_{twin}", "gateway_error", in_doubt(named(f"{name}_{twin}"), GO_ON_SLOWLY))
        for name in ("unavailable_503", "unavailable_503_retry_after", "starting_503_instead")
        for twin in ("applied", "not_applied")
    ),
    "P26": (Case("waiting", "", hard.killed_between_rows(1)),),
    "P27": (Case("connecting", "interrupted_in_flight", hard.killed_before_the_first_byte),),
    "P28": tuple(
        Case(name, "interrupted_in_flight", hard.killed_in_flight(name))
        for name in ("hang_applied", "hang_not_applied")
    ),
    "P29": (Case("waiting", "", hard.killed_between_rows(0)),),
    "P30": (Case("copied", "interrupted_in_flight", hard.power_cut),),
    "P31": (Case("file_limit", "", hard.no_room_for_an_intent),),
    "P32": (Case("file_limit", "", hard.no_room_for_an_outcome),),
    "P33": (Case("gone", "", hard.sheet_cannot_be_written), Case("in_the_way", "", hard.sheet_is_in_the_way)),
    "P34": (Case("late", "reply_timeout", in_doubt(FAULTS["late_apply"])),),
    "P35": tuple(
        Case(number.name, "", hard.asked_to_end(number)) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ),
    "P36": (Case("twice", "interrupted_in_flight", hard.asked_twice),),
    "P37": (Case("stopped", "reply_timeout", hard.sleeps_in_a_request),),
    "P38": (Case("an_hour", "", hard.clock_moves(3_600.0, 2, NEW_CONNECTION)),),
    "P39": (
        Case("forward", "", hard.clock_moves(DAY_SECONDS, 2, OTHER_CLOCK)),
        Case("back", "", hard.clock_moves(-DAY_SECONDS, 1, OTHER_CLOCK)),
    ),
    "P40": (Case("memory_error", "internal_error", hard.breaks_inside),),
    "P41": (
        Case("at_once", "already_sent", hard.second_process),
        Case("at_once_in_doubt", "possibly_sent", hard.second_run_of_a_doubt),
        Case("afterwards", "already_sent", hard.planned_afterwards),
    ),
    "P42": (Case("sorted", "already_sent", hard.sorted_sheet),),
    "P43": tuple(Case(fault.name, "error_reported", in_doubt(fault)) for fault in REPORTED[::2]),
    "P44": tuple(
        Case(
            fault.name,
            "gateway_error" if fault.name.startswith(("request_timeout_408", "closed_499")) else "reply_unexpected",
            in_doubt(fault),
        )
        for fault in BEHIND_A_GATEWAY[::2]
        if "503" not in fault.name
    ),
    "P45": tuple(
        Case(fault.name, "reply_unexpected", in_doubt(fault)) for fault in (*YES_AND_NO, *CONFIRMED_AND_REFUSED)
    ),
    "P46": (
        Case("other_message", "another_message", in_doubt(named("other_message"))),
        Case("other_topic", "another_topic", in_doubt(named("another_users_topic"), rows_later=1)),
        *(Case(fault.name, "reply_from_cache", in_doubt(fault)) for fault in FROM_A_CACHE),
    ),
    "P47": tuple(
        Case(fault.name, code, stops(fault))
        for code, faults in (("bot_check", BOT_CHECKS), ("firewall_refused", FIREWALLS), ("quota_used_up", QUOTAS))
        for fault in faults
    ),
}  # fmt: skip

CASES = [
    pytest.param(point, case, id=f"{point.id}-{case.name}")
    for point in FAILURE_POINTS
    for case in SCENARIOS.get(point.id, ())
]


def test_every_line_has_a_scenario() -> None:
    """The table and the scenarios name the same points, in the same order."""
    assert [point.id for point in FAILURE_POINTS] == list(SCENARIOS)


@pytest.mark.parametrize("point", FAILURE_POINTS, ids=lambda point: point.id)
def test_codes_of_a_line_are_those_of_its_scenarios(point: FailurePoint) -> None:
    """Each code of a line is shown by a scenario, and is explained by a record."""
    assert set(point.codes) == {case.code for case in SCENARIOS[point.id]} - {""}
    assert set(point.codes) <= set(RECORDS)


@pytest.mark.parametrize(("point", "case"), CASES)
def test_what_the_line_says_happens(point: FailurePoint, case: Case, tmp_path: Path) -> None:
    """Row, run and resume are as the line says, and it is true of the message whether it is there."""
    seen = case.happen(tmp_path)

    assert (point.in_the_run, point.on_resume) == (seen.in_the_run, seen.on_resume)
    assert (point.status, case.code) == (seen.status, seen.code)
    assert seen.copies in {Delivery.NO: {0}, Delivery.MAYBE: {0, 1}, Delivery.YES: {1}}[point.delivered]


@pytest.mark.parametrize("point", FAILURE_POINTS, ids=lambda point: point.id)
def test_status_and_delivery_of_a_line_fit(point: FailurePoint) -> None:
    """What may be there is never called failed, what is not there never sent; doubt is never sent again by itself."""
    doubtful = point.delivered is Delivery.MAYBE

    assert not doubtful or point.status is Status.UNKNOWN
    assert point.delivered is not Delivery.YES or point.status is Status.SENT
    assert point.status is not Status.SENT or point.delivered is Delivery.YES
    assert (point.status is Status.UNKNOWN) == ("never by itself" in point.on_resume)


def test_outcome_without_any_room_leaves_its_row_in_doubt(tmp_path: Path) -> None:
    """P32, when not even the reserve helps: the message went out, the row is unknown, nothing is sent again."""
    with service(tmp_path) as (bench, server):
        run = bench.plan("ab").id
        with Doomed(bench, run, DiskFull.AT_OUTCOME) as doomed:
            code = doomed.end()

        assert (4, JobState.IN_FLIGHT) == (code, bench.records(run)[0].state)
        hard.after_a_kill(bench, server, run)
        assert 1 == len(server.applied_for(FIRST_USER))


def test_404_in_the_middle_is_probed_before_the_run_stops(tmp_path: Path) -> None:
    """P20: a restart of the service is waited out; nothing is called failed."""
    with service(tmp_path) as (bench, server):
        server.fault_for(FIRST_USER + 1, named("not_registered_404"), times=3)
        restarted = bench.send("abc")
        server.fault_for(FIRST_USER + 1, named("not_registered_404"), times=20)
        gone = bench.send("def", output="gone.csv")

        assert [Status.SENT] * 3 == bench.statuses(restarted.run)
        assert [Status.SENT, Status.NOT_ATTEMPTED, Status.NOT_ATTEMPTED] == bench.statuses(gone.run)
        assert ("endpoint_missing", 4) == (gone.stop_code, gone.exit_code)
