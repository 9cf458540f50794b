"""What the program's names mean, for the reference: a name without words here stops the page from being made."""

from __future__ import annotations

from collections.abc import Mapping

from hotline_batch.model.jobs import Status
from hotline_batch.settings.file.schema import OPTION_KEYS

USAGE_EXIT_CODE = 2
USAGE_MEANING = "Nothing was done: the command, the sheet or the settings cannot be used."

EXIT_CODES = """\
Of `send`, `enrich`, `resume`, `retry` and `resolve`. The first that applies of 130, 4, 3, 1, 0. `check` ends with 0
(every row can be used), 1 (some cannot) or 2 (the sheet cannot). A run whose rows are all done ends with 1, too, where
its result sheet could not be written; `results` writes it."""

INPUT_COLUMNS = """\
Column names are recognised in upper and lower case alike, with or without blanks, `_` and `-`. Every other name is
mapped with `--map FIELD=COLUMN`. A column whose name starts with `hotline_` is never taken for one of
these by itself."""

INPUT: Mapping[str, str] = {
    "user_id": "the user's Telegram id, digits only (send)",
    "message": "the text, 4096 characters at most (send, unless a template is given)",
    "topic_link": "such as https://t.me/c/2101424779/5343 (enrich; also send, where the users are looked up first)",
    "group_id": "first number of the topic link (enrich without links)",
    "topic_id": "second number of the topic link (enrich without links)",
    "connection": "a connection of the settings, for this row",
}

RESULT_COLUMNS = """\
Your columns come first, unchanged and in their order. Then the program's own. `--columns` and `--leave-out` choose
among them; `hotline_row` and `hotline_status` are always there."""

RESULT: Mapping[str, str] = {
    "hotline_row": "row number in your sheet, as the spreadsheet program shows it",
    "hotline_status": "what became of the row, see below",
    "hotline_topic_link": "link to the topic",
    "hotline_delivered": "yes, no or unknown; a skipped row tells what the earlier run knows",
    "hotline_error_code": "the reason as a code",
    "hotline_error": "what happened",
    "hotline_advice": "what to do",
    "hotline_attempts": "how many requests were made",
    "hotline_http_status": "the HTTP status of the last answer",
    "hotline_finished_at": "when the row was settled (ISO 8601, UTC)",
    "hotline_connection": "through which connection",
    "hotline_run": "id of the run",
    "hotline_message": "the text that was posted, or that a duplicate has in common with the row that was",
    "hotline_chat_id": "id of the Telegram group",
    "hotline_thread_id": "id of the thread in it",
    "hotline_service": "through which service; what was practised says so",
    "hotline_recipient": "id of the user to whom the text was posted",
    "hotline_changes": "what differs from the previous look-up of the same topic",
}

FIELDS = "After `enrich` every field of the answer follows, also one that the service adds one day. Documented are"

STATUSES: Mapping[Status, str] = {
    Status.SENT: "the service confirmed the message",
    Status.ENRICHED: "the service answered the look-up",
    Status.FAILED: "certainly not delivered: refused, or never reached the service",
    Status.UNKNOWN: "it may have been delivered; it is not sent again by itself",
    Status.INVALID: "the row cannot be used; no request was made",
    Status.SKIPPED: "left out on purpose; the code says why",
    Status.NOT_ATTEMPTED: "the run stopped before this row",
}

SETTINGS_FILE = """\
`{name}` is looked for in the working folder, then in the user's configuration folder. `--config` or
`HOTLINE_BATCH_CONFIG` name another. Options weigh more than environment variables, variables
more than the file. An unknown key is an error.

Secrets never stand in the file. Write where they are kept: `env:NAME`, `file:PATH` or `keyring:SERVICE/NAME`. A
relative path is taken from the file's own folder."""

SETTINGS: Mapping[str, str] = {
    "endpoint": "address of the service, if it is not the documented one; http:// only toward this machine",
    "x_api_key": "where the owner's token is kept",
    "default_connection": "the connection of rows that name none",
    "connections": "one table for each connection, see below",
    "office": "the page for several people, see below",
    "groups": "usernames of public groups and their ids, so that links such as https://t.me/NAME/5343 can be used",
    "ledger": "where runs are kept: sqlite:///PATH or postgresql://HOST/DATABASE",
    "ca_file": "file of certificates that are trusted, in PEM form",
    "proxy": "address of the proxy",
    "user_agent": "how the program introduces itself to the service",
    "timezone": "zone in which people are shown times and hours are meant, such as Europe/Berlin; "
    "`hotline_finished_at` and JSON stay UTC",
    "language": "language of all words for people: de, en, es or ru; what programs read stays as it is",
    "log_file": "file into which commands write what they do; a relative path is taken from this file's folder",
    "log_format": "form of the log: text, or json for one object a line",
    "debug": "true: more is written down, and tracebacks; without a log file on standard error",
    "rate": "most requests per connection, for send and enrich alike",
    "send_rate": "most requests per connection of send (18/min)",
    "enrich_rate": "most requests per connection of enrich (2/s)",
    "concurrency": "requests in flight at most, 1 to 256",
    "timeout": "seconds to wait for an answer, at least 10",
    "attempts": "attempts per row at most, where another is safe",
    "max_errors": "stop after so many failed rows in a row, or at that share of all rows, such as 5%",
    "duplicate_window": "skip what was sent to the same user within that time; 0: never",
    "between": "hours within which requests leave, such as 09:00-18:00 or 22:00-06:00; outside of them runs wait",
    "days": "days of the week on which they leave, such as mon-fri",
    "holidays": "country (DE), or region (DE-BY), on whose holidays none leave (extra `holidays`); or none",
    "notify": "who is told how runs go: addresses, or env:NAME, file:PATH, keyring:SERVICE/NAME where one is kept",
    "notify_command": "a command of one's own that is told, too: it reads JSON on standard input, without a shell",
    "notify_about": "what is told: ended, stopped, needs_a_person, file_failed, failing; all of it, if not set",
    "notify_personal_data": "true: who prepared a run and what the service said is told, too",
    **{key: f"default of --{key.replace('_', '-')}" for key in OPTION_KEYS},
}

CONNECTION_TABLE = "Each connection is a table `[connections.NAME]`."

CONNECTION: Mapping[str, str] = {
    "instance": "the instance id, as text in double quotes",
    "api_key": "where the connection's key is kept",
    "send_rate": "its own pace of send",
    "enrich_rate": "its own pace of enrich",
    "between": "its own hours; they bind whatever a run chooses, and the stricter of both counts",
    "days": "its own days of the week, likewise",
    "holidays": "the country, or region, of its own holidays, likewise",
    "pace_group": "connections with the same word here keep one pace together",
    "confirm": "true: nothing is sent before somebody has typed the connection's name, or given it with --confirm",
    "approval": "required: nothing is sent before somebody else than whoever prepared it has approved it",
}

OFFICE_TABLE = (
    "The page for several people is set up in the table `[office]`, its provider of accounts in `[office.openid]`."
)

OFFICE: Mapping[str, str] = {
    "address": "the address that people type, such as https://hotline.example.org, without a path",
    "listen": "where the program listens for the proxy",
    "trusted_proxies": "addresses or networks of the proxies that may hand requests on",
    "session": "how long somebody stays signed in",
    "idle": "how long somebody may stay away and still be signed in",
    "openid": "the provider of accounts (OpenID Connect), see below",
}

OPENID: Mapping[str, str] = {
    "issuer": "its issuer, to the letter as the provider writes it",
    "client_id": "the client's id, as registered there",
    "client_secret": "where the client's secret is kept: env:NAME, file:PATH or keyring:SERVICE/NAME",
    "title": "what the button says",
}

ENVIRONMENT = "A variable that is set to nothing counts as not set."

USUAL_VARIABLES = ("HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUESTS_CA_BUNDLE", "NO_COLOR")

VARIABLES: Mapping[str, str] = {
    "HOTLINE_X_API_KEY": "the owner's token (secret)",
    "HOTLINE_ENDPOINT": "another address of the service",
    "HOTLINE_BATCH_LEDGER": "the ledger's address",
    "HOTLINE_BATCH_NOTIFY": "addresses that are told how runs go, divided by blanks (secret)",
    "HOTLINE_BATCH_LANGUAGE": "language of all words for people, such as de",
    "HOTLINE_BATCH_LOG_FILE": "file into which the program writes what it does",
    "HOTLINE_BATCH_LOG_FORMAT": "form of that log: text or json",
    "HOTLINE_BATCH_DEBUG": "1: more is written down, and tracebacks",
    "HOTLINE_INSTANCE": "the instance id, where the settings file names no connection",
    "HOTLINE_API_KEY": "the connection's key (secret), where the settings file names no connection",
    "HOTLINE_BATCH_CONFIG": "path of the settings file",
    "HTTPS_PROXY": "the proxy, unless the settings name one",
    "ALL_PROXY": "the same, if HTTPS_PROXY is not set",
    "NO_PROXY": "hosts and networks that are reached without a proxy",
    "REQUESTS_CA_BUNDLE": "file of trusted certificates, unless ca_file is set (also CURL_CA_BUNDLE, SSL_CERT_FILE)",
    "NO_COLOR": "set to anything: no colours",
}
