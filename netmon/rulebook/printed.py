"""Conditions with the values they look at written in: ``2 != 2``, for people who ask why (specs/rules.md 10.3)."""

from collections.abc import Callable, Iterator
from typing import Any

from netmon.mib.names import MibView
from netmon.rulebook.functions import missing, namespace
from netmon.rulebook.generate import Writer, build
from netmon.rulebook.grammar import (
    Arithmetic,
    Call,
    Comparison,
    Junction,
    Listing,
    Literal,
    Minus,
    Missing,
    Node,
    Not,
    Word,
    parse,
)
from netmon.rulebook.resolve import SERIES, Context, Resolver
from netmon.rulebook.scope import Scope

_LOOKED_UP = ("polled", "limit", *SERIES)
"""Functions that stand for a value that is known elsewhere; of others the arguments are what one wants to see."""

_Piece = str | Callable[[Scope], str]


def printer(text: str, context: Context, names: MibView) -> Callable[[Scope], str]:
    """Return what writes a condition with the values of a scope in the place of its names.

    Raises:
        ExpressionError: the text is no condition.
    """
    pieces = tuple(_pieces(Resolver(context, names).node(parse(text))))

    def written(scope: Scope) -> str:
        return "".join(piece if isinstance(piece, str) else piece(scope) for piece in pieces)

    return written


def in_words(value: Any) -> str:
    """Return a value as people read it: ``missing``, ``true``, ``'text'``, ``93.4``."""
    if missing(value):
        return "missing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return f"'{value}'" if isinstance(value, str) else str(value)


def _pieces(tree: Node) -> Iterator[_Piece]:
    match tree:
        case Junction(operator, operands):
            yield from _joined(operands, f" {operator} ")
        case Comparison(operator, left, right):
            yield from _joined((left, right), f" {operator} ")
        case Not(operand):
            yield "not "
            yield from _within(operand)
        case Missing(operand, negated):
            yield from _within(operand)
            yield " is not missing" if negated else " is missing"
        case _:
            yield from _value(tree)


def _value(tree: Node) -> Iterator[_Piece]:
    match tree:
        case Literal(value):
            yield in_words(value)
        case Listing(items):
            yield "["
            yield from _joined(items, ", ")
            yield "]"
        case Arithmetic(operator, left, right):
            yield from _joined((left, right), f" {operator} ")
        case Minus(operand):
            yield "-"
            yield from _within(operand)
        case Call("active", (Literal(type_),)):
            yield f"active('{type_}') "
            yield _read(tree)
        case Call(function, arguments) if function not in _LOOKED_UP:
            yield f"{function}("
            yield from _joined(arguments, ", ")
            yield ")"
        case _:
            yield _read(tree)


def _joined(operands: tuple[Node, ...] | tuple[Literal | Word, ...], sign: str) -> Iterator[_Piece]:
    for number, operand in enumerate(operands):
        if number:
            yield sign
        yield from _pieces(operand) if sign == ", " else _within(operand)


def _within(operand: Node) -> Iterator[_Piece]:
    """Write what is joined by signs itself in parentheses, unless it is a comparison."""
    if isinstance(operand, Junction | Arithmetic):
        yield "("
        yield from _pieces(operand)
        yield ")"
    else:
        yield from _pieces(operand)


def _read(tree: Node) -> Callable[[Scope], str]:
    writer = Writer()
    read = build(writer.value(tree).text, writer.constants, namespace({}))
    return lambda scope: in_words(read(scope))
