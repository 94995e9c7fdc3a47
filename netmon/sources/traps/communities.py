"""Which community may come from where, and which credential that proves (specs/snmp.md 3.3 step 3)."""

import ipaddress
from collections.abc import Mapping
from typing import Literal

from netmon.runtime.cache import Cache
from netmon.sources.credential import Credential
from netmon.sources.traps.config import Network, TrapsConfig

ANY = "*"
"""Security name of a message that was taken although no credential has its community."""

_CACHED = 10_000

Refusal = Literal["bad_community", "source_not_allowed"]


class Communities:
    """The allow-list; remembers what it decided for the pairs it sees again and again."""

    def __init__(self, config: TrapsConfig, credentials: Mapping[str, Credential]) -> None:
        self._open_to_all = config.open_to_all()
        self._allowed: dict[bytes, list[tuple[str, tuple[Network, ...]]]] = {}
        self._names: dict[bytes, str] = {}
        self._users: dict[str, tuple[Network, ...]] = {}
        self._cache = Cache[tuple[bytes, str], str](_CACHED)
        for id_ in sorted(credentials):
            if credentials[id_].version != "v3":
                self._names.setdefault(credentials[id_].community, id_)
        for community in config.communities:
            credential = credentials.get(community.credential)
            networks = tuple(ipaddress.ip_network(source) for source in community.sources)
            if credential is None:
                continue
            if credential.version == "v3":
                self._users[credential.id] = networks
                continue
            self._allowed.setdefault(credential.community, []).append((credential.id, networks))

    def credential(self, community: bytes, source: str) -> str:
        """Return the credential id that a community proves when it comes from ``source``; empty: refused."""
        known = self._cache.get((community, source))
        if known is None:
            known = self._decide(community, source)
            # Only what was accepted is remembered: forged communities fill no cache.
            if known:
                self._cache.keep((community, source), known)
        return known

    def allows_user(self, credential: str, source: str) -> bool:
        """Tell whether a user of version 3 may send from there."""
        networks = self._users.get(credential, ())
        return not networks or any(ipaddress.ip_address(source) in network for network in networks)

    def refusal(self, community: bytes) -> Refusal:
        """Return why a community was refused."""
        return "source_not_allowed" if community in self._allowed else "bad_community"

    def _decide(self, community: bytes, source: str) -> str:
        for id_, networks in self._allowed.get(community, ()):
            if not networks or any(ipaddress.ip_address(source) in network for network in networks):
                return id_
        return (self._names.get(community) or ANY) if self._open_to_all else ""
