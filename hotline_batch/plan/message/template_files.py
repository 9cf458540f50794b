"""Name or path of a template -> its text."""

from __future__ import annotations

from pathlib import Path

import platformdirs

from hotline_batch.errors import TemplateError
from hotline_batch.language.formats import name_order
from hotline_batch.language.languages import SOURCE, language_of_reader, languages
from hotline_batch.language.system_reasons import reason_of
from hotline_batch.language.words import words
from hotline_batch.plan.columns.missing import meant
from hotline_batch.plan.visible_text import shown
from hotline_batch.shipped_files import templates_folder

SUFFIX = ".txt.j2"
_LARGEST_FILE = 1_000_000


def own_templates_folder() -> Path:
    """Where this user's own templates lie, beside the settings; it may not be there."""
    return platformdirs.user_config_path("hotline-batch", appauthor=False) / "templates"


def template_names() -> tuple[str, ...]:
    """The names that ``load_template`` knows, sorted; those of templates in other languages as well."""
    return tuple(sorted({*names_in(own_templates_folder()), *shipped_names()}, key=name_order))


def offered_names() -> tuple[str, ...]:
    """Those that are offered to a reader, sorted: the user's own, and what came along in the reader's language."""
    language = language_of_reader()
    shipped = names_in(templates_folder() / language) if language != SOURCE else ()
    shipped = shipped or names_in(templates_folder())
    return tuple(sorted({*names_in(own_templates_folder()), *shipped}, key=name_order))


def shipped_names() -> tuple[str, ...]:
    """The names of all that came with the program, in every language."""
    return tuple(name for folder in _shipped_folders() for name in names_in(folder))


def _shipped_folders() -> tuple[Path, ...]:
    """What is English lies in the folder itself, the others each in one that is called as their language."""
    folder = templates_folder()
    return (folder, *(folder / language for language in languages() if language != SOURCE))


def names_in(folder: Path) -> tuple[str, ...]:
    """The names of the templates of a folder, sorted; none where it is not there, or cannot be read."""
    try:
        return tuple(sorted(path.name.removesuffix(SUFFIX) for path in folder.iterdir() if path.name.endswith(SUFFIX)))
    except OSError:
        return ()


def load_template(name_or_path: str) -> str:
    """The text of a template: a file under this path, else the user's own of that name, else one that came along.

    The name may be given with or without ``.txt.j2``.

    Raises TemplateError that lists the names there are.
    """
    given = Path(name_or_path)
    name = name_or_path.removesuffix(SUFFIX)
    try:
        if _is_file(given):
            return _decoded(given)
        for folder in (own_templates_folder(), *_shipped_folders()):
            if name in names_in(folder):
                return _decoded(folder / f"{name}{SUFFIX}")
    except OSError as error:
        raise TemplateError(
            words("The template {given} cannot be read: {strerror}.", given=given, strerror=reason_of(error))
        ) from error
    names = ", ".join(offered_names()) or words("none")
    raise TemplateError(
        words(
            "There is no template file '{name_or_path}' and none of that name.{hint} Names: {names}.",
            name_or_path=shown(name_or_path, 200),
            hint=meant(name, template_names()),
            names=names,
        )
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that is too long for the file system: no file has it
        return False


def _decoded(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(_LARGEST_FILE + 1)
    if len(content) > _LARGEST_FILE:
        raise TemplateError(
            words(
                "{path} is larger than {largest_file} bytes; that is no message template.",
                path=path,
                largest_file=_LARGEST_FILE,
            )
        )
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TemplateError(
            words("{path} is not UTF-8 text (line {line}). Save it with the encoding UTF-8.", path=path, line=line)
        ) from None
