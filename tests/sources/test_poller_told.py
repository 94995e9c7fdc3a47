"""What the poller tells of an element, and an extra look at one that is only probed."""

import pytest

from netmon.domain.output import PollRequest
from tests.sources.answering import answering, router
from tests.sources.test_poller_poll import polling

PORTS = ("ge-0/0/0", "lo0")


async def test_an_element_that_is_polled_tells_how_its_runs_go():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element())
        waiting = at.poller.state("r1")
        assert waiting is not None
        assert (waiting.state, waiting.last.at, waiting.every_ms, waiting.budget_ms) == ("waiting", 0, 60_000, 48_000)
        await at.after(60_000)
        told = at.poller.state("r1")
        assert told is not None
        assert (told.state, told.failures, told.profiles) == ("ok", 0, ("system", "if-mib"))
        assert told.rtt_ms is not None
        [group] = told.groups
        assert (group.name, group.tables) == ("60s", ("system:system", "if-mib:ifTable"))
        assert group.run == told.last == at.poller.last_run("r1")
        assert (told.last.cells > 5, told.last.reason, told.last.complete) == (True, "", True)


async def test_failures_are_told_with_their_reason():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element(timeout_ms=50, retries=0))
        agent.silent = True
        await at.after(60_000)
        told = at.poller.state("r1")
        assert told is not None
        assert (told.state, told.failures, told.last.reason) == ("failed", 1, "timeout")


async def test_an_element_that_is_not_polled_tells_nothing():
    async with polling() as at:
        assert (at.poller.state("r9"), at.poller.last_run("r9")) == (None, None)


@pytest.mark.slow
async def test_a_request_probes_an_element_of_the_slow_lane_at_once():
    async with answering(router(*PORTS)) as agent, polling() as at:
        at.load(agent.element(timeout_ms=1_000, retries=0))
        agent.silent = True
        for ms in (60_000, 5_000, 10_000):
            await at.after(ms)
        told = at.poller.state("r1")
        assert told is not None
        assert told.state == "slow_lane"
        agent.silent = False
        at.poller.request(PollRequest("r1", "", "operator ann", 0))
        [probe] = await at.after(0)
        assert getattr(probe, "group", "") == "probe"
        back = at.poller.state("r1")
        assert back is not None
        assert (back.state, back.failures) == ("ok", 0)
