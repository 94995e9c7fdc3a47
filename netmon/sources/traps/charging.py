"""Charges each message to its source; in a storm before it is decoded, which is most work (specs/snmp.md 3.7)."""

from netmon.domain.observation import Trap
from netmon.sources.traps.accounting import Accounting, Lost
from netmon.sources.traps.admit import Admission
from netmon.sources.traps.doors import Door
from netmon.sources.traps.fair import element_of, payer
from netmon.sources.traps.kinds import Kind, Kinds
from netmon.sources.traps.limits import Limits, Shed, in_realm
from netmon.sources.traps.sockets import Peer


class Charging:
    """Tells what may pass; what may not is in the books."""

    def __init__(self, limits: Limits, books: Accounting) -> None:
        self._limits = limits
        self._books = books
        self._admission: Admission | None = None
        self._kinds = Kinds()
        self._dry: dict[str, int] = {}
        """Sources, and when they had nothing left to spend, monotonic."""
        self._counted: list[Kind] = []
        """Kinds that are not wholly in the books."""

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

    def is_raging(self, source: str, door: Door) -> bool:
        """Tell whether a source is in a storm."""
        return in_realm(door.realm, source) in self._limits.storms

    def judge(self, datagram: bytes, peer: Peer, door: Door, *, at: int, now_ns: int) -> bool | None:
        """Charge a message by its start, and tell whether it may pass.

        None: its start does not say enough, and it is to be charged once it is decoded. What is shed is counted, and in
        the books after ``settle``.
        """
        kind = self._kinds.look(datagram, peer=peer, listener=door.listener) or self._meet(datagram, peer, door)
        if kind is None:
            return None
        reason = self._told(kind, now_ns)
        if reason is not None and kind.reason == reason and kind.second == at // 1000:
            if not kind.more:
                self._counted.append(kind)
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
        self._books.shed(_lost(kind), at=at, datagram=datagram)
        return False

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

    def settle(self) -> None:
        """Put into the books what was only counted."""
        for kind in self._counted:
            self._settle(kind)
        self._counted.clear()
        self._dry.clear()

    def _settle(self, kind: Kind) -> None:
        if kind.more:
            self._limits.press(kind.charged, kind.trap_oid, kind.reason, kind.more)
            self._books.shed_more(_lost(kind), kind.more)
            kind.more = 0

    def _meet(self, datagram: bytes, peer: Peer, door: Door) -> Kind | None:
        """Return what a datagram is that is not known by its head, and know it from now on."""
        source = door.source(peer)
        trap_oid = self._admission.trap_oid(datagram, door.realm, source) if self._admission is not None else None
        if trap_oid is None:
            return None
        kind = Kind(door.realm, source, in_realm(door.realm, source), trap_oid)
        self._kinds.keep(datagram, kind, peer=peer, listener=door.listener)
        return kind


def _lost(kind: Kind) -> Lost:
    """Return what goes into the books; whose storm it is was told by the trap that began it, which was decoded."""
    return kind.realm, kind.source, kind.reason, kind.trap_oid, ""
