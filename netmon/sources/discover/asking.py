"""What one address is asked: is there an agent, which credential does it take, what is it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Final

import msgspec

from netmon.domain.oid import Varbind
from netmon.normalize.addresses import addresses_of
from netmon.normalize.tables import Rows, text
from netmon.snmp.ber import EXCEPTIONS
from netmon.snmp.client import Client, Reply, Target
from netmon.snmp.errors import SnmpError, SnmpFailure, SnmpRefused, SnmpUnreachable
from netmon.snmp.message import V1, V2C, V3
from netmon.snmp.walk import TableWalk
from netmon.sources.credential import Credential
from netmon.sources.discover.pace import Pace

_VERSIONS: Final = {"v1": V1, "v2c": V2C, "v3": V3}
_DATAGRAMS_V3: Final = 3
"""To find the engine, to learn its time, and to ask."""
_TIMEOUT_MS: Final = 1_000
_APART_S: Final = 1.0
"""Between two credentials at one address."""
_TRIES: Final = 3
"""Of what is read of an agent that has answered."""

_SYSTEM: Final = ("1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.3.0")
_LOCATION: Final = "1.3.6.1.2.1.1.6.0"
_ENGINE: Final = "1.3.6.1.6.3.10.2.1.1.0"
_SERIAL: Final = "1.3.6.1.2.1.47.1.1.1.1.11"
_OLD_ADDRESSES: Final = "1.3.6.1.2.1.4.20.1.2"
_NEW_ADDRESSES: Final = "1.3.6.1.2.1.4.34.1.3"
_PAGE: Final = 20
_MOST_PAGES: Final = 25


class Agent(msgspec.Struct, frozen=True, omit_defaults=True):
    """What answered at an address."""

    address: str
    credential: str
    sys_object_id: str = ""
    sys_descr: str = ""
    sys_name: str = ""
    location: str = ""
    uptime_cs: int = 0
    engine_id: str = ""
    """In hex."""
    serial: str = ""
    addresses: tuple[str, ...] = ()
    """That it says it has."""


class Asking:
    """Asks addresses, at the pace of all of them together.

    Args:
        client: its socket.
        pace: of every datagram.
        port: of the agents.
        tried: told of each credential before it is tried.
        sleep: waits, in seconds.
    """

    def __init__(
        self,
        client: Client,
        pace: Pace,
        *,
        port: int = 161,
        tried: Callable[[str, str], None] = lambda _address, _credential: None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._pace = pace
        self._port = port
        self._tried = tried
        self._sleep = sleep

    async def ask(self, address: str, credentials: Sequence[Credential]) -> Agent | None:
        """Try credentials until one is taken; None: nothing answers to any of them."""
        for number, credential in enumerate(credentials):
            if number:
                await self._sleep(_APART_S)
            self._tried(address, credential.id)
            target = self._target(address, credential)
            try:
                await self._pace.wait(_datagrams(credential))
                reply = await self._client.get(target, _SYSTEM)
            except SnmpError:
                return await self._read(target, credential, ())
            except SnmpUnreachable:
                # The host says that nothing listens there: no credential changes that.
                return None
            except SnmpFailure:
                continue
            return await self._read(target, credential, reply.varbinds)
        return None

    def _target(self, address: str, credential: Credential) -> Target:
        return Target(
            address,
            self._port,
            _VERSIONS[credential.version],
            credential.community,
            _TIMEOUT_MS,
            0,
            user=credential.user,
            context=credential.context,
            engine_id=credential.engine_id,
        )

    async def _read(self, target: Target, credential: Credential, first: Iterable[Varbind]) -> Agent:
        known = {oid: value for oid, tag, value in first if tag not in EXCEPTIONS}
        for oid in (*(oid for oid in _SYSTEM if oid not in known), _LOCATION, _ENGINE):
            known |= {oid: value for oid, tag, value in await self._get(target, oid) if tag not in EXCEPTIONS}
        object_id, descr, name, uptime = (known.get(oid) for oid in _SYSTEM)
        engine = known.get(_ENGINE)
        return Agent(
            address=target.address,
            credential=credential.id,
            sys_object_id=object_id if isinstance(object_id, str) else "",
            sys_descr=text(descr),
            sys_name=text(name),
            location=text(known.get(_LOCATION)),
            uptime_cs=uptime if isinstance(uptime, int) else 0,
            engine_id=engine.hex() if isinstance(engine, bytes) else "",
            serial=await self._serial(target),
            addresses=await self._addresses(target),
        )

    async def _serial(self, target: Target) -> str:
        """Return the first serial number of a part: that of the chassis, which comes first."""
        walk = TableWalk([_SERIAL])
        await self._page(target, walk)
        cells = (cell for row in walk.result().rows.values() for cell in row if cell is not None)
        return next((serial for _, _, value in cells if (serial := text(value))), "")

    async def _addresses(self, target: Target) -> tuple[str, ...]:
        found: list[Rows] = []
        for column in (_OLD_ADDRESSES, _NEW_ADDRESSES):
            walk = TableWalk([column])
            for _ in range(_MOST_PAGES):
                if not walk.active or not await self._page(target, walk):
                    break
            found.append({index: {} for index in walk.result().rows})
        return addresses_of(*found)

    async def _page(self, target: Target, walk: TableWalk) -> bool:
        reply = await self._tries(target, lambda: self._next(target, walk.next_oids()))
        if reply is not None:
            walk.feed(reply.varbinds, sent_ms=reply.sent_ms, received_ms=reply.received_ms, rtt_us=reply.rtt_us)
        return reply is not None

    async def _next(self, target: Target, oids: tuple[str, ...]) -> Reply:
        if target.version == V1:
            return await self._client.get_next(target, oids)
        return await self._client.bulk(target, oids, non_repeaters=1, max_repetitions=_PAGE)

    async def _get(self, target: Target, oid: str) -> tuple[Varbind, ...]:
        reply = await self._tries(target, lambda: self._client.get(target, (oid,)))
        return reply.varbinds if reply is not None else ()

    async def _tries(self, target: Target, ask: Callable[[], Awaitable[Reply]]) -> Reply | None:
        for _ in range(_TRIES):
            # The engine and its time are known by now: one datagram each.
            await self._pace.wait()
            try:
                return await ask()
            except (SnmpError, SnmpRefused):
                return None
            except SnmpFailure:
                continue
        return None


def _datagrams(credential: Credential) -> int:
    return _DATAGRAMS_V3 if credential.version == "v3" else 1
