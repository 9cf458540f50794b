"""A draft -> what is asked for with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hotline_batch.application.drafts.draft import Draft
from hotline_batch.application.drafts.folder import sheet_file
from hotline_batch.application.planning.request import SheetRequest, Upload
from hotline_batch.model import Kind
from hotline_batch.settings.model import Settings

PRACTICE_RATE: Final = "10/s"
"""Nobody wants to wait for practice as for the real thing, and no group is in danger of being flooded."""


def request_of(draft: Draft, settings: Settings) -> SheetRequest:
    """The sheet and everything that was said about it."""
    options = draft.options
    if draft.is_practice and options.limits.rate is None:
        options = replace(options, limits=replace(options.limits, rate=PRACTICE_RATE))
    return SheetRequest(
        draft.kind or Kind.SEND,
        str(sheet_file(settings, draft)),
        options=options,
        remember=True,
        follows_columns=draft.kind is None,
        asks=True,
        upload=Upload(draft.id, draft.name),
        trial_rows=draft.trial_rows,
    )
