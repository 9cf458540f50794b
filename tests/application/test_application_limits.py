"""Several connections serve one sheet, each at its own pace; those of one group at one pace together."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from hotline_batch.application.planning.plan_run import plan_run
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.application.runs.limits import drive_for
from hotline_batch.engine.clock import EventQueue
from hotline_batch.engine.runner import Runner
from hotline_batch.engine.session import RunChoices
from hotline_batch.ledger.ledger import Ledger
from hotline_batch.model.jobs import Kind, Status
from hotline_batch.run_options import Limits
from hotline_batch.settings.load import load_settings
from tests.support.engine_bench import Scripted
from tests.support.fake_clock import FakeClock
from tests.support.ledgers.ledger_examples import hold_of

TOML = """
default_connection = "fast"
x_api_key = "env:TOKEN"
[connections.fast]
instance = "11111111111111111"
api_key = "env:KEY"
send_rate = "60/min"
{first}
[connections.slow]
instance = "22222222222222222"
api_key = "env:KEY"
send_rate = "12/min"
{second}
"""


def moments_of(folder: Path, toml: str) -> dict[str, list[float]]:
    """When each connection's requests left, over a sheet of 20 rows that names them in turn."""
    (folder / "hotline-batch.toml").write_text(toml)
    sheet = folder / "sheet.csv"
    sheet.write_text(
        "user_id,message,connection\n"
        + "".join(f"{1_000_001 + i},Hello {i},{'slow' if i % 2 else 'fast'}\n" for i in range(20))
    )
    settings = load_settings(
        environ={"HOTLINE_BATCH_LEDGER": f"sqlite:///{folder / 'ledger.sqlite'}"}, working_folder=folder
    )
    with Ledger(settings.ledger) as ledger:
        run = plan_run(SheetRequest(Kind.SEND, str(sheet)), settings).run
        performers = {name: Scripted() for name in settings.connections}
        clock = FakeClock()
        for performer in performers.values():
            performer.clock = clock
        drive = drive_for(run, settings, Limits())
        runner = Runner(
            ledger, run, performers, drive.pacers, RunChoices(concurrency=8),
            clock=clock, random=Random(7),  # noqa: S311 - jitter, not cryptography
            inbox=EventQueue(), on_progress=lambda _progress: None, held=hold_of(ledger, run.id),
        )  # fmt: skip
        clock.is_busy = lambda: bool(runner._in_flight)
        runner.drive()
        assert {Status.SENT} == {row.status(Kind.SEND) for row in ledger.rows(run.id)}
    found = defaultdict(list)
    for name, performer in performers.items():
        found[name] = [moment - 1_000.0 for moment in performer.moments]
    return found


def gaps(moments: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(moments)]


def test_each_connection_keeps_its_own_pace(tmp_path: Path):
    """One row a second through the fast one, one in five seconds through the slow one; nobody waits for the other."""
    moments = moments_of(tmp_path, TOML.format(first="", second=""))

    assert (10, 10) == (len(moments["fast"]), len(moments["slow"]))
    assert all(1.0 <= gap < 1.5 for gap in gaps(moments["fast"]))
    assert all(5.0 <= gap < 5.5 for gap in gaps(moments["slow"]))
    assert moments["fast"][-1] < moments["slow"][2]


def test_connections_of_one_group_share_one_pace(tmp_path: Path):
    """The limit is that of the group: all requests together keep the slower of the two rates."""
    group = 'pace_group = "support"'

    moments = moments_of(tmp_path, TOML.format(first=group, second=group))

    assert (10, 10) == (len(moments["fast"]), len(moments["slow"]))
    assert all(5.0 <= gap < 5.5 for gap in gaps(sorted(moments["fast"] + moments["slow"])))


def test_another_name_for_an_instance_of_a_group_keeps_the_pace_of_the_group(tmp_path: Path):
    """Both names post into the same groups, whichever of them names the pace."""
    same = TOML.replace("22222222222222222", "11111111111111111")

    moments = moments_of(tmp_path, same.format(first='pace_group = "support"', second=""))

    assert all(5.0 <= gap < 5.5 for gap in gaps(sorted(moments["fast"] + moments["slow"])))


@pytest.mark.parametrize("second", ["", 'pace_group = "sales"'])
def test_other_groups_are_not_slowed(tmp_path: Path, second: str):
    """A group slows its own connections alone."""
    moments = moments_of(tmp_path, TOML.format(first='pace_group = "support"', second=second))

    assert all(1.0 <= gap < 1.5 for gap in gaps(moments["fast"]))
