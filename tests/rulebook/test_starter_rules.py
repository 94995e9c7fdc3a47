"""The rules that ship, run through correlate and alarms with their own tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netmon.alarms.book import Book
from netmon.config import yaml
from netmon.config.shipped import shipped
from netmon.correlate.engine import Engine
from netmon.domain.alarm import AlarmChange
from netmon.domain.event import Event, State
from netmon.domain.place import Document
from netmon.domain.sample import SampleBlock
from netmon.mib.compile import compile_all
from netmon.mib.names import MibView
from netmon.normalize.traps import TrapNames
from netmon.rulebook.cases import Case, read_cases
from netmon.rulebook.compile import canonical, compile_canonical, compile_rules
from netmon.rulebook.feeds import Feed, trap_of
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.verdict import Run, coverage, differences, end_state, variants

FOLDER = Path(__file__).parents[2] / "rules" / "correlation"
RULES = sorted(path for path in FOLDER.glob("*.yaml") if not path.stem.endswith(".test"))
START = 1_750_000_000_000
LONGEST_MS = 2 * 3_600_000


@pytest.fixture(scope="session")
def standard_names(tmp_path_factory: pytest.TempPathFactory) -> MibView:
    return MibView(compile_all([shipped("mibs") / "standard"], tmp_path_factory.mktemp("mib") / "cache").modules)


def read(path: Path) -> Document:
    result = yaml.read(path, name=path.name)
    assert not result.problems, result.problems
    return result.document


class Learned:
    """The names a test says were learned."""

    def __init__(self, case: Case) -> None:
        self._names = {(element, index): name for element, _, index, name in case.learned}

    def name(self, element: str, kind: str, index: str) -> str | None:
        return self._names.get((element, index))

    def kind(self, element: str, kind: str, index: str) -> str:
        return kind


class Stepped:
    """A small ``step.py``: events, states and samples in, changes out, a Tick each second."""

    def __init__(self, case: Case, rulebook: Rulebook, names: MibView) -> None:
        self.case, self.rulebook = case, rulebook
        self.book, self.learned, self.traps = Book(), Learned(case), TrapNames(names)
        self.seq = 0
        self.engine = self.new_engine()
        self.changes: list[tuple[int, AlarmChange]] = []

    def new_engine(self) -> Engine:
        engine = Engine()
        engine.load(self.rulebook, self.case.inventory)
        return engine

    def run(self, feeds: tuple[Feed, ...], until_ms: int) -> Run:
        waiting = list(feeds)
        for at in range(0, until_ms + 1, 1000):
            self.seq += 1
            found = self.engine.tick(START + at, self.seq, self.book)
            self.told(
                at, self.book.apply(found.edges, now=START + at, seq=self.seq, behind=found.behind, silent=found.silent)
            )
            self.told(at, self.book.tick(START + at, self.seq))
            while waiting and waiting[0].at_ms < at + 1000:
                self.feed(waiting.pop(0))
        return Run(tuple(self.changes), {**self.engine.outcomes, **self.book.outcomes})

    def feed(self, feed: Feed) -> None:
        if feed.kind == "restart":
            self.restart()
            return
        self.seq += 1
        inputs = [self.input(feed)]
        now = START + feed.at_ms
        found = self.engine.edges(0, inputs, now=now, states=self.book, names=self.learned)
        self.told(feed.at_ms, self.book.apply(found.edges, now=now, seq=self.seq))

    def input(self, feed: Feed) -> Event | State | SampleBlock:
        at = START + feed.at_ms
        if feed.kind == "trap":
            source = self.case.inventory.elements[feed.element].addresses[0]
            return self.traps.event(self.seq, trap_of(feed, at=at, source=source))
        if feed.kind == "state":
            fields = dict(feed.fields)
            return State(self.seq, at, feed.element, feed.name, fields["value"], "", fields.get("reason", ""))
        assert feed.kind == "sample"
        return SampleBlock(
            self.seq, at, at, feed.element, "test", (feed.name,), ("state",), ("",), ("",), (feed.object,), ((),),
            ("0",), ((feed.value,),), feed.interval_ms,
        )  # fmt: skip

    def restart(self) -> None:
        engine, book = self.new_engine(), Book()
        engine.load_state(self.engine.dump())
        book.load_state(self.book.dump())
        self.engine, self.book = engine, book

    def told(self, at: int, changes: list[AlarmChange]) -> None:
        self.changes += [(change.at - START, change) for change in changes]


def until(case: Case) -> int:
    last = max((feed.at_ms for feed in case.feeds), default=0)
    return case.until_ms if case.until_ms is not None else min(last + 60_000, LONGEST_MS)


def runs(path: Path, names: MibView) -> Iterator[tuple[Case, Run]]:
    rulebook = compile_rules([read(path)], names).rulebook
    cases = read_cases(read(path.with_suffix(".test.yaml")), names)
    assert cases.problems == ()
    for case in cases.cases:
        first: Run | None = None
        for variant in variants(case):
            run = Stepped(case, rulebook, names).run(variant.feeds, until(case))
            first = first or run
            if variant.judged_by == "end":
                assert end_state(run) == end_state(first), f"{case.name}: {variant.name}"
            else:
                lines = differences(case, run)
                assert not lines, "\n".join([f"{case.name} {variant.name}", *lines])
            yield case, run


def test_the_rules_have_no_problem(standard_names: MibView):
    documents = [read(path) for path in RULES]
    compiled = compile_rules(documents, standard_names)
    assert compiled.problems == ()
    assert compile_canonical(canonical(documents), standard_names).hash == compiled.rulebook.hash


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_each_rule_raises_and_clears(path: Path, standard_names: MibView):
    covered = coverage([run for _, run in runs(path, standard_names)])
    ids = {kind.rule.id for kind in compile_rules([read(path)], standard_names).rulebook.kinds}
    assert covered.raised == covered.cleared == ids
