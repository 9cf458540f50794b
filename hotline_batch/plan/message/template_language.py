"""The part of Jinja2 that message templates may use: placeholders, conditions, loops over a cell, a few filters.

Everything else is refused before any row is read: what a template cannot say, it cannot abuse.
"""

from __future__ import annotations

from collections.abc import Iterator

from jinja2 import nodes
from jinja2.exceptions import SecurityError

from hotline_batch.language.words import words
from hotline_batch.plan.message.template_bounds import LOOP_FACTS, SAFE_METHODS

_DEEPEST_LOOP = 3
_NODES = (
    "Template Output TemplateData Const Name Getitem Getattr Slice Call Keyword Filter Test If CondExpr For Assign "
    "List Tuple Compare Operand And Or Not Neg Pos Concat Add Sub Mul Div FloorDiv Mod Pow"
)
_ALLOWED_NODES = frozenset(_NODES.split())
NAMES_OF_JINJA = frozenset({"self", "super", "caller", "varargs", "kwargs"})
"""What means something else in Jinja2 and nothing in a message."""


def check_language(tree: nodes.Template) -> None:
    """Refuse, with a SecurityError that names the line, what lies outside of this language."""
    for node in tree.find_all(nodes.Node):
        if reason := _why_refused(node):
            message = words("line {lineno}: {reason}", lineno=node.lineno, reason=reason)
            raise SecurityError(message)
    called = {id(call.node) for call in tree.find_all(nodes.Call)}
    for attribute in tree.find_all(nodes.Getattr):
        if _is_loop(attribute.node):
            if attribute.attr not in LOOP_FACTS:
                facts = ", ".join(f"loop.{fact}" for fact in sorted(LOOP_FACTS))
                message = words(
                    "line {lineno}: a loop has no part '{attr}', only {facts}",
                    lineno=attribute.lineno,
                    attr=attribute.attr,
                    facts=facts,
                )
                raise SecurityError(message)
        elif id(attribute) not in called:
            message = words("line {lineno}: a value has no part '{attr}'", lineno=attribute.lineno, attr=attribute.attr)
            if attribute.attr in SAFE_METHODS:
                message = words("{said}; for the method write {method}()", said=message, method=attribute.attr)
            raise SecurityError(message)
    _check_depth(tree, 0)


def _why_refused(node: nodes.Node) -> str:
    match node:
        case nodes.Call():
            return _why_call_is_refused(node)
        case nodes.Getitem(arg=nodes.Const(value=str())):
            return words("only row[...] takes a column name in brackets")
        case nodes.Name(name=name) if name in NAMES_OF_JINJA:
            return words("the name '{name}' cannot be used in a message", name=name)
        case nodes.Assign(node=value) if any(True for _ in _lists_in(value)):
            return words("a list cannot be given a name")
        case _ if type(node).__name__ not in _ALLOWED_NODES:
            return words("'{node}' cannot be used in a message", node=_tag(node))
        case _:
            return ""


def _lists_in(value: nodes.Node) -> Iterator[nodes.Node]:
    if isinstance(value, nodes.List | nodes.Tuple):
        yield value
    yield from value.find_all((nodes.List, nodes.Tuple))


def _why_call_is_refused(call: nodes.Call) -> str:
    if call.dyn_args or call.dyn_kwargs:
        return words("* before a value cannot be used in a message")
    match call.node:
        case nodes.Getattr(attr=method):
            return (
                ""
                if method in SAFE_METHODS
                else words("the method {method}() cannot be used in a message", method=method)
            )
        case nodes.Name(name="range"):
            return ""
        case _:
            return words("this function cannot be used in a message")


def _tag(node: nodes.Node) -> str:
    """The name under which the person knows the construct: Include -> include, CallBlock -> call."""
    name = type(node).__name__
    return (name if name == "Block" else name.removesuffix("Block")).lower()


def _is_loop(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Name) and node.name == "loop"


def _check_depth(node: nodes.Node, depth: int) -> None:
    for child in node.iter_child_nodes():
        inner = depth + isinstance(child, nodes.For)
        if inner > _DEEPEST_LOOP:
            message = words(
                "line {lineno}: more than {deepest_loop} loops inside each other",
                lineno=child.lineno,
                deepest_loop=_DEEPEST_LOOP,
            )
            raise SecurityError(message)
        _check_depth(child, inner)


def bounded(tree: nodes.Template) -> None:
    """Put every loop and every joining of texts in the tree under its bound, in place."""
    for loop in tree.find_all(nodes.For):
        loop.iter = nodes.Filter(loop.iter, "bounded_loop", [], [], None, None, lineno=loop.lineno)
    for parent in list(tree.find_all(nodes.Node)):
        for name, value in list(parent.iter_fields()):
            if isinstance(value, nodes.Concat):
                setattr(parent, name, _bounded_text(value))
            elif isinstance(value, list):
                value[:] = [_bounded_text(item) if isinstance(item, nodes.Concat) else item for item in value]


def _bounded_text(concat: nodes.Concat) -> nodes.Filter:
    texts = nodes.List(concat.nodes, lineno=concat.lineno)
    return nodes.Filter(texts, "bounded_text", [], [], None, None, lineno=concat.lineno)
