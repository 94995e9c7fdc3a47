"""Charges each message to its source; in a storm before it is decoded, which is most work (specs/snmp.md 3.7)."""

from netmon.domain.observation import Trap
from netmon.sources.traps.accounting import Accounting
from netmon.sources.traps.admit import Admission
from netmon.sources.traps.arrived import Arrived
from netmon.sources.traps.fair import element_of, payer
from netmon.sources.traps.limits import Limits, in_realm
from netmon.sources.traps.recall import Recall


class Charging:
    """Tells what may pass; what may not is in the books."""

    def __init__(self, limits: Limits, books: Accounting) -> None:
        self._limits = limits
        self._books = books
        self._admission: Admission | None = None
        self._recall = Recall()

    def use(self, admission: Admission, recall: Recall) -> None:
        """Know by them whose message it is."""
        self._admission = admission
        self._recall = recall

    def may_pass(self, trap: Trap, datagram: bytes, now_ns: int) -> bool:
        """Charge a trap to its source, or behind a relay to its element."""
        reason = self._limits.shed(in_realm(trap.realm, source := payer(trap)), trap.trap_oid, now_ns)
        if reason is None:
            return True
        element = element_of(trap)
        self._books.shed((trap.realm, source, reason, trap.trap_oid, element), at=trap.at, datagram=datagram)
        return False

    def judge(self, one: Arrived, now_ns: int) -> bool | None:
        """Charge a message of a source that is in a storm by its start, and tell whether it may pass.

        None: it is of another source, or its start does not say enough; it is to be charged once it is decoded.
        """
        door, source = one.door, one.source
        if in_realm(door.realm, source) not in self._limits.storms:
            return None
        trap_oid = self._recall.name(one.datagram, peer=one.peer, listener=door.listener)
        if trap_oid is None:
            trap_oid = self._admission.trap_oid(one.datagram, door.realm, source) if self._admission else None
            if trap_oid is None:
                return None
            self._recall.keep_name(one.datagram, trap_oid, peer=one.peer, listener=door.listener)
        reason = self._limits.shed(in_realm(door.realm, source), trap_oid, now_ns)
        if reason is None:
            return True
        # Whose storm it is was told by the trap that began it, which was decoded.
        self._books.shed((door.realm, source, reason, trap_oid, ""), at=one.at, datagram=one.datagram)
        return False
