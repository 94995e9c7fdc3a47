"""Version 3 at the receiver: traps of foreign engines, informs to our own (specs/snmp.md 2.7, 2.8)."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import partial

import msgspec
import structlog

from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.snmp import secured
from netmon.snmp.authority import Admitted, Authority, Denied, response
from netmon.snmp.encode import write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.errors import DecodeError
from netmon.snmp.message import INFORM, TOO_BIG, V2_TRAP
from netmon.snmp.reports import ReportReason
from netmon.snmp.secured import Secured
from netmon.sources.credential import Credential
from netmon.sources.traps.admit import Admission, Origin, Rejected
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.engines import Known, Senders, Told
from netmon.sources.traps.limits import Limits, Reports, in_realm
from netmon.sources.traps.rejections import Reason
from netmon.sources.traps.resets import Agents, Resets

log = structlog.get_logger("netmon.traps")


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
        self._reset: set[bytes] = set()
        """Engines whose next trap says that they were reset."""
        self._secured = 0
        self._contexts: Collection[str] = ()
        self.senders = Senders((), {})
        self._authority = Authority(own, {})
        self.load(config, credentials={}, elements=())

    def load(self, config: TrapsConfig, *, credentials: Mapping[str, Credential], elements: Iterable[Element]) -> None:
        """Use other users and elements from the next datagram on; engines that proved themselves stay known."""
        users = [one for one in credentials.values() if one.user is not None]
        engines = {bytes.fromhex(element.engine_id): element.id for element in elements if element.engine_id}
        known = self.senders.known()
        self.senders = Senders(users, engines, learn=config.engines == "learn")
        for engine_id, engine in known.items():
            self.senders.restore(engine_id, engine)
        ours = {one.user.name: one for one in users if one.user is not None and not one.user.engine_id}
        self._names = {name: one.id for name, one in ours.items()}
        self._authority = Authority(self._own, {name: one.user for name, one in ours.items() if one.user is not None})
        self._contexts = config.contexts

    def ask(self, agents: Agents) -> None:
        """Ask the poller about engines from now on."""
        self._agents, self._resets = agents, Resets(agents)

    def look(self, now_ns: int) -> None:
        """Take what the poller found out of engines, and charge what it looked into; to be called each second."""
        if self._agents is None or self._resets is None:
            return
        for engine_id, clock in self._resets.confirmed(now_ns):
            if self.senders.replace(engine_id, clock):
                log.warning("SNMP engine was reset", engine_id=engine_id.hex(), boots=clock.boots)
                self._reset.add(engine_id)
        secured_, self._secured = self._secured, self._agents.secured()
        self._limits.spend(self._secured - secured_, now_ns)

    def restore(self, kept: Mapping[str, bytes]) -> None:
        """Take back the engines that were learned before a restart; what cannot be read is learned again."""
        for engine_id, data in kept.items():
            try:
                self.senders.restore(bytes.fromhex(engine_id), msgspec.msgpack.decode(data, type=Known))
            except (msgspec.MsgspecError, ValueError) as error:
                log.warning("what was learned of an engine cannot be read", engine_id=engine_id, error=str(error))

    def take(self, datagram: bytes, origin: Origin, admission: Admission) -> Outcome:
        """Judge a datagram of version 3; never raises."""
        now_ns = time.monotonic_ns()
        try:
            found = secured.read(datagram)
            if not self._limits.may_decrypt(in_realm(origin.realm, origin.source), now_ns):
                return Rejected("storm_unread")
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
        trap = self._accepted(admission, Told(self._names[admitted.user.name], admitted.opened), found, origin)
        return Inform(trap, partial(self._answer, admitted)) if isinstance(trap, Trap) else trap

    def _from_engine(self, found: Secured, origin: Origin, admission: Admission, now_ns: int) -> Outcome:
        """Judge a trap: its sender is the authoritative engine."""
        told = self.senders.judge(found, at_ms=origin.at, now_ns=now_ns)
        if not isinstance(told, Told):
            element = self.senders.element(found.engine_id)
            if told == "not_in_time_window" and element and self._resets is not None:
                self._resets.doubt(found.engine_id, element, now_ms=origin.at, now_ns=now_ns)
            return self._rejected(told, found)
        if found.level != "noAuthNoPriv":
            self._limits.proved(in_realm(origin.realm, origin.source), now_ns)
        if told.opened.message.pdu_type != V2_TRAP:
            return Rejected("wrong_pdu")
        return self._accepted(admission, told, found, origin)

    def _rejected(self, reason: Reason, found: Secured) -> Rejected:
        """Say what whoever looks after the sender must compare."""
        one = self.senders.user(found)
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
        trap = admission.accept(told.opened.message, told.credential, origin, of_engine=self._element(found))
        if isinstance(trap, Rejected):
            return trap
        if found.level != "noAuthNoPriv" and trap.element_by == "source":
            self.senders.bind(found.engine_id, trap.element)
        flags = trap.flags
        if found.engine_id in self._reset:
            self._reset.discard(found.engine_id)
            flags = (*flags, "engine_reset")
        return msgspec.structs.replace(
            trap,
            flags=flags,
            level=found.level,
            engine_id=found.engine_id.hex(),
            boots=found.boots,
            engine_time=found.engine_time,
            context=context,
        )

    def _element(self, found: Secured) -> str:
        """Return the element of an engine: as configured or learned, or the one that answers the poller as it."""
        element = self.senders.element(found.engine_id)
        if not element and self._agents is not None and self.senders.is_new(found.engine_id):
            element = self._agents.element_of(found.engine_id)
            self.senders.bind(found.engine_id, element)
        return element

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
