"""S9, S11: neither a template nor a text of strangers does more than be a text."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest

from hotline_batch.cli.screen.console import shown
from hotline_batch.errors import TemplateError
from hotline_batch.model.jobs import Status
from tests.support.batch_bench import Bench
from tests.support.processes.journey import FAST, Machine
from tests.support.service.exchange import Exchange, to_json
from tests.support.service.faults import Applied, Fault, Verdict
from tests.support.service.hostile_server import HostileServer

CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
EVIL = "\x1b]0;owned\x07\x1b[2J\x1b[31mred\x9b5m\u202eetihw"


@pytest.mark.parametrize(
    "template",
    [
        "{{ message.__class__.__mro__ }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ message | attr('__class__') }}",
        "{{ message.format.__globals__ }}",
        "{{ '{0.__class__}'.format(message) }}",
        "{{ 'x' * 300000000 }}",
        "{{ 2 ** 100000000 }}",
        "{% for a in range(100000) %}{% for b in range(100000) %}x{% endfor %}{% endfor %}",
        "{{ range(100000000) | list }}",
        "{{ message | replace('', 'x' * 90000) | replace('x', 'y' * 90000) }}",
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}{{ os }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ self._TemplateReference__context }}",
        "{{ lipsum.__globals__['os'].popen('id').read() }}",
    ],
)
def test_template_that_reaches_out_sends_nothing(tmp_path: Path, server: HostileServer, template: str) -> None:
    """S9: no way to the program, no endless work, no file; the rows are invalid or the template is refused."""
    bench = Bench(tmp_path, server.url)
    with suppress(TemplateError):
        summary = bench.send(["one", "two"], message=template)
        assert [Status.INVALID] * 2 == bench.statuses(summary.run)

    assert [] == server.requests


def test_cell_is_never_a_template(tmp_path: Path, server: HostileServer) -> None:
    """S9: what looks like a template in a cell is sent as it stands there."""
    bench = Bench(tmp_path, server.url)

    bench.send(["{{ 7 * 7 }}", "{% raw %}"], message="Hello {{ message }}")

    assert ["Hello {{ 7 * 7 }}", "Hello {% raw %}"] == [event.message for event in server.applied]


def _evil(exchange: Exchange) -> None:
    exchange.answer(400, to_json({"message": f"Bad title {EVIL}"}))


def test_terminal_gets_no_control_of_a_stranger(tmp_path: Path, server: HostileServer) -> None:
    """S11: neither from a cell, a column's name, a file's name nor a service's answer, in any stream."""
    machine = Machine(tmp_path).toward(server)
    sheet = f"user_id,message,note {EVIL}\n1000001,Hello \x1b[31m,a\n1000002,Fine,{EVIL}\n\x1b[2Jx,Text,b\n"
    (machine.folder / "sheet \x1b[31m.csv").write_text(sheet, "utf-8")
    server.fault_next(Fault("evil", _evil, Verdict.FAILED, Applied.NO), 5)

    runs = [
        machine.run("check", "sheet \x1b[31m.csv", "--for", "send"),
        machine.run("send", "sheet \x1b[31m.csv", "--yes", "-o", "out.csv", "--canary", "1", *FAST),
        machine.run("send", "missing \x1b[31m.csv", "--map", "user_id=\x1b[31mno", "--yes"),
        machine.run("send", "sheet \x1b[31m.csv", "--map", "user_id=\x1b[31mno", "--yes"),
        machine.run("runs", "list"),
    ]

    assert [[]] * len(runs) == [CONTROLS.findall(run.stdout + run.stderr) for run in runs]
    assert "\\x1b" in "".join(run.stderr for run in runs)


def test_controls_are_shown_as_escapes() -> None:
    """S11: nothing is hidden, nothing is obeyed; letters of every script stay."""
    assert "\\x1b[2J bestätigt ✅ \\u202e" == shown("\x1b[2J bestätigt ✅ \u202e")
