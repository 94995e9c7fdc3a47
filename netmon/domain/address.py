"""Addresses with a port, as they stand in the configuration."""

import ipaddress


class Address(str):
    """An address with a port, ``127.0.0.1:8080`` or ``[::1]:8080``.

    Raises:
        ValueError: the text is something else; the message shows the right spelling.
    """

    __slots__ = ("host", "port")
    host: str
    port: int

    def __new__(cls, text: object) -> "Address":
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
