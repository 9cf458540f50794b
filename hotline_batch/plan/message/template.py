"""Template text and a header -> one message per row; what can go wrong with the template goes wrong before any row."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from jinja2 import Template, TemplateSyntaxError, meta, nodes
from jinja2.exceptions import SecurityError
from jinja2.visitor import NodeTransformer

from hotline_batch.errors import TemplateError
from hotline_batch.issues.issue import Issue
from hotline_batch.issues.words import words_of
from hotline_batch.language.formats import list_of
from hotline_batch.language.words import words
from hotline_batch.model.sheets import header_form
from hotline_batch.plan.columns.missing import listed, meant, nearest
from hotline_batch.plan.message.filters import Misused, TooMuch, reason_of, why
from hotline_batch.plan.message.loose_names import WORDS_OF_JINJA, LooseNames
from hotline_batch.plan.message.template_bounds import LONGEST_OUTPUT, MessageEnvironment
from hotline_batch.plan.message.template_language import bounded, check_language
from hotline_batch.plan.visible_text import shown

_LONGEST_SOURCE = 20_000

_MARKED = re.compile(
    r"\{#.*?#\}|\{%[-+]?\s*raw\s*[-+]?%\}.*?\{%[-+]?\s*endraw\s*[-+]?%\}"
    r"|(?P<open>\{\{[-+]?\s*)(?P<inside>[^{}\n]*?)(?P<close>\s*[-+]?\}\})",
    re.DOTALL,
)
_SINGLE_BRACES = re.compile(r"(?<!\{)\{([^{}%#\n]{1,60})\}(?!\})")
_ROW = "row"
_UNKNOWN = re.compile(r"No (?P<kind>filter|test) named '(?P<name>.*)'")
_END_OF_PLACEHOLDER = ("'end of print statement'", "'}}'")  # jinja's word for it, and what a person writes
_SAMPLE_CELLS = ("", "1", "text")
_OF_EVERY_ROW = (TypeError, Misused)
"""What a value of another kind than a text is asked for raises, whatever the text."""


class UnknownColumn(TemplateError):
    """The template names a ``column`` that the sheet does not have."""

    def __init__(self, problem: str, column: str) -> None:
        super().__init__(problem)
        self.column = column


class MessageTemplate:
    """A message template, fitted to the columns of one sheet.

    Raises TemplateError for a syntax error, a column that the sheet does not have, or a construct that messages
    may not use. ``is_plain``: it is nothing but text and placeholders. ``warnings`` holds what looks unintended. Used
    by one thread at a time.
    """

    def __init__(self, source: str, header: Sequence[str]) -> None:
        self.source = source
        self._header = tuple(header)
        self._environment = MessageEnvironment()
        if len(source) > _LONGEST_SOURCE:
            raise TemplateError(
                words("The template has more than {longest_source} characters.", longest_source=_LONGEST_SOURCE)
            )
        try:
            tree = self._checked_tree()
            self.is_plain = self._holds_placeholders_alone(tree)
            self._compiled = self._compile(tree)
        except TemplateSyntaxError as error:
            raise TemplateError(self._explained(error)) from None
        except SecurityError as error:
            raise TemplateError(words("The template cannot be used: {error}.", error=error)) from None
        except (RecursionError, SyntaxError, ValueError, MemoryError):  # Jinja2 and Python have limits of their own
            raise TemplateError(words("The template cannot be used: it is nested too deeply or too long.")) from None
        if not self.is_plain:
            self._try_out()
        elif not self.columns and not self._rendered([""] * len(self._header)).strip():
            raise TemplateError(words("The template is empty."))

    @property
    def warnings(self) -> list[str]:
        """What looks like a slip: column names in single braces."""
        forms = {header_form(name) for name in self._header if name.strip()}
        slips = [inside for inside in _SINGLE_BRACES.findall(self.source) if header_form(inside) in forms]
        return [
            words(
                "The template holds {{{name}}}, which is sent as written; a placeholder is {{{{ {name} }}}}.", name=name
            )
            for name in slips
        ]

    def render(self, cells: Sequence[str]) -> str:
        """The text for one row. Raises TemplateError where this row's cells do not fit the template."""
        text = self.filled_in(cells)
        if isinstance(text, Issue):
            raise TemplateError(words_of(text))
        return text

    def filled_in(self, cells: Sequence[str]) -> str | Issue:
        """The text for one row, or why this row's cells do not fit the template."""
        try:
            return self._rendered(cells)
        except Exception as error:  # noqa: BLE001 - an expression over a person's cells can fail in any way
            return Issue("template_failed", parameters=reason_of(error))

    def _checked_tree(self) -> nodes.Template:
        """The parsed template; ``columns`` and the names behind them are known from here on."""
        rows = _RowLookups(self._header)
        tree: nodes.Template = rows.visit(self._environment.parse(self._with_quoted_columns(self.source)))
        check_language(tree)
        self._cells = dict(rows.found)
        for name in sorted(meta.find_undeclared_variables(tree) - {"range", *rows.found}):
            self._cells[name] = _column(self._header, name)
        self.columns: tuple[int, ...] = tuple(sorted(set(self._cells.values())))
        return tree

    def _with_quoted_columns(self, source: str) -> str:
        """``{{ Vor Name|upper }}`` means the column of that name, though Jinja2 would ask for ``row["Vor Name"]``."""
        names = LooseNames(self._header)

        def quoted(match: re.Match[str]) -> str:
            inside, filters = match["inside"] or "", ""
            if inside not in names.written:  # a name may hold the sign that filters begin with
                name, sign, rest = inside.partition("|")
                inside, filters = name.rstrip(), f"{sign}{rest}"
            if not names.means_column(inside):
                return match[0]
            return f'{match["open"]}{_ROW}["{inside}"]{filters}{match["close"]}'

        return _MARKED.sub(quoted, source)

    def _explained(self, error: TemplateSyntaxError) -> str:
        mistake = (error.message or "").rstrip(".").replace(*_END_OF_PLACEHOLDER)
        text = words("The template has a mistake in line {line}: {mistake}.", line=error.lineno, mistake=mistake)
        if unknown := _UNKNOWN.fullmatch(mistake):
            known = self._environment.filters if unknown["kind"] == "filter" else self._environment.tests
            names = sorted(name for name in known if name.isidentifier() and not name.startswith("bounded_"))
            hint = meant(unknown["name"], names)
            if unknown["kind"] == "filter":
                return words("{said}{hint} Filters: {names}.", said=text, hint=hint, names=", ".join(names))
            return words("{said}{hint} Tests: {names}.", said=text, hint=hint, names=", ".join(names))
        return words(
            '{said} A placeholder is {{{{ name }}}} or {{{{ row["Column name"] }}}}. Columns: {columns}.',
            said=text,
            columns=listed(self._header),
        )

    def _holds_placeholders_alone(self, tree: nodes.Template) -> bool:
        parts = [part for node in tree.body for part in (node.nodes if isinstance(node, nodes.Output) else [node])]
        return all(
            isinstance(part, nodes.TemplateData) or (isinstance(part, nodes.Name) and part.name in self._cells)
            for part in parts
        )

    def _compile(self, tree: nodes.Template) -> Template:
        bounded(tree)
        environment = self._environment
        return environment.template_class.from_code(environment, environment.compile(tree), environment.globals)

    def _try_out(self) -> None:
        """What is too much for a row of blank cells, or does not go with any text, is wrong with every row."""
        errors: list[Exception] = []
        for cell in _SAMPLE_CELLS:
            try:
                self._rendered([cell] * len(self._header))
            except Exception as error:  # noqa: BLE001 - these cells may well not fit; each real row is asked for itself
                errors.append(error)
        fits_nothing = len(errors) == len(_SAMPLE_CELLS) and all(isinstance(each, _OF_EVERY_ROW) for each in errors)
        if fits_nothing or any(isinstance(error, TooMuch) for error in errors[:1]):
            raise TemplateError(words("The template cannot be used: {reason}.", reason=why(errors[0])))

    def _rendered(self, cells: Sequence[str]) -> str:
        template = self._compiled
        self._environment.begin_row()
        context = template.new_context({name: cells[index] for name, index in self._cells.items()})
        texts = template.root_render_func(context)
        # What placeholders alone make too long is told as a message that is.
        return "".join(texts if self.is_plain else _up_to_longest(texts))


def _up_to_longest(texts: Iterable[str]) -> Iterator[str]:
    """The same texts. TooMuch once they are too long together."""
    length = 0
    for text in texts:
        length += len(text)
        if length > LONGEST_OUTPUT:
            raise TooMuch("text_too_long", most=LONGEST_OUTPUT)
        yield text


class _RowLookups(NodeTransformer):
    """Turns ``row["Column"]`` and ``row.Column`` into names of their own, found in the header at once."""

    def __init__(self, header: tuple[str, ...]) -> None:
        self._header = header
        self.found: dict[str, int] = {}

    def visit_Getitem(self, node: nodes.Getitem) -> nodes.Node:  # noqa: N802 - Jinja2 dispatches by this name
        """``row["Column"]``; anything but a written name could only be checked row by row."""
        if not (isinstance(node.node, nodes.Name) and node.node.name == _ROW):
            return self.generic_visit(node)
        if isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str):
            return self._cell(node.arg.value, node.lineno)
        raise TemplateError(
            words('The template cannot be used: line {lineno}: write the column as row["Name"].', lineno=node.lineno)
        )

    def visit_Getattr(self, node: nodes.Getattr) -> nodes.Node:  # noqa: N802 - Jinja2 dispatches by this name
        """``row.Column``."""
        if isinstance(node.node, nodes.Name) and node.node.name == _ROW:
            return self._cell(node.attr, node.lineno)
        return self.generic_visit(node)

    def visit_Name(self, node: nodes.Name) -> nodes.Node:  # noqa: N802 - Jinja2 dispatches by this name
        """A template that gives ``row`` another meaning would read the wrong cells."""
        if node.name == _ROW and node.ctx != "load":
            raise TemplateError(
                words("The template cannot be used: line {lineno}: the name 'row' is taken.", lineno=node.lineno)
            )
        return node

    def _cell(self, column: str, lineno: int) -> nodes.Name:
        index = _column(self._header, column)
        name = f"_cell_of_row_{index}"
        self.found[name] = index
        return nodes.Name(name, "load", lineno=lineno)


def _column(header: tuple[str, ...], name: str) -> int:
    """The column that a placeholder names: exactly, else regardless of case and separators."""
    exact = [index for index, text in enumerate(header) if text == name]
    form = header_form(name)
    alike = exact or [index for index, text in enumerate(header) if form and header_form(text) == form]
    if len(alike) == 1:
        return alike[0]
    if alike:
        names = list_of([f"'{header[index]}'" for index in alike])
        raise TemplateError(
            words(
                "The template's '{name}' could be any of {names}. Rename all but one in the sheet.",
                name=name,
                names=names,
            )
        )
    near = nearest(name, header)
    placeholder = near if near.isidentifier() else f'row["{near}"]'
    hint = words(" Did you mean {{{{ {placeholder} }}}}?", placeholder=placeholder) if near else ""
    raise UnknownColumn(
        words(
            "The template uses '{name}', but the sheet has no such column.{hint} Columns: {columns}.",
            name=shown(name),
            hint=hint,
            columns=listed(header),
        ),
        name,
    )


MOST_COLUMNS: Final = 100

# ``{{ Order number }}``: a name of several words, which is read as one only where a column is called so.
_SEVERAL_WORDS = re.compile(r"\{\{[-+]?\s*([^\W\d]\w*(?:(?: +|-)\w+)+)\s*[-+]?\}\}")


def columns_of_template(source: str) -> tuple[str, ...]:
    """The columns in the order in which they are met. TemplateError for a template that fits no sheet."""
    named = (name for name in _SEVERAL_WORDS.findall(source) if not WORDS_OF_JINJA & set(name.split()))
    header = list(dict.fromkeys(named))
    while len(header) <= MOST_COLUMNS:
        try:
            template = MessageTemplate(source, header)
        except UnknownColumn as unknown:
            header.append(unknown.column)
        else:
            return tuple(header[place] for place in template.columns)
    raise TemplateError(words("The template takes more than {most_columns} columns.", most_columns=MOST_COLUMNS))
