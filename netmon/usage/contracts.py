"""The contracts of the usage rules as another process is told of them."""

import msgspec

from netmon.rulebook.metering import Contract


class ContractInUse(msgspec.Struct, frozen=True):
    """A contract, and the feeds that have records of it by the rules of now."""

    contract: Contract
    feeds: tuple[str, ...]


class Contracts(msgspec.Struct, frozen=True):
    """All contracts."""

    contracts: tuple[ContractInUse, ...]
    tzdata: str
    """Version of the time zones that bound their periods."""
