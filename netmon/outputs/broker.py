"""Where an MQTT broker is and how its connection is protected, as a configuration says it."""

import ssl
from pathlib import Path
from urllib.parse import urlsplit

import msgspec


class BrokerUrl(str):
    """Address of a broker, ``mqtt://host:1883`` or with TLS ``mqtts://host:8883``; the port may be left out.

    Raises:
        ValueError: the text is something else; the message shows the right spelling.
    """

    __slots__ = ("host", "port", "tls")
    host: str
    port: int
    tls: bool

    def __new__(cls, text: object) -> "BrokerUrl":
        """Check the text and keep its parts."""
        self = super().__new__(cls, text)
        try:
            parts = urlsplit(self)
            self.tls = parts.scheme == "mqtts"
            self.host, self.port = parts.hostname or "", parts.port or (8883 if self.tls else 1883)
        except ValueError:
            self.host = ""
        if not self.host or parts.scheme not in ("mqtt", "mqtts") or parts.path not in ("", "/") or parts.query:
            raise ValueError("is no address of a broker (write mqtt://host:1883 or mqtts://host:8883)")
        if parts.username is not None:
            raise ValueError("a user does not stand in the address (write the keys username and password)")
        return self


class BrokerTlsConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files for ``mqtts``, PEM."""

    ca: str = ""
    """Who signed the broker's certificate; default: whom the host trusts."""
    certificate: str = ""
    """By which netmon proves who it is."""
    key: str = ""
    """Of that certificate."""

    def __post_init__(self) -> None:
        """Raise ValueError for half a pair."""
        if bool(self.certificate) != bool(self.key):
            raise ValueError("certificate and key belong together")

    def context(self, folder: Path) -> ssl.SSLContext:
        """Return what a connection is made with; reads the files, relative ones begin at ``folder``.

        Raises:
            OSError: a file cannot be read, or is not what it should be (ssl.SSLError).
        """
        context = ssl.create_default_context(cafile=str(folder / self.ca) if self.ca else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.certificate:
            context.load_cert_chain(folder / self.certificate, folder / self.key)
        return context
