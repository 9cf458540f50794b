"""The package as it is shipped: what the wheel holds, that it works away from the checkout, that its names are lazy."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

import hotline_batch

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 300

# Each costs a tenth of a second or more, and `--help` needs none of them.
HEAVY = {"clevercsv", "jinja2", "openpyxl", "pandas", "pydantic", "requests", "sqlalchemy", "starlette", "uvicorn"}


def run(*words: str | Path, folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a Python command to its end."""
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def environment_of(home: Path, *paths: Path) -> dict[str, str]:
    """A fresh machine's variables; ``paths`` are where Python finds packages before the environment's own."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "TZ", "SYSTEMROOT"}}
    return kept | {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CACHE_HOME": str(home / "cache"),
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    built = run(
        *("-m", "hatchling", "build", "--target", "wheel", "--directory", folder),
        folder=ROOT,
        environment=environment_of(folder),
    )
    assert 0 == built.returncode, built.stdout + built.stderr
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed package and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    done = run(
        *("-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile", "--target", folder, wheel),
        folder=folder,
        environment=environment_of(folder),
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return folder


# ── the wheel ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_wheel_holds_the_package_its_templates_and_its_samples(wheel: Path) -> None:
    """Every module, the mark of a typed package, and both folders that stand at the top level of the checkout."""
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())

    modules = {path.relative_to(ROOT).as_posix() for path in (ROOT / "hotline_batch").rglob("*.py")}
    beside = {
        f"hotline_batch/_data/{path.relative_to(ROOT).as_posix()}"
        for folder in ("templates", "sample_data")
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert set() == (modules | beside | {"hotline_batch/py.typed"}) - held


def test_wheel_holds_nothing_else(wheel: Path) -> None:
    """No tests, no caches, no leftovers of a working folder."""
    with zipfile.ZipFile(wheel) as archive:
        held = archive.namelist()

    tops = {name.partition("/")[0] for name in held}
    assert {"hotline_batch", f"hotline_batch-{hotline_batch.__version__}.dist-info"} == tops
    assert [] == [name for name in held if "__pycache__" in name or name.endswith((".pyc", ".sqlite", ".log"))]


def test_wheel_holds_every_catalogue_compiled(wheel: Path) -> None:
    """So that an installed program reads them as they are, and compiles nothing."""
    written = [path.relative_to(ROOT) for path in (ROOT / "hotline_batch/language/catalogues").rglob("*.po")]
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if name.endswith(".mo")}

    assert {path.with_suffix(".mo").as_posix() for path in written} == set(held)
    assert all(content.startswith(b"\xde\x12\x04\x95") for content in held.values())


# ── installed, outside the checkout ──────────────────────────────────────────────────────────────────────────────────


def test_installed_package_tells_its_version(installed: Path, tmp_path: Path) -> None:
    """The version comes from the package that runs."""
    ended = run("-m", "hotline_batch", "--version", folder=tmp_path, environment=environment_of(tmp_path, installed))

    assert (0, f"hotline-batch {hotline_batch.__version__}\n") == (ended.returncode, ended.stdout), ended.stderr


def test_installed_package_sends_its_own_sample(installed: Path, tmp_path: Path) -> None:
    """Templates and samples are found inside the package; nothing of the checkout is needed."""
    sample = installed / "hotline_batch" / "_data" / "sample_data" / "status_updates.xlsx"

    ended = run(
        *("-m", "hotline_batch", "send", sample, "--template", "status_update"),
        *("--sandbox", "--yes", "--rate", "500/s", "-o", "out.xlsx"),
        folder=tmp_path,
        environment=environment_of(tmp_path, installed),
    )
    where = run(
        *("-c", "import hotline_batch; print(hotline_batch.__file__)"),
        folder=tmp_path,
        environment=environment_of(tmp_path, installed),
    )

    assert str(installed / "hotline_batch" / "__init__.py") == where.stdout.strip()
    assert 0 == ended.returncode, ended.stdout + ended.stderr
    assert "25 of 25 delivered" in ended.stdout
    assert (tmp_path / "out.xlsx").is_file()


@pytest.mark.parametrize(
    "words",
    [
        ("send", "sample_data/status_updates.xlsx", "--sandbox", "--yes", "--rate", "500/s"),
        ("check", "sample_data/messy_upload.csv", "--for", "send", "--sandbox"),
        ("template", "preview", "status_update", "sample_data/status_updates.xlsx"),
    ],
    ids=lambda words: words[0],
)
def test_documented_first_commands_work_in_any_folder(installed: Path, tmp_path: Path, words: tuple[str, ...]) -> None:
    """Where there is no sample_data, the program's own samples are meant; results lie in the working folder."""
    ended = run("-m", "hotline_batch", *words, folder=tmp_path, environment=environment_of(tmp_path, installed))

    assert ended.returncode == (1 if words[0] == "check" else 0), ended.stdout + ended.stderr
    assert (words[0] == "send") == (tmp_path / "status_updates.results.xlsx").is_file()
    assert {"home", "state"} >= {path.name for path in tmp_path.iterdir() if path.is_dir()}


def test_sample_is_never_sent_to_real_people(installed: Path, tmp_path: Path) -> None:
    """Only the sandbox knows the people in it."""
    ended = run(
        *("-m", "hotline_batch", "send", "sample_data/status_updates.xlsx", "--yes"),
        folder=tmp_path,
        environment=environment_of(tmp_path, installed),
    )

    assert 2 == ended.returncode
    assert "--sandbox" in ended.stderr


# ── public names ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_import_is_lazy(tmp_path: Path) -> None:
    """Importing the package loads none of the heavy libraries, and no room."""
    ended = run(
        *("-c", "import sys, hotline_batch; print(*sorted(sys.modules))"),
        folder=tmp_path,
        environment=environment_of(tmp_path, ROOT),
    )

    loaded = set(ended.stdout.split())
    assert {"hotline_batch"} == {name for name in loaded if name.startswith("hotline_batch")}, ended.stderr
    assert set() == loaded & HEAVY


def test_import_says_nothing_and_sets_nothing_up(tmp_path: Path) -> None:
    """Whoever uses the library hears of it through their own logging, and only if they listen."""
    code = (
        "import logging, hotline_batch\n"
        "logger = logging.getLogger('hotline_batch')\n"
        "logger.getChild('engine').error('a line')\n"
        "print(logger.level, logger.propagate, [type(one).__name__ for one in logger.handlers], logging.root.handlers)"
    )

    ended = run("-c", code, folder=tmp_path, environment=environment_of(tmp_path, ROOT))

    assert ("0 True ['NullHandler'] []\n", "") == (ended.stdout, ended.stderr)


def test_help_is_lazy(tmp_path: Path) -> None:
    """`--help` loads none of the heavy libraries."""
    code = (
        "import sys\n"
        "sys.argv = ['hotline-batch', '--help']\n"
        "from hotline_batch.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    print(*sorted(sys.modules), file=sys.stderr)\n"
    )

    ended = run("-c", code, folder=tmp_path, environment=environment_of(tmp_path, ROOT))

    assert "Everyday:" in ended.stdout
    assert set() == set(ended.stderr.split()) & HEAVY
    assert "click" in ended.stderr.split()


@pytest.mark.parametrize("name", [name for name in hotline_batch.__all__ if not name.startswith("__")])
def test_public_name_loads_on_first_use(name: str) -> None:
    """Each name of `__all__` is there, comes from its own room, and has a docstring."""
    found = getattr(hotline_batch, name)

    assert name == found.__name__
    assert found.__module__.startswith("hotline_batch.")
    assert found.__doc__


def test_other_names_are_missed_by_name() -> None:
    """A misspelt name is an AttributeError that names it, as for any module."""
    with pytest.raises(AttributeError, match="send_sheets"):
        _ = hotline_batch.send_sheets  # type: ignore[attr-defined]
