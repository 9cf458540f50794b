"""Python source -> the sentences in it that are said in the reader's language.

They are the literals that ``words``, ``plural_words``, ``translated``, ``marked`` and ``in_every_language`` are given.
So are the ``help`` of an ``option`` and the paragraphs of a command's docstring, which click keeps until somebody asks.
What a transaction of the ledger is for is said where it fails.
``marked`` takes a whole table as well: every text in it is a sentence, but for the keys of its dicts and
for named arguments.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from hotline_batch.cli.help.command import paragraphs_of

Sentence: TypeAlias = str | tuple[str, str]
"""One, or its singular and plural."""

_SAYING = frozenset({"words", "translated", "in_every_language"})
_MARKING = "marked"
_WITH_PLURAL = "plural_words"
_TRANSACTIONS = frozenset({"reading", "writing", "ledger_errors"})
_OF_A_RUN = "found"  # Ledger.found, which says what it is for as well
_OPTIONS = frozenset({"option", "any_option"})
_COMMANDS = frozenset({"command", "group"})


class NotOneSentence(ValueError):
    """A sentence that is put together where it is said, so that nobody can translate it."""


def sentences_of_python(source: str, name: str) -> Iterator[Sentence]:
    """Each sentence, in the order of the source. NotOneSentence names the line of one that is put together."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef):
            yield from _help_of_command(node)
        if not isinstance(node, ast.Call):
            continue
        yield from _help_of_option(node, name)
        if not node.args:
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else ""
        if called == _WITH_PLURAL:
            one, several = (_literal(argument, name) for argument in node.args[:2])
            if one and several:
                yield one, several
        elif called in _SAYING and (said := _literal(node.args[0], name)):
            yield said
        elif called in _TRANSACTIONS or (isinstance(node.func, ast.Attribute) and node.func.attr == _OF_A_RUN):
            yield from filter(None, (_literal(argument, name) for argument in node.args[:3]))
        elif called == _MARKING:
            yield from _texts(node.args[:1], name)


def _help_of_command(function: ast.FunctionDef) -> Iterator[str]:
    called = [decorator.func for decorator in function.decorator_list if isinstance(decorator, ast.Call)]
    if any(isinstance(each, ast.Attribute) and each.attr in _COMMANDS for each in called):
        yield from paragraphs_of(ast.get_docstring(function) or "")


def _help_of_option(node: ast.Call, name: str) -> Iterator[str]:
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    if called in _OPTIONS:
        helps = [keyword.value for keyword in node.keywords if keyword.arg == "help"]
        yield from filter(None, (_literal(each, name) for each in helps))


def _literal(node: ast.expr, name: str) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr() | ast.BinOp():
            raise NotOneSentence(f"{name}, line {node.lineno}: a sentence is one literal with named parameters.")
        case ast.IfExp():
            raise NotOneSentence(f"{name}, line {node.lineno}: choose between two calls, not within one.")
        case _:
            return ""  # a constant that is marked where it stands


def _texts(nodes: Iterable[ast.expr], name: str) -> Iterator[str]:
    for node in nodes:
        match node:
            case ast.Dict(values=values):
                yield from _texts(values, name)
            case ast.Tuple(elts=parts) | ast.List(elts=parts) | ast.Set(elts=parts):
                yield from _texts(parts, name)
            case ast.Call(args=arguments):
                yield from _texts(arguments, name)
            case _:
                if said := _literal(node, name):
                    yield said
