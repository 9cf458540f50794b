"""The Jinja2 environment of message templates: every value, text and loop has a bound.

A template neither fills the memory nor runs without end, and nothing is loaded or reached through an attribute.
Cells are values, never templates.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import wraps
from math import isfinite
from types import MappingProxyType
from typing import Any, cast

from jinja2 import StrictUndefined, Undefined
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.filters import FILTERS
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment

from hotline_batch.plan.message.filters import READER_FILTERS, Misfit, Misused, TooMuch
from hotline_batch.plan.message.rounding import half_up

LONGEST_OUTPUT = 100_000
"""Characters that a template may produce for one row, on the way to a message of 4,096."""
_LARGEST_POWER = 64
_LARGEST_NUMBER = 10**30
_STEPS_PER_ROW = 5_000

_PLAIN_FILTERS = (
    "abs capitalize count first last length list lower reverse sort title trim truncate unique upper wordcount"
)
_METHODS = (
    "capitalize casefold count endswith find isalnum isalpha isascii isdecimal isdigit islower isspace isupper lower "
    "lstrip partition removeprefix removesuffix rfind rpartition rsplit rstrip split splitlines startswith strip "
    "swapcase title upper"
)
_OF_NUMBERS = frozenset({"abs", "round"})
SAFE_METHODS = frozenset(_METHODS.split())
LOOP_FACTS = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length"})


class MessageEnvironment(ImmutableSandboxedEnvironment):
    """Jinja2 with the bounds of this module. One environment serves one template in one thread."""

    intercepted_binops = frozenset({"*", "**", "+", "%", "//", "/"})

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True, finalize=_printable
        )
        self._steps_left = _STEPS_PER_ROW
        self.globals = {"range": self._range}
        filters: dict[str, Callable[..., Any]] = {name: FILTERS[name] for name in _PLAIN_FILTERS.split()}
        filters.update(
            default=_default,
            d=_default,
            float=_to_float,
            int=_to_int,
            join=self._join,
            replace=_replace,
            round=_round,
            **READER_FILTERS,
        )
        self.filters = {name: _named(name, function) for name, function in filters.items()}
        self.filters.update(bounded_loop=self._loop, bounded_text=self._joined)
        self.tests = {
            name: test
            for name, test in self.tests.items()
            if name not in {"callable", "filter", "test", "escaped", "sameas"}
        }

    def begin_row(self) -> None:
        """Give the next row its full number of steps."""
        self._steps_left = _STEPS_PER_ROW

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:  # noqa: ARG002 - Jinja2's signature
        """Only the harmless methods of text, and what a loop knows of itself."""
        if isinstance(obj, LoopContext):
            return attr in LOOP_FACTS
        return isinstance(obj, str) and attr in SAFE_METHODS

    def call_binop(self, context: Any, operator_sign: str, left: Any, right: Any) -> Any:  # noqa: ARG002 - Jinja2's signature
        """Arithmetic with an end: no huge texts, no numbers that take hours."""
        if operator_sign == "**":
            _check_power(left, right)
        elif operator_sign == "*":
            _check_product(left, right)
        elif operator_sign == "+" and hasattr(left, "__len__") and hasattr(right, "__len__"):
            _check_length(len(left) + len(right))
        elif operator_sign == "%" and not isinstance(left, int | float):
            raise Misused("percent_of_text")
        return _OPERATORS[operator_sign](left, right)

    def _step(self, steps: int) -> None:
        self._steps_left -= steps
        if self._steps_left < 0:
            raise TooMuch("too_many_steps", most=_STEPS_PER_ROW)

    def _range(self, *bounds: int) -> range:
        numbers = range(*bounds)
        self._step(min(len(numbers), _STEPS_PER_ROW + 1))
        return numbers

    def _loop(self, values: Iterable[object]) -> list[object]:
        if isinstance(values, Undefined):
            return list(values)
        taken: list[object] = []
        for value in values:
            self._step(1)
            taken.append(value)
        return taken

    def _join(self, values: Iterable[object], separator: str = "") -> str:
        texts = [str(value) for value in self._loop(values)]
        _check_length(sum(map(len, texts)) + len(texts) * len(separator))
        return separator.join(texts)

    def _joined(self, values: Iterable[object]) -> str:
        texts = [str(value) for value in values]
        _check_length(sum(map(len, texts)))
        return "".join(texts)


_PRINTED = (str, int, float, Undefined)


def _printable(value: object) -> object:
    """What a placeholder prints. Lists are refused: nobody wants ['a', 'b'] in a message."""
    if isinstance(value, _PRINTED):
        return value
    raise Misused("list")


def _named(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The filter, whose errors say which one it was."""

    @wraps(function)
    def filtered(*values: Any, **options: Any) -> Any:
        try:
            return function(*values, **options)
        except (SecurityError, UndefinedError):
            raise
        except Exception as error:  # noqa: BLE001 - a filter can fail in any way
            reason = "filter_unusable_with_text" if name in _OF_NUMBERS else "filter_unusable"
            raise Misused(reason, filter=name, said=str(error) or type(error).__name__) from None

    return filtered


def _check_length(length: int) -> None:
    if length > LONGEST_OUTPUT:
        raise TooMuch("text_too_long", most=LONGEST_OUTPUT)


def _check_power(base: object, exponent: object) -> None:
    if not (isinstance(base, int | float) and isinstance(exponent, int | float)):
        return
    if abs(exponent) > _LARGEST_POWER or abs(base) > _LARGEST_NUMBER:
        raise TooMuch("power_too_large")


def _check_product(left: object, right: object) -> None:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, str | list | tuple) and isinstance(other, int):
            _check_length(len(one) * max(other, 0))
        elif isinstance(one, int) and abs(one) > _LARGEST_NUMBER**2:
            raise TooMuch("product_too_large")


def _default(value: object, fallback: object = "", boolean: bool = True) -> object:  # noqa: ARG001 - Jinja2's signature
    """A blank cell is what a sheet has for a missing value, so the fallback stands in for it as well."""
    is_blank = isinstance(value, Undefined) or (isinstance(value, str) and not value.strip())
    return fallback if is_blank else value


def _to_int(value: object, fallback: object = None) -> object:
    """A whole number, or the fallback, or a problem of this row: a silent 0 in a message would be a lie."""
    return _to_number(int, value, fallback)


def _to_float(value: object, fallback: object = None) -> object:
    """A number with a decimal point, or the fallback, or a problem of this row."""
    return _to_number(float, value, fallback)


def _to_number(kind: Callable[[Any], object], value: object, fallback: object) -> object:
    text = value.strip() if isinstance(value, str) else value
    try:
        if not isinstance(text, str) or (text.isascii() and "_" not in text and len(text) < 30):
            return kind(text)
    except (ValueError, TypeError, OverflowError):
        pass
    if fallback is not None:
        return fallback
    name = getattr(kind, "__name__", "")
    raise Misfit("no_number_to_convert", filter=name, cell=str(value)[:40])


def _replace(text: object, old: str, new: str) -> str:
    source = str(text)
    _check_length(len(source) + (source.count(old) * max(len(new) - len(old), 0)))
    return source.replace(old, new)


def _round(value: float, precision: int = 0, method: str = "common") -> object:
    if not -30 <= precision <= 30:
        raise TooMuch("too_many_places", most=30)
    if method == "common":
        return _half_up(value, precision)
    rounded = cast("Callable[[float, int, str], float]", FILTERS["round"])(value, precision, method)
    return int(rounded) if precision == 0 else rounded


def _half_up(value: Any, precision: int) -> float:
    """As the filters for amounts do; a whole number stays one, and what is no number is left to Python."""
    match value:
        case int():
            return int(half_up(Decimal(value), precision))
        case float() if isfinite(value):
            rounded = half_up(Decimal(repr(value)), precision)
            return float(rounded) if precision else int(rounded)
        case _:
            return cast("float", round(value, precision or None))


_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "*": operator.mul,
        "**": operator.pow,
        "+": operator.add,
        "%": operator.mod,
        "/": operator.truediv,
        "//": operator.floordiv,
    }
)
