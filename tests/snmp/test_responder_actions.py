"""What may happen to an agent: other numbers, counters that pass their ends or begin anew, another engine."""

import pytest

from netmon.domain.oid import Oid
from netmon.snmp import ber
from netmon.snmp.agent import Agent, UnknownPort
from netmon.snmp.growing import Growing
from netmon.snmp.interfaces import interface_rows, system_rows
from netmon.snmp.message import V1, V1Trap, decode
from netmon.snmp.notice import version_1
from tests.snmp.snmp_examples import router

INDEX, DESCR, STATUS = "1.3.6.1.2.1.2.2.1.1", "1.3.6.1.2.1.2.2.1.2", "1.3.6.1.2.1.2.2.1.8"
IN, HC_IN, NAME = "1.3.6.1.2.1.2.2.1.10", "1.3.6.1.2.1.31.1.1.1.6", "1.3.6.1.2.1.31.1.1.1.1"
DISCONTINUITY = "1.3.6.1.2.1.31.1.1.1.19"
UPTIME, BOOTS, TIME = "1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.10.2.1.2.0", "1.3.6.1.6.3.10.2.1.3.0"
RATE = 8_000_000
"""1,000 octets per millisecond."""


def values(agent: Agent, *oids: Oid, now: int = 0) -> list[object]:
    return [agent.instance(oid, now)[2] for oid in oids]


def test_renumber_gives_each_port_the_number_of_the_next():
    agent = router(ports=3, rate_bps=RATE)
    agent.link_down("xe-0/0/0", now=1_000)
    agent.renumber()
    names = values(agent, *[f"{NAME}.{index}" for index in (1, 2, 3)])
    assert names == [b"xe-0/0/2", b"xe-0/0/0", b"xe-0/0/1"]
    assert values(agent, *[f"{INDEX}.{index}" for index in (1, 2, 3)]) == [1, 2, 3]
    assert values(agent, *[f"{STATUS}.{index}" for index in (1, 2, 3)]) == [1, 2, 1]
    assert values(agent, f"{HC_IN}.2", f"{HC_IN}.3", now=5_000) == [1_000_000, 5_000_000]
    trap = decode(agent.link_up("xe-0/0/0", now=6_000))
    assert trap.varbinds[2] == (f"{INDEX}.2", ber.INTEGER, 2)


def test_renumber_by_a_number_leaves_nothing_behind_and_keeps_the_order():
    alias = "1.3.6.1.2.1.47.1.3.2.1.2.1001.0"
    rows = [*interface_rows(["a", "b"]), (alias, ber.OBJECT_IDENTIFIER, f"{INDEX}.2")]
    agent = Agent(rows)
    agent.renumber(by=100)
    assert values(agent, f"{NAME}.101", f"{NAME}.102", alias) == [b"a", b"b", f"{INDEX}.102"]
    assert agent.instance(f"{NAME}.1", 0)[1] == ber.NO_SUCH_INSTANCE
    assert agent.successor(DESCR, 0) == (f"{DESCR}.101", ber.OCTET_STRING, b"a")


def test_counters_pass_their_ends_at_the_time_that_was_wished():
    agent = router(rate_bps=RATE)
    agent.wrap(["xe-0/0/0"], at=60_000)
    first, other = f"{HC_IN}.1", f"{HC_IN}.2"
    assert values(agent, first, f"{IN}.1", now=0) == [2**64 - 60_000_000, 2**32 - 60_000_000]
    assert values(agent, first, f"{IN}.1", now=59_999) == [2**64 - 1_000, 2**32 - 1_000]
    assert values(agent, first, f"{IN}.1", now=60_000) == [0, 0]
    assert values(agent, first, other, now=61_000) == [1_000_000, 61_000_000]


def test_all_ports_wrap_where_none_is_named_and_unknown_ones_are_errors():
    agent = router(ports=2, rate_bps=RATE)
    agent.wrap(at=1_000)
    assert values(agent, f"{HC_IN}.1", f"{HC_IN}.2", now=1_001) == [1_000, 1_000]
    with pytest.raises(UnknownPort):
        agent.wrap(["nowhere"], at=1)


def test_a_discontinuity_begins_anew_and_says_so_or_does_not():
    agent = router(ports=2, rate_bps=RATE)
    agent.discontinuity(["xe-0/0/0"], now=10_000)
    assert values(agent, f"{HC_IN}.1", f"{DISCONTINUITY}.1", now=11_000) == [1_000_000, 1_000]
    assert values(agent, f"{HC_IN}.2", f"{DISCONTINUITY}.2", now=11_000) == [11_000_000, 0]
    agent.discontinuity(now=20_000, told=False)
    assert values(agent, f"{HC_IN}.1", f"{DISCONTINUITY}.1", now=21_000) == [1_000_000, 1_000]
    assert values(agent, f"{HC_IN}.2", f"{DISCONTINUITY}.2", now=21_000) == [1_000_000, 0]
    assert values(agent, UPTIME, now=21_000) == [2_100]


def test_a_discontinuity_forgets_recorded_values_too():
    agent = Agent([(f"{STATUS}.3", ber.INTEGER, 1), (f"{HC_IN}.3", ber.COUNTER64, 10**12)])
    agent.discontinuity(now=0)
    assert values(agent, f"{HC_IN}.3") == [0]


def test_a_counter_of_its_own_grows_passes_its_end_and_restarts_with_the_agent():
    oid = "1.3.6.1.4.1.32473.1.1.0"
    rows = [(oid, ber.COUNTER32, 0)]
    grows = Growing(lambda since, until: until - since, bits=32, start=2**32 - 500)
    agent = Agent(rows, moving={oid: grows})
    assert [*values(agent, oid, now=499), *values(agent, oid, now=500)] == [2**32 - 1, 0]
    agent.reboot(now=1_000, down_ms=1_000)
    assert values(agent, oid, now=2_250) == [250]


def test_an_engine_boots_with_its_agent_is_reset_or_runs_ahead():
    agent = Agent(system_rows("r1", description="", object_id="1.3.6.1.4.1.32473.1", boots=5), name="r1")
    assert (agent.boot.engine_id, values(agent, BOOTS, TIME, now=60_000)) == (b"\x80\0\x7e\xd9\x04r1", [5, 60])
    agent.reboot(now=60_000, down_ms=0, boots=2)
    assert values(agent, BOOTS, TIME, now=61_000) == [7, 1]
    agent.boot.skew(3_600_000, now=61_000)
    assert values(agent, TIME, UPTIME, now=61_000) == [3_601, 100]
    agent.boot.skew(-7_200_000, now=61_000)
    assert values(agent, TIME, now=62_000) == [1]
    agent.boot.reset_engine(70_000, boots=1, engine_id=b"12345")
    assert (agent.boot.engine().engine_id, values(agent, BOOTS, TIME, UPTIME, now=71_000)) == (b"12345", [1, 1, 1_100])


def test_a_recorded_engine_goes_on_as_it_was():
    rows = [
        ("1.3.6.1.6.3.10.2.1.1.0", ber.OCTET_STRING, b"\x80\0\0\0\x01abc"),
        (BOOTS, ber.INTEGER, 17),
        (TIME, ber.INTEGER, 9_000),
    ]
    agent = Agent(rows, started_ms=5_000)
    engine = agent.boot.engine()
    assert (engine.engine_id, engine.boots, engine.time(6_000 * 1_000_000)) == (b"\x80\0\0\0\x01abc", 17, 9_001)


def test_traps_of_version_1_have_generic_numbers_or_an_enterprise():
    form = version_1(b"old", agent_addr="192.0.2.7", object_id="1.3.6.1.4.1.32473.1")
    agent = Agent(interface_rows(["ge-0"]), form=form)
    down = decode(agent.link_down("ge-0", now=5_000))
    assert (down.version, down.community) == (V1, b"old")
    assert down.v1_trap == V1Trap("1.3.6.1.4.1.32473.1", "192.0.2.7", 2, 0, 500)
    assert down.varbinds[0] == (f"{INDEX}.1", ber.INTEGER, 1)
    counted = agent.rows([f"{HC_IN}.1", f"{INDEX}.1"], 0)
    own = decode(agent.tell("1.3.6.1.4.1.32473.9.0.4", counted, now=0))
    assert own.v1_trap == V1Trap("1.3.6.1.4.1.32473.9", "192.0.2.7", 6, 4, 0)
    assert own.varbinds == ((f"{INDEX}.1", ber.INTEGER, 1),)
