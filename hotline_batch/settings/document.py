"""Flags, environment and hotline-batch.toml -> one checked document; every error names key, place and remedy."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from hotline_batch.errors import SettingsError
from hotline_batch.settings.endpoint import DEFAULT_ENDPOINT
from hotline_batch.settings.log_choices import LOG_VARIABLES, in_environment
from hotline_batch.settings.problems import Keys, explained
from hotline_batch.settings.references import divided

VARIABLES: Mapping[str, str] = {
    "HOTLINE_X_API_KEY": "x_api_key",
    "HOTLINE_ENDPOINT": "endpoint",
    "HOTLINE_BATCH_LEDGER": "ledger",
    **LOG_VARIABLES,
}
"""Environment variables that stand for a key of the file; a secret's variable becomes a reference to itself."""

OTHER_VARIABLES = ("HOTLINE_INSTANCE", "HOTLINE_API_KEY", "HOTLINE_BATCH_CONFIG")

Words = Annotated[str, StringConstraints(min_length=1)]
Digits = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,32}$")]


class ConnectionEntry(BaseModel):
    """One ``[connections.NAME]`` table."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    instance: Digits
    api_key: Words
    send_rate: Words | None = None
    enrich_rate: Words | None = None
    pace_group: Words | None = None
    confirm: bool = False


class Document(BaseSettings):
    """Every key of the file with its type; None where the program or the person decides."""

    model_config = SettingsConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True)

    endpoint: Words = DEFAULT_ENDPOINT
    x_api_key: Words | None = None
    default_connection: Words | None = None
    connections: dict[str, ConnectionEntry] = {}
    groups: dict[str, Annotated[int, Field(ge=1, le=997_852_516_351)]] = {}
    ledger: Words | None = None
    ca_file: Words | None = None
    proxy: Words | None = None
    user_agent: Words | None = None
    timezone: Words | None = None
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

    message: Words | None = None
    template: Words | None = None
    output: Words | None = None
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
    canary: int | None = Field(default=None, ge=1)
    dry_run: bool | None = None
    yes: bool | None = None
    sandbox: bool | None = None
    json_summary: bool | None = Field(default=None, alias="json")
    quiet: bool | None = None
    no_color: bool | None = None


OPTION_KEYS = (
    "message",
    "template",
    "output",
    "force",
    "worksheet",
    "map",
    "delimiter",
    "encoding",
    "header_row",
    "rows",
    "limit",
    "where",
    "hidden_rows",
    "max_age",
    "only",
    "columns",
    "leave_out",
    "canary",
    "dry_run",
    "yes",
    "sandbox",
    "json",
    "quiet",
    "no_color",
)
"""Keys that are defaults of options and mean nothing beyond them."""


KEYS = Keys(frozenset({*Document.model_fields, "json"} - {"json_summary"}), frozenset(ConnectionEntry.model_fields))
"""What the file may hold: at its top, and within the table of a connection."""


def read_document(flags: Mapping[str, str], environ: Mapping[str, str], file: Path | None) -> Document:
    """Merge flags, environment and file, in this order of weight. SettingsError for what cannot be used."""
    content = file_content(file) if file else {}
    if isinstance(token := content.get("x_api_key"), str):
        divided(token, "x_api_key")  # also where a variable goes before it: a secret in the file is one too many

    class Sources(Document):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the base class names what it passes
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the same
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, _Environment(settings_cls, environ), InitSettingsSource(settings_cls, content)

    name = file.name if file else "settings"
    try:
        return Sources(**flags)  # type: ignore[arg-type] # checked by the model itself
    except ValidationError as error:
        # The library's own text quotes values, and a value may be a secret.
        problems = error.errors(include_url=False, include_input=False)
        raise SettingsError("\n".join(dict.fromkeys(explained(name, problem, KEYS) for problem in problems))) from None


def file_content(file: Path) -> dict[str, Any]:
    """What a file says; some editors put a byte order mark before it."""
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} is not valid TOML: {error}.") from None
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}. Let this user read it.") from None


class _Environment(PydanticBaseSettingsSource):
    """The documented variables; secrets as references, so that their values do not pass through here."""

    def __init__(self, settings_cls: type[BaseSettings], environ: Mapping[str, str]) -> None:
        super().__init__(settings_cls)
        self._environ = environ

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 - the base class asks for it
        """One key's value."""
        return self().get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        found = {key: name for name, key in VARIABLES.items() if self._environ.get(name, "").strip()}
        values = {
            key: f"env:{name}" if key == "x_api_key" else self._environ[name].strip() for key, name in found.items()
        }
        return values | in_environment(self._environ)
