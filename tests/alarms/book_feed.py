"""A book fed by hand: raises, clears, Ticks and requests, times in seconds after the start."""

from typing import Any

import msgspec

from netmon.alarms.book import Book
from netmon.domain.alarm import Alarm, AlarmChange, AlarmKey, Content, Edge
from netmon.domain.manner import Flap, Hides, Manner
from netmon.domain.observation import OperatorRequest

T0 = 1_700_000_000_000


def key(object_: str, type_: str = "link-alarm") -> AlarmKey:
    return (object_, type_, "")


class Feed:
    """Every call is one observation."""

    def __init__(self) -> None:
        self.book = Book()
        self.seq = 0
        self.now = T0

    def on(self, object_: str, type_: str = "link-alarm", at: int = 0, **more: Any) -> list[AlarmChange]:
        content = Content(more.pop("severity", "major"), "down", "lossOfSignal", "communicationsAlarm")
        return self._edge(object_, type_, at, on=True, content=content, **more)

    def off(self, object_: str, type_: str = "link-alarm", at: int = 0) -> list[AlarmChange]:
        return self._edge(object_, type_, at, on=False, content=None)

    def _edge(self, object_: str, type_: str, at: int, **more: Any) -> list[AlarmChange]:
        self._step(at)
        manner = Manner(
            more.pop("hides", None), more.pop("flap", None), more.pop("clears", None), more.pop("escalate", ())
        )
        if manner != Manner():
            more["manner"] = manner
        edge = Edge(
            key(object_, type_), order=(T0 + at * 1000, self.seq), seq=self.seq, rule=type_, rule_rev="v",
            element=object_.partition("/")[0], condition=0, **more,
        )  # fmt: skip
        return self.book.apply([edge], now=self.now, seq=self.seq)

    def tick(self, at: int) -> list[AlarmChange]:
        self._step(at)
        return self.book.tick(self.now, self.seq)

    def behind(self, behind: dict[str, tuple[str, ...]], at: int = 0) -> list[AlarmChange]:
        self._step(at)
        return self.book.apply([], now=self.now, seq=self.seq, behind=behind)

    def silent(self, element: str, is_silent: bool, at: int = 0) -> list[AlarmChange]:
        self._step(at)
        return self.book.apply([], now=self.now, seq=self.seq, silent={element: is_silent})

    def ask(self, action: str, *ids: str, at: int = 0, **more: Any) -> tuple[list[AlarmChange], list[dict[str, Any]]]:
        self._step(at)
        changes, answer = self.book.request(OperatorRequest(self.now, "q", "ann", action, ids, **more), self.seq)
        return changes, msgspec.json.decode(answer)["results"]

    def alarm(self, object_: str, type_: str = "link-alarm") -> Alarm:
        return [a for a in self.book.alarms() if (a.object, a.type) == (object_, type_)][-1]

    def restart(self) -> None:
        items = msgspec.msgpack.decode(msgspec.msgpack.encode(self.book.dump()))
        self.book = Book()
        self.book.load_state(items)

    def _step(self, at: int) -> None:
        self.seq += 1
        self.now = max(self.now, T0 + at * 1000)


def kinds(changes: list[AlarmChange]) -> list[tuple[str, str]]:
    return [(change.kind, change.after.object) for change in changes]


PARTS = Hides(parts=True)
NODE = Hides(parts=True, downstream=True, settle_ms=10_000)
FLAP = Flap()
