"""Runs the tests of metric profiles: a recorded agent is served, polled once and normalized (specs/snmp.md 6.1)."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import msgspec

from netmon.cli.simulate.endpoint import Endpoint
from netmon.domain.decode import Invalid, decode
from netmon.domain.inventory import Element
from netmon.domain.observation import Observation, PollResult
from netmon.domain.place import Document, Problem
from netmon.domain.sample import SampleBlock
from netmon.mib.names import MibView
from netmon.normalize.identity import Identity
from netmon.normalize.samples import Samples
from netmon.rulebook.profile import CaseSchema, ExpectedSchema, ProfileTest
from netmon.rulebook.profile_values import Profile
from netmon.snmp.agent import Agent
from netmon.snmp.recording import parse_snmprec
from netmon.snmp.responder import Responder
from netmon.sources.clock import Clock
from netmon.sources.credential import Credential
from netmon.sources.poller.poller import Poller
from netmon.sources.poller.schedule import PollingConfig
from netmon.telemetry.metrics import Metrics

_ELEMENT = "tested"
_PATIENCE_S = 30.0
_AT_ONCE = 16

Row = tuple[SampleBlock, int]


class ProfileTested(msgspec.Struct, frozen=True):
    """One case of a profile and what differs from what it expects; nothing: passed."""

    profile: str
    name: str
    differences: tuple[str, ...]


class ProfilesTested(msgspec.Struct, frozen=True):
    """The cases of all files, and what is wrong with the files."""

    tested: tuple[ProfileTested, ...]
    problems: tuple[Problem, ...]


def run_profile_tests(
    tests: Iterable[Document],
    profiles: Iterable[Profile],
    names: MibView,
    *,
    done: Callable[[], None] = lambda: None,
) -> ProfilesTested:
    """Run the profile tests of some files, names resolved by these MIBs; ``done`` is told of each."""
    by_name = {profile.name: profile for profile in profiles}
    wanted: list[tuple[CaseSchema, Profile]] = []
    problems: list[Problem] = []
    for document in tests:
        try:
            test = decode(ProfileTest, document)
        except Invalid as invalid:
            problems += invalid.problems
            continue
        if test.profile not in by_name:
            problems.append(Problem(document.place(("profile",)), f'there is no profile "{test.profile}"'))
            continue
        wanted += [(case, by_name[test.profile]) for case in test.cases]
    tested = asyncio.run(_test_all(wanted, names, done))
    return ProfilesTested(tuple(tested), tuple(sorted(problems)))


async def _test_all(
    wanted: list[tuple[CaseSchema, Profile]], names: MibView, done: Callable[[], None]
) -> list[ProfileTested]:
    """Run the cases beside one another: each waits for its agent most of the time."""
    several = asyncio.Semaphore(_AT_ONCE)

    async def run(case: CaseSchema, profile: Profile) -> ProfileTested:
        async with several:
            tested = await _test(case, profile, names)
        done()
        return tested

    return await asyncio.gather(*(run(case, profile) for case, profile in wanted))


async def _test(case: CaseSchema, profile: Profile, names: MibView) -> ProfileTested:
    rows = await _rows(case.recording, profile, names)
    words = {
        (column.name, number): word
        for table in profile.tables
        for column in table.columns
        for number, word in column.enum
    }
    differences = tuple(line for expected in case.samples for line in _missing(expected, rows, words))
    return ProfileTested(profile.name, case.name, differences)


def at_once(profiles: Iterable[Profile]) -> tuple[Profile, ...]:
    """Return the profiles with all tables read in every run, so that one run shows all there is."""
    return tuple(
        msgspec.structs.replace(
            profile, tables=tuple(msgspec.structs.replace(table, every_ms=0) for table in profile.tables)
        )
        for profile in profiles
    )


class _Taken:
    """An intake that keeps what comes; ``done`` once a whole run is there."""

    def __init__(self) -> None:
        self.results: list[PollResult] = []
        self.done = asyncio.Event()

    def put(self, observation: Observation, acknowledge: Any = None) -> None:
        if isinstance(observation, PollResult):
            self.results.append(observation)
            if observation.last and observation.blocks:
                self.done.set()
        if acknowledge is not None:
            acknowledge()

    def draw(self, _: Any) -> None:
        """Take note of nothing: polls have no backlog."""

    def wake(self) -> None:
        """Do nothing, for the same reason."""


async def _rows(recording: str, profile: Profile, names: MibView) -> list[Row]:
    # Time stands still for the agent: its uptime and counters are those of the recording.
    agent = Agent(parse_snmprec(recording.encode()).rows)
    endpoint = Endpoint(Responder([agent]), ("127.0.0.1", 0), clock=lambda: 0)
    taken, metrics = _Taken(), Metrics()
    poller = Poller(PollingConfig(), intake=taken, clock=Clock(), metrics=metrics)
    host, port = endpoint.address
    element = Element(_ELEMENT, (host,), credential="test", port=port, profiles=(profile.name,), every_ms=1_000)
    credentials = {"test": Credential("test", "v2c", b"public")}
    poller.load([element], credentials=credentials, profiles=at_once([profile]))
    endpoint.start()
    polling = asyncio.create_task(poller.run())
    try:
        await asyncio.wait_for(taken.done.wait(), _PATIENCE_S)
    finally:
        polling.cancel()
        await asyncio.wait([polling])
        endpoint.stop()
    return list(_normalized(taken.results, profile, names))


def _normalized(results: list[PollResult], profile: Profile, names: MibView) -> Iterator[Row]:
    samples = Samples(Identity())
    samples.configure([profile], names)
    for seq, result in enumerate(results):
        for block in samples.read(seq, result).blocks:
            yield from ((block, row) for row in range(len(block.objects)))


def _missing(expected: ExpectedSchema, rows: list[Row], words: Mapping[tuple[str, Any], str]) -> Iterator[str]:
    """Yield what is expected and not there, or there and not expected."""
    object_ = f"{_ELEMENT}/{expected.object}" if expected.object else _ELEMENT
    fitting = [row for row in rows if row[0].objects[row[1]] == object_ and _labelled(expected, row)]
    if not fitting:
        yield f"- {expected.object or 'the element'}: no samples of this object with these labels"
        return
    found = {name: value for row in fitting for name, value in _values(row).items()}
    for name, value in expected.values.items():
        if value not in (found.get(name), words.get((name, found.get(name)))):
            yield f"! {expected.object} {name}: expected {value!r}, got {found.get(name)!r}"
    for name in expected.absent:
        if found.get(name) is not None:
            yield f"! {expected.object} {name}: expected no sample, got {found[name]!r}"


def _labelled(expected: ExpectedSchema, row: Row) -> bool:
    labels = dict(row[0].labels[row[1]])
    return all(labels.get(name) == value for name, value in expected.labels.items())


def _values(row: Row) -> dict[str, Any]:
    block, position = row
    return {
        name: column[position]
        for name, column in zip(block.names, block.columns, strict=True)
        if column[position] is not None
    }
