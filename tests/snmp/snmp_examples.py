"""Messages and agents that several SNMP tests use."""

from netmon.domain.oid import SNMP_TRAP_OID, SYS_UPTIME, Varbind
from netmon.snmp import ber
from netmon.snmp.agent import Agent
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.message import V2_TRAP, V2C, Message

LINK_DOWN_VARBINDS: tuple[Varbind, ...] = (
    (SYS_UPTIME, ber.TIME_TICKS, 123456),
    (SNMP_TRAP_OID, ber.OBJECT_IDENTIFIER, "1.3.6.1.6.3.1.1.5.3"),
    ("1.3.6.1.2.1.2.2.1.1.7", ber.INTEGER, 7),
    ("1.3.6.1.2.1.2.2.1.7.7", ber.INTEGER, 1),
    ("1.3.6.1.2.1.2.2.1.8.7", ber.INTEGER, 2),
    ("1.3.6.1.2.1.31.1.1.1.1.7", ber.OCTET_STRING, b"xe-0/0/1"),
)

LINK_DOWN = Message(V2C, b"public", V2_TRAP, 0x00BC614E, 0, 0, LINK_DOWN_VARBINDS)


def router(*, ports: int = 4, rate_bps: int = 0, community: bytes = b"public") -> Agent:
    """Return an agent with ``xe-0/0/0`` and following ports, started at time 0."""
    rows = system_rows("r1", description="a made-up router", object_id="1.3.6.1.4.1.32473.1")
    rows += interface_rows([f"xe-0/0/{port}" for port in range(ports)])
    return Agent(rows, community=community, rate_bps=rate_bps)
