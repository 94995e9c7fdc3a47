"""What goes back to those who send: answers to informs, and Reports of version 3 (specs/snmp.md 2.7, 3.10)."""

from collections.abc import Callable

import structlog

from netmon.snmp.errors import EncodeError
from netmon.snmp.message import inform_response
from netmon.sources.traps.admit import Rejected
from netmon.sources.traps.arrived import Arrived
from netmon.telemetry.metrics import Metrics

log = structlog.get_logger("netmon.traps")


class Replies:
    """Sends from the socket that the question came to; what cannot be sent is counted, its sender asks again."""

    def __init__(self, count_error: Callable[[str, Exception], None], metrics: Metrics) -> None:
        self._count_error = count_error
        self._metrics = metrics

    def answer(self, one: Arrived, secured: Callable[[], bytes] | None) -> None:
        """Send the Response: same request-id, same varbinds, no error (RFC 3416 section 4.2.7)."""
        try:
            one.door.socket.sendto(secured() if secured is not None else inform_response(one.datagram), one.peer)
        except (OSError, EncodeError) as error:
            # The sender repeats the inform, and the repeat is answered.
            self._count_error("answer", error)

    def report(self, report: bytes, rejected: Rejected | None, one: Arrived) -> None:
        """Send a Report."""
        try:
            one.door.socket.sendto(report, one.peer)
        except OSError as error:
            self._count_error("report", error)
        else:
            # A discovery is no fault of its sender, but it is answered by this Report (RFC 3414 section 4).
            reason = "unknown_engine" if rejected is None else rejected.reason
            self._metrics.snmp_reports.labels("sent", reason).inc()
