"""Alarm states, hints of usage files, and netmon's own state to an MQTT broker (specs/alarms.md section 7)."""

import asyncio
import socket
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from typing import Annotated, Any, TypeVar

import msgspec
import structlog
from aiomqtt import Client, MqttError, Will
from aiomqtt.exceptions import MqttConnectError

from netmon.domain.alarm import AlarmChange
from netmon.domain.duration import Duration
from netmon.domain.sample import SampleBlock
from netmon.domain.scalar import span
from netmon.domain.secret import Secret
from netmon.outputs.alarm_filter import AlarmFilter
from netmon.outputs.broker import BrokerTlsConfig, BrokerUrl
from netmon.outputs.lag import Lag
from netmon.outputs.output import Output, Surroundings
from netmon.outputs.retained import Message, Retained, actions, newest
from netmon.outputs.usage_hint import UsageHints
from netmon.runtime.retry import backoff

log = structlog.get_logger("netmon.mqtt")

_INFLIGHT = 20
_CHANGES = 5_000
_SLICE = 20
"""So many alarms are looked at before the loop is left to others."""
_LOOK_S = 2.0
"""How often it looks for usage files."""
_KEEPALIVE_S = 15
_TIMEOUT_S = 5.0
_GRACE_S = 2.0
_OLDEST_MS = 7 * 86_400_000
Item = TypeVar("Item")

_ONLINE, _OFFLINE = b'{"state":"online"}', b'{"state":"offline"}'


class MqttConfig(msgspec.Struct, frozen=True, tag="mqtt", tag_field="type", forbid_unknown_fields=True):
    """A broker that retains the state of every alarm and is told of usage files."""

    url: Annotated[BrokerUrl, msgspec.Meta(description="address of the broker, mqtt://host:1883")]
    """Or ``mqtts://host:8883``, with TLS."""
    username: str = ""
    """Empty: nothing is sent to sign in."""
    password: Secret | None = None
    tls: BrokerTlsConfig = BrokerTlsConfig()
    client_id: str = ""
    """Default: ``netmon-``, the node id, and the name of the output."""
    filter: AlarmFilter = AlarmFilter()
    """Which alarms, e.g. ``severity in [critical, major]``; default: all."""
    clear_retain: Annotated[Duration, span("1s", "24h")] = Duration("1h")
    """How long a cleared alarm stays retained."""

    def __post_init__(self) -> None:
        """Raise ValueError for what contradicts itself."""
        if self.password is not None and not self.username:
            raise ValueError("password needs a username")
        if self.tls != BrokerTlsConfig() and not self.url.tls:
            raise ValueError("tls needs an address that begins with mqtts://")

    def build(self, around: Surroundings) -> Output:
        """Build the output; opens nothing."""
        return Mqtt(self, around)


class Mqtt:
    """Tells a broker every state anew after each connect, then the newest state of what changed."""

    def __init__(self, config: MqttConfig, around: Surroundings) -> None:
        self.name = around.name
        self._config = config
        self._around = around
        self._store = around.store
        self._metrics = around.metrics
        self._retained = Retained(config.filter.test(), config.clear_retain.ms)
        self._met = False
        """Whether a broker had all of it once since the start."""
        self._steady = False
        """Whether this connection has had all of it."""
        self._cursor = self._newest = around.store.cursor(self.name)
        self._news = asyncio.Event()
        self._lag = Lag()
        self._kept = f"output:{self.name}"
        """Under this name the store keeps what the last run filtered by."""
        self._status = f"netmon/status/v1/{around.node_id}"
        self._metrics.output_lag.labels(self.name).set_function(self._lag.seconds)
        self._metrics.output_lag_changes.labels(self.name).set_function(lambda: self._newest - self._cursor)

    def samples(self, blocks: list[SampleBlock], seq: int) -> None:
        """Samples are none of its business."""

    def committed(self, change_seq: int) -> None:
        """Learn how far alarm changes are committed."""
        if change_seq > self._newest:
            self._metrics.output_received.labels(self.name).inc(change_seq - self._newest)
            self._newest = change_seq
            self._lag.took(change_seq)
            self._news.set()

    async def run(self) -> None:
        """Tell a broker until cancelled; then what is left is told once more, and that netmon is off."""
        waits = backoff()
        while True:
            try:
                await self._connection()
            except (MqttError, OSError) as error:
                if self._steady:
                    waits = backoff()
                wait_s = next(waits)
                self._failed(error, wait_s)
                await asyncio.sleep(wait_s)

    def _failed(self, error: MqttError | OSError, wait_s: float) -> None:
        reason = _why(error, lost=self._steady)
        self._metrics.output_errors.labels(self.name, reason).inc()
        log.warning(
            "no connection to the broker",
            output=self.name,
            broker=str(self._config.url),
            reason=reason,
            error=str(error),
            retry_in_s=round(wait_s, 1),
        )

    async def _connection(self) -> None:
        """Serve one connection; returns by an exception only."""
        self._steady = False
        async with await self._client() as client:
            client.pending_calls_threshold = _INFLIGHT
            log.info("connected to the broker", output=self.name, broker=str(self._config.url))
            try:
                await _first_end(_until_lost(client), self._serve(client))
            except asyncio.CancelledError:
                await self._last_words(client)
                raise

    async def _client(self) -> Client:
        config, around = self._config, self._around
        context = await asyncio.to_thread(config.tls.context, around.folder) if config.url.tls else None
        return Client(
            config.url.host,
            config.url.port,
            username=config.username or None,
            password=self._password(),
            identifier=config.client_id or f"netmon-{around.node_id}-{self.name}",
            will=Will(self._status, _OFFLINE, qos=1, retain=True),
            keepalive=_KEEPALIVE_S,
            timeout=_TIMEOUT_S,
            max_inflight_messages=_INFLIGHT,
            # Many small messages: with Nagle's algorithm each round of them waits for a delayed acknowledgment.
            socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
            tls_context=context,
        )

    def _password(self) -> str | None:
        if self._config.password is None:
            return None
        try:
            return self._around.secret(self._config.password)
        except ValueError as error:
            # It could be read at the start.
            raise OSError(str(error)) from None

    async def _serve(self, client: Client) -> None:
        hints = UsageHints(self._around.feeds)
        await self._send(client, [Message(self._status, _ONLINE)], iter)
        await self._tell_all(client)
        self._steady = True
        while True:
            await self._tell_changes(client)
            await self._send(client, await asyncio.to_thread(hints.messages, self._store, _now_ms()), iter)
            due = self._retained.next_due()
            wait_s = _LOOK_S if due is None else max(0.0, min(_LOOK_S, (due - _now_ms()) / 1000))
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._news.wait()

    async def _tell_all(self, client: Client) -> None:
        """Tell every state: a broker without a session may have forgotten all of them."""
        state = await asyncio.to_thread(self._store.source_state, self._kept)
        seq, alarms = await asyncio.to_thread(self._store.alarms_at)
        since = seq if self._met else self._cursor if state.get("filter") == self._config.filter.encode() else 0
        if self._cursor:
            await self._catch_up(client, seq)
        else:
            # Kept before the first message: what is purged while a first snapshot is cut off must still be removed.
            self._cursor = seq
            await self._store.set_cursor(self.name, seq)
        self._retained.begin()
        await self._send(client, alarms, lambda some: self._retained.snapshot(some, now=_now_ms(), since=since))
        await self._reached(seq)
        if not self._met:
            await self._store.set_source_state(self._kept, "filter", self._config.filter.encode(), _now_ms())
        self._met = True

    async def _catch_up(self, client: Client, to: int) -> None:
        """Remove what was purged since the cursor, and do what was to be done, as far as the changes are kept."""
        at = self._cursor
        while at < to:
            changes = await asyncio.to_thread(self._store.changes, at, _CHANGES)
            if not changes or changes[0].seq != at + 1 or changes[0].at < _now_ms() - _OLDEST_MS:
                self._metrics.output_holes.labels(self.name).inc()
                log.warning("changes are too old or gone, going on from the alarms as they stand", output=self.name)
                return
            known = [change for change in changes if change.seq <= to]
            await self._send(client, known, self._retained.purged)
            await self._act(client, known)
            at = changes[-1].seq

    async def _tell_changes(self, client: Client) -> None:
        self._news.clear()
        while self._cursor < self._newest:
            changes = await asyncio.to_thread(self._store.changes, self._cursor, _CHANGES)
            if not changes:
                break
            await self._send(client, newest(changes), lambda some: self._retained.changed(some, now=_now_ms()))
            await self._act(client, changes)
            await self._reached(changes[-1].seq)
        await self._send(client, list(self._retained.due(_now_ms())), iter)

    async def _act(self, client: Client, changes: Sequence[AlarmChange]) -> None:
        """Do what rules ask of this output, one after the other: a clear must not come before its raise."""
        for message in actions(changes, self.name):
            await client.publish(message.topic, message.payload, qos=1, retain=message.retain)
            self._taken(message)

    async def _send(
        self, client: Client, items: Sequence[Item], plan: Callable[[Sequence[Item]], Iterator[Message]]
    ) -> None:
        """Publish what ``plan`` makes of the items and wait until the broker has it; each alarm may come once."""
        parts = _slices(items)

        async def publish() -> None:
            for part in parts:
                for message in plan(part):
                    await client.publish(message.topic, message.payload, qos=1, retain=message.retain)
                    self._taken(message)
                await asyncio.sleep(0)

        # No rounds: while one waits for its confirmation the others go on.
        for error in await asyncio.gather(*(publish() for _ in range(_INFLIGHT)), return_exceptions=True):
            if error is not None:
                raise error

    def _taken(self, message: Message) -> None:
        self._retained.confirm(message)
        self._metrics.output_sent.labels(self.name).inc()
        self._metrics.output_last_success.labels(self.name).set_to_current_time()

    async def _reached(self, seq: int) -> None:
        self._lag.delivered(seq)
        self._newest = max(self._newest, seq)
        if seq > self._cursor:
            self._cursor = seq
            await self._store.set_cursor(self.name, seq)

    async def _last_words(self, client: Client) -> None:
        with suppress(MqttError, TimeoutError):
            async with asyncio.timeout(_GRACE_S):
                if self._steady:
                    await self._tell_changes(client)
                await self._send(client, [Message(self._status, _OFFLINE)], iter)


async def _until_lost(client: Client) -> None:
    """Wait until the connection is gone, which publishing alone would tell only with the next message."""
    async for _ in client.messages:
        continue


async def _first_end(*parts: Coroutine[Any, Any, None]) -> None:
    """Run until the first of several ends, then end the others; no cancellation is lost on the way."""
    tasks = [asyncio.create_task(part) for part in parts]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()


def _why(error: MqttError | OSError, *, lost: bool) -> str:
    if isinstance(error, MqttConnectError):
        return "refused"
    if str(error).startswith("[SSL"):
        return "tls"
    return "lost" if lost else "unreachable"


def _slices(items: Sequence[Item]) -> Iterator[Sequence[Item]]:
    """Return an iterator over slices, for several to share."""
    size = max(1, min(_SLICE, len(items) // _INFLIGHT))
    return (items[start : start + size] for start in range(0, len(items), size))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
