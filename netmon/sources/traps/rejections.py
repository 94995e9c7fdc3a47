"""What the receiver turned away, for people to see: by source and reason, and the last ones (specs/snmp.md 3.9)."""

from collections import deque
from collections.abc import Callable
from heapq import nsmallest
from itertools import islice

import msgspec
import structlog

from netmon.domain.rejection import Reason
from netmon.domain.request import RejectedCount, RejectedMessage, RejectionsWanted
from netmon.sources.realm import DEFAULT
from netmon.sources.traps.counts import Counts
from netmon.sources.traps.reasons import SENTENCES

log = structlog.get_logger("netmon.traps")

_LINES = 60
"""In the log per minute, whoever sends."""
_KEPT = 1_000
_HEAD = 64
_MINUTE_MS = 60_000
_V3 = 3
_SNMP_TRAP_COMMUNITY = bytes.fromhex("2b0601060312010400")
"""snmpTrapCommunity.0 (RFC 3584 section 5.1) as it is encoded."""


class Rejection(msgspec.Struct, frozen=True):
    """One datagram that was turned away."""

    at: int
    realm: str
    source: str
    reason: Reason
    detail: str
    head: bytes
    """The first octets, the community's replaced."""
    user: str = ""
    """Of version 3, as the message says."""

    @property
    def sentence(self) -> str:
        """What an operator reads."""
        because = SENTENCES[self.reason]
        if self.user:
            because = because.replace("the user", f'user "{self.user}"', 1)
        where = self.source if self.realm == DEFAULT else f"{self.source} in realm {self.realm}"
        return f"{where}: {self.reason}: {because}" + (f" ({self.detail})" if self.detail else "")


_ALL = RejectionsWanted()


class Rejections:
    """Counts of a day by (realm, source, reason), and the last thousand; bounded, whatever is sent.

    Args:
        log: told of each rejection, at most once a minute for each source and reason, 60 times a minute in all.
    """

    def __init__(self, log: Callable[[Rejection], None]) -> None:
        self._log = log
        self.pairs = Counts()
        self._last: deque[Rejection] = deque(maxlen=_KEPT)
        self._lines = [0, 0]
        """[minute, lines in the log]."""

    def add(self, rejection: Rejection) -> None:
        """Count, keep and log a rejection; its head is cut, and masked once somebody looks."""
        self._last.append(msgspec.structs.replace(rejection, head=rejection.head[:_HEAD]))
        pair = self.pairs.count((rejection.realm, rejection.source, rejection.reason), at=rejection.at)
        if rejection.at - pair.logged >= _MINUTE_MS and self._may_log(rejection.at // _MINUTE_MS):
            pair.logged = rejection.at
            self._log(masked(rejection))

    def _may_log(self, minute: int) -> bool:
        if minute != self._lines[0]:
            self._lines = [minute, 0]
        self._lines[1] += 1
        return self._lines[1] <= _LINES

    def keep(self, rejection: Rejection) -> None:
        """Keep a sample of what was counted apart."""
        self._last.append(msgspec.structs.replace(rejection, head=rejection.head[:_HEAD]))

    def last(self, wanted: RejectionsWanted = _ALL) -> list[RejectedMessage]:
        """Return the last rejections, newest first, without communities."""
        found = (one for one in reversed(self._last) if _is_wanted(one.source, one.reason, wanted))
        return [_told(masked(rejection)) for rejection in islice(found, wanted.limit)]

    def counts(self, now: int, wanted: RejectionsWanted = _ALL) -> list[RejectedCount]:
        """Return how often each happened in the last 24 h, the most frequent first."""
        found = (
            (-count, key, last) for key, last, count in self.pairs.of_day(now) if _is_wanted(key[1], key[2], wanted)
        )
        return [
            RejectedCount(*key, count=-count, last=last, meaning=SENTENCES[key[2]])
            for count, key, last in nsmallest(wanted.limit, found)
        ]


def log_rejection(rejection: Rejection) -> None:
    """Write the line that tells of a rejection."""
    log.info("datagram rejected", source=rejection.source, reason=rejection.reason, why=rejection.sentence)


def _is_wanted(source: str, reason: Reason, wanted: RejectionsWanted) -> bool:
    return wanted.source in ("", source) and wanted.reason in ("", reason)


def _told(rejection: Rejection) -> RejectedMessage:
    return RejectedMessage(
        at=rejection.at,
        realm=rejection.realm,
        source=rejection.source,
        reason=rejection.reason,
        text=rejection.sentence,
        head=rejection.head.hex(),
    )


def masked(rejection: Rejection) -> Rejection:
    """Return a rejection whose first octets show no community."""
    head = rejection.head[:_HEAD]
    for span in (_community(head), _relayed_community(head)):
        head = head[: span.start] + b"*" * len(span) + head[span.stop :]
    return msgspec.structs.replace(rejection, head=head)


def _community(head: bytes) -> range:
    """Find the octets of the community: SEQUENCE, INTEGER version, OCTET STRING; everything after it if unsure."""
    if head[:1] != b"\x30":
        return range(0)
    version = 2 + (head[1] & 0x7F if len(head) > 1 and head[1] & 0x80 else 0)
    text = version + 2 + (head[version + 1] if len(head) > version + 1 else 0)
    if head[version:text] == bytes((2, 1, _V3)) and head[text : text + 1] == b"\x30":
        return range(0)
    if head[text : text + 1] != b"\x04" or len(head) < text + 2:
        return range(version, len(head))
    if head[text + 1] & 0x80:
        return range(text + 2, len(head))
    return range(text + 2, min(len(head), text + 2 + head[text + 1]))


def _relayed_community(head: bytes) -> range:
    """Find the community that a proxy passes on as a varbind; everything after its name."""
    at = head.find(_SNMP_TRAP_COMMUNITY)
    return range(0) if at < 0 else range(at + len(_SNMP_TRAP_COMMUNITY), len(head))
