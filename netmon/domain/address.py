"""Addresses with a port, as they stand in the configuration."""

import ipaddress
from typing import Self


class Address(str):
    """An address with a port, ``127.0.0.1:8080`` or ``[::1]:8080``.

    Raises:
        ValueError: the text is something else; the message shows the right spelling.
    """

    __slots__ = ("host", "port")
    host: str
    port: int

    def __new__(cls, text: object) -> Self:
        """Check the text and keep its parts."""
        host, _, port = str(text).rpartition(":")
        bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
        try:
            v6, number = ipaddress.ip_address(bare).version == 6, int(port)
        except ValueError:
            raise _wrong(text) from None
        if v6 != (bare != host) or not 0 <= number <= 65_535:
            raise _wrong(text)
        self = super().__new__(cls, text)
        self.host, self.port = bare, number
        return self

    @property
    def loopback(self) -> bool:
        """Whether only this host reaches it."""
        return ipaddress.ip_address(self.host).is_loopback


def _wrong(text: object) -> ValueError:
    return ValueError(f"'{text}' is not an address with port (write '127.0.0.1:8080' or '[::1]:8080')")


class Addresses(tuple[Address, ...]):
    """One address with a port, or a list of them.

    Raises:
        ValueError: one is something else, or there is none; the message shows the right spelling.
    """

    __slots__ = ()

    def __new__(cls, given: object) -> "Addresses":
        """Check every one."""
        self = super().__new__(cls, map(Address, given if isinstance(given, list | tuple) else [given]))
        if not self:
            raise ValueError("empty (write '127.0.0.1:8080')")
        return self

    def __str__(self) -> str:
        return self[0] if len(self) == 1 else str(list(map(str, self)))


class Network(str):
    """An address or a prefix, ``10.0.0.1`` or ``10.0.0.0/8``.

    Raises:
        ValueError: the text is something else; the message shows the right spelling.
    """

    __slots__ = ("prefix",)
    prefix: ipaddress.IPv4Network | ipaddress.IPv6Network

    def __new__(cls, text: object) -> "Network":
        """Check the text and keep its prefix."""
        self = super().__new__(cls, str(text))
        try:
            self.prefix = ipaddress.ip_network(self)
        except ValueError:
            raise ValueError(f"'{text}' is not an address or a prefix (write '10.0.0.1' or '10.0.0.0/8')") from None
        return self

    def holds(self, address: str) -> bool:
        """Tell whether an address lies in it."""
        try:
            return ipaddress.ip_address(address) in self.prefix
        except ValueError:
            return False
