"""What is to be done about a row -> how that is done with this program's commands."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hotline_batch.issues.next_step import NextStep

_COMMANDS: Mapping[NextStep, str] = MappingProxyType(
    {
        NextStep.SEND_ALL_THE_SAME: "hotline-batch send SHEET --duplicate-window 0",
        NextStep.CHOOSE_MORE_ROWS: "--rows, --limit and --where choose rows; leave them away",
        NextStep.INCLUDE_HIDDEN_ROWS: "--hidden-rows include",
        NextStep.ASK_ANEW: "leave --max-age away",
        NextStep.CHECK_SETTINGS: "hotline-batch doctor; then hotline-batch resume RUN",
        NextStep.RESUME: "hotline-batch resume RUN",
        NextStep.RETRY: "hotline-batch retry RUN",
        NextStep.RESOLVE: "hotline-batch resolve RUN --rows N --delivered (or --not-delivered, or --resend)",
    }
)


def command_for(step: NextStep | None) -> str:
    """The command or option, ``RUN`` and ``N`` standing for the run and its rows; empty where none is needed."""
    return _COMMANDS.get(step, "") if step else ""
