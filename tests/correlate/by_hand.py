"""Rules made by hand from the kinds, and inputs for them."""

from collections.abc import Callable
from typing import Any

from netmon.alarms.book import Book
from netmon.correlate.engine import Engine
from netmon.correlate.found import Found
from netmon.domain.alarm import AlarmChange
from netmon.domain.event import Event, State
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import ShedRow
from netmon.domain.sample import SampleBlock
from netmon.rulebook.kinds import EventMapping, Rule, Rulebook, RuleKind
from netmon.rulebook.scope import Scope

DOWN, UP = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4"
T0 = 1_700_000_000_000
INVENTORY = Inventory(elements={"r1": Element("r1", ("192.0.2.1",), "Router 1", "ber1", tags={"role": "backbone"})})


def rule(id_: str, **more: Any) -> Rule:
    """Return a rule with plain content; ``object`` and others as given."""
    given: dict[str, Any] = {
        "rev": "v1",
        "type": id_,
        "qualifier": lambda _: "",
        "object": None,
        "where": None,
        "severity": lambda _: "major",
        "text": lambda scope: f"{scope.object.get('name')} on {scope.element.get('name')}",
        "probable_cause": lambda _: "indeterminate",
        "event_type": lambda _: "communicationsAlarm",
    }
    return Rule(id=id_, **{**given, **more})


def by_index(scope: Scope) -> str | None:
    """Return what the template ``if:{vb.ifIndex}`` gives."""
    index = scope.vb.get("ifIndex")
    return None if index is None else f"if:{index}"


class Names:
    """What polls have taught."""

    def __init__(self, known: dict[tuple[str, str, str], str]) -> None:
        self.known = known

    def name(self, element: str, kind: str, index: str) -> str | None:
        return self.known.get((element, kind, index))

    def kind(self, element: str, kind: str, index: str) -> str:
        return kind


class Step:
    """An engine and a book, fed one observation at a time as ``step.py`` does."""

    def __init__(self, *kinds: RuleKind, events: tuple[EventMapping, ...] = (), **more: Any) -> None:
        self.rulebook = Rulebook("h", kinds, events, **more)
        self.engine = Engine()
        self.book = Book()
        self.names = Names({("r1", "if", "17"): "xe-0/0/1"})
        self.now = T0
        self.seq = 0
        self.found = Found([], [], [])
        self.engine.load(self.rulebook, INVENTORY)

    def take(self, make: Callable[[int], Event | State | SampleBlock]) -> list[AlarmChange]:
        """Step over one input."""
        self.seq += 1
        input_ = make(self.seq)
        self.now = max(self.now, input_.time)
        self.found = self.engine.edges(0, [input_], now=self.now, states=self.book, names=self.names)
        return self.book.apply(self.found.edges, now=self.now, seq=self.seq)

    def trap(self, name: str, at: int, **fields: Any) -> list[AlarmChange]:
        """Step over a trap of r1, ``at`` ms after the start."""
        more = {key: fields.pop(key) for key in ("element", "origin_id") if key in fields}
        element = more.pop("element", "r1")
        return self.take(
            lambda seq: Event(seq, T0 + at, T0 + at, element, element, "trap", name, fields=fields, **more)
        )

    def event(self, name: str, at: int, **fields: Any) -> list[AlarmChange]:
        """Step over a common event of r1, ``at`` ms after the start."""
        return self.take(lambda seq: Event(seq, T0 + at, T0 + at, "r1", "r1", "event", name, fields=fields))

    def state(self, name: str, value: str, at: int, previous: str = "unknown") -> list[AlarmChange]:
        """Step over a state of r1."""
        return self.take(lambda seq: State(seq, T0 + at, "r1", name, value, previous))

    def block(self, at: int, columns: dict[str, list[Any]], *, sent: int | None = None, **more: Any):
        """Step over a block of ifTable; ``at`` and ``sent`` in ms after the start."""
        rows = len(next(iter(columns.values())))
        objects = tuple(f"r1/if:xe-0/0/{n}" for n in range(rows))
        kinds = more.pop("kinds", ("state",) * len(columns))
        return self.take(
            lambda seq: SampleBlock(
                seq,
                T0 + at,
                T0 + (at - 5 if sent is None else sent),
                "r1",
                "ifTable",
                tuple(columns),
                kinds,
                ("",) * len(columns),
                ("",) * len(columns),
                objects,
                ((),) * rows,
                tuple(map(str, range(rows))),
                tuple(map(tuple, columns.values())),
                60_000,
                **more,
            )
        )

    def tick(self, at: int, *shed: ShedRow) -> list[AlarmChange]:
        """Step over a Tick."""
        self.seq += 1
        self.now = T0 + at
        self.found = self.engine.tick(self.now, self.seq, self.book, shed=shed)
        return self.book.tick(self.now, self.seq)
