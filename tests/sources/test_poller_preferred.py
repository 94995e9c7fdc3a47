"""Columns of one meaning: the one an element answers with is polled, the others are neither polled nor samples."""

from collections.abc import Sequence

import msgspec
import pytest

from netmon.domain.inventory import Element
from netmon.domain.observation import Block, Observation, PollResult
from netmon.domain.oid import Varbind
from netmon.rulebook.profile_values import Column, Profile, Table
from netmon.sources.poller.plan import Facts, Part, Preferred, choose
from netmon.sources.poller.schedule import PollingConfig
from tests.sources.answering import IF, IFX, answering, router
from tests.sources.test_poller_poll import polling

WIDE, NARROW = f"{IFX}.6", f"{IF}.10"
TABLE = Table(
    "ifTable",
    (Column("ifName", f"{IFX}.1", "text"), Column("wide", WIDE, "counter"), Column("narrow", NARROW, "counter")),
    prefer=(("wide", "narrow"),),
)
SCALARS = Table(
    "scalars",
    (Column("wide", f"{IFX}.6.1", "counter"), Column("narrow", f"{IF}.10.1", "counter")),
    scalars=True,
    prefer=(("wide", "narrow"),),
)
PROFILE = Profile("p", (TABLE,))


def rows(*, without: Sequence[str] = (), uptime_cs: int = 100_000) -> list[Varbind]:
    gone = tuple(f"{column}." for column in without)
    return [row for row in router("a", "b", uptime_cs=uptime_cs) if not row[0].startswith(gone)]


def samples(observations: Sequence[Observation]) -> tuple[str, ...]:
    """Return the names of the columns of the table, all blocks together."""
    blocks: list[Block] = []
    for observation in observations:
        assert isinstance(observation, PollResult)
        blocks += observation.blocks
    return tuple(dict.fromkeys(name for block in blocks for name in block.columns))


async def test_the_other_is_no_sample_in_the_first_run_and_not_polled_in_the_next():
    async with answering(rows()) as agent, polling() as at:
        at.load(agent.element(), profiles=[PROFILE])
        assert samples(await at.after(60_000)) == ("ifName", "wide")
        agent.use(rows(without=[WIDE]))
        assert samples(await at.after(60_000)) == ("ifName",)
        agent.use(rows())
        # A small table is read by GET of what a walk found, and walked again after 15 minutes.
        assert samples(await at.after(900_000)) == ("ifName", "wide")


async def test_an_element_without_the_better_column_keeps_the_other_until_its_agent_restarts():
    async with answering(rows(without=[WIDE])) as agent, polling() as at:
        at.load(agent.element(), profiles=[PROFILE])
        assert samples(await at.after(60_000)) == ("ifName", "narrow")
        agent.use(rows())
        assert samples(await at.after(60_000)) == ("ifName", "narrow")
        agent.use(rows(uptime_cs=0))
        await at.after(60_000)
        assert samples(await at.after(60_000)) == ("ifName", "wide")


async def test_a_reload_keeps_what_was_learned():
    async with answering(rows(without=[WIDE])) as agent, polling() as at:
        at.load(agent.element(), profiles=[PROFILE])
        await at.after(60_000)
        agent.use(rows())
        at.load(agent.element(), profiles=[PROFILE])
        assert samples(await at.after(60_000)) == ("ifName", "narrow")


async def test_issue_rows_that_have_only_the_worse_column_keep_it():
    mixed = [row for row in rows() if row[0] != f"{WIDE}.1"]
    async with answering(mixed) as agent, polling() as at:
        at.load(agent.element(), profiles=[PROFILE])
        for _ in range(2):
            assert samples(await at.after(60_000)) == ("ifName", "wide", "narrow")


@pytest.mark.parametrize(("without", "name"), [((), "wide"), ((WIDE,), "narrow")])
async def test_scalars_are_learned_alike(without: tuple[str, ...], name: str):
    instances = [
        (f"{oid}.0", tag, value) for oid, tag, value in rows(without=without) if oid in (f"{WIDE}.1", f"{NARROW}.1")
    ]
    async with answering([*rows(), *instances]) as agent, polling() as at:
        at.load(agent.element(), profiles=[Profile("p", (SCALARS,))])
        assert samples(await at.after(60_000)) == (name,)
        assert samples(await at.after(60_000)) == (name,)


def test_while_the_better_one_may_still_answer_none_is_a_sample():
    preferred, part = Preferred(), Part("p", TABLE)
    assert preferred.learn(part, told=["narrow"], silent=[]) == {"wide", "narrow"}
    assert [column.name for column in preferred.columns(part)] == ["ifName", "wide", "narrow"]
    assert preferred.learn(part, told=["narrow"], silent=["wide"]) == {"wide"}
    assert [column.name for column in preferred.columns(part)] == ["ifName", "narrow"]
    assert preferred.learn(part, told=["wide", "narrow"], silent=[]) == {"wide"}


def test_a_profile_is_not_polled_beside_the_one_that_extends_it():
    child = msgspec.structs.replace(PROFILE, name="child", extends=("p", "grandparent"))
    known = (PROFILE, child, Profile("grandparent", (SCALARS,)), Profile("other", (SCALARS,)))
    named = Element("r1", ("::1",), profiles=("p", "child"))
    assert [profile.name for profile in choose(known, Element("r1", ("::1",)), Facts(""))] == ["child", "other"]
    assert [profile.name for profile in choose(known, named, Facts(""))] == ["child"]
    assert choose(known, Element("r1", ("::1",), profiles=("p",)), Facts("")) == (PROFILE,)


async def test_issue_a_reload_of_polling_has_its_effect_and_forgets_nothing():
    async with answering(rows()) as agent, polling() as at:
        element = agent.element(timeout_ms=0)
        at.load(element, profiles=[PROFILE])
        [before] = await at.after(60_000)
        learned = at.poller.timeout_ms("r1")
        config = msgspec.convert({"default_every": "10s", "timeout": "7s", "retries": 0}, PollingConfig, dec_hook=_made)
        at.load(element, profiles=[PROFILE], config=config)
        [after] = await at.after(10_000)
        assert isinstance(before, PollResult)
        assert isinstance(after, PollResult)
        assert (before.group, after.group, after.interval_ms) == ("60s", "10s", 10_000)
        assert at.poller.timeout_ms("r1") == learned < 7_000
        agent.silent = True
        [failed] = await at.after(10_000)
        assert getattr(failed, "attempts", None) == 1


def _made(type_: type, value: object) -> object:
    return type_(value)
