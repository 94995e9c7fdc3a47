"""The inputs of a rule test: lines such as ``1s trap IF-MIB::linkDown r1 ifIndex=17``, and series of samples."""

import re
import shlex
from typing import Any, Literal, get_args

import msgspec

from netmon.domain.duration import Duration
from netmon.domain.observation import Trap
from netmon.domain.oid import Oid, Varbind
from netmon.domain.scalar import unknown
from netmon.mib.names import MibView
from netmon.mib.node import Node
from netmon.rulebook.trap_names import ModuleMissing, UnknownTrap, trap_names

FeedKind = Literal["trap", "event", "state", "op", "inventory", "tick", "restart", "sample"]
FEED_KINDS: tuple[str, ...] = get_args(FeedKind)
_BARE = ("tick", "restart")
_NO_MESSAGES = "mqtt: rules take no messages yet (write the event that one becomes: '<time> event <name> <element>')"
MAX_SAMPLES = 100_000
MAX_TIMES = 10_000
_TIMES = "times="

_TAGS = {
    "Integer32": 0x02,
    "OctetString": 0x04,
    "Bits": 0x04,
    "ObjectIdentifier": 0x06,
    "IpAddress": 0x40,
    "Counter32": 0x41,
    "Gauge32": 0x42,
    "Unsigned32": 0x42,
    "TimeTicks": 0x43,
    "Opaque": 0x44,
    "Counter64": 0x46,
}
_TEXT_BASES = ("OctetString", "Bits", "Opaque")
_PLAIN_BASES = ("ObjectIdentifier", "IpAddress")


class Feed(msgspec.Struct, frozen=True):
    """One input of a test, names resolved."""

    at_ms: int
    kind: FeedKind
    name: str = ""
    """Trap OID, name of an event, state or metric, action of an operator, change of the inventory."""
    element: str = ""
    object: str = ""
    """Of a sample: its managed object; of an event or an alarm where it is a part of the element."""
    fields: tuple[tuple[str, str], ...] = ()
    """``key=value`` as written."""
    varbinds: tuple[Varbind, ...] = ()
    value: int | float | str | None = None
    """Of a sample; None: the object was polled and had none."""
    interval_ms: int = 0

    @property
    def origin_id(self) -> str:
        """The field ``origin``: what makes a second input a duplicate."""
        return dict(self.fields).get("origin", "")


class Series(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Samples of one metric of one managed object."""

    metric: str
    object: str
    every: Duration
    values: str
    start: Duration = Duration("0s")


def feeds_of(line: str, names: MibView) -> list[Feed]:
    """Return the inputs of a line; with ``times=500`` there are so many of it.

    Raises:
        ValueError: what is wrong with it, for people.
    """
    words = shlex.split(line)
    times = [word.removeprefix(_TIMES) for word in words if word.startswith(_TIMES)]
    if not times:
        return [feed_of(line, names)]
    if len(times) > 1 or not times[0].isdecimal() or not 0 < int(times[0]) <= MAX_TIMES:
        raise ValueError(f"write '{_TIMES}n' with a number up to {MAX_TIMES}")
    one = feed_of(shlex.join(word for word in words if not word.startswith(_TIMES)), names)
    return [one] * int(times[0])


def feed_of(line: str, names: MibView) -> Feed:
    """Return the input of a line.

    Raises:
        ValueError: what is wrong with it, for people.
    """
    words = shlex.split(line)
    at = Duration(words[0])
    kind = words[1] if len(words) > 1 else ""
    if kind == "mqtt":
        raise ValueError(_NO_MESSAGES)
    if kind not in FEED_KINDS or kind == "sample":
        raise ValueError(unknown("kind", kind, [known for known in FEED_KINDS if known != "sample"]))
    if kind in _BARE:
        return Feed(at.ms, "tick" if kind == "tick" else "restart")
    if len(words) < 4:
        raise ValueError("write '<time> <kind> <name> <element> [key=value ...]'")
    fields = tuple(_field(word) for word in words[4:])
    if kind == "trap":
        return _trap(at.ms, words[2], words[3], fields, names)
    known: Any = kind
    element = words[3].partition("/")[0]
    return Feed(at.ms, known, words[2], element, words[3] if element != words[3] else "", fields=fields)


def _field(word: str) -> tuple[str, str]:
    key, equals, value = word.partition("=")
    if not equals or not key:
        raise ValueError(f"'{word}' is no key=value")
    return key, value


def _trap(at_ms: int, name: str, element: str, fields: tuple[tuple[str, str], ...], names: MibView) -> Feed:
    try:
        oid = trap_names(name, names)[0]
    except (UnknownTrap, ModuleMissing) as error:
        raise ValueError(str(error)) from None
    given = dict(fields)
    varbinds = tuple(_varbind(key, value, given, names) for key, value in fields if key not in ("origin", "uptime"))
    return Feed(at_ms, "trap", oid, element, fields=fields, varbinds=varbinds)


def _varbind(key: str, text: str, given: dict[str, str], names: MibView) -> Varbind:
    """Return the varbind of ``ifAdminStatus=up``; ``bgpPeerState.192.0.2.1=1`` names the instance itself."""
    symbol, _, instance = ("", "", key) if key[:1].isdigit() else key.partition(".")
    if not symbol:
        return (key, 0x02, int(text)) if text.isdecimal() else (key, 0x04, text.encode())
    try:
        node = names.symbol(symbol)
    except LookupError:
        raise ValueError(
            f"no object '{symbol}' in the MIBs{names.suggestion(symbol).replace(chr(34), chr(39))}"
        ) from None
    value = value_of(node, text)
    tag = _TAGS.get(node.type.base, 0x02 if isinstance(value, int) else 0x04)
    return f"{node.oid}.{instance or _instance(node, given, names)}", tag, value


def _instance(node: Node, given: dict[str, str], names: MibView) -> str:
    """Return the index that the other varbinds of the trap tell, else 0."""
    if node.kind != "column":
        return "0"
    try:
        values = [given.get(column.symbol, "") for column, _ in names.indexes(node)]
    except LookupError:
        return "0"
    return ".".join(values) if values and all(re.fullmatch(r"[\d.]+", value) for value in values) else "0"


def value_of(node: Node, text: str) -> Any:
    """Return a value as it comes off the wire: the number of an enum name, octets of text.

    Raises:
        ValueError: the text is no value of the object.
    """
    if node.type.base in _PLAIN_BASES:
        return text
    if node.type.base in _TEXT_BASES:
        return bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
    for number, word in node.enums:
        if word == text:
            return number
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{node.symbol}: " + unknown("value", text, [word for _, word in node.enums])) from None


def trap_of(feed: Feed, *, at: int, source: str) -> Trap:
    """Return the observation of a trap input, sent by an element of the inventory."""
    given = dict(feed.fields)
    return Trap(
        at,
        "default",
        source,
        162,
        "test",
        "2c",
        "test",
        feed.element,
        "address",
        _oid(feed.name),
        feed.varbinds,
        int(given["uptime"]) if "uptime" in given else None,
        origin_id=feed.origin_id,
    )


def _oid(name: str) -> Oid:
    return name


_RUN = re.compile(
    r"(?P<value>_|nan|stale|-?\d+(?:\.\d+)?|[A-Za-z]\w*?)(?P<step>[+-]\d+(?:\.\d+)?)?(?:x(?P<times>\d+))?", re.ASCII
)


def samples_of(series: Series, names: MibView) -> list[Feed]:
    """Return the samples of a series: ``10x5`` five of 10, ``10+2x3`` 10 12 14, ``_`` none, ``nan``, ``stale``.

    Raises:
        ValueError: what is wrong with it, for people.
    """
    if not series.every.ms:
        raise ValueError("every: must be longer than 0")
    values: list[int | float | str | None] = []
    for word in series.values.split():
        values += _run(word, series.metric, names)
        if len(values) > MAX_SAMPLES:
            raise ValueError(f"more than {MAX_SAMPLES} samples")
    return [
        Feed(
            series.start.ms + position * series.every.ms,
            "sample",
            series.metric,
            series.object.partition("/")[0],
            series.object,
            value=None if value == "_" else value,
            interval_ms=series.every.ms,
        )
        for position, value in enumerate(values)
        if value != "stale"
    ]


def _run(word: str, metric: str, names: MibView) -> list[int | float | str | None]:
    """Return the samples of one word; ``stale`` stands for a poll that did not happen."""
    found = _RUN.fullmatch(word)
    times = int(found["times"] or 1) if found else 0
    if found is None or not 0 < times <= MAX_SAMPLES:
        raise ValueError(f"'{word}' is no run of values (write 10, 10x5, 10+2x3, _x2, nan or stale)")
    text, step = found["value"], found["step"]
    if text in ("_", "stale"):
        return [text] * times
    first = _value(text, metric, names)
    if step is None:
        return [first] * times
    if isinstance(first, str):
        raise ValueError(f"'{word}': only a number can grow")
    by = float(step) if "." in step else int(step)
    return [first + by * position for position in range(times)]


def _value(text: str, metric: str, names: MibView) -> int | float | str:
    if text == "nan":
        return float("nan")
    if text.lstrip("-")[:1].isdigit():
        return float(text) if "." in text else int(text)
    try:
        node = names.symbol(metric)
    except LookupError:
        return text
    known: int | float | str = value_of(node, text)
    return known
