"""Conditions and values of rules: from text to a function of a `Scope` (specs/rules.md 8).

Missing values (absent, NaN, older than ``stale_after``) make a comparison false, except ``!=``, and anything computed
from them missing. The text is read by ``grammar``, its names by ``resolve``, written as Python by ``generate``.
"""

from collections.abc import Callable
from itertools import chain
from typing import Any

import msgspec

from netmon.mib.names import MibView
from netmon.mib.node import Node as MibNode
from netmon.rulebook.functions import Tally, namespace
from netmon.rulebook.generate import Writer, build
from netmon.rulebook.grammar import (
    Comparison,
    ExpressionError,
    Junction,
    Listing,
    Literal,
    Node,
    Path,
    Word,
    parse,
)
from netmon.rulebook.resolve import Context, Resolver
from netmon.rulebook.scope import Scope, Test

__all__ = ["Condition", "Context", "ExpressionError", "Reading", "compile_condition", "compile_part", "compile_reading"]

Equals = tuple[tuple[str, tuple[int | float | str, ...]], ...]


class Condition(msgspec.Struct, frozen=True):
    """A compiled condition and what can be known of it without running it."""

    test: Test
    polled: tuple[str, ...] = ()
    """What it asks ``polled()`` for."""
    windows: tuple[tuple[str, int], ...] = ()
    """(metric, ms) of which it asks what that was in a while."""
    equals: Equals = ()
    """(field, values) of the input without which it cannot be true."""


class Reading(msgspec.Struct, frozen=True):
    """A compiled value, with the MIB objects it is of where that is known."""

    read: Callable[[Scope], Any]
    objects: tuple[MibNode, ...] = ()
    polled: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    """Columns of a row that it names, in that order."""
    rates: tuple[str, ...] = ()
    """Those of which it asks for the growth per second."""
    windows: tuple[tuple[str, int], ...] = ()
    """(metric, ms) of which it asks what that was in a while."""


def compile_condition(text: str, context: Context, names: MibView, *, tally: Tally) -> Condition:
    """Return the condition a text stands for.

    Raises:
        ExpressionError: what is wrong, for people.
    """
    resolver = Resolver(context, names)
    tree = resolver.node(parse(text))
    if isinstance(tree, Literal) and not isinstance(tree.value, bool):
        raise ExpressionError(f"{tree.value!r} is no condition")
    writer = Writer()
    source = writer.condition(tree)
    test = build(source, writer.constants, namespace(tally))
    return Condition(test, tuple(resolver.polled), tuple(resolver.windows), equals_of(tree))


def compile_part(text: str, context: Context, names: MibView, *, tally: Tally, without: str) -> Test | None:
    """Return what a condition demands at its top level without looking at one of the roots; None: nothing.

    Raises:
        ExpressionError: what is wrong, for people.
    """
    tree = Resolver(context, names).node(parse(text))
    parts = tree.operands if isinstance(tree, Junction) and tree.operator == "and" else (tree,)
    kept = tuple(part for part in parts if without not in roots_of(part))
    if not kept:
        return None
    writer = Writer()
    return build(writer.condition(Junction("and", kept)), writer.constants, namespace(tally))


def roots_of(tree: Node) -> frozenset[str]:
    """Return the roots that a tree looks at; of a call the word that it is given, too."""
    match tree:
        case Path(root, _):
            return frozenset((root,))
        case Word(name):
            return frozenset((name,))
        case Literal():
            return frozenset()
    inside = chain.from_iterable(
        found if isinstance(found := getattr(tree, name), tuple) else (found,) for name in tree.__struct_fields__
    )
    return frozenset(chain.from_iterable(roots_of(one) for one in inside if isinstance(one, Node)))


def compile_reading(text: str, context: Context, names: MibView, *, tally: Tally) -> Reading:
    """Return the value a text stands for.

    Raises:
        ExpressionError: what is wrong, for people.
    """
    resolver = Resolver(context, names)
    tree = resolver.node(parse(text))
    writer = Writer()
    source = writer.value(tree).text
    objects = resolver.objects(tree)
    read = build(source, writer.constants, namespace(tally))
    polled, fields, rates = map(tuple, (resolver.polled, resolver.fields, resolver.rates))
    return Reading(read, objects, polled, fields, rates, tuple(resolver.windows))


def equals_of(tree: Node) -> Equals:
    """Return what a condition demands of fields at its top level: ``field == literal``, ``field in [literals]``."""
    found: dict[str, tuple[int | float | str, ...]] = {}
    for part in tree.operands if isinstance(tree, Junction) and tree.operator == "and" else (tree,):
        if isinstance(part, Comparison):
            field, values = _demand(part)
            if field:
                found.setdefault(field, values)
    return tuple(found.items())


def _demand(part: Comparison) -> tuple[str, tuple[int | float | str, ...]]:
    left, right = part.left, part.right
    if part.operator == "==" and isinstance(left, Literal):
        left, right = right, left
    items: tuple[Literal | Word, ...] = ()
    if part.operator == "==" and isinstance(right, Literal):
        items = (right,)
    elif part.operator == "in" and isinstance(right, Listing):
        items = right.items
    if not items or not isinstance(left, Path) or left.root not in ("vb", "field"):
        return "", ()
    values = tuple(item.value for item in items if isinstance(item, Literal) and not isinstance(item.value, bool))
    return (left.name, values) if len(values) == len(items) else ("", ())
