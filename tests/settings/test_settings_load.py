"""Settings from flags, environment and file, in this order of weight."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest

from hotline_batch.errors import SettingsError
from hotline_batch.model.jobs import Kind
from hotline_batch.settings.addresses import DEFAULT_ENDPOINT
from hotline_batch.settings.file.toml import FILE_NAME
from hotline_batch.settings.load import load_settings, readable_settings
from hotline_batch.settings.model import Settings
from hotline_batch.settings.units import MaxErrors, Rate

TOKEN = "ownerTokenOfNobody"
KEY = "pQTngMZLh0NmAh"

TWO_BOTS = """
x_api_key = "env:TOKEN"
default_connection = "support_bot"
send_rate = "10/min"
[connections.support_bot]
instance = "13209946874612345"
api_key = "env:SUPPORT_KEY"
send_rate = "18/min"
[connections.sales_bot]
instance = "132099468746812345"
api_key = "file:sales.key"
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's folder that holds nothing of the person who runs the tests."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    return folder


@pytest.fixture
def work(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


def load(work: Path, toml: str = "", environ: dict[str, str] | None = None, **flags: str) -> Settings:
    if toml:
        (work / FILE_NAME).write_text(toml, encoding="utf-8")
    return load_settings(environ=environ or {}, working_folder=work, **flags)


def test_nothing_set_is_enough_for_a_sandbox(work: Path, home: Path):
    """A fresh machine: every default, no key needed, nothing created."""
    settings = load(work)

    assert settings.endpoint == DEFAULT_ENDPOINT
    assert (settings.x_api_key, dict(settings.connections), settings.default_connection) == (None, {}, None)
    assert settings.ledger == f"sqlite:///{home}/state/hotline-batch/ledger.sqlite"
    assert (settings.send_rate, settings.enrich_rate) == (Rate(18, 60), Rate(2, 1))
    assert (settings.concurrency, settings.timeout, settings.attempts) == (8, 30, 5)
    assert (settings.max_errors, settings.duplicate_window) == (MaxErrors(in_a_row=10), 86_400)
    assert (settings.warnings, settings.config_path) == ((), None)
    assert list(home.iterdir()) == []


def test_missing_keys_are_explained_when_they_are_needed(work: Path):
    """Loading needs no key; asking for one says how to set it."""
    settings = load(work, TWO_BOTS)

    with pytest.raises(SettingsError, match="x_api_key: the environment variable that it names is not set"):
        settings.required_x_api_key()
    with pytest.raises(SettingsError, match=r"connections\.support_bot\.api_key: the environment variable .* not set"):
        _ = settings.connection().api_key
    with pytest.raises(SettingsError, match="HOTLINE_X_API_KEY"):
        load(work / "..").required_x_api_key()
    with pytest.raises(SettingsError, match="HOTLINE_INSTANCE and HOTLINE_API_KEY"):
        load(work / "..").connection()


def test_environment_alone_makes_the_default_connection(work: Path):
    """Three variables are a complete set-up; instances keep every digit."""
    environ = {"HOTLINE_X_API_KEY": TOKEN, "HOTLINE_INSTANCE": "132099468746812345", "HOTLINE_API_KEY": f"{KEY}\n"}

    settings = load(work, environ=environ)

    assert settings.required_x_api_key().reveal() == TOKEN
    assert settings.default_connection == "default"
    assert settings.connection().instance == "132099468746812345"
    assert settings.connection().api_key.reveal() == KEY


def test_file_names_connections_with_their_rates_and_keys(work: Path):
    """References are followed from the file's folder; a connection's rate wins over the general one."""
    (work / "sales.key").write_text(KEY)

    settings = load(work, TWO_BOTS, {"TOKEN": TOKEN, "SUPPORT_KEY": KEY})

    assert settings.connection().name == "support_bot"
    assert settings.connection("sales_bot").api_key.reveal() == KEY
    assert settings.rate_for(Kind.SEND, "support_bot") == Rate(18, 60)
    assert settings.rate_for(Kind.SEND, "sales_bot") == Rate(10, 60)
    assert settings.rate_for(Kind.ENRICH, "support_bot") == Rate(2, 1)
    assert settings.config_path == work / FILE_NAME


def test_flags_weigh_more_than_environment_than_file(work: Path):
    """Each layer hides the one below."""
    toml = 'ledger = "sqlite:///file.db"\nendpoint = "https://file.hotline.tg/"\nx_api_key = "env:OTHER"'
    environ = {
        "HOTLINE_BATCH_LEDGER": "sqlite:///environment.db",
        "HOTLINE_ENDPOINT": "https://environment.hotline.tg/",
        "HOTLINE_X_API_KEY": TOKEN,
        "OTHER": KEY,
    }

    file_only = load(work, toml, {"OTHER": KEY})
    with_environment = load(work, toml, environ)
    with_flag = load(work, toml, environ, ledger="sqlite:///flag.db")

    assert (file_only.ledger, file_only.required_x_api_key().reveal()) == ("sqlite:///file.db", KEY)
    assert with_environment.ledger == "sqlite:///environment.db"
    assert with_environment.endpoint == "https://environment.hotline.tg/"
    assert with_environment.required_x_api_key().reveal() == TOKEN
    assert with_flag.ledger == "sqlite:///flag.db"


def test_file_that_serves_every_folder_names_one_ledger(
    work: Path, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A path from the working folder would be another ledger in each; the one that is there is offered."""
    monkeypatch.chdir(work)
    monkeypatch.delenv("HOTLINE_BATCH_LEDGER", raising=False)
    own = tmp_path / FILE_NAME
    own.write_text('ledger = "sqlite:///ledger.sqlite"\n')
    (work / "ledger.sqlite").touch()

    with pytest.raises(SettingsError, match="is not whole") as refused:
        load_settings(config=str(own), environ={}, working_folder=work)
    with pytest.raises(SettingsError, match="is not whole"):
        readable_settings(config=str(own))
    offered = str(refused.value).rpartition("such as ")[2].removesuffix(".")

    assert f"sqlite:///{(work / 'ledger.sqlite').as_posix()}" == offered
    for address in (offered, "sqlite:///~/ledger.sqlite"):
        own.write_text(f'ledger = "{address}"\n')
        assert address == load_settings(config=str(own), environ={}, working_folder=work).ledger
    own.write_text('ledger = "sqlite:///ledger.sqlite"\n')
    own.write_text('ledger = "sqlite:///:memory:"\n')
    with pytest.raises(SettingsError, match="it must be a file"):  # and no path of it is offered
        load_settings(config=str(own), environ={}, working_folder=work)
    own.write_text('ledger = "sqlite:///ledger.sqlite"\n')
    elsewhere = {"HOTLINE_BATCH_LEDGER": offered}
    assert offered == load_settings(config=str(own), environ=elsewhere, working_folder=work).ledger


def test_file_is_looked_for_in_order(work: Path, home: Path):
    """--config, HOTLINE_BATCH_CONFIG, the working folder, the user's configuration folder."""
    places = {
        "flag": work / "flag.toml",
        "variable": work / "variable.toml",
        "working folder": work / FILE_NAME,
        "user": home / "config" / "hotline-batch" / FILE_NAME,
    }
    places["user"].parent.mkdir(parents=True)
    for agent, path in places.items():
        path.write_text(f'user_agent = "{agent}"')
    variable = {"HOTLINE_BATCH_CONFIG": str(places["variable"])}

    assert load(work, environ=variable, config=str(places["flag"])).user_agent == "flag"
    assert load(work, environ=variable).user_agent == "variable"
    assert load(work).user_agent == "working folder"
    assert load(home).user_agent == "user"


def test_named_file_must_exist(work: Path):
    """A misspelt path is not silently another configuration."""
    with pytest.raises(SettingsError, match=r"config: there is no file .*typo\.toml"):
        load(work, config="typo.toml")
    with pytest.raises(SettingsError, match="HOTLINE_BATCH_CONFIG: there is no file"):
        load(work, environ={"HOTLINE_BATCH_CONFIG": "typo.toml"})


@pytest.mark.parametrize(
    ("toml", "unknown", "nearest"),
    [
        ("conections = {}", "conections", "connections"),
        ("max-errors = 3", "max-errors", "max_errors"),
        ('x_api_token = "env:A"', "x_api_token", "x_api_key"),
        ('[connections.a]\ninstance = "1"\napi_key = "env:A"\nsendrate = "1/s"', "connections.a.sendrate", "send_rate"),
    ],
)
def test_unknown_keys_name_the_nearest_known_one(work: Path, toml: str, unknown: str, nearest: str):
    """A misspelt key is an error, never silently without effect."""
    with pytest.raises(SettingsError, match=f"unknown key '{unknown}'. Did you mean '{nearest}'"):
        load(work, toml)


@pytest.mark.parametrize(
    ("toml", "words"),
    [
        ("[connections.a]\ninstance = 13209946874612345\napi_key = 'env:A'", "in double quotes"),
        ("[connections.a]\ninstance = '1.32e17'\napi_key = 'env:A'", "in double quotes"),
        ("[connections.a]\ninstance = '1'", "'connections.a.api_key' is missing"),
        ("[connections.a]\ninstance = '1'\napi_key = 'env:A'\nsend_rate = '18'", "connections.a.send_rate: '18'"),
        ("default_connection = 'b'", "default_connection"),
        ("concurrency = 0", "concurrency"),
        ("concurrency = true", "concurrency"),
        ("attempts = '5'", "attempts"),
        ("timeout = 9", "too short"),
        ("rate = '18 per minute'", "rate"),
        ("duplicate_window = 24", '"24h" or 0'),
        ("max_errors = 1.5", '10 or "5%"'),
        ("hidden_rows = 'maybe'", '"skip" or "include"'),
        ("endpoint = 'http://hotline.tg/'", "in the clear"),
        ("ledger = 'results.db'", "sqlite:///PATH"),
        ("timezone = 'Mars/Base'", "timezone"),
        ("timezone = '../../etc/passwd'", "timezone"),
        ("ca_file = 'missing.pem'", "ca_file"),
        ('user_agent = "a\\nb"', "user_agent"),
        ("endpoint", "not valid TOML"),
    ],
)
def test_unusable_values_name_their_key(work: Path, toml: str, words: str):
    """Every error names the key; nothing is guessed or converted."""
    with pytest.raises(SettingsError) as caught:
        load(work, toml)

    assert words in str(caught.value)


def test_file_that_is_not_text_is_refused(work: Path):
    """A file saved as UTF-16 says how to save it, and shows none of its bytes."""
    (work / FILE_NAME).write_bytes(f'x_api_key = "{KEY}"'.encode("utf-16"))

    with pytest.raises(SettingsError, match="Save it as UTF-8"):
        load(work)


@pytest.mark.parametrize(
    "toml",
    [
        f'x_api_key = "{KEY}"',
        f'[connections.a]\ninstance = "1"\napi_key = "{KEY}"',
        f'[connections.a]\ninstance = "{KEY}"\napi_key = "env:A"',
        f'x_api_key = ["{KEY}"]',
        f'x_api_key = "{KEY}',
        f'timeout = "{KEY}"',
        f'ledger = "{KEY}"',
        f'endpoint = "https://user:{KEY}@hotline.tg/"',
    ],
)
def test_errors_never_show_what_may_be_a_secret(work: Path, toml: str):
    """A key that landed in the wrong place is not repeated on the screen or in a log."""
    with pytest.raises(SettingsError) as caught:
        load(work, toml)

    assert KEY not in "".join(traceback.format_exception(caught.value))


def test_settings_show_no_secret(work: Path, monkeypatch: pytest.MonkeyPatch):
    """Printing the settings shows neither keys nor passwords inside addresses."""
    environ = {
        "HOTLINE_X_API_KEY": TOKEN,
        "HOTLINE_INSTANCE": "1",
        "HOTLINE_API_KEY": KEY,
        "HOTLINE_BATCH_LEDGER": f"postgresql://u:{KEY}@db/hotline",
        "https_proxy": f"http://u:{KEY}@proxy:3128",
    }
    for name, value in environ.items():
        monkeypatch.setenv(name, value)

    settings = load_settings(working_folder=work)

    assert settings.proxy == f"http://u:{KEY}@proxy:3128"
    assert KEY not in f"{settings} {settings.x_api_key} {settings.connection().api_key}"
    assert TOKEN not in f"{settings!r} {settings.required_x_api_key()!r}"


def test_default_connection_must_be_clear(work: Path):
    """One connection is the default by itself; of several, one must be named."""
    several = TWO_BOTS.replace('default_connection = "support_bot"', "")

    with pytest.raises(SettingsError, match="support_bot, sales_bot"):
        load(work, several).connection()
    with pytest.raises(SettingsError, match="Did you mean 'sales_bot'"):
        load(work, several).connection("salesbot")


def test_doubtful_settings_are_warnings(work: Path):
    """A stranger as endpoint, variables without effect, and variables that are nearly ours."""
    strange = load(work, environ={"HOTLINE_ENDPOINT": "https://example.org/x", "HOTLINE_X_APIKEY": TOKEN})
    half = load(work, environ={"HOTLINE_API_KEY": KEY})
    unused = load(work, TWO_BOTS, {"HOTLINE_INSTANCE": "1", "HOTLINE_API_KEY": KEY})

    assert "example.org" in strange.warnings[0]
    assert strange.warnings[1] == "HOTLINE_X_APIKEY is not known. Did you mean HOTLINE_X_API_KEY?"
    assert half.warnings == ("HOTLINE_API_KEY is set without HOTLINE_INSTANCE.",)
    assert [warning.split()[0] for warning in unused.warnings] == ["HOTLINE_INSTANCE", "HOTLINE_API_KEY"]


def test_defaults_of_other_options_are_handed_on(work: Path):
    """What only a command understands is checked for its type and kept under the option's name."""
    settings = load(work, 'json = true\nquiet = false\nmap = { user_id = "Kunden-ID" }\nlimit = 5')

    assert dict(settings.option_defaults) == {
        "json": True,
        "quiet": False,
        "map": {"user_id": "Kunden-ID"},
        "limit": 5,
    }


def test_company_certificates_come_from_setting_or_usual_variable(work: Path):
    """The setting counts from the file's folder and wins."""
    (work / "ca.pem").write_text("certificate")
    environ = {"REQUESTS_CA_BUNDLE": "/etc/ssl/company.pem"}

    assert load(work, environ=environ).ca_file == "/etc/ssl/company.pem"
    assert load(work, 'ca_file = "ca.pem"', environ).ca_file == str(work / "ca.pem")


@pytest.mark.parametrize("wrong", ['unknown_key = "x"', "attempts = 0", 'endpoint = "http://hotline.tg/"'])
def test_what_can_be_read_of_wrong_settings_is_enough_to_tell_of_runs(
    work: Path, monkeypatch: pytest.MonkeyPatch, wrong: str
) -> None:
    """Each value by itself: what cannot be used counts as not written."""
    (work / FILE_NAME).write_text(
        f'{wrong}\nledger = "sqlite:///mine.db"\ntimezone = "Europe/Berlin"\nrate = "7/s"\nsend_rate = "soon"\n'
        'columns = ["Kunden-ID"]\nleave_out = 5\n'
    )
    monkeypatch.chdir(work)
    monkeypatch.delenv("HOTLINE_BATCH_LEDGER", raising=False)

    settings, problem = readable_settings()

    assert str(problem).endswith("What can be read of the settings is used.")
    assert ("sqlite:///mine.db", "Europe/Berlin") == (settings.ledger, str(settings.timezone))
    assert (Rate(7, 1), Rate(7, 1)) == (settings.send_rate, settings.enrich_rate)
    assert {"columns": ["Kunden-ID"]} == dict(settings.option_defaults)


def test_ledger_of_wrong_settings_is_not_guessed(work: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever names none elsewhere is told of no run in another one."""
    monkeypatch.chdir(work)
    monkeypatch.delenv("HOTLINE_BATCH_LEDGER", raising=False)
    for text in ("ledger = 5", 'ledger = "results.db"', "ledger = "):
        (work / FILE_NAME).write_text(text)
        with pytest.raises(SettingsError):
            readable_settings()

        assert "sqlite:///named.db" == readable_settings(ledger="sqlite:///named.db")[0].ledger
