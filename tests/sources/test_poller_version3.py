"""Polls by version 3: what was learned of engines and keys outlives a restart, and goes with its element."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from netmon.domain.observation import PollFailed, PollResult
from netmon.snmp import usm
from netmon.snmp.agent import Agent
from netmon.snmp.authority import Denied
from netmon.snmp.reports import ReportReason
from netmon.snmp.responder import Responder
from netmon.snmp.secured import Secured
from netmon.snmp.user import User
from netmon.sources.credential import Credential
from tests.sources.answering import IF_MIB, SYSTEM, Answering, answering, router
from tests.sources.test_poller_poll import Polling, polling

KEY = usm.master_key("sha", b"authpassword")
THEIRS = User(b"netmon", "sha", KEY, "aes256", KEY, "cisco")
CREDENTIALS = {"v3": Credential("v3", version="v3", user=User(b"netmon", "sha", KEY, "aes256", KEY))}


@contextlib.asynccontextmanager
async def secured_agent() -> AsyncIterator[Answering]:
    """Run an agent that makes short keys longer the other way."""
    async with answering(router("lo0")) as agent:
        agent.serve(Responder([agent.agent], users=[THEIRS]))
        yield agent


def load(at: Polling, agent: Answering) -> None:
    element = agent.element(credential="v3")
    at.poller.load([element], credentials=CREDENTIALS, profiles=[SYSTEM, IF_MIB])


def reports(at: Polling, reason: str) -> float:
    at.poller.health()
    labels = {"direction": "received", "reason": reason}
    return at.metrics.registry.get_sample_value("netmon_snmp_reports_total", labels) or 0


async def test_how_an_agent_makes_keys_longer_is_known_after_a_restart():
    async with secured_agent() as agent:
        async with polling() as at:
            load(at, agent)
            [first] = await at.after(60_000)
            kept = {key: row for key, row in at.poller.learned(10).items() if row is not None}
            found = reports(at, "unknown_engine"), reports(at, "decryption_failed")
        async with polling() as at:
            at.poller.restore(kept)
            load(at, agent)
            [second] = await at.after(60_000)
            again = reports(at, "unknown_engine"), reports(at, "decryption_failed")
    assert isinstance(first, PollResult)
    assert isinstance(second, PollResult)
    assert (found, again) == ((1, 1), (0, 0))


async def test_the_engine_of_an_element_that_is_gone_is_forgotten():
    async with secured_agent() as agent, polling() as at:
        load(at, agent)
        await at.after(60_000)
        engines = at.poller.engines()
        [(engine_id, _)] = [one for one in [engines.engine("r1")] if one is not None]
        at.poller.load([], credentials=CREDENTIALS, profiles=[SYSTEM, IF_MIB])
        load(at, agent)
        assert engines.engine("r1") is None
        await at.after(60_000)
        assert engines.elements() == {("default", engine_id): ("r1",)}
        assert reports(at, "unknown_engine") == 2


class Reporting(Responder):
    """Admits requests, and reports why nothing answers them."""

    reason: ReportReason = "unknown_context"

    def _secured(self, found: Secured, now: int) -> tuple[Agent, bytes] | None:
        outcome = self.authority.admit(found, now * 1_000_000)
        if isinstance(outcome, Denied):
            return super()._secured(found, now)
        return self._report(self.authority.report(outcome, self.reason, now * 1_000_000))


@pytest.mark.parametrize(
    "reason",
    ["unknown_security_model", "invalid_message", "unknown_pdu_handler", "unavailable_context", "unknown_context"],
)
async def test_every_report_is_told_by_its_name(reason: ReportReason):
    """It is what the operator reads in the alarm."""
    async with secured_agent() as agent, polling() as at:
        reporting = Reporting([agent.agent], users=[THEIRS])
        reporting.reason = reason
        agent.serve(reporting)
        load(at, agent)
        [failed] = await at.after(60_000)
    assert isinstance(failed, PollFailed)
    assert failed.reason == reason
