"""A machine on which people have worked for a while: runs of every kind, with every ending, and reports about them."""

from __future__ import annotations

from tests.support.processes.journey import FAST, Machine, people
from tests.support.service.hostile_server import HostileServer, named

RUNS = {"practice": 0, "look-ups": 1, "stopped": 3, "messages": 4}
"""Where each kind of run stands in the list, whose first is the newest."""

REPORTS = (*RUNS, "all")
"""What there are reports about."""

NAMES_OF_PEOPLE = (
    "Jürgen Müller", "Anna Schäfer", "Иван Иванов", "Olena Shevchenko", "Ute Lang", "María Núñez", "Łukasz Żak",
    "Rechtsanwaltskanzlei Schmidt-Rottluff & Partner",
)  # fmt: skip


NAMES = frozenset({
    *NAMES_OF_PEOPLE, "Not A Number", "Hotline batch", "Hotline", "root", "customers.csv", "outage.csv", "topics.csv",
    "user_id", "message", "topic_link", "default", "User not found",
})  # fmt: skip
"""Of people, files, columns and connections, which are the same in every language; and what the service said."""


def live_in(machine: Machine) -> None:
    """Messages with every ending, look-ups, a stopped run, practice; then the reports."""
    sheet = people(60, "Ihr Auftrag ist bestätigt, Nummer")
    outage = people(20, "Ihre Rechnung ist offen, Nummer")
    schedule = {
        sheet[3][0]: named("user_not_found_400"),
        sheet[20][0]: named("close_unanswered_applied"),
        sheet[40][0]: named("limited_seconds_1"),
    }
    lines = [
        f'{user},{NAMES_OF_PEOPLE[at % len(NAMES_OF_PEOPLE)]},"{message}"' for at, (user, message) in enumerate(sheet)
    ]
    lines += ["12a4,Not A Number,Hello", lines[0]]
    machine.folder.joinpath("customers.csv").write_text("\n".join(["user_id,Name,message", *lines]), "utf-8")
    links = [f"https://t.me/c/2101424779/{5300 + number}" for number in range(40)]
    machine.folder.joinpath("topics.csv").write_text("\n".join(["topic_link", *links]))
    with HostileServer(schedule=schedule) as server:
        machine.toward(server)
        machine.run("send", "customers.csv", "--yes", *FAST, "-o", "out.csv")
        for user, _ in outage[:3]:
            server.fault_for(user, named("close_unanswered_applied"))
        machine.run("send", machine.write_sheet("outage.csv", outage), "--yes", *FAST, "--concurrency", "1")
        for _ in range(2):
            machine.run("enrich", "topics.csv", *FAST, "-o", "out.csv", "--force")
    machine.run("send", "customers.csv", "--sandbox", "--yes", *FAST, "-o", "practice.csv")
    runs = [run["run"] for run in machine.runs()]
    for name in REPORTS:
        about = [runs[RUNS[name]]] if name in RUNS else runs
        said = machine.run("report", *about, "-o", f"{name}.html")
        assert 0 == said.exit_code, said
