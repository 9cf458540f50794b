"""What click refuses -> the same in the reader's language; what was refused by our own words is said already."""

from __future__ import annotations

import click

from hotline_batch.language.formats import list_of
from hotline_batch.language.languages import SOURCE
from hotline_batch.language.reader import language_of_reader
from hotline_batch.language.words import words


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
            return words("Invalid value for {parameter}: {said}", parameter=hint, said=message)
        case _:
            return refused.format_message()


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
