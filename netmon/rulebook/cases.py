"""Rule tests, ``<name>.test.yaml``: what goes in and what must come out (specs/rules.md 10.1).

found = read_cases(document, names)            # found.cases, found.problems
for variant in variants(case):                 # from here on: netmon.rulebook.verdict
    run = run_case(case, variant.feeds)        # the owner of step.py: a Run
    lines = differences(case, run)             # empty: passed; a variant judged by its end: end_state()
"""

from typing import Any, Literal, get_args

import msgspec

from netmon.domain.alarm import ChangeKind
from netmon.domain.decode import Invalid, decode
from netmon.domain.duration import Duration
from netmon.domain.inventory import Element, Inventory
from netmon.domain.place import Document, Path, Place, Problem
from netmon.mib.names import MibView
from netmon.rulebook.doings import check_doing, misplaced
from netmon.rulebook.feeds import Feed, Series, feeds_of, samples_of

CHANGE_KINDS: tuple[str, ...] = get_args(ChangeKind)


class Expect(msgspec.Struct, frozen=True):
    """One change that must be sent; only the fields given must match."""

    at_ms: int
    kind: str
    object: str
    fields: tuple[tuple[str, Any], ...] = ()


class Case(msgspec.Struct, frozen=True):
    """One test; times count from its start."""

    name: str
    place: Place
    rules: str
    """File with the rules; empty: the one beside the test file."""
    inventory: Inventory
    learned: tuple[tuple[str, str, str, str], ...]
    """(element, naming column such as ``ifName``, index, name)."""
    feeds: tuple[Feed, ...]
    """Sorted by time; those of one time in the order of the file."""
    expect: tuple[Expect, ...] = ()
    hidden: tuple[str, ...] | None = None
    """Objects whose alarms are hidden at the end, sorted; None: not asked."""
    outcomes: tuple[tuple[str, int], ...] = ()
    active_at: tuple[tuple[int, int], ...] = ()
    """(time, number of visible active alarms)."""
    until_ms: int | None = None
    permute_ms: int = 0
    twice: bool = False
    crash: bool = False


class Cases(msgspec.Struct, frozen=True):
    """The tests of a file, and what is wrong with it."""

    cases: tuple[Case, ...]
    problems: tuple[Problem, ...]


class _TestSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    input: str = ""
    series: list[Series] = []
    expect: list[dict[str, Any]] = []
    hidden: list[str] | None = None
    outcomes: dict[str, int] = {}
    active_at: dict[Duration, int] = {}
    until: Duration | None = None
    permute: Duration | None = None
    twice: bool = False
    crash: Literal["every"] | None = None


class _FileSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    tests: list[Any]
    rules: str = ""
    inventory: dict[str, Any] = {}
    learned: dict[str, dict[str, dict[Any, str]]] = {}


def read_cases(document: Document, names: MibView) -> Cases:
    """Return the tests of a ``.test.yaml`` file; broken ones are left out and told."""
    problems: list[Problem] = []
    try:
        file: _FileSchema | None = decode(_FileSchema, document)
    except Invalid as invalid:
        file, problems = invalid.partial, list(invalid.problems)
    if file is None:
        return Cases((), tuple(problems))
    inventory = _inventory(file, document, problems)
    cases: list[Case] = []
    for position in range(len(file.tests)):
        reader = _Reader(document, ("tests", position), names)
        case = reader.case(file, inventory)
        problems += reader.problems
        if case is not None and not reader.problems:
            cases.append(case)
    return Cases(tuple(cases), tuple(sorted(problems)))


def _inventory(file: _FileSchema, document: Document, problems: list[Problem]) -> Inventory:
    """Return the inventory of a test; elements may leave out the address."""
    data = dict(file.inventory)
    elements = data.get("elements", [])
    if isinstance(elements, list):
        data["elements"] = [
            {"addresses": [address_of(position)], **element} if isinstance(element, dict) else element
            for position, element in enumerate(elements)
        ]
    try:
        lists = {key: {item["id"]: item for item in items} for key, items in data.items()}
        return msgspec.convert(lists, Inventory)
    except (msgspec.ValidationError, TypeError, KeyError, AttributeError) as error:
        problems.append(Problem(document.place(("inventory",)), f"inventory: {error}"))
        return Inventory()


def address_of(position: int) -> str:
    """Return the address of the n-th element of a test that gives none (RFC 2544, benchmarking)."""
    return f"198.18.{position // 250}.{position % 250 + 1}"


class _Reader:
    """Reads one test; problems say which."""

    def __init__(self, document: Document, path: Path, names: MibView) -> None:
        self.document = document
        self.path = path
        self.names = names
        self.problems: list[Problem] = []

    def case(self, file: _FileSchema, inventory: Inventory) -> Case | None:
        place = self.document.place(self.path)
        schema = self._schema()
        if schema is None:
            return None
        feeds = self._feeds(schema)
        inventory = inventory if inventory.elements else _mentioned(inventory, feeds)
        if wrong := misplaced(inventory, feeds):
            self._note(("input",), wrong)
        expect = tuple(
            found for position, data in enumerate(schema.expect) if (found := self._expect(position, data)) is not None
        )
        return Case(
            schema.name,
            place,
            file.rules,
            inventory,
            tuple(
                (element, column, str(index), name)
                for element, columns in file.learned.items()
                for column, indexes in columns.items()
                for index, name in indexes.items()
            ),
            feeds,
            expect,
            None if schema.hidden is None else tuple(sorted(schema.hidden)),
            tuple(sorted(schema.outcomes.items())),
            tuple(sorted((at.ms, count) for at, count in schema.active_at.items())),
            None if schema.until is None else schema.until.ms,
            0 if schema.permute is None else schema.permute.ms,
            schema.twice,
            schema.crash == "every",
        )

    def _schema(self) -> _TestSchema | None:
        try:
            return decode(_TestSchema, self.document, self.path, subject=self._subject())
        except Invalid as invalid:
            self.problems += invalid.problems
            known: _TestSchema | None = invalid.partial
            return known

    def _subject(self) -> str:
        data = self.document.data["tests"][self.path[1]]
        name = data.get("name") if isinstance(data, dict) else None
        return f"test '{name}'" if isinstance(name, str) else f"tests[{self.path[1]}]"

    def _note(self, path: Path, message: str) -> None:
        self.problems.append(Problem(self.document.place((*self.path, *path)), f"{self._subject()}: {message}"))

    def _feeds(self, schema: _TestSchema) -> tuple[Feed, ...]:
        feeds: list[Feed] = []
        for number, line in enumerate(schema.input.splitlines()):
            if not line.strip() or line.lstrip().startswith("#"):
                continue
            try:
                some = feeds_of(line, self.names)
                check_doing(some[0])
                feeds += some
            except ValueError as error:
                self._note(("input",), f"input line {number + 1}: {error}")
        for position, series in enumerate(schema.series):
            try:
                feeds += samples_of(series, self.names)
            except ValueError as error:
                self._note(("series", position), f"series[{position}]: {error}")
        return tuple(sorted(feeds, key=lambda feed: feed.at_ms))

    def _expect(self, position: int, data: dict[str, Any]) -> Expect | None:
        path: Path = ("expect", position)
        kinds = [kind for kind in CHANGE_KINDS if kind in data]
        # ``severity`` is a kind of change as well as a field of one.
        named = [kind for kind in kinds if kind != "severity"] or kinds
        if len(named) != 1 or not isinstance(data[named[0]], str):
            self._note(path, f"expect[{position}]: one of {', '.join(CHANGE_KINDS[:4])}, ... with the managed object")
            return None
        try:
            at = Duration(data.get("at"))
        except ValueError as error:
            self._note((*path, "at"), f"expect[{position}].at: {error}")
            return None
        fields = tuple((key, value) for key, value in sorted(data.items()) if key not in ("at", named[0]))
        return Expect(at.ms, named[0], data[named[0]], fields)


def _mentioned(inventory: Inventory, feeds: tuple[Feed, ...]) -> Inventory:
    """Add the elements that the inputs speak of, for a test without an inventory."""
    added = {feed.element for feed in feeds if (feed.kind, feed.name) == ("inventory", "add")}
    ids = sorted({feed.element for feed in feeds if feed.element} - added)
    elements = {id_: Element(id_, (address_of(position),)) for position, id_ in enumerate(ids)}
    return msgspec.structs.replace(inventory, elements=elements)
