"""What the models of the promise stand on: a folder, a ledger, a service, and machines that ask it."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from tests.promise.happenings import EXAMPLES, FAULTS, IS_LONG
from tests.promise.machine import Machine
from tests.promise.promise_model import Truth
from tests.promise.sessions import machine_in
from tests.support.ledgers.postgresql import Cluster
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials


class Ground(RuleBasedStateMachine):
    """All of it fresh, and gone at the end; with a ``cluster`` the ledger is a database there."""

    def __init__(self, cluster: Cluster | None) -> None:
        super().__init__()
        self._folder = Path(tempfile.mkdtemp(prefix="promise-"))
        self._database = cluster.fresh_database() if cluster else None
        self._ledger_url = self._database.url if self._database else f"sqlite:///{self._folder}/ledger.sqlite"
        self._server = HostileServer()
        self._server.come_back()
        self._truth = Truth(self._server)
        self._commands = 0
        self._hours = 0.0

    def _next_command(self) -> tuple[str, Machine]:
        """The name of a command, which its requests bear, and the machine that it runs on."""
        self._commands += 1
        name = f"command-{self._commands}"
        self._truth.hours_of[name] = self._hours
        service = Credentials().environment(self._server.url)
        return name, machine_in(self._folder, self._ledger_url, service, command=name, hours_later=self._hours)

    def _let_happen(self, misfortune: Iterable[str]) -> None:
        """The next requests, or connections, meet these faults one after the other."""
        self._server.heal()
        for name in misfortune:
            self._server.fault_next(FAULTS[name])

    def teardown(self) -> None:
        """In the end the service is well, and everything that was begun comes to its end."""
        try:
            if sys.exc_info()[0] is None:
                self._bring_to_an_end()
        finally:
            self._server.close()
            shutil.rmtree(self._folder)
            if self._database:
                self._database.cluster.drop(self._database)

    def _bring_to_an_end(self) -> None:
        raise NotImplementedError


def play(model: type[Ground], cluster: Cluster | None, *, examples: int, steps: int) -> None:
    """A short, always equal selection of so many examples and steps; at random where a long search is wanted."""

    class Somewhere(model):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            super().__init__(cluster)

    run_state_machine_as_test(
        Somewhere,
        settings=settings(
            max_examples=EXAMPLES or examples,
            stateful_step_count=steps,
            derandomize=not IS_LONG,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            print_blob=IS_LONG,
        ),
    )
