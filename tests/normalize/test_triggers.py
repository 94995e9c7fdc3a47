"""When an element is read again (specs/snmp.md 5.3)."""

from netmon.domain.observation import Trap
from netmon.domain.output import ALL
from netmon.normalize.triggers import Triggers
from tests.normalize.telling import block, run

COLD_START = "1.3.6.1.6.3.1.1.5.1"


def asked(triggers: Triggers, at: int, restarted: bool = False, **scalars: int | bytes) -> list[str]:
    result = run("r1", at, {"get": {"0": dict(scalars)}})
    return [wish.what for wish in triggers.polled(result, result.blocks, restarted=restarted)]


def trap(at: int, oid: str) -> Trap:
    return Trap(at, "default", "192.0.2.1", 162, "l", "v2c", "c", "r1", "source", oid, ())


def test_a_changed_scalar_reads_its_table():
    triggers = Triggers()
    assert asked(triggers, 1_000, lldpStatsRemTablesLastChangeTime=5, entLastChangeTime=5) == []
    assert asked(triggers, 61_000, lldpStatsRemTablesLastChangeTime=6, entLastChangeTime=5) == ["lldpRemTable"]
    assert asked(triggers, 121_000, ifStackLastChange=7, entLastChangeTime=6) == ["entPhysicalTable"]
    assert asked(triggers, 181_000, ifStackLastChange=8, entLastChangeTime=6) == ["ifStackTable"]


def test_a_restart_reads_everything_once():
    triggers = Triggers()
    asked(triggers, 1_000, entLastChangeTime=5)
    assert asked(triggers, 61_000, True, entLastChangeTime=1) == [ALL]


def test_traps_of_a_start_read_everything_at_most_once_a_minute():
    triggers = Triggers()
    wished = [[wish.what for wish in triggers.trap(trap(at, COLD_START))] for at in (0, 1_000, 59_999, 60_000)]
    assert wished == [[ALL], [], [], [ALL]]
    assert list(triggers.trap(trap(200_000, "1.3.6.1.6.3.1.1.5.3"))) == []


def test_a_further_context_is_not_the_element():
    triggers = Triggers()
    result = run("r1", 1_000, {"get": {"0": {"entLastChangeTime": 1}}})
    other = type(result)(**{name: getattr(result, name) for name in result.__struct_fields__} | {"context": "vrf"})
    assert list(triggers.polled(other, [block(1, "get", {"0": {"entLastChangeTime": 2}})], restarted=True)) == []


def test_a_snapshot_knows_what_was_said():
    triggers, again = Triggers(), Triggers()
    asked(triggers, 1_000, entLastChangeTime=5)
    list(triggers.trap(trap(2_000, COLD_START)))
    again.load_state(triggers.dump())
    assert again.dump() == triggers.dump()
    assert asked(again, 61_000, entLastChangeTime=6) == ["entPhysicalTable"]
    again.forget("r1")
    assert again.dump() == []


def test_another_engine_reads_everything():
    triggers = Triggers()
    told = [
        asked(triggers, at, snmpEngineID=engine)
        for at, engine in ((1_000, b"\x80a"), (61_000, b"\x80a"), (121_000, b"\x80b"))
    ]
    assert told == [[], [], [ALL]]
    assert asked(triggers, 181_000) == []
