"""What the engine tells of elements over its unix socket: for the pages of elements and ``netmon inventory show``.

Nothing here decides anything; times are UTC ms, 0 where something never happened.
"""

import msgspec

from netmon.domain.inventory import Group, Link, Service, Site


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an element says it is (RFC 3418, the system group)."""

    sys_descr: str = ""
    sys_name: str = ""
    sys_object_id: str = ""
    location: str = ""
    contact: str = ""
    booted: int = 0
    """When its agent started, by sysUpTime of the newest poll."""
    engine_id: str = ""
    """snmpEngineID, in hex."""


class Run(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a run of a poll group went."""

    at: int = 0
    """When it ended."""
    elapsed_ms: int = 0
    cells: int = 0
    reason: str = ""
    """Why it brought nothing or not everything, the first reason of all; empty when all is well."""
    complete: bool = True
    dropped: int = 0
    """Cells that were answered, but are no value: of a wrong type, not finite, twice, or invalid by the profile."""


class PollGroup(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is read of an element at one interval."""

    name: str
    every_ms: int
    tables: tuple[str, ...] = ()
    """``profile:table``."""
    billed: tuple[str, ...] = ()
    """Names of metered interfaces."""
    run: Run = Run()
    budget_ms: int = 0
    """Longest run that is allowed."""


class PollState(msgspec.Struct, frozen=True, omit_defaults=True):
    """How polling an element goes and what was learned of it."""

    every_ms: int = 0
    state: str = ""
    """``ok``, ``partial``, ``failed``, ``slow_lane`` (only probed), ``waiting`` (not polled yet), empty: not polled."""
    last: Run = Run()
    failures: int = 0
    """In a row."""
    rtt_ms: float | None = None
    timeout_ms: int = 0
    """Of a first attempt, learned."""
    varbinds: int = 0
    """Per answer to GETBULK, learned."""
    get_varbinds: int = 0
    """Per GET, learned."""
    manner: str = ""
    """How tables are walked where GETBULK of all columns does not work, learned."""
    late: int = 0
    """Answers that came after their time."""
    budget_ms: int = 0
    """Longest run that is allowed."""
    profiles: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """OIDs that made the agent fail and are not asked for an hour."""
    groups: tuple[PollGroup, ...] = ()
    address: str = ""
    """Of an element that is given by name: where it is asked."""
    refused: str = ""
    """Why the newest address of its name was refused."""


class ElementState(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of the list of elements."""

    id: str
    name: str = ""
    site: str = ""
    role: str = ""
    addresses: tuple[str, ...] = ()
    tags: dict[str, str] = {}
    type: str = ""
    software: str = ""
    reachability: str = "unknown"
    agent: str = "unknown"
    last_poll: int = 0
    poll_ms: int = 0
    if_down: int = 0
    """Interfaces that should be up and are not."""
    unmatched: int = 0
    """Traps of it that no rule knows."""
    unknown: bool = False
    """A sender that the inventory does not have."""


class UnmatchedTrap(msgspec.Struct, frozen=True):
    """Traps of an element that no rule names."""

    name: str
    """From the MIB, as far as the loaded modules know it."""
    count: int
    first: int
    last: int
    oid: str = ""


class SeenTrap(msgspec.Struct, frozen=True):
    """How often one element sent one trap that no rule names; ``element`` is empty where there was no room for it."""

    element: str
    oid: str
    count: int
    last: int


class SeenTraps(msgspec.Struct, frozen=True):
    """All traps that no rule names."""

    now: int
    traps: tuple[SeenTrap, ...]


class ObjectState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A part of an element as the newest polls showed it."""

    object: str
    kind: str
    name: str
    index: str = ""
    description: str = ""
    admin: str = ""
    """Of an interface."""
    oper: str = ""
    """Whether it works, in the word of its MIB."""
    speed_bps: int = 0
    last: int = 0
    values: dict[str, float] = {}
    """Gauges by metric."""
    inside: str = ""
    """Part that contains it."""
    port: str = ""
    """Interface that it is."""
    over: tuple[str, ...] = ()
    """Interfaces that it lies on, or that it bundles."""
    neighbor: str = ""
    """What is at the other end of its link."""
    serial: str = ""
    model: str = ""
    software: str = ""


class LinkState(msgspec.Struct, frozen=True, omit_defaults=True):
    """A link; seen from an element, ``a`` is its own end."""

    id: str
    """Empty: to a neighbor that the inventory does not have."""
    a: str
    b: str
    status: str
    """confirmed, claimed, stale (specs/snmp.md 5.4); configured: no neighbor tells of it; stranger."""
    since: int = 0
    """Since when it has that status, 0: not known."""
    configured: bool = False
    """It stands in the inventory."""
    mismatch: str = ""
    """Where the neighbors say that it leads."""


class Reading(msgspec.Struct, frozen=True):
    """The highest value of its kind and the managed object that has it."""

    value: float
    where: str
    at: int = 0
    """When it was read, UTC ms."""


class Kpi(msgspec.Struct, frozen=True, omit_defaults=True):
    """Key figures of an element as far as its series have them."""

    cpu: Reading | None = None
    """Percent."""
    memory: Reading | None = None
    """Percent."""
    temperature: Reading | None = None
    """Degrees Celsius."""


class ElementDetail(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything the engine knows of one element from memory."""

    at: int
    state: ElementState
    facts: Facts = Facts()
    poll: PollState = PollState()
    kpi: Kpi = Kpi()
    credential: str = ""
    """Its name, never a secret."""
    profiles: tuple[str, ...] = ()
    """As the inventory names them; empty: chosen automatically."""
    realm: str = ""
    port: int = 161
    unmatched: tuple[UnmatchedTrap, ...] = ()
    objects: tuple[ObjectState, ...] = ()
    links: tuple[LinkState, ...] = ()
    found_addresses: tuple[str, ...] = ()
    """That it says it has."""


class Threshold(msgspec.Struct, frozen=True):
    """A limit of a rule, to be drawn into charts of its metric."""

    metric: str
    value: float
    severity: str
    rule: str


class Network(msgspec.Struct, frozen=True):
    """All elements with what they belong to."""

    at: int
    elements: tuple[ElementState, ...]
    sites: tuple[Site, ...] = ()
    links: tuple[Link, ...] = ()
    groups: tuple[Group, ...] = ()
    services: tuple[Service, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    connections: tuple[LinkState, ...] = ()
    """Links of the inventory and links that were found."""
