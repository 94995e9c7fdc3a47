"""``web``: the settings of the web process."""

import msgspec

from netmon.domain.address import Address


class WebConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``web``: the process of the APIs."""

    enabled: bool = True
    """Without it there is no API."""
    listen: Address = Address("127.0.0.1:8080")
    """Address of the APIs; a sign-in by token is required."""
