"""An element that is read in several contexts of version 3: a run for each, one lane and one room for all."""

import contextlib
from collections.abc import AsyncIterator

from netmon.domain.inventory import Element
from netmon.domain.observation import Observation, PollFailed, PollResult
from netmon.domain.output import PollRequest
from netmon.sources.credential import Credential
from netmon.sources.poller.schedule import PollingConfig
from tests.snmp.test_responder_version3 import GOOD, Served
from tests.snmp.test_snmp_client import serving
from tests.sources.answering import IF_MIB, SYSTEM
from tests.sources.test_poller_poll import Polling, _result, polling

CREDENTIALS = {"v3": Credential("v3", version="v3", user=GOOD, context=b"east")}


@contextlib.asynccontextmanager
async def asked_in(*contexts: str, profiles: tuple[str, ...] = ("system",)) -> AsyncIterator[Polling]:
    """Poll an agent that has the contexts east and west; east is that of the credential."""
    served = Served("east", "west")
    with serving(served) as port:
        async with polling(PollingConfig()) as at:
            element = Element("r1", ("127.0.0.1",), credential="v3", port=port, profiles=profiles, contexts=contexts)
            at.poller.load([element], credentials=CREDENTIALS, profiles=(SYSTEM, IF_MIB))
            yield at


def names(observations: list[Observation]) -> dict[str, object]:
    """Return the sysName of each context."""
    found = {}
    for result in map(_result, observations):
        for block in result.blocks:
            found[result.context] = block.cells[block.columns.index("sysName")][0]
    return found


async def test_a_group_is_an_element_a_context_and_an_interval() -> None:
    async with asked_in("west") as at:
        observations = await at.after(60_000, more=2)
        state = at.poller.state("r1")
    assert names(observations) == {"": b"east", "west": b"west"}
    assert {(_result(one).group, _result(one).slot) for one in observations} == {("60s", _result(observations[0]).slot)}
    assert state is not None
    assert [group.name for group in state.groups] == ["60s", "60s west"]


async def test_what_is_learned_of_contexts_is_kept_apart() -> None:
    async with asked_in("west") as at:
        await at.after(60_000, more=2)
        kept = at.poller.learned(10)
        polled = at.poller._of_key
        polled["r1@west"].limits.response.limit(484)
    assert set(kept) == {"r1", "r1@west"}
    assert polled["r1"].limits is not polled["r1@west"].limits
    assert polled["r1"].lane is polled["r1@west"].lane
    assert polled["r1"].room is polled["r1@west"].room


async def test_a_context_that_the_agent_does_not_have_is_told_and_harms_no_other() -> None:
    async with asked_in("north") as at:
        for _ in range(4):
            told = await at.after(60_000, more=2)
            failed = [one for one in told if isinstance(one, PollFailed)]
            answered = [one for one in told if isinstance(one, PollResult)]
            assert [(one.context, one.reason) for one in failed] == [("north", "unknown_context")]
            assert [one.context for one in answered] == [""]
        state = at.poller.state("r1")
    assert state is not None
    assert (state.failures, state.state) != (3, "slow_lane")


async def test_a_wish_is_for_all_contexts() -> None:
    async with asked_in("west") as at:
        await at.after(60_000, more=2)
        at.poller.request(PollRequest("r1", "", "operator", 0))
        assert set(names(await at.after(0, more=2))) == {"", "west"}


async def test_reports_and_resyncs_are_counted() -> None:
    async with asked_in("north") as at:
        await at.after(60_000, more=2)
        asking = at.poller._clients["default"].asking
        asking.resyncs += 2
        at.poller.health()
        at.poller.health()
    exposed = at.metrics.render().decode()
    assert 'netmon_snmp_reports_total{direction="received",reason="unknown_engine"} 1.0' in exposed
    assert 'netmon_snmp_reports_total{direction="received",reason="unknown_context"}' in exposed
    assert "netmon_snmp_usm_resyncs_total 2.0" in exposed
