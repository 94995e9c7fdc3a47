"""The SNMP clients of the poller: per realm one for polls and one for probes (specs/snmp.md 4.3)."""

from collections.abc import Callable

import msgspec
import structlog

from netmon.snmp.asking import Asking
from netmon.snmp.client import RECEIVE_BUFFER, Client, Late
from netmon.sources.realm import DEFAULT, RealmConfig, Realms

log = structlog.get_logger("netmon.poller")


class Pair(msgspec.Struct, frozen=True):
    """What asks the elements of one realm; what is known of engines is known to both."""

    polls: Client
    probes: Client
    asking: Asking


class Clients:
    """Two clients per realm, each with a socket per address family; inert until ``start``."""

    def __init__(self, realms: Realms, now_ms: Callable[[], int], on_late: Callable[[Late], None]) -> None:
        known = {DEFAULT: RealmConfig(), **realms}
        self._of = {name: _pair(realm, now_ms, on_late) for name, realm in known.items()}

    def __getitem__(self, realm: str) -> Pair:
        return self._of[realm]

    def start(self) -> None:
        """Open all sockets in the running event loop.

        Raises:
            OSError: a local address or a device has gone since it was checked.
        """
        for client in self.all():
            client.start()
        buffer = min(client.receive_buffer for client in self.all())
        if buffer < RECEIVE_BUFFER:
            log.warning("small receive buffer of polls: raise net.core.rmem_max", octets=buffer, wanted=RECEIVE_BUFFER)

    def stop(self) -> None:
        """Close them; requests still open fail as unreachable."""
        for client in self.all():
            client.stop()

    def looked_into(self) -> int:
        """Return how many messages of version 3 were looked into."""
        return sum(pair.asking.looked_into for pair in self._of.values())

    def asking(self) -> list[Asking]:
        """Return what is known of the agents that speak version 3, realm by realm."""
        return [pair.asking for pair in self._of.values()]

    def all(self) -> list[Client]:
        """Return every client."""
        return [client for pair in self._of.values() for client in (pair.polls, pair.probes)]


def _pair(realm: RealmConfig, now_ms: Callable[[], int], on_late: Callable[[Late], None]) -> Pair:
    asking = Asking()
    polls, probes = (
        Client(
            now_ms,
            bind=realm.addresses,
            device=realm.device,
            asking=asking,
            on_late=on_late,
        )
        for _ in range(2)
    )
    return Pair(polls, probes, asking)
