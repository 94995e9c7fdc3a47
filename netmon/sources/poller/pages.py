"""Carries a walk page by page, and finds the requests that an agent can answer (specs/snmp.md 4.4, 4.5)."""

from collections.abc import Mapping, Sequence

from netmon.snmp.client import Reply
from netmon.snmp.errors import SnmpError, SnmpFailure
from netmon.snmp.message import NO_SUCH_NAME, TOO_BIG
from netmon.snmp.walk import Stop, TableWalk, stop_of
from netmon.sources.poller.limits import BULK, NEXT, ONE_COLUMN
from netmon.sources.poller.session import OutOfBudget, Session, TooLarge


class Pages:
    """Reads the columns of one table.

    Args:
        session: the agent.
        columns: their OIDs.
        apart: numbers of columns that are not walked, and why: the agent fails on them.
        max_rows: the walk ends there.
        allow_nonincreasing: go on after an OID that does not grow, until one repeats.
        most: rows that a request may ask for at a time, however many the agent can answer; 0: no such limit.
    """

    def __init__(
        self,
        session: Session,
        columns: Sequence[str],
        *,
        apart: Mapping[int, str],
        max_rows: int,
        allow_nonincreasing: bool,
        most: int = 0,
    ) -> None:
        self.walk = TableWalk(columns, max_rows=max_rows, allow_nonincreasing=allow_nonincreasing)
        self.walk.leave_out(apart)
        self.faulty: list[int] = []
        """Numbers of columns on which the agent failed in every manner."""
        self._most = most
        self._session = session
        self._limits = session.limits
        self._manner = self._learned = self._limits.manner.now(session.now_ms())
        self._size = self._limits.response.dump()
        """What was known of the size of answers when the last one came."""
        self._most_rows: int | None = None
        """Rows per page while the agent fails on larger ones."""
        self._helped = self._begun = False

    async def read(self) -> None:
        """Read until every column has ended; how each did is told by the walk.

        Raises:
            SnmpFailure: the agent did not answer at all, in this run.
            OutOfBudget: there was no time left even for the first answer.
        """
        walk, session = self.walk, self._session
        while walk.active:
            try:
                await self._page()
            except OutOfBudget:
                if not session.answered:
                    raise
                walk.stop("budget")
            except SnmpFailure as failure:
                if not session.answered:
                    raise
                walk.stop(stop_of(failure))
        if self._helped and not self.faulty:
            self._limits.manner.learn(self._manner, now_ms=session.now_ms())

    async def _page(self) -> None:
        width = self.walk.open_columns if self._manner == BULK else 1
        oids, rows = self.walk.next_oids(width), self._rows(width)
        try:
            reply = await self._ask(oids, rows)
        except TooLarge:
            self._smaller(width, rows, "timeout")
        except SnmpError as error:
            self._refused(error, width, rows)
        else:
            self._take(reply, width=width, full=self._is_bulk and len(reply.varbinds) > width * rows)

    async def _ask(self, oids: Sequence[str], rows: int) -> Reply:
        if self._is_bulk:
            return await self._session.bulk(oids, max_repetitions=rows)
        return await self._session.next_large(oids)

    @property
    def _is_bulk(self) -> bool:
        return not self._session.v1 and self._manner != NEXT

    def _rows(self, width: int) -> int:
        """Return the rows to ask for."""
        if not self._is_bulk:
            return 1
        rows = self._limits.response.max_repetitions(width)
        rows = min(rows, self._most or rows)
        return rows if self._most_rows is None else min(rows, self._most_rows)

    def _take(self, reply: Reply, *, width: int, full: bool) -> None:
        walk, response = self.walk, self._limits.response
        walk.feed(reply.varbinds, sent_ms=reply.sent_ms, received_ms=reply.received_ms, rtt_us=reply.rtt_us)
        if full:
            response.full_page(now_ms=self._session.now_ms())
        if not self._begun:
            response.seen(reply.varbinds[1 : 1 + width])
        self._begun = True
        self._size = response.dump()
        self._helped = self._manner > self._learned
        if self._most_rows is not None:
            self._most_rows *= 2

    def _refused(self, error: SnmpError, width: int, rows: int) -> None:
        if error.status == NO_SUCH_NAME and not self._is_bulk:
            # RFC 1157 section 4.1.3: the varbind at error-index has no successor.
            self.walk.end(error.index - 2)
        elif error.status == TOO_BIG:
            self._smaller(width, rows, "agent_error")
        elif rows > 1:
            # The error may lie in one of the rows: nothing is learned of the size of answers.
            self._most_rows = 1
        else:
            self._simpler(width, "agent_error")

    def _smaller(self, width: int, rows: int, reason: Stop) -> None:
        if rows == 1 or not self._limits.response.too_big(width, now_ms=self._session.now_ms()):
            self._simpler(width, reason)

    def _simpler(self, width: int, reason: Stop) -> None:
        """Ask in a simpler manner; when there is none, the fault lies with the column, and all else is as before."""
        if self._manner == BULK and (width > 1 or self._is_bulk):
            self._manner = ONE_COLUMN if width > 1 else NEXT
        elif self._manner == ONE_COLUMN and self._is_bulk:
            self._manner = NEXT
        else:
            self.faulty += self.walk.stop_asked(reason)
            self._limits.response.restore(self._size)
            self._manner, self._most_rows = self._learned, None
