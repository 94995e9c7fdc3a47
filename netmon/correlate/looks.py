"""What the newest polls saw of the objects that have alarms: it decides whether an operator may clear one.

Normative: specs/alarms.md 2. Of each poll group only the last run counts, so nothing here grows with time.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from netmon.domain.alarm import AlarmKey, AlarmStates, Look, Order
from netmon.domain.observation import PollFailed, PollResult
from netmon.domain.sample import SampleBlock
from netmon.rulebook.stale import Stale

_STALE = Stale()
_NO_POLL = ("overrun", "budget", "no_credential")
"""Failures of runs that never asked the element."""


class _Run(msgspec.Struct):
    """The last run of a poll group of one element."""

    at: int
    seq: int
    interval_ms: int
    good: bool = True
    seen: dict[str, int] = {}
    """Objects with alarms that it brought a row of, and when that was asked for."""
    judged: dict[AlarmKey, Look] = {}
    """Alarms whose own condition it judged."""


_Group = tuple[str, str]
"""(context, group)."""


class Looks:
    """The last run of every poll group of elements with alarms."""

    def __init__(self) -> None:
        self._runs: dict[str, dict[_Group, _Run]] = {}
        self._judged: dict[AlarmKey, Look] = {}
        """By the run that is being looked at."""

    def use(self, elements: Collection[str]) -> None:
        """Forget elements that left the inventory."""
        self._runs = {element: runs for element, runs in self._runs.items() if element in elements}

    def judge(self, key: AlarmKey, look: Look) -> None:
        """Note what a rule made of a sample, of an alarm that is active."""
        self._judged[key] = look

    def polled(self, seq: int, result: PollResult, blocks: Iterable[SampleBlock], states: AlarmStates) -> None:
        """Take a run that is over, once its samples are judged; of pings only what rules made of them counts."""
        judged = {key: look for key, look in self._judged.items() if look.order[1] == seq}
        self._judged = {}
        if not result.last:
            return
        runs = self._runs.setdefault(result.element, {})
        runs.pop((result.context, result.group), None)
        if states.has_alarms(result.element):
            seen = {} if result.protocol == "icmp" else _seen(blocks, states)
            run = _Run(result.at, seq, result.interval_ms, seen=seen, judged=judged)
            runs[result.context, result.group] = run
        if not runs:
            del self._runs[result.element]

    def failed(self, seq: int, failed: PollFailed) -> None:
        """Take a run that brought nothing: what the one before it saw is no longer what was seen last."""
        self._judged = {}
        run = self._runs.get(failed.element, {}).get((failed.context, failed.group))
        if run is not None and failed.reason not in _NO_POLL:
            run.good, run.at, run.seq = False, failed.at, seq

    def look(self, key: AlarmKey, now: int, *, judged_only: bool) -> Look | None:
        """Return what was seen last of the condition of an alarm; None if nobody has looked lately.

        ``judged_only``: samples decide on it, so that a look at its object alone says nothing.
        """
        runs = self._runs.get(key[0].partition("/")[0], {}).values()
        recent = [run for run in runs if now - run.at <= _STALE.ms(run.interval_ms)]
        judged = [(run, run.judged[key]) for run in recent if key in run.judged]
        seen = (
            [] if judged or judged_only else [(run, _unobserved(run, key[0])) for run in recent if key[0] in run.seen]
        )
        newest = max(judged or seen, key=lambda found: (found[0].seq, found[1].order), default=None)
        if newest is None:
            return None
        run, look = newest
        return look if run.good else Look((run.at, run.seq), "failed")

    def dump(self) -> Iterator[list[Any]]:
        """Yield every run, and what it saw piece by piece."""
        for element, runs in sorted(self._runs.items()):
            for (context, group), run in sorted(runs.items()):
                place = [element, context, group]
                yield ["run", *place, run.at, run.seq, run.interval_ms, run.good]
                for object_, sent in sorted(run.seen.items()):
                    yield ["seen", *place, object_, sent]
                for key, look in sorted(run.judged.items()):
                    yield ["judged", *place, key, look]

    def load_item(self, item: list[Any]) -> None:
        """Take back one item; a run comes before what it saw."""
        kind, element, context, group, *rest = item
        runs = self._runs.setdefault(element, {})
        if kind == "run":
            runs[context, group] = _Run(*rest)
        elif kind == "seen":
            object_, sent = rest
            runs[context, group].seen[object_] = sent
        else:
            key, look = rest
            runs[context, group].judged[msgspec.convert(key, AlarmKey)] = msgspec.convert(look, Look)


def _seen(blocks: Iterable[SampleBlock], states: AlarmStates) -> dict[str, int]:
    seen: dict[str, int] = {}
    for block in blocks:
        if block.trusted:
            for object_ in block.objects:
                if states.has_alarm(object_):
                    seen[object_] = max(block.sent, seen.get(object_, 0))
    return seen


def _unobserved(run: _Run, object_: str) -> Look:
    order: Order = (run.seen[object_], run.seq)
    return Look(order, "gone")
