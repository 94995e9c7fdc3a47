"""From a datagram to what waits for the core, or to the reason in the books why not (specs/snmp.md 3.3 to 3.10)."""

from collections.abc import Callable, Collection
from functools import partial

from netmon.domain.observation import Trap
from netmon.snmp.asking import is_v3
from netmon.sources.source import Acknowledge
from netmon.sources.traps.accounting import Accounting, Lost
from netmon.sources.traps.admit import TRAILING, Admission, Rejected
from netmon.sources.traps.arrived import Arrived
from netmon.sources.traps.charging import Charging
from netmon.sources.traps.duplicates import Duplicates
from netmon.sources.traps.fair import Waiter
from netmon.sources.traps.recall import Recall
from netmon.sources.traps.rejections import Rejection
from netmon.sources.traps.replies import Replies
from netmon.sources.traps.version3 import Inform, Outcome, Reported, Version3


class Judging:
    """Admits datagrams, charges their senders, knows informs that come again; all else is in the books."""

    def __init__(
        self,
        admission: Admission,
        *,
        charging: Charging,
        books: Accounting,
        duplicates: Duplicates,
        replies: Replies,
        trailing: Callable[[], None],
    ) -> None:
        self._charging = charging
        self._books = books
        self._duplicates = duplicates
        self._replies = replies
        self._trailing = trailing
        self.version3: Version3 | None = None
        self.use(admission)

    def use(self, admission: Admission) -> None:
        """Admit by this from now on, and forget what was admitted before."""
        self._admission = admission
        self._recall = Recall()
        self._charging.use(admission)

    @property
    def familiar(self) -> Collection[str]:
        """The addresses that traps were taken from."""
        return self._admission.familiar

    def speaker(self, one: Arrived) -> str:
        """Return the element whose own address a datagram came from."""
        return self._admission.speaker(one.origin())

    def judge(self, one: Arrived, now_ns: int, *, charged: bool = False) -> Waiter[Trap] | None:
        """Return what is to be queued; None: it is in the books. If it is not yet ``charged`` its sender pays now."""
        known = self._recall.trap(one.datagram, one.at, peer=one.peer, listener=one.door.listener)
        if known is None:
            return self._judge_new(one, now_ns, charged=charged)
        return (known, None) if charged or self._charging.may_pass(known, one.datagram, now_ns) else None

    def _judge_new(self, one: Arrived, now_ns: int, *, charged: bool) -> Waiter[Trap] | None:
        outcome = self._admit(one)
        match outcome:
            case Trap(origin_id="") as trap:
                if not charged and not self._charging.may_pass(trap, one.datagram, now_ns):
                    return None
                self._recall.keep(one.datagram, trap, peer=one.peer, listener=one.door.listener)
                return trap, None
            case Trap() | Inform():
                trap, secured = (outcome, None) if isinstance(outcome, Trap) else (outcome.trap, outcome.answer)
                if not charged and not self._charging.may_pass(trap, one.datagram, now_ns):
                    return None
                return self._inform(trap, partial(self._replies.answer, one, secured))
            case Reported(rejected, report):
                if report is not None:
                    self._replies.report(report, rejected, one)
                self._reject(rejected, one)
            case Rejected() as rejected:
                self._reject(rejected, one)
        return None

    def forget(self, one: Trap) -> None:
        """Take note that a trap was given up: if it is an inform its repeat is a new one."""
        if one.origin_id:
            self._duplicates.forget(one.origin_id)

    def _admit(self, one: Arrived) -> Outcome:
        outcome: Outcome
        if self.version3 is not None and is_v3(one.datagram):
            outcome = self.version3.take(one.datagram, one.origin(), self._admission)
        else:
            outcome = self._admission.admit(one.datagram, one.origin())
        trap = outcome.trap if isinstance(outcome, Inform) else outcome
        if isinstance(trap, Trap) and trap.flags and TRAILING in trap.flags:
            self._trailing()
        return outcome

    def _reject(self, rejected: Rejected | None, one: Arrived) -> None:
        if rejected is None:
            self._books.discoveries += 1
        elif rejected.reason == "storm_unread":
            lost: Lost = (one.realm, one.source, "storm_unread", "", rejected.element)
            self._books.shed(lost, at=one.at, datagram=one.datagram)
        else:
            reason, detail, user = rejected.reason, rejected.detail, rejected.user
            self._books.reject(
                Rejection(one.at, one.realm, one.source, reason, detail=detail, head=one.datagram, user=user)
            )

    def _inform(self, trap: Trap, answer: Acknowledge) -> Waiter[Trap] | None:
        key = trap.origin_id
        seen = self._duplicates.look(key)
        if seen == "new":
            return trap, partial(self._commit_inform, key, answer)
        # One that waits is answered once, with the first one, after the commit.
        self._books.duplicates += 1
        if seen == "committed":
            answer()
        return None

    def _commit_inform(self, key: str, answer: Acknowledge) -> None:
        self._duplicates.committed(key)
        answer()
