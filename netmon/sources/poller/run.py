"""One run against one element, from the first request to what there is to tell."""

from collections.abc import Sequence

import msgspec

from netmon.domain.inventory import Element
from netmon.domain.observation import PollFailure
from netmon.domain.oid import SYS_UPTIME, is_below
from netmon.rulebook.profile_values import Profile
from netmon.snmp.ber import EXCEPTIONS, OBJECT_IDENTIFIER
from netmon.snmp.client import Client, Target
from netmon.snmp.errors import SnmpError, SnmpFailure
from netmon.snmp.message import V1, V2C, V3
from netmon.snmp.udp import endpoint
from netmon.sources.clock import Clock
from netmon.sources.poller.addresses import Addresses
from netmon.sources.poller.billed import Metering
from netmon.sources.poller.blocks import Gathered
from netmon.sources.poller.element import Group, Polled
from netmon.sources.poller.exact import why
from netmon.sources.poller.plan import Facts, questions
from netmon.sources.poller.schedule import PollingConfig
from netmon.sources.poller.session import OutOfBudget, Session, TooLarge
from netmon.sources.poller.walk import Reading

_SYS_DESCR = "1.3.6.1.2.1.1.1.0"
_SYS_OBJECT_ID = "1.3.6.1.2.1.1.2.0"
_PER_GET_NEXT = 20
VERSIONS = {"v1": V1, "v2c": V2C, "v3": V3}
_TYPES_KEPT = 1_000


class Failed(msgspec.Struct, frozen=True):
    """The run brought nothing."""

    reason: PollFailure
    attempts: int = 0


class NoAddress(Exception):
    """The element is given by a name, and no DNS server has told its address yet: nothing can be said of it."""


class Runs:
    """Carries out runs; what differs from element to element comes with each."""

    def __init__(self, config: PollingConfig, *, clock: Clock, addresses: Addresses) -> None:
        self.profiles: tuple[Profile, ...] = ()
        self.config = config
        self.clock = clock
        self.addresses = addresses
        self._present: dict[tuple[str, bytes, bytes], frozenset[str]] = {}
        """Which ``has`` OIDs answer, by kind of element: asked once of the first of a kind."""

    def forget_kinds(self) -> None:
        """Ask again what elements have: the profiles changed."""
        self._present.clear()

    async def session(self, client: Client, group: Group) -> Session | None:
        """Return what a run of a group asks by, None for an element without a usable credential.

        Raises:
            NoAddress: its name has no address yet.
        """
        budget_ms = self.config.run_budget_ms(group.interval_ms)
        return await self._session(client, group.polled, budget_ms=budget_ms)

    async def learn(self, session: Session, group: Group) -> Facts | Failed | None:
        """Ask an element what it is; None when it answers, but does not tell that now."""
        try:
            return await self._facts(session, asked_has=not group.polled.element.profiles)
        except (SnmpFailure, OutOfBudget, TooLarge) as failure:
            return None if session.answered else _failed(session, failure)

    async def read(self, session: Session, group: Group) -> Gathered | Failed:
        """Read everything of one group."""
        polled = group.polled
        if group.billed:
            metering = Metering(session, polled.interfaces, clock=self.clock, max_rows=self.config.max_rows)
            gathered, reading = metering.gathered, metering.read(group.billed)
        else:
            tables = Reading(
                session,
                clock=self.clock,
                max_rows=self.config.max_rows,
                preferred=polled.preferred,
                rows=polled.rows,
            )
            gathered, reading = tables.gathered, tables.read(group.parts)
        try:
            await reading
        except (SnmpFailure, OutOfBudget) as failure:
            if not session.answered:
                return _failed(session, failure)
            gathered.miss(group.name, why(failure))
        return gathered

    async def probe(self, client: Client, polled: Polled) -> Gathered | Failed:
        """Ask once for sysUpTime.0; an error-status is an answer, too."""
        timeout_ms = polled.limits.round_trip.of_probe_ms
        try:
            session = await self._session(client, polled, budget_ms=2 * timeout_ms)
        except NoAddress:
            return Failed("unreachable")
        if session is None:
            return Failed("no_credential")
        session.target = msgspec.structs.replace(session.target, timeout_ms=timeout_ms, retries=0)
        try:
            await session.get([SYS_UPTIME])
        except (SnmpFailure, OutOfBudget) as failure:
            if not session.answered:
                return _failed(session, failure)
        return Gathered()

    async def _session(self, client: Client, polled: Polled, *, budget_ms: int) -> Session | None:
        credential = polled.credential
        if credential is None:
            return None
        polled.asked = await self.addresses.numeric(polled.element.addresses[0], realm=polled.element.realm)
        if not polled.asked:
            raise NoAddress
        target = Target(
            name=polled.key,
            address=polled.asked,
            port=polled.element.port,
            version=VERSIONS[credential.version],
            community=credential.community,
            user=credential.user,
            context=polled.context_name,
            engine_id=credential.engine_id or bytes.fromhex(polled.element.engine_id),
            timeout_ms=polled.limits.round_trip.timeout_ms,
            retries=polled.retries,
            reply_from=answering(polled.element, self.addresses),
        )
        return Session(
            client,
            target,
            now_ms=self.clock.now_ms,
            deadline_ms=self.clock.now_ms() + budget_ms,
            limits=polled.limits,
            room=polled.room,
        )

    async def _facts(self, session: Session, *, asked_has: bool) -> Facts:
        reply = await session.get_present([SYS_UPTIME, _SYS_OBJECT_ID, _SYS_DESCR])
        found = {oid: (tag, value) for oid, tag, value in reply.varbinds}
        tag, sysobjectid = found.get(_SYS_OBJECT_ID, (0, ""))
        if tag != OBJECT_IDENTIFIER:
            sysobjectid = ""
        _, descr = found.get(_SYS_DESCR, (0, b""))
        sysdescr = descr if isinstance(descr, bytes) else b""
        key = (sysobjectid, sysdescr, session.target.context)
        if asked_has and key not in self._present:
            if len(self._present) >= _TYPES_KEPT:
                self._present.clear()
            self._present[key] = await _present(session, questions(self.profiles))
        return Facts(sysobjectid, sysdescr, self._present.get(key, frozenset()))


def answering(element: Element, addresses: Addresses) -> tuple[str, ...]:
    """Return the addresses that may answer for the one that is asked."""
    if element.reply_from != "known":
        return ()
    known = (addresses.known(address, realm=element.realm) for address in element.addresses)
    return tuple(endpoint(address, element.port)[1][0] for address in known if address)


async def _present(session: Session, oids: Sequence[str]) -> frozenset[str]:
    """Return the OIDs below which there is anything."""
    found: set[str] = set()
    width = 1 if session.v1 else _PER_GET_NEXT
    stack = [oids[at : at + width] for at in range(0, len(oids), width)]
    while stack:
        asked = stack.pop()
        prefixes = [oid.removesuffix(".0") for oid in asked]
        try:
            reply = await session.next_large(prefixes)
        except (SnmpError, TooLarge):
            if len(asked) > 1:
                stack += [asked[:1], asked[1:]]
            continue
        found.update(
            oid
            for oid, prefix, (name, tag, _) in zip(asked, prefixes, reply.varbinds, strict=True)
            if tag not in EXCEPTIONS and is_below(name, prefix)
        )
    return frozenset(found)


def _failed(session: Session, failure: SnmpFailure | OutOfBudget | TooLarge) -> Failed:
    # A budget that ends before any answer says as much as a timeout: requests went out and nothing came back.
    attempts = failure.attempts if isinstance(failure, SnmpFailure) else 1
    return Failed(session.reason(), attempts)
