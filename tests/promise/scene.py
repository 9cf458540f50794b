"""A sheet of forty rows, a ledger, a service, and commands that may die."""

from __future__ import annotations

from pathlib import Path

from tests.promise import sessions
from tests.promise.instants import Death
from tests.promise.quiet import wait_until_quiet
from tests.promise.sessions import Ended, machine_in
from tests.support.processes.journey import lies, people, read_sheet, statuses
from tests.support.service.hostile_server import HostileServer
from tests.support.service.pretend_api import Credentials

SHEET = people(40)
# Faster than rows can go one at a time: a claim that came before its turn would be told, and counted, twice.
SEND = ("send", "sheet.csv", "-o", "out.csv", "--yes", "--json", "--rate", "20000/s", "--timeout", "20")


class Scene:
    """A sheet, a ledger, a healthy service, and commands that may die."""

    def __init__(self, folder: Path, ledger_url: str, server: HostileServer) -> None:
        self.folder = folder
        self.server = server
        self._machine = machine_in(folder, ledger_url, Credentials().environment(server.url))
        lines = "".join(f"{user},{message}\n" for user, message in SHEET)
        (folder / "sheet.csv").write_text(f"user_id,message\n{lines}", "utf-8")

    def run(self, *arguments: str, death: Death | None = None) -> Ended:
        """Run a command to its end, or to its death."""
        ended = sessions.run(self._machine, arguments, death)
        wait_until_quiet(self.server)
        assert ended.was_killed == bool(death), ended
        return ended

    def lies(self, most_unknown: int) -> list[str]:
        """What the result sheet has wrong."""
        return lies(read_sheet(self.folder / "out.csv"), self.server, SHEET, most_unknown=most_unknown)

    def statuses(self) -> list[str]:
        return statuses(read_sheet(self.folder / "out.csv"))

    def copies(self, position: int) -> int:
        """How often the message of a row, counted from 0, is in its topic."""
        return len(self.server.applied_for(SHEET[position][0]))
