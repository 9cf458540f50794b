"""A sheet and what a person said of it, now and earlier -> what it is for, and which of its columns hold what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import chain

from hotline_batch.application.planning.remembered_mappings import RememberedMappings
from hotline_batch.application.planning.request import SheetRequest
from hotline_batch.model.jobs import Kind
from hotline_batch.model.sheets import Row, Sheet
from hotline_batch.plan.columns.names import purpose_of
from hotline_batch.plan.columns.without_header import columns_by_content, purpose_by_content


def with_purpose(request: SheetRequest, sheet: Sheet, first_rows: Sequence[Row], *, has_template: bool) -> SheetRequest:
    """The request with what is done with the sheet, where its columns are to say that."""
    if not request.follows_columns:
        return request
    chosen = request.options.column_map
    if sheet.header_row == 0:
        kind = purpose_by_content(sheet.header, first_rows, chosen, has_template=has_template)
        return replace(request, kind=kind)
    remembered = [RememberedMappings().recall(sheet.header, kind) for kind in Kind] if request.remember else []
    return replace(request, kind=purpose_of(sheet.header, chain(chosen, *remembered), has_template=has_template))


def recalled_columns(request: SheetRequest, header: Sequence[str]) -> Mapping[str, str]:
    """What a person confirmed earlier for a sheet with this header, without what is said now."""
    if not request.remember:
        return {}
    recalled = RememberedMappings().recall(header, request.kind)
    return {field: column for field, column in recalled.items() if field not in request.options.column_map}


def mapped_columns(
    request: SheetRequest, sheet: Sheet, first_rows: Sequence[Row], recalled: Mapping[str, str], *, has_template: bool
) -> Mapping[str, str]:
    """What was said of columns, now and earlier; of a sheet without a header, also what their cells tell."""
    chosen = {**recalled, **request.options.column_map}
    if sheet.header_row != 0:
        return chosen
    return columns_by_content(sheet.header, first_rows, request.kind, chosen, message_from_template=has_template)
