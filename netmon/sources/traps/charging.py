"""Charges each message to its source; in a storm before it is decoded, which is most work (specs/snmp.md 3.7)."""

from collections.abc import Callable

from netmon.domain.observation import Trap
from netmon.sources.traps.accounting import Accounting, lost_of
from netmon.sources.traps.admit import Admission
from netmon.sources.traps.arrived import Arrived
from netmon.sources.traps.doors import Door
from netmon.sources.traps.fair import element_of, payer
from netmon.sources.traps.kinds import Kind, Kinds
from netmon.sources.traps.limits import Limits, Shed, in_realm
from netmon.sources.traps.sockets import Peer

Judge = Callable[[bytes, Peer, str], bool | None]
"""Charges a datagram of a peer, known as a source, by its start, and tells whether it may pass.

None: it was not charged and is to be once it is decoded; its source is in no storm, or its start does not say enough.
"""


class Charging:
    """Tells what may pass; what may not is in the books."""

    def __init__(self, limits: Limits, books: Accounting) -> None:
        self._limits = limits
        self._books = books
        self.storms = limits.storms
        """The sources that are in a storm, as it is at every moment."""
        self._admission: Admission | None = None
        self._kinds = Kinds()
        self._dry: dict[str, int] = {}
        """Sources, and when they had nothing left to spend, monotonic."""

    def use(self, admission: Admission) -> None:
        """Know by it whose message it is; what was known before is forgotten."""
        self._admission = admission
        self._kinds.clear()

    def may_pass(self, trap: Trap, datagram: bytes, now_ns: int) -> bool:
        """Charge a trap to its source, or behind a relay to its element."""
        reason = self._limits.shed(in_realm(trap.realm, source := payer(trap)), trap.trap_oid, now_ns)
        if reason is None:
            return True
        element = element_of(trap)
        self._books.shed((trap.realm, source, reason, trap.trap_oid, element), at=trap.at, datagram=datagram)
        return False

    def of_storms(self, door: Door, *, at: int, now_ns: int) -> Judge:
        """Return what judges the messages of sources in a storm that are read at a door in one turn of the loop."""
        storms, judge, realm = self.storms, self._judge, door.realm

        def in_storm(datagram: bytes, peer: Peer, source: str) -> bool | None:
            if not storms or in_realm(realm, source) not in storms:
                return None
            return judge(datagram, peer, source, door, at, now_ns)

        return in_storm

    def of_all(self, door: Door, *, at: int, now_ns: int) -> Judge:
        """Return what judges all that are read, whoever sent them."""
        judge = self._judge
        return lambda datagram, peer, source: judge(datagram, peer, source, door, at, now_ns)

    def judge_again(self, one: Arrived, now_ns: int) -> bool | None:
        """Judge what has waited: its source may be in a storm by now."""
        return self.of_storms(one.door, at=one.at, now_ns=now_ns)(one.datagram, one.peer, one.source)

    def _judge(self, datagram: bytes, peer: Peer, source: str, door: Door, at: int, now_ns: int) -> bool | None:
        # Arguments without names: of a message that is shed, names would cost more than looking it up.
        kind = self._kinds.look(datagram, peer, door.listener)
        if kind is None:
            kind = self._meet(datagram, peer, source=source, door=door)
        if kind is None:
            return None
        reason = self._told(kind, now_ns)
        if reason is not None and kind.reason == reason and kind.second == at // 1000:
            if not kind.is_open:
                self._books.open(kind)
            kind.more += 1
            return False
        if reason is not None:
            self._limits.press(kind.charged, kind.trap_oid, reason, 1)
        else:
            reason = self._charge(kind, now_ns)
            if reason is None:
                return True
        # One a second is kept to look at.
        self._settle(kind)
        kind.second, kind.reason = at // 1000, reason
        self._books.shed(lost_of(kind), at=at, datagram=datagram)
        return False

    def settle(self) -> None:
        """Let what was only counted keep its storms alive, and be in the rows of the books."""
        for kind in self._books.close():
            self._settle(kind)
        self._dry.clear()

    def _told(self, kind: Kind, now_ns: int) -> Shed | None:
        """Return why a message must go without a charge: who had nothing has nothing as long as time stands still."""
        if kind.gone_at == now_ns:
            return kind.reason
        is_dry = self._dry.get(kind.charged) == now_ns
        return "storm_source" if is_dry and kind.trap_oid not in self._limits.protected else None

    def _charge(self, kind: Kind, now_ns: int) -> Shed | None:
        reason = self._limits.shed(kind.charged, kind.trap_oid, now_ns)
        if reason is not None:
            kind.gone_at = now_ns
            if reason == "storm_source" and kind.trap_oid not in self._limits.protected:
                self._dry[kind.charged] = now_ns
        return reason

    def _settle(self, kind: Kind) -> None:
        if kind.more:
            self._limits.press(kind.charged, kind.trap_oid, kind.reason, kind.more)
            self._books.settle(kind)

    def _meet(self, datagram: bytes, peer: Peer, *, source: str, door: Door) -> Kind | None:
        """Return what a datagram is that is not known by its head, and know it from now on."""
        trap_oid = self._admission.trap_oid(datagram, door.realm, source) if self._admission is not None else None
        if trap_oid is None:
            return None
        kind = Kind(door.realm, source, in_realm(door.realm, source), trap_oid)
        self._kinds.keep(datagram, kind, peer=peer, listener=door.listener)
        return kind
