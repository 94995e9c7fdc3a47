"""Hands samples to a peer until each is taken or refused for good; what is refused is found and told by line."""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain

import structlog

from netmon.outputs.peer import Answer, Failed, Peer, Refused, Taken, Unit
from netmon.runtime.retry import backoff
from netmon.telemetry.metrics import Metrics

log = structlog.get_logger("netmon.samples")

_MOST_SAMPLES = 5_000
_MOST_UNITS = 250
"""In one write: if it is refused as a whole each of them is tried alone, within ``_MOST_REFUSALS``."""
_MOST_REFUSALS = 600
"""Of one write; what is still refused then is given up undivided."""
_MOST_LATE = 24
"""Of one write: then observations are given up whole that the peer calls late, for they come a second time."""
_SHOWN = 5
"""Samples of one write that are told in the log when the peer refuses them."""

Part = list[Unit]


class Delivery:
    """One peer; one write at a time."""

    def __init__(self, name: str, peer: Peer, metrics: Metrics) -> None:
        self._name = name
        self._peer = peer
        self._metrics = metrics

    async def deliver(self, units: Sequence[Unit]) -> None:
        """Return when the peer has all that it will ever take; it is asked again as long as it does not answer."""
        for batch in batches(units):
            await self._divide(batch)

    async def once(self, units: Sequence[Unit]) -> bool:
        """Write without a second try; tell whether the peer has taken all."""
        for batch in batches(units):
            if not isinstance(await self._write(batch), Taken):
                return False
            self._took(batch)
        return True

    async def _divide(self, batch: Part) -> None:
        """Write a batch; what is refused is halved, the older half first, down to what the peer will not take."""
        parts, refusals, shown = [batch], 0, 0
        while parts:
            part = parts.pop()
            answer = await self._answer(part)
            if isinstance(answer, Taken):
                self._took(part)
                continue
            refusals += 1
            deep = refusals < (_MOST_LATE if answer.as_one else _MOST_REFUSALS)
            divided = halves(part, deep=deep) if refusals < _MOST_REFUSALS else ()
            parts += reversed(divided)
            if not divided:
                shown += 1
                self._give_up(part, answer, show=shown <= _SHOWN)

    async def _answer(self, part: Part) -> Taken | Refused:
        for wait_s in backoff():
            answer = await self._write(part)
            if not isinstance(answer, Failed):
                return answer
            self._metrics.output_errors.labels(self._name, answer.reason).inc()
            pause_s = max(wait_s, answer.wait_s)
            log.warning(
                "peer takes nothing, waiting", output=self._name, reason=answer.reason, retry_in_s=round(pause_s, 1)
            )
            await asyncio.sleep(pause_s)
        raise AssertionError("backoff never ends")

    async def _write(self, part: Part) -> Answer:
        return await asyncio.to_thread(self._peer.write, [sample for unit in part for sample in unit])

    def _took(self, part: Part) -> None:
        self._metrics.output_sent.labels(self._name).inc(sum(map(len, part)))
        self._metrics.output_last_success.labels(self._name).set_to_current_time()

    def _give_up(self, part: Part, answer: Refused, *, show: bool) -> None:
        samples = sum(map(len, part))
        lost = samples if answer.lost is None else min(samples, answer.lost)
        self._metrics.output_errors.labels(self._name, answer.reason).inc()
        self._metrics.output_dropped.labels(self._name, answer.reason).inc(lost)
        self._metrics.output_sent.labels(self._name).inc(samples - lost)
        if show:
            first = self._peer.shown(part[0][0])
            log.error("peer refuses samples", output=self._name, samples=lost, first=first, told=answer.told)


def batches(units: Sequence[Unit]) -> Iterator[Part]:
    """Yield runs of whole units that are written together; a unit that is too large alone is cut."""
    batch: Part = []
    samples = 0
    for unit in chain.from_iterable(map(_pieces, units)):
        if batch and (samples + len(unit) > _MOST_SAMPLES or len(batch) >= _MOST_UNITS):
            yield batch
            batch, samples = [], 0
        batch.append(unit)
        samples += len(unit)
    if batch:
        yield batch


def halves(part: Part, *, deep: bool) -> tuple[Part, ...]:
    """Return the halves of what was refused, the older first, of a single observation only if ``deep``."""
    if len(part) > 1:
        middle = len(part) // 2
        return part[:middle], part[middle:]
    [unit] = part
    if len(unit) == 1 or not deep:
        return ()
    middle = len(unit) // 2
    return [unit[:middle]], [unit[middle:]]


def _pieces(unit: Unit) -> Iterator[Unit]:
    for start in range(0, len(unit), _MOST_SAMPLES):
        yield unit[start : start + _MOST_SAMPLES]
