"""Faults of the connection: refused, reset, closed, silent, slow, or cut in the middle of the answer."""

from __future__ import annotations

from tests.support.service.exchange import JSON_TYPE, Exchange, render
from tests.support.service.faults.fault import Applied, Fault, Stage, Verdict, applied_or_not

EITHER = frozenset({Verdict.RETRY, Verdict.UNKNOWN})


# ── before a request is read ─────────────────────────────────────────────────────────────────────────────────────────


def _reset(exchange: Exchange) -> None:
    exchange.connection.reset()


def _close(exchange: Exchange) -> None:
    exchange.connection.close()


def _fin_without_reading(exchange: Exchange) -> None:
    exchange.connection.half_close()
    exchange.server.wait_unless_stopped(exchange.fault.seconds)
    exchange.connection.close()


def _fin_to_first_bytes(exchange: Exchange) -> None:
    exchange.connection.half_close()  # and read on: closing with unread bytes would be an RST
    exchange.connection.wait_until_client_leaves(exchange.fault.seconds)
    exchange.connection.close()


def _say_nothing(exchange: Exchange) -> None:
    exchange.server.wait_unless_stopped(exchange.fault.seconds)
    exchange.connection.reset()


def _plain_http(exchange: Exchange) -> None:
    body = b"<html><body>400 The plain HTTP request was sent to HTTPS port</body></html>"
    exchange.write(render(400, body, "text/html", [("Connection", "close")]))
    exchange.connection.close()


def _handshake_garbage(exchange: Exchange) -> None:
    exchange.write(b"\x16\x03\x03\x00\x10" + bytes(range(16)))
    exchange.connection.close()


def _reset_inside_body(exchange: Exchange) -> None:
    length = exchange.head.body_length if exchange.head else 0
    exchange.connection.read_body(length // 2)
    exchange.connection.reset()


RESET_ON_ACCEPT = Fault("reset_on_accept", _reset, Verdict.RETRY, stage=Stage.CONNECTION, may_also_be=EITHER)
CLOSE_ON_ACCEPT = Fault("close_on_accept", _close, Verdict.RETRY, stage=Stage.CONNECTION, may_also_be=EITHER)
FIN_WITHOUT_READING = Fault(
    "fin_without_reading", _fin_without_reading, Verdict.UNKNOWN, stage=Stage.CONNECTION, may_also_be=EITHER,
    seconds=0.2,
)  # fmt: skip
NEVER_READS = Fault(
    "never_reads", _say_nothing, Verdict.UNKNOWN, stage=Stage.CONNECTION, may_also_be=EITHER, seconds=60.0
)
RESET_AFTER_HEAD = Fault("reset_after_head", _reset, Verdict.UNKNOWN, stage=Stage.HEAD, may_also_be=EITHER)
CLOSE_AFTER_HEAD = Fault("close_after_head", _close, Verdict.UNKNOWN, stage=Stage.HEAD, may_also_be=EITHER)
RESET_INSIDE_BODY = Fault(
    "reset_inside_body", _reset_inside_body, Verdict.UNKNOWN, stage=Stage.HEAD, may_also_be=EITHER
)

HANDSHAKE_SILENT = Fault("handshake_silent", _say_nothing, Verdict.RETRY, stage=Stage.CONNECTION, seconds=60.0)
HANDSHAKE_RESET = Fault("handshake_reset", _reset, Verdict.RETRY, stage=Stage.CONNECTION)
HANDSHAKE_FIN = Fault("handshake_fin", _fin_to_first_bytes, Verdict.RETRY, stage=Stage.CONNECTION, seconds=5.0)
HANDSHAKE_GARBAGE = Fault(
    "handshake_garbage", _handshake_garbage, Verdict.RETRY, stage=Stage.CONNECTION,
    may_also_be=frozenset({Verdict.STOP}),
)  # fmt: skip
PLAIN_HTTP_FOR_TLS = Fault(
    "plain_http_for_tls", _plain_http, Verdict.STOP, stage=Stage.CONNECTION, may_also_be=frozenset({Verdict.RETRY}),
    stops_run=True,
)  # fmt: skip

BEFORE_REQUEST = (
    RESET_ON_ACCEPT, CLOSE_ON_ACCEPT, FIN_WITHOUT_READING, NEVER_READS, RESET_AFTER_HEAD, CLOSE_AFTER_HEAD,
    RESET_INSIDE_BODY,
)  # fmt: skip
HANDSHAKE = (HANDSHAKE_SILENT, HANDSHAKE_RESET, HANDSHAKE_FIN, HANDSHAKE_GARBAGE, PLAIN_HTTP_FOR_TLS)


# ── after the request is read, no answer ─────────────────────────────────────────────────────────────────────────────


def _hang(exchange: Exchange) -> None:
    exchange.hang()


def _hang_then_apply(exchange: Exchange) -> None:
    exchange.apply_later()
    exchange.hang()


def _go_down(exchange: Exchange) -> None:
    exchange.server.go_down(spared=exchange.connection)
    exchange.connection.reset()
    exchange.server.wait_unless_stopped(exchange.fault.seconds)
    exchange.server.come_back()


CLOSE_APPLIED, CLOSE_NOT_APPLIED = applied_or_not(Fault("close_unanswered", _close, Verdict.UNKNOWN))
RESET_APPLIED, RESET_NOT_APPLIED = applied_or_not(Fault("reset_unanswered", _reset, Verdict.UNKNOWN))
HANG_APPLIED, HANG_NOT_APPLIED = applied_or_not(Fault("hang", _hang, Verdict.UNKNOWN, seconds=60.0))
LATE_APPLY = Fault("late_apply", _hang_then_apply, Verdict.UNKNOWN, Applied.LATER, seconds=60.0)
GO_DOWN_APPLIED, GO_DOWN_NOT_APPLIED = applied_or_not(Fault("go_down", _go_down, Verdict.UNKNOWN, seconds=60.0))

UNANSWERED = (
    CLOSE_APPLIED, CLOSE_NOT_APPLIED, RESET_APPLIED, RESET_NOT_APPLIED, HANG_APPLIED, HANG_NOT_APPLIED, LATE_APPLY,
)  # fmt: skip


# ── an answer that does not end well ─────────────────────────────────────────────────────────────────────────────────


def _write_then_close(exchange: Exchange, data: bytes) -> None:
    exchange.write(data)
    exchange.connection.close()


def _good(exchange: Exchange) -> bytes:
    return render(exchange.good_status, exchange.good_body())


def _half_head(exchange: Exchange) -> None:
    _write_then_close(exchange, b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Le")


def _half_body(exchange: Exchange) -> None:
    _write_then_close(exchange, _good(exchange)[: -len(exchange.good_body()) // 2])


def _half_chunked(exchange: Exchange) -> None:
    body = exchange.good_body()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n"
    _write_then_close(exchange, head.encode() + body[: len(body) // 2])


def _no_last_chunk(exchange: Exchange) -> None:
    body = exchange.good_body()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\nTransfer-Encoding: chunked\r\n\r\n{len(body):x}\r\n"
    _write_then_close(exchange, head.encode() + body + b"\r\n")


def _half_until_close(exchange: Exchange) -> None:
    body = exchange.good_body()
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\nConnection: close\r\n\r\n"
    _write_then_close(exchange, head.encode() + body[: len(body) // 2])


def _stall_in_body(exchange: Exchange) -> None:
    exchange.write(_good(exchange)[:-5])
    exchange.hang()


def _reset_in_answer(exchange: Exchange) -> None:
    exchange.write(_good(exchange)[:-5])
    exchange.connection.reset()


def _slow_head(exchange: Exchange) -> None:
    exchange.write(b"HTTP/1.1 200 OK\r\n")
    exchange.write_slowly(b"X-Wait: 1\r\n" * 10_000)


def _slow_body(exchange: Exchange) -> None:
    exchange.write(f"HTTP/1.1 200 OK\r\nContent-Type: {JSON_TYPE}\r\nContent-Length: 100000\r\n\r\n".encode())
    exchange.write_slowly(b" " * 100_000)


def _garbage_status(exchange: Exchange) -> None:
    _write_then_close(exchange, b"\x00\x01\x02 SMTP ready, please\r\n\r\n")


def _huge_header(exchange: Exchange) -> None:
    _write_then_close(exchange, b"HTTP/1.1 200 OK\r\nX-Long: " + b"a" * 100_000 + b"\r\n\r\n")


def _many_headers(exchange: Exchange) -> None:
    lines = b"".join(b"X-Header-%d: 1\r\n" % number for number in range(150))
    _write_then_close(exchange, b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 2\r\n\r\n{}")


def _tls_record_garbage(exchange: Exchange) -> None:
    exchange.connection.write_beneath_tls(b"\x17\x03\x03\x00\x20" + bytes(32))


def _tls_alert(exchange: Exchange) -> None:
    exchange.connection.write_beneath_tls(b"\x15\x03\x03\x00\x02\x02\x28")


CUT_ANSWERS = tuple(
    twin
    for name, behave, seconds in (
        ("half_head", _half_head, 0.0),
        ("half_body", _half_body, 0.0),
        ("half_chunked_body", _half_chunked, 0.0),
        ("no_last_chunk", _no_last_chunk, 0.0),
        ("half_body_until_close", _half_until_close, 0.0),
        ("stall_in_body", _stall_in_body, 60.0),
        ("reset_in_answer", _reset_in_answer, 0.0),
        ("slow_endless_head", _slow_head, 0.05),
        ("slow_endless_body", _slow_body, 0.05),
        ("garbage_status_line", _garbage_status, 0.0),
        ("huge_header", _huge_header, 0.0),
        ("too_many_headers", _many_headers, 0.0),
    )
    for twin in applied_or_not(Fault(name, behave, Verdict.UNKNOWN, seconds=seconds))
)
TLS_CUT_ANSWERS = tuple(
    twin
    for name, behave in (("tls_broken_record", _tls_record_garbage), ("tls_alert", _tls_alert))
    for twin in applied_or_not(Fault(name, behave, Verdict.UNKNOWN))
)


def _slow_but_complete(exchange: Exchange) -> None:
    exchange.write_slowly(_good(exchange))


def _close_silently_after_answer(exchange: Exchange) -> None:
    _write_then_close(exchange, _good(exchange))


def _reset_idle_connection(exchange: Exchange) -> None:
    exchange.write(_good(exchange))
    exchange.connection.wait_until_client_leaves(exchange.fault.seconds)
    exchange.connection.reset()


SLOW_BUT_COMPLETE = Fault("slow_but_complete", _slow_but_complete, Verdict.SENT, Applied.YES, seconds=0.0005)
STALE_CONNECTION = Fault("stale_connection", _close_silently_after_answer, Verdict.SENT, Applied.YES)
RESET_IDLE_CONNECTION = Fault("reset_idle_connection", _reset_idle_connection, Verdict.SENT, Applied.YES, seconds=0.02)
SLOW_OR_STALE = (SLOW_BUT_COMPLETE, STALE_CONNECTION, RESET_IDLE_CONNECTION)
