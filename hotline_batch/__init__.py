"""Sends a spreadsheet through the Hotline Topics API: every row accounted for, no message sent twice."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hotline_batch.application.batch import correct_run as correct_run
    from hotline_batch.application.batch import enrich_sheet as enrich_sheet
    from hotline_batch.application.batch import progress as progress
    from hotline_batch.application.batch import send_sheet as send_sheet
    from hotline_batch.application.batch import start_run as start_run
    from hotline_batch.application.batch import stop as stop
    from hotline_batch.application.batch import wait as wait
    from hotline_batch.application.frames import enrich_frame as enrich_frame
    from hotline_batch.application.frames import load_run as load_run
    from hotline_batch.client.topics import TopicsClient as TopicsClient

__version__ = "0.1.0"

__all__ = [
    "TopicsClient",
    "__version__",
    "correct_run",
    "enrich_frame",
    "enrich_sheet",
    "load_run",
    "progress",
    "send_sheet",
    "start_run",
    "stop",
    "wait",
]

# Silent until somebody listens: the command line, or the program that this package is a part of.
logging.getLogger(__name__).addHandler(logging.NullHandler())

# Loaded on first use: importing requests, pandas and SQLAlchemy costs over a second, and `--help` needs none of them.
_HOMES = {
    "TopicsClient": "hotline_batch.client.topics",
    "send_sheet": "hotline_batch.application.batch",
    "enrich_sheet": "hotline_batch.application.batch",
    "correct_run": "hotline_batch.application.batch",
    "enrich_frame": "hotline_batch.application.frames",
    "load_run": "hotline_batch.application.frames",
    "progress": "hotline_batch.application.batch",
    "start_run": "hotline_batch.application.batch",
    "stop": "hotline_batch.application.batch",
    "wait": "hotline_batch.application.batch",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
