"""From a datagram to a trap, or to the reason why not; pure and fast (specs/snmp.md 3.3 to 3.6)."""

from collections.abc import Collection, Iterable, Mapping

import msgspec

from netmon.domain.inventory import Element
from netmon.domain.observation import Trap
from netmon.domain.oid import (
    BAD_VALUE,
    SNMP_TRAP_ADDRESS,
    SNMP_TRAP_COMMUNITY,
    SNMP_TRAP_ENTERPRISE,
    SNMP_TRAP_OID,
    SYS_UPTIME,
    Varbind,
)
from netmon.domain.rejection import Reason
from netmon.snmp.ber import IP_ADDRESS, NO_SUCH_INSTANCE, OBJECT_IDENTIFIER, OCTET_STRING, TIME_TICKS
from netmon.snmp.errors import DecodeError
from netmon.snmp.message import INFORM, V1, V1_TRAP, V2_TRAP, V2C, V3, V1Trap, accept, decode, peek
from netmon.snmp.message import Message as SnmpMessage
from netmon.sources.credential import Credential
from netmon.sources.traps.communities import Communities
from netmon.sources.traps.config import TrapsConfig
from netmon.sources.traps.directory import Directory
from netmon.sources.traps.duplicates import duplicate_key

_VERSIONS = {V1: "v1", V2C: "v2c", V3: "v3"}
_WANTED = {V1: (V1_TRAP,), V2C: (V2_TRAP, INFORM)}
_SPECIAL = frozenset({SNMP_TRAP_ADDRESS, SNMP_TRAP_COMMUNITY, SNMP_TRAP_ENTERPRISE})
_FAMILIAR = 50_000
TRAILING = "trailing_octets"
"""Flag of a trap behind which the datagram went on."""
_MASKED: Varbind = (SNMP_TRAP_COMMUNITY, OCTET_STRING, b"***")
_NOWHERE = "0.0.0.0"  # noqa: S104  an agent-addr that says nothing (RFC 1157 section 4.1.6), not a bind address


class Origin(msgspec.Struct, frozen=True):
    """Where and when a datagram was read."""

    at: int
    realm: str
    listener: str
    source: str
    port: int


class Rejected(msgspec.Struct, frozen=True):
    """Why a datagram is no trap for netmon."""

    reason: Reason
    detail: str = ""
    user: str = ""
    """Of version 3, as the message says."""
    element: str = ""
    """Whose messages come from there, as far as anybody knows."""


class _Body(msgspec.Struct):
    """The trap in a message, in v2 form."""

    trap_oid: str
    varbinds: tuple[Varbind, ...]
    uptime_cs: int | None
    enterprise: str = ""
    claims: tuple[tuple[str, str], ...] = ()
    """Addresses of the element as the message tells them: (``agent-addr`` or ``snmpTrapAddress``, address)."""
    flags: tuple[str, ...] = ()


class Admission:
    """Knows who may send and whose address is whose; built anew when configuration or inventory change."""

    def __init__(
        self, config: TrapsConfig, *, credentials: Mapping[str, Credential], elements: Iterable[Element]
    ) -> None:
        self._communities = Communities(config, credentials)
        self._directory = Directory(elements, config.proxies)
        self._keep_unknown = config.unknown_sources == "keep"
        self._accept_claims = config.accept_agent_addr
        self._familiar: set[str] = set()

    def admit(self, datagram: bytes, origin: Origin) -> Trap | Rejected:
        """Return the trap in a datagram, with an ``origin_id`` if it is an inform; never raises."""
        try:
            if origin.source not in self._familiar:
                # A look at the start keeps strangers cheap; sources that were let in before are decoded at once.
                start = peek(datagram)
                allowed = self._allowed(start.version, start.pdu_type, community=start.community, source=origin.source)
                if isinstance(allowed, Rejected):
                    return allowed
            message = decode(datagram)
        except DecodeError as error:
            return Rejected(error.reason, f"at octet {error.offset}")
        credential = self._allowed(message.version, message.pdu_type, community=message.community, source=origin.source)
        if isinstance(credential, Rejected):
            self._familiar.discard(origin.source)
            return credential
        return self.accept(message, credential, origin)

    def trap_oid(self, datagram: bytes, realm: str, source: str) -> str | None:
        """Return the name of the trap in a datagram that may come from there, by a look at its start; else None.

        None of a relay, too: its start does not say for whom it speaks.
        """
        try:
            start = peek(datagram)
        except DecodeError:
            return None
        allowed = self._allowed(start.version, start.pdu_type, community=start.community, source=source)
        if isinstance(allowed, Rejected) or not start.trap_oid or self._directory.proxy(realm, source) is not None:
            return None
        return start.trap_oid

    @property
    def familiar(self) -> Collection[str]:
        """The addresses that traps were taken from."""
        return self._familiar

    def speaker(self, origin: Origin) -> str:
        """Return the element whose own address a message came from, nothing where a relay speaks for others."""
        if self._directory.proxy(origin.realm, origin.source) is not None:
            return ""
        return self._directory.by_source(origin.realm, origin.source)[0]

    def _meet(self, source: str) -> None:
        if len(self._familiar) >= _FAMILIAR:
            self._familiar.clear()
        self._familiar.add(source)

    def _allowed(self, version: int, pdu_type: int, *, community: bytes, source: str) -> str | Rejected:
        """Return the credential that a message proves."""
        if pdu_type not in _WANTED.get(version, ()):
            return Rejected("wrong_pdu" if version in _WANTED else "unsupported_version")
        credential = self._communities.credential(community, source)
        return credential or Rejected(self._communities.refusal(community))

    def accept(self, message: SnmpMessage, credential: str, origin: Origin, *, of_engine: str = "") -> Trap | Rejected:
        """Return the trap of a message whose sender is proven; ``of_engine`` is the element of its version 3 engine."""
        body = _v2_body(message) if message.v1_trap is None else _v1_body(message, message.v1_trap)
        if body is None:
            return Rejected("no_trap_oid")
        _look_over(body, message)
        if message.version == V3 and not self._communities.allows_user(credential, origin.source):
            return Rejected("source_not_allowed", f"credential {credential}")
        element, by = (of_engine, "engine") if of_engine else self._element(credential, origin, body)
        if not element:
            return Rejected("unknown_source", f"trap {body.trap_oid}")
        accept()
        if origin.source not in self._familiar:
            self._meet(origin.source)
        return Trap(
            origin.at,
            origin.realm,
            origin.source,
            origin.port,
            origin.listener,
            _VERSIONS[message.version],
            credential,
            element,
            by,
            body.trap_oid,
            body.varbinds,
            body.uptime_cs,
            body.enterprise,
            _origin_id(message, credential, origin) if message.pdu_type == INFORM else "",
            (*body.flags, "agent_addr_untrusted") if by == "agent-addr" else body.flags,
        )

    def _element(self, credential: str, origin: Origin, body: _Body) -> tuple[str, str]:
        """Find the element, first hit wins; before this come the engines of version 3."""
        relayed = self._relayed(origin, body)
        if relayed is not None:
            return relayed
        found = self._directory.by_source(origin.realm, origin.source)
        if not found[0]:
            found = self._directory.by_credential(credential)
        # Routers send from the address of the egress interface; the message names the one they are known by.
        if not found[0] and self._accept_claims:
            named = (self._directory.by_address(origin.realm, address) for _, address in body.claims)
            found = next(filter(None, named), ""), "agent-addr"
        if not found[0] and self._keep_unknown:
            found = f"addr:{origin.realm}:{origin.source}", "unknown"
        return found

    def _relayed(self, origin: Origin, body: _Body) -> tuple[str, str] | None:
        """Find the element that a trusted relay speaks for; None where it speaks for itself."""
        proxy = self._directory.proxy(origin.realm, origin.source)
        claims = dict(body.claims)
        for kind in ("snmpTrapAddress", "agent-addr"):
            if proxy is not None and kind in proxy.trust and kind in claims:
                element = self._directory.by_address(origin.realm, claims[kind])
                unknown = f"addr:{origin.realm}:{claims[kind]}" if self._keep_unknown else ""
                return element or unknown, "proxy"
        return None


def _v1_body(message: SnmpMessage, head: V1Trap) -> _Body:
    """Map a Trap-PDU to the v2 form (RFC 3584 section 3.1)."""
    claims = () if head.agent_addr == _NOWHERE else (("agent-addr", head.agent_addr),)
    return _Body(head.trap_oid(), message.varbinds, head.timestamp, head.enterprise, claims, ("v1_mapped",))


def _v2_body(message: SnmpMessage) -> _Body | None:
    """Take sysUpTime.0 and snmpTrapOID.0 out; None when there is no name.

    They are the first two (RFC 3416 section 4.2.6), but not of every sender.
    """
    varbinds = message.varbinds
    if len(varbinds) >= 2 and varbinds[0][0] == SYS_UPTIME and varbinds[1][0] == SNMP_TRAP_OID:
        uptime, name, rest = varbinds[0], varbinds[1], varbinds[2:]
    else:
        uptime, name = _first(varbinds, SYS_UPTIME), _first(varbinds, SNMP_TRAP_OID)
        rest = tuple(varbind for varbind in varbinds if varbind is not name and varbind is not uptime)
    if name[1] != OBJECT_IDENTIFIER:
        return None
    if uptime[1] != TIME_TICKS:
        return _Body(name[2], rest, None, flags=("no_uptime",))
    return _Body(name[2], rest, uptime[2])


def _first(varbinds: tuple[Varbind, ...], oid: str) -> Varbind:
    return next((varbind for varbind in varbinds if varbind[0] == oid), (oid, NO_SUCH_INSTANCE, None))


def _look_over(body: _Body, message: SnmpMessage) -> None:
    """Flag what is odd, and read the varbinds that are about the sender itself."""
    bad = special = False
    for oid, tag, _ in message.varbinds:
        if tag >= BAD_VALUE:
            bad = True
        elif oid in _SPECIAL:
            special = True
    if message.trailing:
        body.flags = (*body.flags, TRAILING)
    if bad:
        body.flags = (*body.flags, "bad_values")
    if special:
        _read_special(body)


def _read_special(body: _Body) -> None:
    for oid, tag, value in body.varbinds:
        if oid == SNMP_TRAP_ENTERPRISE and tag == OBJECT_IDENTIFIER:
            body.enterprise = body.enterprise or value
        elif oid == SNMP_TRAP_ADDRESS and tag == IP_ADDRESS:
            body.claims = (*body.claims, ("snmpTrapAddress", value))
    body.varbinds = tuple(_MASKED if varbind[0] == SNMP_TRAP_COMMUNITY else varbind for varbind in body.varbinds)


def _origin_id(message: SnmpMessage, credential: str, origin: Origin) -> str:
    return duplicate_key(
        realm=origin.realm,
        source=origin.source,
        port=origin.port,
        security_name=credential,
        request_id=message.request_id,
        varbinds=message.varbinds,
    )
