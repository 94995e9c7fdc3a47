"""``scenario.yaml``: simulated agents, what they serve, and what happens to them (specs/snmp.md 8.1)."""

import re
from typing import Annotated, Any, Literal

import msgspec

from netmon.config.credentials import CredentialConfig
from netmon.domain.address import Address
from netmon.domain.duration import Duration, Rate
from netmon.domain.scalar import span
from netmon.snmp import ber
from netmon.snmp.errors import EncodeError

Id = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9{][A-Za-z0-9._{}-]{0,62}$", description="its id")]
Start = Annotated[int, msgspec.Meta(ge=0)]
Shape = Literal["steady", "wave", "burst"]

_DOTTED = re.compile(r"\.?[0-2](\.\d+)+")


class ObjectName(str):
    """An OID in numbers; where a scenario is read, names of MIB modules stand for it too."""

    __slots__ = ()

    def __new__(cls, text: object) -> "ObjectName":
        """Check the OID.

        Raises:
            ValueError: it is none.
        """
        if not isinstance(text, str) or not _DOTTED.fullmatch(text):
            raise ValueError(f"'{text}' is no OID (write '1.3.6.1.2.1.1.5.0' or 'SNMPv2-MIB::sysName.0')")
        try:
            ber.write_oid(text.removeprefix("."))
        except EncodeError as error:
            raise ValueError(f"'{text}' is no OID: {error}") from None
        return super().__new__(cls, text.removeprefix("."))


class LoopbackAddress(Address):
    """An address with a port that only this host reaches.

    Raises:
        ValueError: the text is something else.
    """

    __slots__ = ()

    def __new__(cls, text: object) -> "LoopbackAddress":
        """Check the text and keep its parts."""
        self = super().__new__(cls, text)
        if not self.loopback:
            raise ValueError(f"{self} is not of this host's loopback (write '127.0.1.1:{self.port}')")
        return self


class CounterConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A counter of a model, or a column of them."""

    oid: Annotated[ObjectName, msgspec.Meta(description="OID or name of the instance, or of the column with index")]
    index: tuple[str | int, ...] = ()
    """Instances of the column; none: ``oid`` is the instance."""
    bits: Literal[32, 64] = 64
    """Width: Counter32 or Counter64."""
    rate: Rate = Rate("100/s")
    """How much it counts, on the average."""
    shape: Shape = "steady"
    """``wave`` rises and falls within ``period``; ``burst`` counts in a fifth of each period, five times as fast."""
    period: Annotated[Duration, span("1s", "30d")] = Duration("1h")
    """Of waves and bursts."""
    start: Start = 0
    """Its value at the start; one of 64 bits is cut where the counter has 32."""


class StateConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A value of a model that goes from state to state, or a column of them."""

    oid: Annotated[ObjectName, msgspec.Meta(description="OID or name of the instance, or of the column with index")]
    values: Annotated[tuple[int | str, ...], msgspec.Meta(min_length=1, description="states, one after the other")]
    """Numbers, or text; one that never changes has one."""
    index: tuple[str | int, ...] = ()
    """Instances of the column, each one state ahead of the one before; none: ``oid`` is the instance."""
    every: Annotated[Duration, span("100ms", "30d")] = Duration("60s")
    """How long each lasts."""


class ModelConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent serves without a recording, or on top of one."""

    description: str = "Simulated element"
    """sysDescr, where there is no recording."""
    object_id: ObjectName = ObjectName("1.3.6.1.4.1.32473.1.1")
    """sysObjectID, where there is no recording."""
    uptime: Duration = Duration("1h")
    """sysUpTime at the start, where there is no recording."""
    interfaces: Annotated[int, msgspec.Meta(ge=0, le=10_000)] = 0
    """Ports, all up, with ifTable and ifXTable; 0: those of the recording."""
    name: str = "xe-0/0/{n}"
    """ifName and ifDescr of a port, ``{n}`` from 0 on."""
    speed_mbps: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 10_000
    """Of every port."""
    rate_bps: Annotated[float, msgspec.Meta(ge=0, le=1e12)] = 0.0
    """Traffic in and out of every port that is up, on the average."""
    shape: Shape = "steady"
    """Of the traffic: ``wave`` rises and falls within ``period``; ``burst`` comes in a fifth of each period."""
    period: Annotated[Duration, span("1s", "30d")] = Duration("1h")
    """Of waves and bursts."""
    start: Start = 0
    """Value of the ports' counters at the start; the 32-bit ones have what is left of it."""
    counters: tuple[CounterConfig, ...] = ()
    states: tuple[StateConfig, ...] = ()


class AgentConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A simulated agent, or ``count`` of them that are alike."""

    id: Id
    """``{n}`` stands for its number, from 1 on, where there are several."""
    listen: Annotated[LoopbackAddress, msgspec.Meta(description="loopback address with port, '127.0.1.1:1161'")]
    """Of several, the first one's: each has the next address and the same port."""
    count: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    """How many."""
    recording: str = ""
    """A ``.snmprec`` or ``.snmpwalk`` file (also ``.gz``, ``.bz2``), or a folder of them: an agent each."""
    model: ModelConfig | None = None
    """Without a recording it is all that the agent serves."""
    community: Annotated[str, msgspec.Meta(max_length=255)] = ""
    """Of versions 1 and 2c. Default: ``public``; the recording's name where several share an address."""
    users: tuple[str, ...] = ()
    """Ids of ``credentials`` with a user: who may ask in version 3. The context is the agent's name."""
    trap_to: LoopbackAddress | None = None
    """Where its traps and informs go."""
    trap_version: Literal["v1", "v2c", "v3"] = "v2c"
    """``v3`` tells in the name of the first of ``users``."""
    engine_id: Annotated[str, msgspec.Meta(pattern=r"^(0x)?([0-9A-Fa-f]{2}){5,32}$")] = ""
    """Of its SNMP engine, in hex. Default: as recorded, or made of its id."""
    boots: Annotated[int, msgspec.Meta(ge=0, le=0x7FFFFFFE)] = 0
    """snmpEngineBoots at the start. Default, with ``users``: more at each start; else as recorded, or 1."""

    def __post_init__(self) -> None:
        if not self.recording and self.model is None:
            raise ValueError("needs a recording or a model")
        if self.trap_version == "v3" and not self.users:
            raise ValueError("trap_version: v3 needs users")
        if self.count > 1 and "{n}" not in self.id:
            raise ValueError(f"{self.count} agents need {{n}} in their id")


class ScenarioConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file; agents and script are read item by item."""

    agents: Annotated[tuple[Any, ...], msgspec.Meta(min_length=1, description="what is simulated, below")]
    version: Literal[1] = 1
    """Of the form of this file."""
    seed: Annotated[int, msgspec.Meta(ge=0)] = 0
    """Two runs with the same seed are equal: the same values, the same misfortunes."""
    credentials: tuple[CredentialConfig, ...] = ()
    """As in config.yaml: users of version 3."""
    script: tuple[Any, ...] = ()
    """What happens, below."""
