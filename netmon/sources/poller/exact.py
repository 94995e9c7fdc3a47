"""GET of many exact instances, as many at a time as an agent can answer (specs/snmp.md 4.4)."""

from collections.abc import Iterable
from typing import Final

import msgspec

from netmon.domain.oid import SYS_UPTIME
from netmon.snmp.client import Reply
from netmon.snmp.errors import SnmpError, SnmpFailure
from netmon.snmp.message import NO_SUCH_NAME, TOO_BIG
from netmon.sources.poller.session import OutOfBudget, Session, TooLarge

_MOST_REMOVED: Final = 10


class _Asked(msgspec.Struct, frozen=True):
    """Instances to ask for in one PDU."""

    oids: tuple[str, ...]
    removed: int = 0
    """How many others were taken out of it, one by one."""


class Exact:
    """Reads instances, sysUpTime with each PDU; without any instance this shows that the agent lives."""

    def __init__(self, session: Session) -> None:
        self.replies: list[Reply] = []
        self.absent: set[str] = set()
        """Instances that an SNMPv1 agent does not have."""
        self.failed: dict[str, str] = {}
        """Instance to the reason why there is no answer; the reason ``left_out`` only in the hour after."""
        self._session = session
        self._limits = session.limits
        self._uptime: tuple[str, ...] = (SYS_UPTIME,)
        self._stack: list[_Asked] = []
        self._size = self._limits.request.dump()

    async def read(self, oids: Iterable[str]) -> None:
        """Read what can be had; what cannot stands in ``absent`` and ``failed``.

        Raises:
            SnmpFailure: the agent does not answer at all.
            OutOfBudget: there was no time left even for the first answer.
        """
        wanted = [oid for oid in dict.fromkeys(oids) if oid != SYS_UPTIME]
        if self._limits.left_out:
            wanted = [oid for oid in wanted if not self._is_left_out(oid)]
        self._push(_Asked(tuple(wanted)))
        while self._stack:
            asked = self._stack.pop()
            if len(asked.oids) >= self._limits.request.varbinds:
                self._push(asked)
                continue
            try:
                await self._read(asked)
            except (SnmpFailure, OutOfBudget) as failure:
                if not self._session.answered:
                    raise
                self.failed[asked.oids[0] if asked.oids else SYS_UPTIME] = why(failure)
                return

    async def _read(self, asked: _Asked) -> None:
        oids = (*self._uptime, *asked.oids)
        try:
            reply = await self._session.get_large(oids)
        except TooLarge:
            self._smaller(asked, "timeout")
        except SnmpError as error:
            self._refused(asked, error)
        else:
            self._limits.request.clean(len(oids), now_ms=self._session.now_ms())
            self._size = self._limits.request.dump()
            self.replies.append(reply)

    def _refused(self, asked: _Asked, error: SnmpError) -> None:
        match error.status:
            case status if status == NO_SUCH_NAME:
                self._no_such_name(asked, error.index - 1 - len(self._uptime))
            case status if status == TOO_BIG:
                self._smaller(asked, "agent_error")
            case _:
                self._halve(asked, "agent_error")

    def _no_such_name(self, asked: _Asked, place: int) -> None:
        """RFC 1157 section 4.1.2: one missing name is told, and no value at all is given."""
        if place == -1 and self._uptime:
            self._uptime = ()
            self._push(asked)
        elif len(asked.oids) == 1:
            self.absent.add(asked.oids[0])
        elif not 0 <= place < len(asked.oids) or asked.removed >= _MOST_REMOVED:
            self._stack += [_Asked((oid,)) for oid in reversed(asked.oids)]
        else:
            self.absent.add(asked.oids[place])
            rest = asked.oids[:place] + asked.oids[place + 1 :]
            self._stack.append(_Asked(rest, asked.removed + 1))

    def _smaller(self, asked: _Asked, reason: str) -> None:
        """Take that a PDU was too large: all later ones are smaller, too."""
        if len(asked.oids) > 1:
            self._limits.request.too_big(len(asked.oids) + 1, now_ms=self._session.now_ms())
        else:
            # It was this one instance, not how many there were.
            self._limits.request.restore(self._size)
        self._halve(asked, reason)

    def _halve(self, asked: _Asked, reason: str) -> None:
        """Halve a PDU until the bad varbind stands alone; that one is left out for an hour."""
        if len(asked.oids) > 1:
            half = len(asked.oids) // 2
            self._stack += [_Asked(asked.oids[half:]), _Asked(asked.oids[:half])]
            return
        if asked.oids:
            self._limits.left_out.add(asked.oids[0], reason, now_ms=self._session.now_ms())
        self.failed[asked.oids[0] if asked.oids else SYS_UPTIME] = reason

    def _push(self, asked: _Asked) -> None:
        """Let instances be asked for in PDUs of the size that the agent can answer."""
        most = max(self._limits.request.varbinds - 1, 1)
        chunks = [asked.oids[at : at + most] for at in range(0, len(asked.oids), most)] or [()]
        self._stack += [_Asked(chunk) for chunk in reversed(chunks)]

    def _is_left_out(self, oid: str) -> bool:
        reason = self._limits.left_out.reason(oid, self._session.now_ms())
        if reason:
            self.failed[oid] = reason
        return bool(reason)


def why(failure: SnmpFailure | OutOfBudget) -> str:
    """Return the word for what ended a reading."""
    if isinstance(failure, OutOfBudget):
        return "budget"
    return "agent_error" if isinstance(failure, SnmpError) else "timeout"
