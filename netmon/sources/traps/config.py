"""The settings of the trap receiver (specs/snmp.md 3.1)."""

import ipaddress
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Literal

import msgspec

from netmon.domain.duration import Size
from netmon.domain.place import Path, suggestion
from netmon.sources.realm import DEFAULT, RealmConfig, Realms, missing_device, realm_of
from netmon.sources.traps.limits import LimitsConfig

DEFAULT_LISTEN: tuple[str, ...] = ("127.0.0.1:162",)
"""Used as it is when config.yaml names no address; only then may the port change."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Community(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A credential that is accepted, and from where; a user of version 3 need not be listed to be accepted."""

    credential: str
    """Id of a credential."""
    sources: tuple[str, ...] = ()
    """Networks that may send with it, ``10.0.0.0/8``; none: all."""


class ProxyConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A trap relay whose word is taken for who the element is; without it a relay would be the element itself."""

    source: str
    """Its address or network, ``192.0.2.9/32``."""
    trust: tuple[Literal["snmpTrapAddress", "agent-addr"], ...] = ("snmpTrapAddress", "agent-addr")
    """Which names of the element count, the first that is there."""
    realm: str = DEFAULT
    """Where it is, and the elements it speaks for: a key of ``realms``."""


class ListenConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where traps of a realm arrive."""

    address: str
    """With port; ``:162`` takes the address from the realm."""
    realm: str = DEFAULT
    """A key of ``realms``."""
    device: str = ""
    """Network device, such as a VRF; default: the realm's."""


class Listener(msgspec.Struct, frozen=True):
    """An address to bind, with everything the realm says of it."""

    host: str
    port: int
    realm: str = DEFAULT
    device: str = ""


class TrapsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``traps`` of config.yaml."""

    listen: tuple[str | ListenConfig, ...] = DEFAULT_LISTEN
    """Addresses with port; IPv6 in brackets: ``[::1]:162``; of another realm: ``{address: , realm: , device: }``."""
    communities: tuple[Community, ...] = ()
    proxies: tuple[ProxyConfig, ...] = ()
    accept_any_community: bool = False
    """Take v1 and v2c messages whatever their community."""
    receive_buffer: Size = Size("16MiB")
    """Asked of the kernel for each socket."""
    unknown_sources: Literal["keep", "drop"] = "keep"
    """What becomes of traps from addresses that no element has."""
    accept_agent_addr: bool = True
    """A trap from an unknown address may name its element itself (agent-addr, snmpTrapAddress)."""

    engines: Literal["learn", "configured"] = "learn"
    """Whose version 3 traps are believed: every engine whose user proves itself, or those in the inventory only."""
    engine_id: Annotated[str, msgspec.Meta(pattern=r"^((0x)?([0-9A-Fa-f]{2}){5,32})?$")] = ""
    """Of netmon itself, which version 3 informs are sent to, in hex; made once when empty."""
    contexts: tuple[str, ...] = ()
    """Names of contexts that traps may come from; none: all."""
    limits: LimitsConfig = LimitsConfig()

    def open_to_all(self) -> bool:
        """Tell whether any community is taken: when told so, or when only this host can send and none is configured."""
        local = all(_is_loopback(one.address) for one in self._listen())
        return self.accept_any_community or (not self.communities and local)

    def listeners(self, realms: Realms) -> tuple[Listener, ...]:
        """Return what to bind; a listener that names no address or device takes them from its realm.

        Raises:
            ValueError: a text is no address.
        """
        found: list[Listener] = []
        for one in self._listen():
            realm = realm_of(realms, one.realm)
            host, port = split_address(one.address)
            hosts = (host,) if host else realm.addresses
            found += [Listener(address, port, one.realm, one.device or realm.device) for address in hosts]
        return tuple(found)

    def _listen(self) -> Iterator[ListenConfig]:
        for one in self.listen:
            yield ListenConfig(one) if isinstance(one, str) else one

    def problems(self, credentials: Mapping[str, str], realms: Realms | None = None) -> Iterator[tuple[Path, str]]:
        """Yield every mistake with its path below ``traps``; ``credentials``: id to SNMP version."""
        guarded = bool(self.communities) or self.accept_any_community or "v3" in credentials.values()
        known = {DEFAULT: RealmConfig(), **(realms or {})}
        for position, one in enumerate(self._listen()):
            path: Path = ("listen", position)
            whole = isinstance(self.listen[position], ListenConfig)
            found = list(_listen_problems(path, one, known, at=(*path, "address") if whole else path))
            yield from found
            if not (found or guarded or _is_loopback(one.address)):
                yield path, _unguarded(one.address)
        for position, community in enumerate(self.communities):
            yield from _community_problems(("communities", position), community, credentials)
        for position, proxy in enumerate(self.proxies):
            if (problem := _no_network(proxy.source)) is not None:
                yield ("proxies", position, "source"), problem
            if proxy.realm not in known:
                yield ("proxies", position, "realm"), _unknown_realm(proxy.realm, known)


def _listen_problems(path: Path, one: ListenConfig, realms: Realms, *, at: Path) -> Iterator[tuple[Path, str]]:
    try:
        host, _ = split_address(one.address)
    except ValueError as error:
        yield at, str(error)
        return
    if one.realm not in realms:
        yield (*path, "realm"), _unknown_realm(one.realm, realms)
    elif not host and not realms[one.realm].addresses:
        yield at, f"realm \"{one.realm}\" has no bind, so name an address (write '0.0.0.0{one.address}')"
    if one.device and (problem := missing_device(one.device)):
        yield (*path, "device"), problem


def _unknown_realm(name: str, known: Realms) -> str:
    return f'unknown realm "{name}"{suggestion(name, known)}'


def _unguarded(text: str) -> str:
    return (
        f"'{text}' can be reached from outside, but nothing says who may send: add communities, or a user of version 3"
    )


def _community_problems(path: Path, community: Community, credentials: Collection[str]) -> Iterator[tuple[Path, str]]:
    if community.credential not in credentials:
        hint = suggestion(community.credential, credentials)
        yield (*path, "credential"), f'unknown credential "{community.credential}"{hint}'
    for number, source in enumerate(community.sources):
        if (problem := _no_network(source)) is not None:
            yield (*path, "sources", number), problem


def _no_network(text: str) -> str | None:
    """Say why a text is no network, None when it is one."""
    try:
        ipaddress.ip_network(text)
    except ValueError as error:
        return f"{error} (write '10.0.0.0/8')"
    return None


def split_address(text: str) -> tuple[str, int]:
    """Return address and port of ``127.0.0.1:162`` or ``[::1]:162``; of ``:162`` an empty address.

    Raises:
        ValueError: the text is something else; the message shows the right spelling.
    """
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        version = ipaddress.ip_address(bare).version if bare or not colon else 4
        number = int(port)
    except ValueError:
        raise ValueError(_wrong_address(text)) from None
    if (version == 6) != (bare != host) or not 0 <= number <= 65_535:
        raise ValueError(_wrong_address(text))
    return bare, number


def _wrong_address(text: str) -> str:
    return f"'{text}' is not an address with port (write '127.0.0.1:162' or '[::1]:162')"


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(split_address(text)[0]).is_loopback
    except ValueError:
        return False
