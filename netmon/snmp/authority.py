"""This program as authoritative engine: who may talk to it, and the Reports for who may not (RFC 3414 section 3.2)."""

import os
from collections import Counter
from collections.abc import Iterable
from typing import Final

import msgspec

from netmon.snmp import ber, secured, usm
from netmon.snmp.encode import write_pdu, write_varbind
from netmon.snmp.engines import OwnEngine
from netmon.snmp.errors import DecodeError
from netmon.snmp.pdu import REPORT, RESPONSE
from netmon.snmp.reports import REPORT_OIDS, ReportReason
from netmon.snmp.secured import Envelope, Opened, Secured
from netmon.snmp.user import NO_KEYS, User

_SALTS: Final = (1 << 64) - 1
_COUNTER32: Final = 1 << 32


class Admitted(msgspec.Struct, frozen=True):
    """A message that a user sent to this engine, proven as far as its level proves anything."""

    found: Secured
    opened: Opened
    user: User
    keys: usm.Keys


class Denied(msgspec.Struct, frozen=True):
    """Why a message was not processed, and the Report that says so where its sender wants one."""

    reason: ReportReason
    report: bytes | None


class Authority:
    """Judges messages to its own engine.

    Args:
        own: the engine; it may be replaced at any time.
        users: who may talk; a message below the level of its user's keys is refused. Several may have one name.
    """

    def __init__(self, own: OwnEngine, users: Iterable[User]) -> None:
        self.own = own
        self.users = tuple(users)
        self.in_vain = 0
        """MACs that were computed for another user of the name: work that one message should not cost."""
        self._of_name: dict[bytes, list[User]] = {}
        for user in self.users:
            if user.engine_id in (b"", own.engine_id):
                self._of_name.setdefault(user.name, []).append(user)
        self.denied: Counter[ReportReason] = Counter()
        """Messages not processed, by reason: the usmStats of this engine."""
        self._keys: dict[tuple[bytes, User], list[usm.Keys]] = {}
        """Of users whose MAC was right, one for each way to make a short key longer, the last that decrypted first."""
        self._salt = int.from_bytes(os.urandom(8), "big")

    def admit(self, found: Secured, now_ns: int) -> Admitted | Denied:
        """Judge a message.

        Raises:
            DecodeError: its ScopedPDU is malformed.
        """
        if found.engine_id != self.own.engine_id:
            return self._deny("unknown_engine", found, now_ns)
        users = self._of_name.get(found.user, ())
        if not users:
            return self._deny("unknown_user", found, now_ns)
        able = [user for user in users if user.level == found.level]
        if not able:
            return self._deny("unsupported_security_level", found, now_ns)
        if found.level == "noAuthNoPriv":
            opened = secured.open_pdu(found, NO_KEYS)
            assert opened is not None, "what is not encrypted needs no keys"
            return Admitted(found, opened, able[0], NO_KEYS)
        return self._proven(found, able, now_ns)

    def _proven(self, found: Secured, users: list[User], now_ns: int) -> Admitted | Denied:
        reason: ReportReason = "wrong_digest"
        for place, user in enumerate(users):
            signing = user.signing(found.engine_id)
            if not secured.verify(found, signing):
                self.in_vain += place > 0
                continue
            if not self.own.is_in_time(found.boots, found.engine_time, now_ns):
                return self._deny("not_in_time_window", found, now_ns, user=found.user, keys=signing)
            admitted = self._opened(found, user)
            if admitted is not None:
                return admitted
            reason = "decryption_failed"
        return self._deny(reason, found, now_ns)

    def _opened(self, found: Secured, user: User) -> Admitted | None:
        """Return a message whose MAC is right, None where no key of its user decrypts it."""
        known = self._keys.get((found.engine_id, user))
        if known is None:
            # Only now: forged messages must not fill the memory.
            known = [user.keys(found.engine_id, extension) for extension in user.extensions()]
            self._keys[found.engine_id, user] = known
        for keys in known:
            opened = secured.open_pdu(found, keys)
            if opened is not None:
                known.sort(key=lambda one: one != keys)
                return Admitted(found, opened, user, keys)
        return None

    def respond(self, admitted: Admitted, pdu: bytes, now_ns: int) -> bytes:
        """Return the datagram of a PDU that answers a message, at its level and in its context."""
        scoped = secured.scoped_pdu(admitted.opened.context_engine, admitted.opened.context, pdu)
        envelope = self._envelope(admitted.found, admitted.user.name, now_ns)
        self._salt = (self._salt + 1) & _SALTS
        return secured.seal(envelope, scoped, admitted.keys, salt=self._salt)

    def report(self, admitted: Admitted, reason: ReportReason, now_ns: int) -> bytes | None:
        """Return the Report of what is wrong with an admitted message, such as an unknown context."""
        return self._deny(reason, admitted.found, now_ns, user=admitted.user.name, keys=admitted.keys).report

    def _deny(
        self, reason: ReportReason, found: Secured, now_ns: int, *, user: bytes = b"", keys: usm.Keys = NO_KEYS
    ) -> Denied:
        self.denied[reason] += 1
        if not found.reportable:
            return Denied(reason, None)
        count = self.denied[reason] % _COUNTER32
        varbind = write_varbind((REPORT_OIDS[reason], ber.COUNTER32, count))
        pdu = ber.tlv(REPORT, write_pdu(_request_id(found), 0, 0, [varbind]))
        scoped = secured.scoped_pdu(self.own.engine_id, b"", pdu)
        self._salt = (self._salt + 1) & _SALTS
        return Denied(reason, secured.seal(self._envelope(found, user, now_ns), scoped, keys, salt=self._salt))

    def _envelope(self, found: Secured, user: bytes, now_ns: int) -> Envelope:
        own = self.own
        return Envelope(found.header.message_id, own.engine_id, own.boots, own.time(now_ns), user)


def response(request_id: int, varbinds: list[bytes], *, error_status: int = 0, error_index: int = 0) -> bytes:
    """Return a Response-PDU around varbinds that are octets already."""
    return ber.tlv(RESPONSE, write_pdu(request_id, error_status, error_index, varbinds))


def _request_id(found: Secured) -> int:
    """Return the request-id of a message that is not processed, 0 where it cannot be read (RFC 3412 section 7.1)."""
    if found.header.flags & secured.PRIV:
        return 0
    try:
        opened = secured.open_pdu(found, NO_KEYS)
    except DecodeError:
        return 0
    return opened.message.request_id if opened is not None else 0
