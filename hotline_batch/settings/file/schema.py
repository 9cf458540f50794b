"""The keys of hotline-batch.toml with their types, and the environment variables that stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from hotline_batch.language.words import marked
from hotline_batch.settings.addresses import DEFAULT_ENDPOINT
from hotline_batch.settings.process import LANGUAGE_VARIABLE, LOG_VARIABLES

VARIABLES: Mapping[str, str] = {
    "HOTLINE_X_API_KEY": "x_api_key",
    "HOTLINE_ENDPOINT": "endpoint",
    "HOTLINE_BATCH_LEDGER": "ledger",
    "HOTLINE_BATCH_NOTIFY": "notify",
    LANGUAGE_VARIABLE: "language",
    **LOG_VARIABLES,
}
"""Environment variables that stand for a key of the file; a secret's variable becomes a reference to itself."""

OTHER_VARIABLES = ("HOTLINE_INSTANCE", "HOTLINE_API_KEY", "HOTLINE_BATCH_CONFIG")

# A value may be a secret, so errors do not quote it.
_CHECKED = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

Words = Annotated[str, StringConstraints(min_length=1)]
NewsTopic = Literal["ended", "stopped", "needs_a_person", "file_failed", "failing"]
Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,32}$")]


class ConnectionEntry(BaseModel):
    """One ``[connections.NAME]`` table."""

    model_config = _CHECKED

    instance: Digits
    api_key: Words
    send_rate: Words | None = None
    enrich_rate: Words | None = None
    between: Words | None = None
    days: Words | None = None
    holidays: Words | None = None
    pace_group: Words | None = None
    confirm: bool = False
    approval: Literal["required"] | None = None


class OpenIdEntry(BaseModel):
    """The ``[office.openid]`` table."""

    model_config = _CHECKED

    issuer: Words
    client_id: Words
    client_secret: Words | None = None
    title: Words = marked("Sign in with your company's account")


class OfficeEntry(BaseModel):
    """The ``[office]`` table."""

    model_config = _CHECKED

    address: Words
    listen: Words = "127.0.0.1:8400"
    trusted_proxies: list[Words] = ["127.0.0.1", "::1"]
    session: Words = "12h"
    idle: Words = "1h"
    openid: OpenIdEntry | None = None


class _OfTheProgram(BaseModel):
    """Keys that the program itself goes by; None where it decides."""

    model_config = _CHECKED

    endpoint: Words = DEFAULT_ENDPOINT
    x_api_key: Words | None = None
    default_connection: Words | None = None
    connections: dict[str, ConnectionEntry] = {}
    groups: dict[str, Annotated[int, Field(ge=1, le=997_852_516_351)]] = {}
    office: OfficeEntry | None = None
    ledger: Words | None = None
    ca_file: Words | None = None
    proxy: Words | None = None
    user_agent: Words | None = None
    timezone: Words | None = None
    language: Words | None = None
    log_file: Words | None = None
    log_format: Literal["text", "json"] = "text"
    debug: bool | None = None

    rate: Words | None = None
    send_rate: Words | None = None
    enrich_rate: Words | None = None
    concurrency: int = Field(default=8, ge=1, le=256)
    timeout: float = Field(default=30.0, gt=0, le=3_600)
    attempts: int = Field(default=5, ge=1, le=100)
    max_errors: int | Words = 10
    duplicate_window: Literal[0] | Words = "24h"
    between: Words | None = None
    days: Words | None = None
    holidays: Words | None = None

    notify: Words | list[Words] | None = None
    notify_command: Words | list[Words] | None = None
    notify_about: NewsTopic | list[NewsTopic] | None = None
    notify_personal_data: bool = False


class Document(_OfTheProgram):
    """Every key of the file with its type; beside the others, defaults of options, which mean nothing beyond them."""

    message: Words | None = None
    template: Words | None = None
    output: Words | None = None
    result_format: Literal["xlsx", "csv"] | None = None
    force: bool | None = None
    worksheet: Words | None = None
    map: Words | dict[str, str] | list[Words] | None = None
    delimiter: Words | None = None
    encoding: Words | None = None
    header_row: int | None = Field(default=None, ge=0)
    rows: Words | None = None
    limit: int | None = Field(default=None, ge=1)
    where: Words | list[Words] | None = None
    hidden_rows: Literal["skip", "include"] | None = None
    max_age: Literal[0] | Words | None = None
    only: Literal["changed"] | None = None
    columns: Words | list[Words] | None = None
    leave_out: Words | list[Words] | None = None
    at: Words | None = None
    canary: int | None = Field(default=None, ge=1)
    dry_run: bool | None = None
    yes: bool | None = None
    sandbox: bool | None = None
    json_summary: bool | None = Field(default=None, alias="json")
    quiet: bool | None = None
    no_color: bool | None = None


OPTION_KEYS = tuple(
    field.alias or name for name, field in Document.model_fields.items() if name not in _OfTheProgram.model_fields
)
"""Keys that are defaults of options."""
