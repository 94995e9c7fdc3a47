"""What proves that an agent restarted, and what does not."""

import msgspec
import pytest

from netmon.domain.observation import Block
from netmon.normalize.identity import Identity
from netmon.normalize.restarts import Restarts
from netmon.normalize.samples import Samples
from tests.normalize.blocks import PROFILE, block, result

RANGE_CS = 1 << 32


def said(at: int, uptime_cs: int | None, boots: int | None = None) -> Block:
    made = block(at, {"7": {"ifName": b"a"}})
    return msgspec.structs.replace(made, uptime_cs=uptime_cs, boots=boots)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (said(0, 900_000), said(60_000, 906_000), False),
        (said(0, 900_000), said(60_000, 4_000), True),
        (said(0, 1_000, boots=4), said(600_000, 30_000, boots=5), True),
        (said(0, 900_000, boots=4), said(60_000, 906_000, boots=4), False),
        (said(0, RANGE_CS - 1_000), said(60_000, 5_000), False),
        (said(0, RANGE_CS - 900_000), said(60_000, 5_000), True),
        (said(0, 900_000), said(60_000, None), None),
        (said(60_000, 6_000), said(0, 900_000), None),
    ],
    ids=["goes on", "fell", "another boot", "same boot", "went around", "fell near the end", "says nothing", "late"],
)
def test_what_proves_a_restart(before: Block, after: Block, expected: bool | None) -> None:
    restarts = Restarts()
    assert restarts.look("r1", [before]) is None, "nothing was known before"
    assert restarts.look("r1", [after]) is expected


def test_boots_that_one_table_tells_are_kept_for_the_others() -> None:
    restarts = Restarts()
    restarts.look("r1", [said(0, 1_000, boots=4)])
    assert restarts.look("r1", [said(10_000, 2_000)]) is False
    assert restarts.look("r1", [said(20_000, 3_000, boots=5)]) is True


def test_an_agent_that_is_met_again_after_a_start_of_netmon_is_known() -> None:
    before, after = Samples(Identity()), Samples(Identity())
    for made in (before, after):
        made.configure([PROFILE])
    assert restarted(before, said(0, 900_000)) is None
    after.load_state(msgspec.json.decode(msgspec.json.encode(before.dump())))
    assert restarted(after, said(60_000, 4_000)) == 1
    after.forget("r1")
    assert restarted(after, said(120_000, 2_000)) is None


def restarted(samples: Samples, one: Block) -> float | None:
    *_, of_element = samples.read(1, result(one.t, one)).blocks
    told = dict(zip(of_element.names, of_element.columns, strict=True))
    return told["netmon_agent_restarted"][0] if "netmon_agent_restarted" in told else None
