"""The settings of the trap receiver (specs/snmp.md 3.1)."""

import ipaddress
from collections.abc import Collection, Iterator
from typing import Annotated, Literal

import msgspec

from netmon.domain.duration import Size
from netmon.domain.place import Path, suggestion
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


class TrapsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``traps`` of config.yaml."""

    listen: tuple[str, ...] = DEFAULT_LISTEN
    """Addresses with port; IPv6 in brackets: ``[::1]:162``."""
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
        return self.accept_any_community or (not self.communities and all(map(_is_loopback, self.listen)))

    def problems(self, credentials: Collection[str]) -> Iterator[tuple[Path, str]]:
        """Yield every mistake with its path below ``traps``."""
        for position, text in enumerate(self.listen):
            try:
                split_address(text)
            except ValueError as error:
                yield ("listen", position), str(error)
                continue
            if not (_is_loopback(text) or self.communities or self.accept_any_community):
                yield ("listen", position), _unguarded(text)
        for position, community in enumerate(self.communities):
            yield from _community_problems(("communities", position), community, credentials)
        for position, proxy in enumerate(self.proxies):
            if (problem := _no_network(proxy.source)) is not None:
                yield ("proxies", position, "source"), problem


def _unguarded(text: str) -> str:
    return f"'{text}' can be reached from outside, but nothing says who may send: add communities"


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
    """Return address and port of ``127.0.0.1:162`` or ``[::1]:162``.

    Raises:
        ValueError: the text is something else; the message shows the right spelling.
    """
    host, _, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    try:
        address = ipaddress.ip_address(bare)
        number = int(port)
    except ValueError:
        raise ValueError(_wrong_address(text)) from None
    if (address.version == 6) != (bare != host) or not 0 <= number <= 65_535:
        raise ValueError(_wrong_address(text))
    return bare, number


def _wrong_address(text: str) -> str:
    return f"'{text}' is not an address with port (write '127.0.0.1:162' or '[::1]:162')"


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(split_address(text)[0]).is_loopback
    except ValueError:
        return False
