"""A connection more in the settings file: everything that a person wrote there stays as it is."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotline_batch.errors import SettingsError
from hotline_batch.settings.file import adding
from hotline_batch.settings.file.adding import add_connection

ENTRY = {"instance": "13209946874612345", "api_key": "keyring:hotline/b"}
TOP = {"x_api_key": "env:TOKEN"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a remark",
        'rate = "1/s" # slow\n\n[connections.a]\ninstance = "1"\napi_key = "env:A"\n',
        'connections = { a = { instance = "1", api_key = "env:A" } }\n',
        '[groups]\nx = 1\n[connections]\n[connections.a]\ninstance = "1"\napi_key = "env:A"\n',
        '[office]\naddress = "https://x.example"\n# the end',
        '\ufeff# by an editor of Windows\r\nrate = "1/s"\r\n',
        'message = """\n[connections.b]\n"""\n',
    ],
)
def test_everything_else_stays(tmp_path: Path, text: str) -> None:
    """As data, and every line as it was written."""
    place = tmp_path / "hotline-batch.toml"
    place.write_bytes(text.encode())

    add_connection(place, "b", ENTRY, TOP)

    written = place.read_bytes().decode()
    before, after = (tomllib.loads(each.removeprefix("\ufeff")) for each in (text, written))
    assert {**before.get("connections", {}), "b": ENTRY} == after.pop("connections")
    before.pop("connections", None)
    assert {**before, **TOP} == after
    assert written.startswith("\ufeff") == text.startswith("\ufeff")
    remarks = [line for line in text.splitlines() if "#" in line]
    assert [] == [line for line in remarks if line not in written.splitlines()]


def test_a_link_stays_a_link_and_a_new_file_is_an_ordinary_one(tmp_path: Path) -> None:
    real = tmp_path / "real.toml"
    real.write_text("# mine\n")
    real.chmod(0o600)
    link = tmp_path / "hotline-batch.toml"
    link.symlink_to(real)

    add_connection(link, "b", ENTRY, {})
    add_connection(tmp_path / "new.toml", "b", ENTRY, {})

    assert link.is_symlink()
    assert "[connections.b]" in real.read_text()
    assert 0o600 == real.stat().st_mode & 0o777
    assert {"connections": {"b": ENTRY}} == tomllib.loads((tmp_path / "new.toml").read_text())


def test_a_file_in_which_it_has_no_place_is_left_alone(tmp_path: Path) -> None:
    """Tables that are named by dotted keys take no header below them."""
    place = tmp_path / "hotline-batch.toml"
    place.write_text('connections.a.instance = "1"\nconnections.a.api_key = "env:A"\n')
    before = place.read_bytes()

    with pytest.raises(SettingsError, match="in a way that the program does not change"):
        add_connection(place, "b", ENTRY, TOP)

    assert before == place.read_bytes()


@pytest.mark.parametrize("made", [None, "rate = 1\n", "rate = "])
def test_what_would_come_out_otherwise_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str | None
) -> None:
    place = tmp_path / "hotline-batch.toml"
    place.write_text("# mine\n")
    monkeypatch.setattr(adding, "_with_connection", lambda *_arguments: made)

    with pytest.raises(SettingsError, match="in a way that the program does not change"):
        add_connection(place, "b", ENTRY, TOP)

    assert "# mine\n" == place.read_text()


@given(
    st.dictionaries(
        st.from_regex(r"[a-z_]{1,8}", fullmatch=True).filter(lambda name: name not in {"connections", "x_api_key"}),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20) | st.integers(-9, 9),
        max_size=5,
    )
)
def test_any_file_of_plain_values(tmp_path_factory: pytest.TempPathFactory, values: dict[str, str | int]) -> None:
    place = tmp_path_factory.mktemp("any") / "hotline-batch.toml"
    lines = (
        f"{name} = {value}" if isinstance(value, int) else f"{name} = '''{value.replace(chr(39), '')}'''"
        for name, value in values.items()
    )
    place.write_text("\n".join(lines), "utf-8")
    before = tomllib.loads(place.read_text("utf-8"))

    add_connection(place, "b", ENTRY, TOP)

    assert {**before, **TOP, "connections": {"b": ENTRY}} == tomllib.loads(place.read_text("utf-8"))
