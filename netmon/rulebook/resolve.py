"""Gives every name of a condition its meaning: roots, enum names of the other side's MIB object, functions."""

import re
from collections.abc import Iterable
from ipaddress import ip_network

import msgspec

from netmon.domain.duration import Duration
from netmon.domain.scalar import unknown
from netmon.mib.names import MibView
from netmon.mib.node import Node as MibNode
from netmon.rulebook.grammar import (
    Arithmetic,
    Call,
    Comparison,
    ExpressionError,
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
from netmon.rulebook.pattern import PatternError, compile_pattern

INVENTORY = ("element", "object", "tag")
PARTS: dict[str, tuple[str, ...]] = {
    "element": ("id", "name", "site", "role"),
    "object": ("name", "path", "kind"),
    "service": ("id", "name", "party_ref"),
    "trap": ("name", "severity", "subject"),
    "alarm": (
        "object",
        "element",
        "type",
        "qualifier",
        "severity",
        "event_type",
        "probable_cause",
        "object_type",
        "text",
        "rule",
        "service_affecting",
        "count",
        "ack",
        "owner",
    ),
}
"""Names a root is asked for; ``vb`` takes MIB symbols, the others any name."""
STATES: dict[str, tuple[str, ...]] = {
    "reachability": ("unknown", "up", "down", "unreachable"),
    "agent": ("unknown", "up", "unreachable", "refused"),
}
_SEVERITIES = ("cleared", "indeterminate", "warning", "minor", "major", "critical")
_PLAIN = ("value", "state", "reason", "severity", "count", "n", "m", "left")
_DOTTED = ("vb", "trap", "field", "label", "alarm", "service", *INVENTORY)
_LATER_ROOTS = ("alarm", "group", "mean", "sd")
_LATER_FUNCTIONS = ("rate", "delta", "pct_of_speed")
SERIES = ("avg", "lowest", "highest", "p95", "samples")
"""Functions of what a metric was in a while."""
_LONGEST_MS = 86_400_000
FUNCTIONS: dict[str, tuple[int, int]] = {
    "match": (2, 2),
    "contains": (2, 2),
    "startswith": (2, 2),
    "endswith": (2, 2),
    "lower": (1, 1),
    "len": (1, 1),
    "abs": (1, 1),
    "min": (1, 64),
    "max": (1, 64),
    "round": (1, 2),
    "scaled": (2, 2),
    "log10": (1, 1),
    "unsigned": (1, 1),
    "polled": (1, 1),
    "cidr": (2, 2),
    "active": (1, 1),
    "limit": (2, 2),
    **dict.fromkeys(SERIES, (2, 2)),
}
"""Least and greatest number of arguments."""
LIMIT = "netmon_limit_"
"""Begins the metrics that say what an element itself thinks too much or too little."""
LIMIT_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_NUMBERS = ("Integer32", "Unsigned32", "Counter32", "Counter64", "Gauge32", "TimeTicks")
_TEXTS = ("OctetString", "IpAddress", "ObjectIdentifier")


def rate_of(column: str) -> str:
    """Return the name under which a row holds the growth per second of a counter."""
    return f"rate({column})"


class Context(msgspec.Struct, frozen=True):
    """What an expression or template may look at."""

    what: str
    """For people: ``a trap``."""
    roots: tuple[str, ...] = INVENTORY
    metrics: tuple[str, ...] = ()
    """What ``value`` is a sample of."""
    states: tuple[str, ...] = ()
    """What ``state`` is a value of."""
    columns: tuple[str, ...] = ()
    """Bare names that stand for the cells of a row, in profiles."""
    counters: tuple[str, ...] = ()
    """Those of the columns of which there is a ``rate()``."""
    lookups: bool = True
    """Whether ``polled()`` and ``active()`` may be asked."""
    own: bool = False
    """Whether a text may say how often its alarm was raised, and how many others that hides."""
    lenient: bool = False
    """A module of the rule is not loaded (a warning of its own), so unknown MIB symbols are let pass."""


class Resolver:
    """Resolves one tree, and keeps what it asks for."""

    def __init__(self, context: Context, names: MibView) -> None:
        self.context = context
        self.names = names
        self.polled: dict[str, None] = {}
        self.windows: dict[tuple[str, int], None] = {}
        """(metric, ms) of which it is asked what that was in a while."""
        self.fields: dict[str, None] = {}
        """Columns in the order in which they are named."""
        self.rates: dict[str, None] = {}
        """Columns of which the growth per second is asked for."""

    def node(self, tree: Node) -> Node:
        """Return the tree with literals for names; a `Word` that is left is a root without parts."""
        match tree:
            case Word(name):
                return self._root(name)
            case Path():
                return self._path(tree)
            case Call():
                return self._call(tree)
            case Comparison():
                return self._comparison(tree)
            case Listing():
                raise ExpressionError("a list stands after 'in' only")
            case Literal():
                return tree
            case _:
                return self._inner(tree)

    def _inner(self, tree: Arithmetic | Minus | Missing | Not | Junction) -> Node:
        match tree:
            case Arithmetic(operator, left, right):
                return Arithmetic(operator, self.node(left), self.node(right))
            case Junction(operator, operands):
                return Junction(operator, tuple(map(self.node, operands)))
            case Missing(operand, negated):
                return Missing(self.node(operand), negated)
            case Minus(operand):
                return Minus(self.node(operand))
            case Not(operand):
                return Not(self.node(operand))

    def _root(self, name: str) -> Node:
        if name in self.context.columns:
            self.fields[name] = None
            return Path("field", name)
        if name in _PLAIN and name in self.context.roots:
            return Word(name)
        if name in _DOTTED and name in self.context.roots:
            raise ExpressionError(f"'{name}' needs a name: {name}.x")
        self._check_root(name)
        known = [*self.context.columns, *self.context.roots, *FUNCTIONS, "true", "false", "missing"]
        raise ExpressionError(unknown("name", name, known))

    def _check_root(self, name: str) -> None:
        if name in _LATER_ROOTS and name not in self.context.roots:
            raise ExpressionError(f"'{name}' is not supported by this release")
        if name in _PLAIN + _DOTTED and name not in self.context.roots:
            raise ExpressionError(f"'{name}' is not known of {self.context.what}")

    def _path(self, tree: Path) -> Path:
        self._check_root(tree.root)
        if tree.root not in _DOTTED:
            if tree.root in _PLAIN:
                raise ExpressionError(f"'{tree.root}' has no parts")
            raise ExpressionError(unknown("name", tree.root, list(self.context.roots)))
        parts = PARTS.get(tree.root)
        if parts is not None and tree.name not in parts:
            raise ExpressionError(unknown("name", f"{tree.root}.{tree.name}", [f"{tree.root}.{p}" for p in parts]))
        if tree.root == "vb":
            self.objects(tree)
        return tree

    def _call(self, tree: Call) -> Node:
        name, arguments = tree.function, tree.arguments
        if name == "rate" and self.context.columns:
            return self._rate(arguments)
        if name in _LATER_FUNCTIONS:
            raise ExpressionError(f"'{name}' is not supported by this release")
        if name not in FUNCTIONS:
            raise ExpressionError(unknown("function", name, [*FUNCTIONS]))
        least, most = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            wanted = str(least) if least == most else f"{least} to {most}"
            raise ExpressionError(f"{name}() takes {wanted} arguments, not {len(arguments)}")
        if name in ("polled", "active", "limit"):
            return self._lookup(tree)
        if name in SERIES:
            return self._series(tree)
        if name in ("match", "cidr"):
            _check_second(tree)
        return Call(name, tuple(map(self.node, arguments)))

    def _rate(self, arguments: tuple[Node, ...]) -> Path:
        match arguments:
            case (Word(name),) if name in self.context.counters:
                self.fields[name] = self.rates[name] = None
                return Path("field", rate_of(name))
            case (Word(name),):
                raise ExpressionError(
                    f"rate() takes a counter of the table: {unknown('counter', name, list(self.context.counters))}"
                )
            case _:
                raise ExpressionError("rate() takes the name of a counter: rate(ifInOctets)")

    def _lookup(self, tree: Call) -> Node:
        name, argument = tree.function, tree.arguments[0]
        if not self.context.lookups:
            raise ExpressionError(f"'{name}' is not known of {self.context.what}")
        if name == "active":
            if not isinstance(argument, Literal) or not isinstance(argument.value, str):
                raise ExpressionError("active() takes a type in quotes: active('link-alarm')")
            return tree
        if name == "limit":
            return self._limit(tree)
        if not isinstance(argument, Word):
            raise ExpressionError("polled() takes the name of a MIB object: polled(ifAdminStatus)")
        self.objects(tree)
        self.polled[argument.name] = None
        return tree

    def _series(self, tree: Call) -> Node:
        """Return a question for what a metric was in a while, by its name and ms."""
        function, (of, span) = tree.function, tree.arguments
        if not self.context.lookups:
            raise ExpressionError(f"'{function}' is not known of {self.context.what}")
        if not isinstance(of, Word):
            raise ExpressionError(f"{function}() takes 'value' or the name of a metric: {function}(value, '5m')")
        metrics = dict.fromkeys(self.context.metrics) if of.name == "value" else {of.name: None}
        if len(metrics) != 1:
            why = "of several metrics" if metrics else f"not known of {self.context.what}"
            raise ExpressionError(f"{function}(): 'value' is {why} (name the metric: {function}(ifInErrors, '5m'))")
        [metric] = metrics
        if metric not in self.context.metrics:
            self.objects(Call("polled", (of,)))
        self.windows[metric, ms := _span(function, span)] = None
        return Call(function, (Literal(metric), Literal(ms)))

    def _limit(self, tree: Call) -> Node:
        """Return a limit with the metric that tells what the object itself has for it."""
        name, default = tree.arguments
        if not isinstance(name, Literal) or not isinstance(name.value, str):
            raise ExpressionError("limit() takes a name in quotes and a number: limit('rx_low_alarm', -18.0)")
        if not LIMIT_NAME.fullmatch(name.value):
            raise ExpressionError(f"limit(): no limit can be called '{name.value}' (write 'rx_low_alarm')")
        metric = LIMIT + name.value
        self.polled[metric] = None
        return Call("limit", (Literal(metric), self.node(default)))

    def _comparison(self, tree: Comparison) -> Comparison:
        if tree.operator in ("in", "not in"):
            if not isinstance(tree.right, Listing):
                raise ExpressionError(f"'{tree.operator}' stands before a list: {tree.operator} [a, b]")
            left = self.node(tree.left)
            items = [self._meant(item, left) for item in tree.right.items]
            plain = tuple(item for item in items if isinstance(item, Literal))
            if len(plain) != len(items):
                raise ExpressionError("a list holds numbers, texts and enum names only")
            return Comparison(tree.operator, left, Listing(plain))
        if self._is_enum_name(tree.left):
            right = self.node(tree.left if self._is_enum_name(tree.right) else tree.right)
            return Comparison(tree.operator, self._meant(tree.left, right), right)
        left = self.node(tree.left)
        right = self._meant(tree.right, left) if isinstance(tree.right, Word | Literal) else self.node(tree.right)
        if isinstance(left, Literal):
            self._check_type(left, right)
        return Comparison(tree.operator, left, right)

    def _is_enum_name(self, tree: Node) -> bool:
        reserved = _PLAIN + _DOTTED + _LATER_ROOTS + self.context.columns
        return isinstance(tree, Word) and tree.name not in reserved

    def _meant(self, item: Node, other: Node) -> Node:
        """Return what a bare name or literal means beside another value."""
        if isinstance(item, Literal):
            self._check_type(item, other)
            return item
        if not self._is_enum_name(item) or not isinstance(item, Word):
            return self.node(item)
        words = self._words(other)
        if words is not None:
            if item.name not in words and not self.context.lenient:
                raise ExpressionError(unknown("name", item.name, list(words)))
            return Literal(item.name)
        return Literal(self._enum(item.name, other))

    def _words(self, other: Node) -> tuple[str, ...] | None:
        if other == Word("state"):
            return tuple(dict.fromkeys(word for state in self.context.states for word in STATES.get(state, ())))
        return _SEVERITIES if other in (Word("severity"), Path("trap", "severity")) else None

    def _enum(self, name: str, other: Node) -> int | str:
        objects = self.objects(other)
        if not objects:
            if self.context.lenient:
                return 0
            if isinstance(other, Path):
                raise ExpressionError(f"unknown name '{name}' (text stands in quotes: '{name}')")
            self._root(name)
        meant = {self._number(name, node) for node in objects}
        if len(meant) > 1:
            raise ExpressionError(f"'{name}' is another number in each of {', '.join(n.symbol for n in objects)}")
        return meant.pop()

    def _number(self, name: str, node: MibNode) -> int | str:
        for number, known in node.enums:
            if known == name:
                return number
        if node.type.base == "ObjectIdentifier":
            try:
                return self.names.symbol(name).oid
            except LookupError:
                raise ExpressionError(f"unknown name '{name}'{_near(self.names, name)}") from None
        raise ExpressionError(unknown("name", name, [known for _, known in node.enums]))

    def objects(self, tree: Node) -> tuple[MibNode, ...]:
        """Return the MIB objects a value is of; none where it is of no MIB object."""
        match tree:
            case Path("vb", name) | Call("polled", (Word(name),)):
                return self._objects((name,), required=not self.context.lenient)
            case Word("value"):
                return self._objects(self.context.metrics, required=False)
            case Path("field", name) if name in self.context.columns:
                return self._objects((name,), required=False)
            case _:
                return ()

    def _objects(self, symbols: Iterable[str], *, required: bool) -> tuple[MibNode, ...]:
        found: list[MibNode] = []
        for symbol in symbols:
            node = self.names.find(symbol)
            if node is not None:
                found.append(node)
            elif required and not symbol.startswith("netmon_"):
                raise ExpressionError(f"no object '{symbol}' in the MIBs{_near(self.names, symbol)}")
        return tuple(found)

    def _check_type(self, literal: Literal, other: Node) -> None:
        for node in self.objects(other):
            if isinstance(literal.value, str) and node.type.base in _NUMBERS:
                hint = " (enum names stand without quotes)" if node.enums else ""
                raise ExpressionError(f"{node.symbol} is a number, '{literal.value}' is text{hint}")
            if not isinstance(literal.value, str) and node.type.base in _TEXTS:
                raise ExpressionError(f"{node.symbol} is text, {literal.value} is not")


def _near(names: MibView, name: str) -> str:
    return names.suggestion(name).replace('"', "'")


def _span(function: str, given: Node) -> int:
    if not isinstance(given, Literal) or not isinstance(given.value, str):
        raise ExpressionError(f"{function}() takes a span of time in quotes: {function}(value, '5m')")
    try:
        ms = Duration(given.value).ms
    except ValueError as error:
        raise ExpressionError(f"{function}(): {error}") from None
    if not 0 < ms <= _LONGEST_MS:
        raise ExpressionError(f"{function}(): '{given.value}' is not in 1ms to 1d")
    return ms


def _check_second(tree: Call) -> None:
    second = tree.arguments[1]
    if not isinstance(second, Literal) or not isinstance(second.value, str):
        raise ExpressionError(f"{tree.function}() takes a text in quotes as its second argument")
    try:
        if tree.function == "match":
            compile_pattern(second.value)
        else:
            ip_network(second.value)
    except PatternError as error:
        raise ExpressionError(str(error)) from None
    except ValueError as error:
        raise ExpressionError(f"no network: {error}") from None
