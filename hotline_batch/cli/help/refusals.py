"""What click refuses -> the same in the reader's language; what was refused by our own words is said already."""

from __future__ import annotations

import re

import click

from hotline_batch.language.formats import list_of
from hotline_batch.language.languages import SOURCE, language_of_reader
from hotline_batch.language.words import marked, words

# As click 8.2 to 8.5 words what is no exception of its own.
_SENTENCES = marked(
    {
        r"(?P<value>.*) is not one of (?P<choices>.*)\.": "{value} is not one of {choices}.",
        r"(?P<value>.*) is not (?P<choice>'.*')\.": "{value} is not {choice}.",
        r"(?P<value>.*) is not in the range (?P<range>.*)\.": "{value} is not in the range {range}.",
        r"(?P<value>.*) is not a valid integer(?: range)?\.": "{value} is no whole number.",
        r"(?P<value>.*) is not a valid float(?: range)?\.": "{value} is no number.",
        r"Option (?P<name>'.*') requires an argument\.": "Option {name} needs a value.",
        r"Option (?P<name>'.*') does not take a value\.": "Option {name} takes no value.",
        r"(?:Directory|File|Path) (?P<path>'.*') does not exist\.": "{path} does not exist.",
        r"(?:Directory|File|Path) (?P<path>'.*') is a directory\.": "{path} is a folder.",
        r"(?:Directory|File|Path) (?P<path>'.*') is a file\.": "{path} is a file, not a folder.",
        r"(?:Directory|File|Path) (?P<path>'.*') is not (?:read|writ)able\.": "{path} cannot be read or written.",
        r"Got unexpected extra arguments? \((?P<surplus>.*)\)": "More is said than the command takes: {surplus}",
    }
)


def refusal_words(refused: click.ClickException) -> str:
    """The sentence; in English it is click's own."""
    if language_of_reader() == SOURCE:
        return refused.format_message()
    match refused:
        case click.MissingParameter(param=click.Parameter() as parameter):
            return _missing(refused, parameter)
        case click.NoSuchOption(option_name=name, possibilities=near):
            told = words("No such option '{name}'.", name=name)
            return " ".join([told, words("Did you mean {names}?", names=list_of(near, "or"))]) if near else told
        case click.BadParameter(message=message) if hint := _hint(refused):
            return words("Invalid value for {parameter}: {said}", parameter=hint, said=_of_click(message))
        case _:
            return _of_click(refused.format_message())


def _of_click(message: str) -> str:
    """One of click's own sentences in the reader's language; our own are in it already."""
    for pattern, said in _SENTENCES.items():
        if found := re.fullmatch(pattern, message, re.DOTALL):
            return words(said, **found.groupdict())
    return message


def _missing(refused: click.MissingParameter, parameter: click.Parameter) -> str:
    if parameter.param_type_name == "argument":
        told = words("Missing argument {parameter}.", parameter=_hint(refused))
    else:
        told = words("Missing option {parameter}.", parameter=_hint(refused))
    choices = getattr(parameter.type, "choices", ())
    return told if not choices else " ".join([told, words("Choose from:\n\t{names}", names=",\n\t".join(choices))])


def _hint(refused: click.BadParameter) -> str:
    if isinstance(refused.param_hint, str):
        return refused.param_hint
    return refused.param.get_error_hint(refused.ctx) if refused.param and refused.ctx else ""
