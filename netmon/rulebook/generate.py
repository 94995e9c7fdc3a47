"""Writes a resolved condition as Python source: fast where both types are known, by function where they are not.

Text of a rule reaches the source only through ``repr`` of values that the grammar read as such.
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from ipaddress import ip_network
from types import CodeType, FunctionType
from typing import Any, NamedTuple

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
    Path,
    Word,
)
from netmon.rulebook.pattern import compile_pattern

_BY_FUNCTION = {"==": "same", "!=": "differs", "<": "less", "<=": "at_most", ">": "greater", ">=": "at_least"}
_FLIPPED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ARITHMETIC = {"+": "plus", "-": "minus", "*": "times", "/": "divided"}
_CALLS = {
    "len": "length",
    "abs": "absolute",
    "min": "least",
    "max": "greatest",
    "round": "rounded",
    "log10": "logarithm",
}
_SERIES = {"avg": "average", "lowest": "lowest", "highest": "highest", "p95": "percentile95", "samples": "size"}
_MAYBE = ("contains", "startswith", "endswith")
_SMALL = 4
"""A longer list is looked up in a frozen set."""


class Code(NamedTuple):
    """Source of a value; ``maybe`` is true, false or missing, so it can stand as a condition as it is."""

    text: str
    kind: str
    """bool, maybe or value."""


class Writer:
    """Writes one expression; ``constants`` are the names it needs beside the functions."""

    def __init__(self) -> None:
        self.constants: dict[str, Any] = {}
        self._names = 0

    def condition(self, tree: Node) -> str:
        """Return source that is true or false."""
        code = self.value(tree)
        if code.kind == "bool":
            return code.text
        return f"(True if {code.text} else False)" if code.kind == "maybe" else f"true({code.text})"

    def value(self, tree: Node) -> Code:
        """Return source of any value."""
        match tree:
            case Literal(value):
                return Code(repr(value), "bool" if isinstance(value, bool) else "value")
            case Path(root, name):
                return Code(f"s.{root}.get({name!r})", "value")
            case Word(name):
                return Code(f"s.{name}", "value")
            case Call():
                return self._call(tree)
            case Arithmetic(operator, left, right):
                return Code(f"{_ARITHMETIC[operator]}({self.value(left).text}, {self.value(right).text})", "value")
            case Minus(operand):
                return Code(f"negative({self.value(operand).text})", "value")
            case _:
                return Code(self._logic(tree), "bool")

    def _logic(self, tree: Node) -> str:
        match tree:
            case Comparison(operator, left, Listing(items)):
                return self._among(operator, left, items)
            case Comparison():
                return self._comparison(tree)
            case Missing(operand, negated):
                return f"({'not ' if negated else ''}missing({self.value(operand).text}))"
            case Not(operand):
                return f"(not {self.condition(operand)})"
            case Junction(operator, operands):
                return f"({f' {operator} '.join(map(self.condition, operands))})"
            case _:
                raise TypeError(tree)

    def _comparison(self, tree: Comparison) -> str:
        operator, left, right = tree.operator, tree.left, tree.right
        if isinstance(left, Literal):
            operator, left, right = _FLIPPED[operator], right, left
        value, other = self.value(left).text, self.value(right).text
        if not isinstance(right, Literal) or isinstance(right.value, bool):
            return f"{_BY_FUNCTION[operator]}({value}, {other})"
        v = self._name("v")
        fast = _fast(v, operator, text=isinstance(right.value, str))
        if not fast:
            return f"{_BY_FUNCTION[operator]}({value}, {other})"
        return f"({v} {operator} {other} if {fast.format(value)} else {_BY_FUNCTION[operator]}({v}, {other}))"

    def _among(self, operator: str, left: Node, items: tuple[Literal | Word, ...]) -> str:
        values = [item.value for item in items if isinstance(item, Literal)]
        v, value, kinds = self._name("v"), self.value(left).text, {value.__class__ for value in values}
        function = "among" if operator == "in" else "not_among"
        shown = ", ".join(map(repr, values))
        listed = f"({shown},)" if values else "()"
        if kinds not in ({int}, {str}):
            return f"{function}({value}, {listed})"
        fast = listed if len(values) <= _SMALL else f"{{{shown}}}"
        kind = self._constant("kind", kinds.pop())
        return f"({v} {operator} {fast} if ({v} := {value}).__class__ is {kind} else {function}({v}, {listed}))"

    def _call(self, tree: Call) -> Code:
        name, arguments = tree.function, tree.arguments
        match name, arguments:
            case (("avg" | "lowest" | "highest" | "p95" | "samples"), (Literal(metric), Literal(ms))):
                return Code(f"{_SERIES[name]}(s.window({metric!r}, {ms!r}))", "value")
            case "polled", (Word(symbol),):
                return Code(f"s.polled({symbol!r})", "value")
            case "active", (Literal(value),):
                return Code(f"s.active({value!r})", "maybe")
            case "limit", (Literal(metric), default):
                v = self._name("v")
                return Code(
                    f"({v} if ({v} := s.polled({metric!r})) is not None else {self.value(default).text})", "value"
                )
            case "match", (subject, Literal(str(pattern))):
                whole = self._constant("whole", compile_pattern(pattern))
                return Code(f"matches({whole}, {self.value(subject).text})", "maybe")
            case "cidr", (address, Literal(str(network))):
                known = self._constant("network", ip_network(network))
                return Code(f"in_network({known}, {self.value(address).text})", "maybe")
        written = ", ".join(self.value(argument).text for argument in arguments)
        return Code(f"{_CALLS.get(name, name)}({written})", "maybe" if name in _MAYBE else "value")

    def _name(self, stem: str) -> str:
        self._names += 1
        return f"{stem}{self._names}"

    def _constant(self, stem: str, value: object) -> str:
        name = self._name(stem)
        self.constants[name] = value
        return name


def _fast(v: str, operator: str, *, text: bool) -> str:
    """Return the test under which Python's own comparison is right; empty where it seldom is."""
    kind = "text" if text else "int"
    if operator in ("==", "!="):
        # None is equal to nothing, which is what missing asks for.
        return f"({v} := {{}}).__class__ is {kind}_ or {v} is None"
    return "" if text else f"({v} := {{}}).__class__ is int_ or {v}.__class__ is float_"


def build(text: str, constants: Mapping[str, Any], functions: Mapping[str, Any]) -> Callable[..., Any]:
    """Return the function of ``s`` that generated source stands for; it reaches nothing but what is handed in."""
    return FunctionType(_code(text), {"int_": int, "float_": float, "text_": str, **functions, **constants})


@lru_cache(maxsize=4096)
def _code(text: str) -> CodeType:
    """Return compiled source; profiles that extend one another, and each reload, bring the same again."""
    code = compile(f"lambda s: {text}", "<rule>", "eval")
    return next(constant for constant in code.co_consts if isinstance(constant, CodeType))
