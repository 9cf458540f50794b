"""Runs that are over, made by the program's own functions, for whoever looks at them afterwards."""

from __future__ import annotations

from pathlib import Path

import hotline_batch
from hotline_batch.model.progress import RunSummary
from tests.support.service.faults import named
from tests.support.service.hostile_server import HostileServer

FIRST_USER = 1_000_001
NAMES = ("Ada Lovelace", "Grace Hopper", "Радия Перлман", "Ágnes Nagy", "<b>Bold</b>", "José García")


def send_list(
    service: HostileServer, folder: Path, faults: dict[int, str] | None = None, name: str = "list.csv"
) -> RunSummary:
    """Send six messages; ``faults`` are met by rows, by their numbers in the sheet."""
    rows = [f"{FIRST_USER + place};{who};Hallo {who}" for place, who in enumerate(NAMES)]
    sheet = folder / name
    sheet.write_text("\n".join(["user_id;Name;message", *rows, "12a4;Nobody;Hallo"]), "utf-8")
    for row, fault in (faults or {}).items():
        service.fault_for(FIRST_USER + row - 2, named(fault))
    return hotline_batch.send_sheet(str(sheet), output=str(folder / f"{name}.results.csv"), concurrency=1)
