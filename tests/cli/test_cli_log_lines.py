"""A record -> a line of the log: one line, readable by people and machines, without secrets."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Mapping
from typing import Any

import pytest

from hotline_batch.cli.log.log_file import JsonLines, TextLines
from hotline_batch.settings.secrets import Secret

KEY = "k3y-0f-the-1nstance/+"
MESSAGE = "Dear Mrs Smith, your parcel"


def record(words: str = "row claimed", error: BaseException | None = None, **fields: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"msg": words, "levelname": "INFO", "created": 1_800_000_000.0264, **fields})
    if error:
        made.exc_info = (type(error), error, error.__traceback__)
    return made


def as_json(made: logging.LogRecord, *, with_tracebacks: bool = False) -> Mapping[str, Any]:
    line = JsonLines(with_tracebacks=with_tracebacks).format(made)
    assert "\n" not in line
    found = json.loads(line)
    assert isinstance(found, dict)
    return found


def as_text(made: logging.LogRecord, *, with_tracebacks: bool = False) -> str:
    return TextLines(with_tracebacks=with_tracebacks).format(made)


def failing(error: Exception, behind: Exception | None = None) -> None:
    raise error from behind


def raised(error: Exception, behind: Exception | None = None) -> Exception:
    with pytest.raises(type(error)) as caught:
        failing(error, behind)
    return caught.value


def test_object_begins_with_what_every_line_has() -> None:
    found = as_json(record(run="20270115-080000-abcd", row=17, connection="support_bot", process=4711))

    assert ["time", "level", "event", "run", "row", "message", "connection", "process"] == list(found)
    assert "2027-01-15T08:00:00.026Z" == found["time"]
    assert ("row_claimed", "row claimed", 17) == (found["event"], found["message"], found["row"])


def test_line_about_no_row_says_so() -> None:
    found = as_json(record("command started"))

    assert (None, None) == (found["run"], found["row"])


def test_text_is_one_line_of_name_and_value() -> None:
    line = as_text(record(run="20270115-080000-abcd", row=17, connection="support bot", code="", process=4711))

    assert (
        '2027-01-15T08:00:00.026Z INFO    row claimed run=20270115-080000-abcd row=17 connection="support bot" code="" '
        "process=4711" == line
    )


@pytest.mark.parametrize("name", ["two\nlines", "bell\x07", "\u202eturned", "next\x85line", "separated\u2028line"])
def test_name_of_a_file_cannot_make_a_line_of_its_own(name: str) -> None:
    """Nor drive the terminal, nor turn the reading direction round."""
    line, found = as_text(record(sheet=name)), JsonLines(with_tracebacks=False).format(record(sheet=name))

    assert 1 == len(line.splitlines()) == len(found.splitlines())
    assert not [sign for sign in line if not sign.isprintable()]
    assert name == json.loads(found)["sheet"]


@pytest.mark.parametrize("form", [JsonLines, TextLines])
@pytest.mark.parametrize(
    "told",
    [
        KEY,
        f"Invalid header {KEY}!",
        base64.b64encode(f"x:{KEY}".encode()).decode(),
        json.dumps(KEY).replace("/", "\\/"),
    ],
)
def test_secret_is_hidden_wherever_it_stands(form: type[JsonLines] | type[TextLines], told: str) -> None:
    """In a field, in a list, as a name, in the words themselves, escaped or in Base64."""
    Secret(KEY)
    lines = form(with_tracebacks=True)

    for made in (
        record(reason=told),
        record(options=["a", told]),
        record(found={told: 1}),
        record(told),
        record("it failed with %s", args=(told,)),
    ):
        line = lines.format(made)
        assert told not in line
        assert KEY not in line
        assert "***" in line


def test_key_of_digits_is_hidden_as_a_number_too() -> None:
    """And the line stays an object."""
    Secret("917263544821")

    assert "***" == as_json(record(number=917263544821))["number"]


def test_error_without_debug_is_its_kind_and_place() -> None:
    error = raised(KeyError(MESSAGE))

    line, found = as_text(record(error=error)), as_json(record(error=error))

    assert "KeyError" in line
    assert "Traceback" not in line
    assert MESSAGE not in line + json.dumps(found)
    assert ("KeyError", True) == (found["error"], found["place"].startswith("test_cli_log_lines.py:"))
    assert "traceback" not in found


def test_traceback_tells_places_and_kinds_not_the_texts_of_errors() -> None:
    """Of the error and of those behind it; an error of the machine keeps its number and name."""
    full = raised(OSError(28, "No space left on device", MESSAGE))
    error = raised(ValueError(MESSAGE), full)

    line, found = as_text(record(error=error), with_tracebacks=True), as_json(record(error=error), with_tracebacks=True)

    assert 2 == line.count("Traceback (most recent call last):") == found["traceback"].count("Traceback")
    assert "test_cli_log_lines.py" in line
    assert "builtins.OSError [Errno 28] No space left on device" in line
    assert line.endswith("builtins.ValueError")
    assert "    " == line.splitlines()[1][:4]
    assert MESSAGE not in line + found["traceback"]
