"""A dead element is alarmed within 30 s with default settings, whatever it died of (specs/snmp.md 4.8, 9)."""

import time
from itertools import count
from pathlib import Path
from zlib import crc32

import pytest

from netmon.domain.observation import PollResult
from tests.wire.daemon import Daemon, netmon
from tests.wire.namespaces import agent, cable, namespaces, needs_root
from tests.wire.peers import until

pytestmark = [pytest.mark.wire, pytest.mark.slow, needs_root]

MOST_MS = 30_000
RAISED = ("raised", "node-unreachable")
NOBODY = ("lladdr", "02:00:00:00:00:99", "nud", "permanent")
"""A station that is not there."""


def early(name: str) -> str:
    """Return an id whose first poll comes soon after the start: that is no part of what is measured."""
    return next(id_ for number in count() if crc32((id_ := f"{name}{number}").encode()) % 60_000 < 1_000)


async def test_a_dead_element_is_alarmed_within_30_s(tmp_path: Path) -> None:
    """One loses its link, so that this host knows; what goes to the other is lost on its way, and nobody knows."""
    unplugged, black_hole = early("unplugged"), early("hole")
    with namespaces(3) as (core, one, other):
        cable(core, "to-one", one, addresses=("198.18.1.1/24", "198.18.1.2/24"))
        cable(core, "to-other", other, addresses=("198.18.2.1/24", "198.18.2.2/24"))
        elements = [
            {"id": id_, "addresses": [address], "credential": "lab"}
            for id_, address in ((unplugged, "198.18.1.2"), (black_hole, "198.18.2.2"))
        ]
        with agent(one, tmp_path / "one", name=unplugged), agent(other, tmp_path / "other", name=black_hole):
            async with netmon(
                tmp_path, elements=elements, within=core.within, polling={}, web={"enabled": False}
            ) as daemon:
                both = {(id_, protocol) for id_ in (unplugged, black_hole) for protocol in ("snmp", "icmp")}
                await until(lambda: answered(daemon) == both, what="answers of both")
                died_ms = {}
                for id_, host, words in (
                    (unplugged, one, ("link", "set", "up0", "down")),
                    (black_hole, core, ("neighbor", "replace", "198.18.2.2", *NOBODY, "dev", "to-other")),
                ):
                    await just_answered(daemon, id_)
                    host.ip(*words)
                    died_ms[id_] = time.time_ns() // 1_000_000
                for id_ in (unplugged, black_hole):
                    await daemon.told("raised", id_, "node-unreachable")
    found = {one.after.object: one.at for one in daemon.changes() if (one.kind, one.after.type) == RAISED}
    assert found.keys() == died_ms.keys()
    assert {id_: 0 < at - died_ms[id_] <= MOST_MS for id_, at in found.items()} == dict.fromkeys(found, True)


def answered(daemon: Daemon) -> set[tuple[str, str]]:
    """Return the elements that answered, with the protocol."""
    results = [one for _, one in daemon.observations() if isinstance(one, PollResult)]
    return {(one.element, one.protocol) for one in results if one.icmp is None or one.icmp[1]}


async def just_answered(daemon: Daemon, element: str) -> None:
    """Wait for an answer to a ping: the longest time begins right after one."""

    def answers() -> int:
        results = [one for _, one in daemon.observations() if isinstance(one, PollResult)]
        return sum(one.element == element and one.icmp is not None and one.icmp[1] > 0 for one in results)

    before = answers()
    await until(lambda: answers() > before, what=f"{element} to answer a ping")
