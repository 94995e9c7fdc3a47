"""What the receiver turned away, for people to see: by source and reason, and the last ones (specs/snmp.md 3.9)."""

from collections import deque
from collections.abc import Callable
from heapq import nsmallest
from itertools import islice
from typing import Literal

import msgspec
import structlog

from netmon.domain.request import RejectedCount, RejectedMessage, RejectionsWanted
from netmon.sources.realm import DEFAULT

log = structlog.get_logger("netmon.traps")

Reason = Literal[
    "not_snmp",
    "truncated",
    "malformed",
    "unsupported_version",
    "wrong_pdu",
    "no_trap_oid",
    "bad_community",
    "source_not_allowed",
    "unknown_user",
    "unknown_engine",
    "wrong_digest",
    "not_in_time_window",
    "decryption_failed",
    "unsupported_security_level",
    "unknown_context",
    "unknown_source",
    "storm_source",
    "storm_trap",
    "storm_unread",
    "queue_full",
    "bug",
]

SENTENCES: dict[Reason, str] = {
    "bug": "netmon has a bug here: its log tells more",
    "not_snmp": "this is no SNMP message: check what sends to this port",
    "truncated": "the message is longer than the datagram: something on the way cuts packets",
    "malformed": "the message breaks the encoding rules of SNMP",
    "unsupported_version": "there is no such version of SNMP: send v1, v2c or v3",
    "wrong_pdu": "the message is neither a trap nor an inform",
    "no_trap_oid": "the notification does not say which trap it is (no snmpTrapOID.0)",
    "bad_community": "no credential in traps.communities has this community",
    "source_not_allowed": "the credential is known, but traps.communities does not allow it from this address",
    "unknown_source": "no element has this address, and traps.unknown_sources is drop",
    "unknown_user": "no credential has the user",
    "unknown_engine": "the engine is not known: traps.engines is configured, or an inform went to another engine",
    "wrong_digest": "the user is known, but the MAC does not verify: check the authentication password and protocol",
    "not_in_time_window": "the time of the engine is behind what it said before: a replay, or a device that was reset",
    "decryption_failed": "the MAC of the user is right, but nothing can be decrypted: check the privacy password and"
    " protocol",
    "unsupported_security_level": "the user is configured with another security level",
    "unknown_context": "traps.contexts does not name this context",
    "storm_source": "the source sends more than traps.limits.source allows",
    "storm_trap": "the source sends more of this trap than traps.limits.trap allows",
    "storm_unread": "more version 3 messages than traps.limits allows to look into",
    "queue_full": "more arrived than could be committed: the source with most in the queue lost its oldest trap",
}

_PAIRS = 10_000
_LINES = 60
"""In the log per minute, whoever sends."""
_KEPT = 1_000
_HEAD = 64
_DAY_MS = 86_400_000
_HOUR_MS = 3_600_000
_MINUTE_MS = 60_000
_REST = "*"
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


class _Pair(msgspec.Struct):
    logged: int
    last: int = 0
    hour: int = 0
    """When the present hour began."""
    new: int = 0
    """How many there were in it."""
    hours: deque[tuple[int, int]] = msgspec.field(default_factory=deque)
    """(when an hour began, how many were in it), those before, the oldest first."""

    def turn(self, at: int) -> None:
        """Begin another hour."""
        self.hours.append((self.hour, self.new))
        self.hour, self.new = at - at % _HOUR_MS, 0

    def count(self, now: int) -> int:
        """Return how many there were in the last 24 h, to the hour."""
        while self.hours and now - self.hours[0][0] >= _DAY_MS:
            self.hours.popleft()
        return sum(count for _, count in self.hours) + (self.new if now - self.hour < _DAY_MS else 0)


_Key = tuple[str, str, Reason]
"""(realm, source, reason)."""
_ALL = RejectionsWanted()


class Rejections:
    """Counts of a day by (realm, source, reason), and the last thousand; bounded, whatever is sent.

    Args:
        log: told of each rejection, at most once a minute for each source and reason, 60 times a minute in all.
    """

    def __init__(self, log: Callable[[Rejection], None]) -> None:
        self._log = log
        self._pairs: dict[_Key, _Pair] = {}
        self._last: deque[Rejection] = deque(maxlen=_KEPT)
        self._looked = 0
        self._lines = [0, 0]
        """[minute, lines in the log]."""

    def add(self, rejection: Rejection) -> None:
        """Count, keep and log a rejection; its head is cut, and masked once somebody looks."""
        self._last.append(msgspec.structs.replace(rejection, head=rejection.head[:_HEAD]))
        pair = self.count(rejection.realm, rejection.source, rejection.reason, at=rejection.at)
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

    def count(self, realm: str, source: str, reason: Reason, *, at: int, count: int = 1) -> _Pair:
        """Count without keeping anything to look at."""
        key = (realm, source, reason)
        pair = self._pairs.get(key)
        if pair is None:
            if len(self._pairs) >= _PAIRS and not self._forget(at):
                key = (_REST, _REST, reason)
            pair = self._pairs.setdefault(key, _Pair(at - _MINUTE_MS))
        if not 0 <= at - pair.hour < _HOUR_MS:
            pair.turn(at)
        pair.new += count
        pair.last = at
        return pair

    def last(self, wanted: RejectionsWanted = _ALL) -> list[RejectedMessage]:
        """Return the last rejections, newest first, without communities."""
        found = (one for one in reversed(self._last) if _is_wanted(one.source, one.reason, wanted))
        return [_told(masked(rejection)) for rejection in islice(found, wanted.limit)]

    def counts(self, now: int, wanted: RejectionsWanted = _ALL) -> list[RejectedCount]:
        """Return how often each happened in the last 24 h, the most frequent first."""
        self._looked = 0
        self._forget(now)
        found = ((-pair.count(now), key) for key, pair in self._pairs.items() if _is_wanted(key[1], key[2], wanted))
        return [
            RejectedCount(*key, count=-count, last=self._pairs[key].last, meaning=SENTENCES[key[2]])
            for count, key in nsmallest(wanted.limit, found)
        ]

    def _forget(self, now: int) -> bool:
        """Let go of pairs that were silent for a day; tell whether there is room, at most once a minute."""
        if now - self._looked < _MINUTE_MS:
            return False
        self._looked = now
        for key in [key for key, pair in self._pairs.items() if now - pair.last > _DAY_MS]:
            del self._pairs[key]
        return len(self._pairs) < _PAIRS


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
