"""What a notification says of an alarm by itself, so that no rule of its own is needed (specs/rules.md 4.2).

| it has | it is |
|---|---|
| a varbind with the severities of X.733, and ``cleared`` | an alarm of that severity, or its end |
| a counterpart of its name: Failed and OK, Down and Up, with Clear | an alarm, or its end |
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from netmon.domain.oid import Oid
from netmon.mib.names import MibView
from netmon.mib.node import Node

_SEVERITIES = ("critical", "major", "minor", "warning")
_FEWEST = 2
_WORDS = {
    "clear": "cleared",
    "cleared": "cleared",
    "normal": "cleared",
    "critical": "critical",
    "major": "major",
    "minor": "minor",
    "warning": "warning",
    "indeterminate": "indeterminate",
    "informational": "ignore",
    "info": "ignore",
    "notreported": "ignore",
    "nonalarmed": "ignore",
}
_RAISES = frozenset(
    (
        "abnormal",
        "alarm",
        "alm",
        "deactivated",
        "detected",
        "disabled",
        "disconnect",
        "disconnected",
        "disconnection",
        "down",
        "dropped",
        "error",
        "exceeded",
        "excd",
        "fail",
        "failed",
        "failure",
        "fault",
        "high",
        "invalid",
        "loss",
        "lost",
        "low",
        "offline",
        "raised",
        "rising",
        "set",
        "stopped",
        "stop",
        "unavailable",
    )
)
_CLEARS = frozenset(
    (
        "abated",
        "available",
        "clear",
        "cleared",
        "connect",
        "connected",
        "connection",
        "enabled",
        "established",
        "falling",
        "good",
        "noncritical",
        "normal",
        "ok",
        "online",
        "operational",
        "reactivated",
        "recovered",
        "recovery",
        "restored",
        "resume",
        "resumed",
        "start",
        "started",
        "up",
    )
)
_PIECES = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[a-z])(?=\d)")
_CHANGES = re.compile(
    r"text|descr|reason|message|time|date|seq|notif|log.?index|value|thresh|state|status|count|trend|effect|ack|sever"
    r"|temp|size|in.?use|util|pct|percent|level$",
    re.IGNORECASE,
)
"""Names of what may be otherwise at the end of an alarm than at its begin."""
_NUMBERS = re.compile(r"ind(?:ex|ices)|slot|port|number|id$|unit|vlan|dlci|shelf|card|board|chassis", re.IGNORECASE)
_TEXTS = ("OctetString", "IpAddress", "ObjectIdentifier")


class Telling(msgspec.Struct, frozen=True):
    """How to read one kind of notification."""

    subject: str
    """What it is about: the same of an alarm and of its end."""
    by_name: str
    """``indeterminate`` or ``cleared``; empty where a varbind says it."""
    carried: str = ""
    """Symbol of that varbind."""
    words: Mapping[int, str] = {}
    """What its values mean: severities, ``cleared``, ``ignore``."""
    which: tuple[str, ...] = ()
    """Symbols of the varbinds that say of which object."""

    def severity(self, fields: Mapping[str, Any]) -> str | None:
        """Return a severity, ``cleared`` or ``ignore``; None where the varbind is not there."""
        return self.by_name or self.words.get(fields.get(self.carried))  # type: ignore[arg-type]


class Tellings:
    """Finds out what the notifications of all modules say; each once."""

    def __init__(self, view: MibView) -> None:
        self._view = view
        self._pairs: dict[str, tuple[str, str, tuple[str, ...]]] | None = None
        self._known: dict[Oid, Telling | None] = {}

    def __len__(self) -> int:
        """Return how many notifications are kept."""
        return len(self._known)

    def of(self, oids: Iterable[Oid]) -> Telling | None:
        """Return how to read a notification that has one of these OIDs; None: it says nothing by itself."""
        for oid in oids:
            known = self._known.get(oid)
            if known is None and oid not in self._known:
                known = self._look_up(oid)
            if known is not None:
                return known
        return None

    def _look_up(self, oid: Oid) -> Telling | None:
        """Keep what a notification of a module says: of these there are so many; of OIDs that come in, endless ones."""
        node = self._view.find(oid)
        if node is None or node.kind != "notification":
            return None
        known = self._known[oid] = self._read(node)
        return known

    def instance(self, varbinds: Iterable[tuple[Oid, int, Any]]) -> str:
        """Return the index of the first varbind that is of a row; empty: none is."""
        for oid, _, _ in varbinds:
            found = self._view.resolve(oid)
            if found.node.kind == "column" and found.index:
                return found.index
        return ""

    def knows(self, varbinds: Iterable[tuple[Oid, int, Any]]) -> bool:
        """Tell whether all varbinds are of objects that some module has."""
        return all(self._view.resolve(oid).known for oid, _, _ in varbinds)

    def _names_one(self, name: str) -> bool:
        found = self._view.find(name)
        return found is not None and _says_which(found)

    def _read(self, node: Node) -> Telling | None:
        objects = [found for name in node.objects if (found := self._view.find(name)) is not None]
        for found in objects:
            words = severities(found)
            if words:
                which = tuple(one.symbol for one in objects if one is not found and _says_which(one))
                return Telling(node.name, "", found.symbol, words, which)
        if self._pairs is None:
            self._pairs = _pairs(self._view.notifications(), self._names_one)
        pair = self._pairs.get(node.name)
        if pair is None:
            return None
        word, subject, shared = pair
        which = tuple(one.symbol for one in objects if one.name in shared and _says_which(one))
        return Telling(subject, word, which=which)


def severities(node: Node) -> dict[int, str]:
    """Return what the values of an object mean, if they are severities with an end; else nothing."""
    words = {number: _WORDS.get(word.lower(), "") for number, word in node.enums}
    meant = set(words.values())
    if "cleared" not in meant or len(meant.intersection(_SEVERITIES)) < _FEWEST:
        return {}
    return {number: word or "indeterminate" for number, word in words.items()}


def _says_which(node: Node) -> bool:
    """Tell whether a varbind is the same when the alarm ends: a name or number of something, no time and no figure."""
    if _CHANGES.search(node.symbol) or node.syntax == "DateAndTime":
        return False
    return node.type.base in _TEXTS or bool(node.enums) or bool(_NUMBERS.search(node.symbol))


def _pairs(
    notifications: Iterable[Node], says_which: Callable[[str], bool]
) -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Return by name of a notification: its word, what it is about, and the objects that its counterpart has, too."""
    raises: dict[tuple[str, tuple[str, ...]], list[Node]] = {}
    clears: dict[tuple[str, tuple[str, ...]], list[Node]] = {}
    for node in notifications:
        pieces = [piece.lower() for piece in _PIECES.split(node.symbol.replace("InActive", "Inactive"))]
        whole = (node.module, tuple(pieces))
        raises.setdefault(whole, []).append(node)
        for at, piece in enumerate(pieces):
            into = raises if piece in _RAISES else clears if piece in _CLEARS else None
            if into is not None:
                into.setdefault((node.module, (*pieces[:at], *pieces[at + 1 :])), []).append(node)
    found: dict[str, tuple[str, str, tuple[str, ...]]] = {}
    for key in sorted(raises.keys() & clears.keys()):
        subject = f"{key[0]}::{'-'.join(key[1])}"
        shared = set.intersection(*(set(node.objects) for node in (*raises[key], *clears[key])))
        if any(says_which(name) and name not in shared for node in raises[key] for name in node.objects):
            continue
        for word, nodes in (("cleared", clears[key]), ("indeterminate", raises[key])):
            for node in nodes:
                found.setdefault(node.name, (word, subject, tuple(sorted(shared))))
    return found
