"""Version 3 at the receiver: traps of foreign engines, informs to our own (specs/snmp.md 2.7, 2.8)."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

import msgspec
import structlog

from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.domain.rejection import Reason
from netmon.domain.request import OwnSnmpEngine, SharedEngine
from netmon.snmp import secured
from netmon.snmp.authority import Admitted, Authority, Denied, response
from netmon.snmp.encode import write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.errors import DecodeError
from netmon.snmp.message import INFORM, TOO_BIG, V2_TRAP
from netmon.snmp.reports import ReportReason
from netmon.snmp.secured import Secured
from netmon.snmp.user import User
from netmon.sources.credential import Credential
from netmon.sources.traps.admit import Admission, Origin, Rejected
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.engines import Key, Known, read_key
from netmon.sources.traps.limits import Limits, Reports, in_realm
from netmon.sources.traps.resets import Agents, Resets
from netmon.sources.traps.senders import Senders, Told

log = structlog.get_logger("netmon.traps")

_SEEN = 10_000
_FRESH_NS = 1_000_000_000
_LOOK_NS = 60_000_000_000
"""Between two looks at which elements answer the poller as which engine."""


class Inform(msgspec.Struct, frozen=True):
    """An inform to our engine; ``answer`` makes the Response once it is committed."""

    trap: Trap
    answer: Callable[[], bytes]


class Reported(msgspec.Struct, frozen=True):
    """A message that is answered by a Report at once: a discovery, or what its sender did wrong."""

    rejected: Rejected | None
    """None: a discovery, which is no fault."""
    report: bytes | None


_REASONS: dict[ReportReason, Reason] = {
    "unknown_engine": "unknown_engine",
    "unknown_user": "unknown_user",
    "unsupported_security_level": "unsupported_security_level",
    "wrong_digest": "wrong_digest",
    "not_in_time_window": "not_in_time_window",
    "decryption_failed": "decryption_failed",
}
"""What our engine denies, as the books of the receiver call it."""

Outcome = Trap | Inform | Reported | Rejected


class Version3:
    """Knows the users, the engines they send from, and our own engine.

    Args:
        config: ``traps``.
        own: our engine; its boots were raised and committed before.
        limits: what may be looked into.
    """

    def __init__(self, config: TrapsConfig, own: OwnEngine, limits: Limits) -> None:
        self._own = own
        self._limits = limits
        self._reports = Reports()
        self._agents: Agents | None = None
        self._resets: Resets | None = None
        self._reset: set[Key] = set()
        """Engines whose next trap says that they were reset."""
        self._seen: dict[tuple[str, str], str] = {}
        """Elements by where their engines sent from last."""
        self._secured = self._in_vain = 0
        self._asked_ns: int | None = None
        self._contexts: Collection[str] = ()
        self.senders = Senders()
        self._authority = Authority(own, ())
        self._names: dict[User, str] = {}
        self.load(config, credentials={}, elements=())

    def load(self, config: TrapsConfig, *, credentials: Mapping[str, Credential], elements: Iterable[Element]) -> None:
        """Use other users and elements from the next datagram on; engines that proved themselves stay known."""
        self.senders.load(credentials.values(), elements, learn=config.engines == "learn")
        self._names = {}
        for one in credentials.values():
            if one.user is not None:
                self._names.setdefault(one.user, one.id)
        self._authority = Authority(self._own, self._names)
        self._contexts, self._in_vain = config.contexts, 0

    def own(self, now_ns: int) -> OwnSnmpEngine:
        """Return our engine, and the engine ids that several elements share."""
        shared = [SharedEngine(id_.hex(), realm, [*names]) for (realm, id_), names in self.senders.shared().items()]
        return OwnSnmpEngine(self._own.engine_id.hex(), self._own.boots, self._own.time(now_ns), shared)

    def ask(self, agents: Agents) -> None:
        """Ask the poller about engines from now on."""
        self._agents, self._resets = agents, Resets(agents)

    def look(self, now_ns: int) -> None:
        """Take what the poller found out of engines, and charge what it looked into; to be called each second."""
        if self._agents is None or self._resets is None:
            return
        for key, clock in self._resets.confirmed(now_ns):
            if self.senders.engines.replace(key, clock):
                log.warning("SNMP engine was reset", engine_id=key.engine_id.hex(), boots=clock.boots)
                self._reset.add(key)
        if self._asked_ns is None or now_ns - self._asked_ns >= _LOOK_NS:
            self._ask_who(now_ns)
        secured_, self._secured = self._secured, self._agents.secured()
        in_vain, self._in_vain = self._in_vain, self.senders.users.in_vain + self._authority.in_vain
        self._limits.spend(self._secured - secured_ + self._in_vain - in_vain, now_ns)

    def _ask_who(self, now_ns: int) -> None:
        """Learn which elements answer the poller as which engine."""
        if self._agents is not None:
            self._asked_ns = now_ns
            self.senders.polled(self._agents.elements())

    def restore(self, kept: Mapping[str, bytes]) -> None:
        """Take back the engines that were learned before a restart; what cannot be read is learned again."""
        read: list[tuple[Key, Known]] = []
        for name, data in kept.items():
            try:
                read.append((read_key(name), msgspec.msgpack.decode(data, type=Known)))
            except (msgspec.MsgspecError, ValueError) as error:
                log.warning("what was learned of an engine cannot be read", engine=name, error=str(error))
        self.senders.restore(read)

    def take(self, datagram: bytes, origin: Origin, admission: Admission) -> Outcome:
        """Judge a datagram of version 3; never raises."""
        now_ns = time.monotonic_ns()
        if not self._limits.may_decrypt(in_realm(origin.realm, origin.source), now_ns):
            seen = self._seen.get((origin.realm, origin.source), "")
            return Rejected("storm_unread", element=seen or admission.speaker(origin))
        try:
            found = secured.read(datagram)
            if found.reportable or found.engine_id in (b"", self._own.engine_id):
                return self._to_us(found, origin, admission, now_ns)
            return self._from_engine(found, origin, admission, now_ns)
        except DecodeError as error:
            return Rejected(error.reason, f"at octet {error.offset}")

    def _to_us(self, found: Secured, origin: Origin, admission: Admission, now_ns: int) -> Outcome:
        """Judge a message that asks for an answer: we are its authoritative engine, or it must learn which that is."""
        admitted = self._authority.admit(found, now_ns)
        if isinstance(admitted, Denied):
            report = admitted.report if self._reports.may(in_realm(origin.realm, origin.source), now_ns) else None
            discovery = admitted.reason == "unknown_engine" and not found.engine_id
            return Reported(None if discovery else self._rejected(_REASONS[admitted.reason], found), report)
        if admitted.user.auth:
            self._limits.proved(in_realm(origin.realm, origin.source), now_ns)
        message = admitted.opened.message
        if message.pdu_type != INFORM:
            return Rejected("wrong_pdu")
        trap = self._accepted(admission, Told(self._names[admitted.user], admitted.opened), found, origin)
        return Inform(trap, partial(self._answer, admitted)) if isinstance(trap, Trap) else trap

    def _from_engine(self, found: Secured, origin: Origin, admission: Admission, now_ns: int) -> Outcome:
        """Judge a trap: its sender is the authoritative engine."""
        source = partial(admission.speaker, origin)
        told = self.senders.judge(found, realm=origin.realm, source=source, at_ms=origin.at, now_ns=now_ns)
        if not isinstance(told, Told):
            if told == "not_in_time_window" and self._resets is not None:
                self._doubt(self.senders.key(origin.realm, found.engine_id, source), origin, now_ns)
            return self._rejected(told, found)
        if found.level != "noAuthNoPriv":
            self._limits.proved(in_realm(origin.realm, origin.source), now_ns)
        if told.opened.message.pdu_type != V2_TRAP:
            return Rejected("wrong_pdu")
        return self._accepted(admission, told, found, origin)

    def _doubt(self, key: Key, origin: Origin, now_ns: int) -> None:
        """Ask the element of an engine whether that was reset."""
        element = key.element or next(iter(self.senders.owners(key.realm, key.engine_id)), "")
        if element and self._resets is not None:
            self._resets.doubt(key, element, now_ms=origin.at, now_ns=now_ns)

    def _rejected(self, reason: Reason, found: Secured) -> Rejected:
        """Say what whoever looks after the sender must compare."""
        one = next((one.user for one in self.senders.users.named(found)), None)
        name, engine = text(found.user), f"engine {found.engine_id.hex()}"
        match reason:
            case "wrong_digest" if one is not None:
                return Rejected(reason, f"configured: {one.auth}, {engine}", name)
            case "decryption_failed" if one is not None:
                return Rejected(reason, f"configured: {one.priv}, {engine}", name)
            case "unsupported_security_level" if one is not None:
                return Rejected(reason, f"configured: {one.level}, sent: {found.level}, {engine}", name)
            case "not_in_time_window":
                return Rejected(reason, f"boots {found.boots}, time {found.engine_time}, {engine}", name)
        return Rejected(reason, engine, name)

    def _accepted(self, admission: Admission, told: Told, found: Secured, origin: Origin) -> Trap | Rejected:
        context = told.opened.context.decode(errors="replace")
        if self._contexts and context not in self._contexts:
            return Rejected("unknown_context", f'context "{text(told.opened.context)}"')
        of_engine = self._element(told, found, origin.realm)
        trap = admission.accept(told.opened.message, told.credential, origin, of_engine=of_engine)
        if isinstance(trap, Rejected):
            return trap
        flags = trap.flags
        if of_engine:
            self._see(origin, of_engine)
        if told.engine is not None:
            if trap.element_by == "source":
                self.senders.engines.bind(told.engine, trap.element, by_source=True)
            if told.engine in self._reset:
                self._reset.discard(told.engine)
                flags = (*flags, "engine_reset")
        return msgspec.structs.replace(
            trap,
            flags=flags,
            level=found.level,
            engine_id=found.engine_id.hex(),
            boots=found.boots,
            engine_time=found.engine_time,
            context=context,
            context_engine_id=told.opened.context_engine.hex(),
        )

    def _element(self, told: Told, found: Secured, realm: str) -> str:
        """Return the one element of a sender's engine; nothing where several share it, or nobody knows.

        An inform is made for our engine: of its sender's tells the contextEngineID, if the message is proven.
        """
        if found.level == "noAuthNoPriv":
            return ""
        engine_id = found.engine_id if told.engine is not None else told.opened.context_engine
        if engine_id == self._own.engine_id:
            return ""
        owners = self.senders.owners(realm, engine_id)
        if not owners and told.engine is not None and self._is_new(told.engine):
            self._ask_who(time.monotonic_ns())
            owners = self.senders.owners(realm, engine_id)
        if len(owners) != 1:
            return ""
        if told.engine is not None:
            self.senders.engines.bind(told.engine, owners[0])
        return owners[0]

    def _see(self, origin: Origin, element: str) -> None:
        key = (origin.realm, origin.source)
        if len(self._seen) >= _SEEN and key not in self._seen:
            self._seen.clear()
        self._seen[key] = element

    def _is_new(self, key: Key) -> bool:
        """Tell whether an engine has proved itself just now, and nobody asked the poller of late."""
        known = self.senders.engines.get(key)
        fresh = self._asked_ns is not None and time.monotonic_ns() - self._asked_ns < _FRESH_NS
        return known is not None and known.first_ms == known.last_ms and not fresh

    def _answer(self, admitted: Admitted) -> bytes:
        """Return the Response: the varbinds again, or tooBig where its sender takes no more (RFC 3416 4.2.7)."""
        message, now_ns = admitted.opened.message, time.monotonic_ns()
        varbinds = [write_varbind(varbind) for varbind in message.varbinds]
        whole = self._authority.respond(admitted, response(message.request_id, varbinds), now_ns)
        if len(whole) <= admitted.found.header.max_size:
            return whole
        pdu = response(message.request_id, [], error_status=TOO_BIG)
        return self._authority.respond(admitted, pdu, now_ns)


def text(octets: bytes) -> str:
    """Return octets of a stranger as something that can be shown."""
    return "".join(one if one.isprintable() else "?" for one in octets.decode(errors="replace"))
