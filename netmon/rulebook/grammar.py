"""The grammar of conditions: text to a tree of allowed nodes, by Python's parser behind two allow-lists.

The first list holds the tokens (specs/rules.md 8 has no escapes, prefixes, exponents or comments), the second the nodes
of Python's tree. What a name means is not known here.
"""

import ast
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NoReturn

import msgspec

MAX_CHARACTERS = 1_000
MAX_DEPTH = 20
MAX_LIST = 1_000
MAX_CALLS = 64
MAX_BITS = 128


class ExpressionError(ValueError):
    """A text is no condition; the message is for people."""


class Literal(msgspec.Struct, frozen=True):
    """A number, a text, true or false."""

    value: bool | int | float | str


class Word(msgspec.Struct, frozen=True):
    """A bare name: an enum name, a MIB symbol, or a root without parts."""

    name: str


class Path(msgspec.Struct, frozen=True):
    """``vb.ifIndex``."""

    root: str
    name: str


class Listing(msgspec.Struct, frozen=True):
    """``[down, 'text', 3]``."""

    items: tuple[Literal | Word, ...]


class Call(msgspec.Struct, frozen=True):
    """``match(vb.ifDescr, 'ge-.*')``."""

    function: str
    arguments: tuple["Node", ...]


class Arithmetic(msgspec.Struct, frozen=True):
    """Two operands and ``+ - * /``."""

    operator: str
    left: "Node"
    right: "Node"


class Minus(msgspec.Struct, frozen=True):
    """``-x``."""

    operand: "Node"


class Comparison(msgspec.Struct, frozen=True):
    """``== != < <= > >= in`` and ``not in``."""

    operator: str
    left: "Node"
    right: "Node"


class Missing(msgspec.Struct, frozen=True):
    """``x is missing``, ``x is not missing``."""

    operand: "Node"
    negated: bool


class Not(msgspec.Struct, frozen=True):
    """``not x``."""

    operand: "Node"


class Junction(msgspec.Struct, frozen=True):
    """Conditions joined by ``and`` or by ``or``."""

    operator: str
    operands: tuple["Node", ...]


Node = Literal | Word | Path | Listing | Call | Arithmetic | Minus | Comparison | Missing | Not | Junction

_TOKEN = re.compile(
    r"(?P<blank>\s+)"
    r"|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<number>\d+(?:\.\d+)?(?![\w.]))"
    r"|(?P<name>[A-Za-z][A-Za-z0-9_]*(?![\w'\"]))"
    r"|(?P<sign>==|!=|<=|>=|[<>+\-*/()\[\],.])",
    re.ASCII,
)
_ODD = re.compile(r"\w+|.", re.DOTALL)


@lru_cache(maxsize=4096)
def parse(text: str) -> Node:
    """Return the tree of a condition.

    Raises:
        ExpressionError: the text is none, or over a limit.
    """
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(f"{len(text)} characters, at most {MAX_CHARACTERS} are allowed")
    if not text.strip():
        raise ExpressionError("empty")
    try:
        tree = ast.parse(_python(text), mode="eval")
    except SyntaxError as error:
        raise ExpressionError(_why(error)) from None
    except (RecursionError, MemoryError):
        raise ExpressionError("too deep") from None
    return _Reader().node(tree.body, MAX_DEPTH)


def _python(text: str) -> str:
    """Check every token and return the text in Python's spelling; a backslash in a text is a backslash."""
    parts: list[str] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(_unexpected(text, at))
        match found.lastgroup:
            case "blank":
                parts.append(" ")
            case "text":
                parts.append(repr(found[0][1:-1]))
            case _:
                parts.append(found[0])
        at = found.end()
    return "".join(parts).strip()


def _unexpected(text: str, at: int) -> str:
    odd = _ODD.match(text, at)
    word = odd[0] if odd else text[at]
    hints = {"=": " (write '==')", "%": "", "'": " (the text has no end)", '"': " (the text has no end)"}
    return f"unexpected {word!r}{hints.get(word, '')}" if word != "'" else f"unexpected '{hints[word]}"


def _why(error: SyntaxError) -> str:
    """Say in a few words where Python's parser gave up."""
    if "nested" in error.msg:
        return "too deep"
    if error.text and error.offset and 0 < error.offset <= len(error.text):
        near = error.text[error.offset - 1 :].strip()
        if near:
            return f"no condition (near '{near[:20]}')"
    return "no condition (ends too early)"


class _Reader:
    """One pass over Python's tree; any node that is not listed is refused."""

    def __init__(self) -> None:
        self.calls = 0

    def node(self, tree: ast.expr, depth: int) -> Node:
        if depth == 0:
            raise ExpressionError(f"nested deeper than {MAX_DEPTH}")
        read = _READERS.get(type(tree))
        if read is None:
            _refuse(tree)
        return read(self, tree, depth - 1)

    def constant(self, tree: ast.Constant, _: int) -> Node:
        return _literal(tree.value)

    def name(self, tree: ast.Name, _: int) -> Node:
        match tree.id:
            case "true":
                return Literal(True)
            case "false":
                return Literal(False)
            case "missing":
                raise ExpressionError("'missing' stands after 'is' only")
            case name:
                return Word(name)

    def attribute(self, tree: ast.Attribute, _: int) -> Node:
        if not isinstance(tree.value, ast.Name):
            raise ExpressionError("one name after the dot, as in vb.ifIndex")
        return Path(tree.value.id, tree.attr)

    def list(self, tree: ast.List, depth: int) -> Node:
        if len(tree.elts) > MAX_LIST:
            raise ExpressionError(f"a list of {len(tree.elts)}, at most {MAX_LIST} are allowed")
        items = [self.node(item, depth or 1) for item in tree.elts]
        plain = tuple(item for item in map(_folded, items) if isinstance(item, Literal | Word))
        if len(plain) != len(items):
            raise ExpressionError("a list holds numbers, texts and names only")
        return Listing(plain)

    def call(self, tree: ast.Call, depth: int) -> Node:
        self.calls += 1
        if self.calls > MAX_CALLS:
            raise ExpressionError(f"more than {MAX_CALLS} function calls")
        if not isinstance(tree.func, ast.Name) or tree.keywords:
            _refuse(tree.keywords[0] if tree.keywords else tree.func)
        return Call(tree.func.id, tuple(self.node(argument, depth) for argument in tree.args))

    def arithmetic(self, tree: ast.BinOp, depth: int) -> Node:
        sign = _SIGNS.get(type(tree.op))
        if sign is None:
            _refuse(tree.op)
        return Arithmetic(sign, self.node(tree.left, depth), self.node(tree.right, depth))

    def unary(self, tree: ast.UnaryOp, depth: int) -> Node:
        if isinstance(tree.op, ast.Not):
            return Not(self.node(tree.operand, depth))
        if not isinstance(tree.op, ast.USub) or isinstance(tree.operand, ast.UnaryOp):
            _refuse(tree.op)
        return _folded(Minus(self.node(tree.operand, depth)))

    def comparison(self, tree: ast.Compare, depth: int) -> Node:
        if len(tree.ops) != 1:
            raise ExpressionError("one comparison at a time (write 'a < b and b < c')")
        left, operator, right = self.node(tree.left, depth), tree.ops[0], tree.comparators[0]
        if isinstance(operator, ast.Is | ast.IsNot):
            if not isinstance(right, ast.Name) or right.id != "missing":
                raise ExpressionError("'is' stands before 'missing' only")
            return Missing(left, isinstance(operator, ast.IsNot))
        return Comparison(_SIGNS[type(operator)], left, self.node(right, depth))

    def junction(self, tree: ast.BoolOp, depth: int) -> Node:
        word = "and" if isinstance(tree.op, ast.And) else "or"
        return Junction(word, tuple(self.node(operand, depth) for operand in tree.values))


def _literal(value: Any) -> Literal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ExpressionError(f"'{value}' is no value (write true, false or 'x is missing')")
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise ExpressionError(f"a number of more than {MAX_BITS} bit")
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        raise ExpressionError("a number out of range")
    return Literal(value)


def _folded(node: Node) -> Node:
    """Make a literal of a negative number."""
    if isinstance(node, Minus) and isinstance(node.operand, Literal):
        value = node.operand.value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return Literal(-value)
    return node


def _refuse(tree: ast.AST) -> NoReturn:
    raise ExpressionError(f"{_WORDS.get(type(tree), 'this')} is not allowed in a condition")


_READERS: dict[type[ast.expr], Callable[[_Reader, Any, int], Node]] = {
    ast.Constant: _Reader.constant,
    ast.Name: _Reader.name,
    ast.Attribute: _Reader.attribute,
    ast.List: _Reader.list,
    ast.Call: _Reader.call,
    ast.BinOp: _Reader.arithmetic,
    ast.UnaryOp: _Reader.unary,
    ast.Compare: _Reader.comparison,
    ast.BoolOp: _Reader.junction,
}
_SIGNS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_WORDS: dict[type[ast.AST], str] = {
    ast.Subscript: "'[...]' after a value",
    ast.Pow: "'**'",
    ast.FloorDiv: "'//'",
    ast.UAdd: "'+' before a value",
    ast.USub: "'-' before '-'",
    ast.Lambda: "'lambda'",
    ast.IfExp: "'if'",
    ast.ListComp: "'for'",
    ast.GeneratorExp: "'for'",
    ast.Await: "'await'",
    ast.Starred: "'*' before a value",
    ast.Tuple: "a comma outside of a list",
    ast.keyword: "an argument with a name",
    ast.Attribute: "a function after a dot",
    ast.Call: "a call of a call",
}
