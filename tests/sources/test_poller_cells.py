"""Cells that are no value: each is dropped, counted, and listed in its block (specs/snmp.md 4.5, 4.7)."""

from tests.sources.answering import IF_MIB, IFX, SYSTEM, answering, router
from tests.sources.test_poller_poll import PORTS, _column, _result, polling


async def test_cells_of_another_type_are_dropped_and_counted():
    rows = [row for row in router(*PORTS) if row[0] != f"{IFX}.6.2"] + [(f"{IFX}.6.2", 0x04, b"many")]
    async with answering(rows) as agent, polling() as at:
        at.load(agent.element())
        [observation] = await at.after(60_000)
        block = _result(observation).blocks[1]
        octets = _column(block, "ifHCInOctets")
        assert octets["2"] is None
        assert block.exceptions == (("ifHCInOctets", "wrong_type", (1,)),)
        run = at.poller.last_run("r1")
        assert run is not None
        assert run.dropped == 1
        assert isinstance(octets["1"], int)
        assert at.metrics.registry.get_sample_value("netmon_poll_cells_dropped_total", {"reason": "wrong_type"}) == 1


async def test_scalars_without_a_value_are_listed_by_cell():
    rows = [row for row in router(*PORTS) if row[0] != "1.3.6.1.2.1.1.5.0"]
    async with answering(rows) as agent, polling() as at:
        at.load(agent.element(), profiles=[SYSTEM])
        [observation] = await at.after(60_000)
        [block] = _result(observation).blocks
        assert block.columns == ("sysUpTime",)
        assert block.exceptions == (("sysName", "no_such_instance", (0,)),)


async def test_exceptions_are_of_the_block_that_has_the_row():
    names = [f"port-{number}" for number in range(400)]
    bad = {f"{IFX}.6.{number}" for number in (2, 390)}
    rows = [(oid, 0x04, b"many") if oid in bad else (oid, tag, value) for oid, tag, value in router(*names)]
    async with answering(rows) as agent, polling() as at:
        at.load(agent.element(), profiles=[IF_MIB])
        parts = [_result(part) for part in await at.after(60_000, more=2)]
        blocks = [block for part in parts for block in part.blocks if block.table == "ifTable"]
        listed = {block.index[row] for block in blocks for _, _, rows in block.exceptions for row in rows}
        assert listed == {"2", "390"}
        assert all(block.cells[2][row] is None for block in blocks for _, _, rows in block.exceptions for row in rows)
