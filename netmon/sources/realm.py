"""Realms: address spaces that may overlap, each asked and heard by a local address or device of its own."""

import ipaddress
import socket
from collections.abc import Iterator, Mapping

import msgspec

from netmon.domain.place import Path, suggestion
from netmon.snmp.udp import open_socket

DEFAULT = "default"
REALM_ID = r"^[a-z0-9][a-z0-9._-]{0,62}$"


class RealmConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What polls, probes, pings and listeners of a realm are bound to; nothing: the routes of this host."""

    bind: str | tuple[str, ...] = ()
    """Local address, or one of each family; with only one the other family is not asked."""
    device: str = ""
    """Network device to stay on, such as a VRF (SO_BINDTODEVICE)."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """The local addresses."""
        return (self.bind,) if isinstance(self.bind, str) else self.bind

    def serves(self, address: str) -> bool:
        """Tell whether an address can be asked: one of its family is bound, or none at all; a name always can."""
        bound = {":" in one for one in self.addresses}
        return not bound or not is_numeric(address) or (":" in address) in bound

    def problems(self) -> Iterator[tuple[Path, str]]:
        """Yield every mistake with its path below the realm; what this host lacks is one."""
        found = False
        for path, address in self._bound():
            if not is_numeric(address):
                yield path, f"'{address}' is no address (write 10.0.0.5 or '2001:db8::5')"
                found = True
        if len({":" in one for one in self.addresses}) < len(self.addresses):
            yield ("bind",), "two addresses of one family: only one can be bound"
            found = True
        if self.device and (problem := missing_device(self.device)):
            yield ("device",), problem
            found = True
        if not found:
            yield from self._unbindable()

    def _bound(self) -> Iterator[tuple[Path, str]]:
        if isinstance(self.bind, str):
            yield ("bind",), self.bind
            return
        for position, address in enumerate(self.bind):
            yield ("bind", position), address

    def _unbindable(self) -> Iterator[tuple[Path, str]]:
        """Bind each address as it will be bound, and let it go again."""
        for path, address in self._bound():
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            where = f" in {self.device}" if self.device else ""
            try:
                open_socket(family, bind=address, device=self.device, receive_buffer=0).close()
            except OSError as error:
                yield path, f"{address} is no address on this host{where}: {(error.strerror or str(error)).lower()}"


Realms = Mapping[str, RealmConfig]


def realm_of(realms: Realms, name: str) -> RealmConfig:
    """Return a realm; ``default`` needs no entry."""
    return realms.get(name, _UNBOUND)


_UNBOUND = RealmConfig()


def missing_device(name: str) -> str:
    """Say that this host has no such network device, nothing when it has."""
    known = [device for _, device in socket.if_nameindex()]
    return "" if name in known else f'no network device "{name}" on this host{suggestion(name, known)}'


def is_numeric(address: str) -> bool:
    """Tell an address from a DNS name."""
    try:
        ipaddress.ip_address(address)
    except ValueError:
        return False
    return True
