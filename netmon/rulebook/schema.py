"""The rule file as people write it (specs/rules.md 5), and its rules one by one, defaults joined in."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec

from netmon.domain.decode import Invalid, decode
from netmon.domain.duration import Duration, Rate
from netmon.domain.manner import ActionEvent
from netmon.domain.pause import Pause, no_pause
from netmon.domain.place import Document, Path, Place, Problem, path_text
from netmon.domain.scalar import shape, span

Id = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{1,63}$")]
Names = str | list[str]
Tag = Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9_-]{0,63}$")]
Choice = str | dict[str, Any]
"""A name; ``{name: condition, ..., else: name}``; or ``{from: value, map: {...}, else: name}``."""


class StepSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``sequence``."""

    trap: Names | None = None
    event: Names | None = None
    when: str | bool = True
    count: Annotated[int, msgspec.Meta(ge=1, le=1_000)] = 1


class ConditionSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``raise`` or ``clear``."""

    trap: Names | None = None
    metric: Names | None = None
    state: Names | None = None
    event: Names | None = None
    mqtt: Any = None
    alarm: Names | None = None
    when: str | bool = True
    for_: Duration = msgspec.field(default=Duration("0s"), name="for")
    count: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    within: Annotated[Duration, span("1s", "7d")] | None = None
    distinct: str = ""
    sequence: Annotated[list[StepSchema], msgspec.Meta(max_length=20)] = []
    order: Literal["strict", "any"] | None = None
    absent_for: Annotated[Duration, span("1s", "30d")] | None = None
    expect: str = ""
    after: Duration | None = None
    below: Annotated[int, msgspec.Meta(ge=1, le=10_000)] | None = None
    reason: Annotated[str, msgspec.Meta(pattern="^[a-z0-9_]{1,40}$")] = ""


Conditions = list[ConditionSchema]
"""One alone may stand without the list; `pieces` puts it into one."""


Scope = Literal["parts", "downstream", "members"]


class HidesSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``hides``, written out."""

    scope: list[Scope]
    types: list[Id] = []
    settle: Annotated[Duration, span("0s", "10m")] | None = None


class FlapSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``flap``, written out (RFC 2439)."""

    penalty: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1_000
    suppress: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 3_000
    reuse: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 750
    half_life: Annotated[Duration, span("1s", "1d")] = Duration("5m")
    max_hold: Annotated[Duration, span("1s", "7d")] = Duration("1h")


class ClearsSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``clears``: what a raise clears."""

    scope: list[Literal["parts"]]
    types: list[Id] = []
    unless_polled: bool = False


class EscalationSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``escalate``."""

    after: Annotated[Duration, span("1s", "30d")]
    severity: Literal["warning", "minor", "major", "critical"]
    unless: Literal["ack"] | None = None


class ActionSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``actions``."""

    do: Annotated[str, msgspec.Meta(min_length=1)]
    on: Annotated[tuple[ActionEvent, ...], msgspec.Meta(min_length=1)] = ("raised",)
    after: Annotated[Duration, span("1s", "30d")] | None = None
    throttle: Rate | None = None


class MembersSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``members`` of a group."""

    kind: Annotated[str, msgspec.Meta(pattern="^[a-z][a-z0-9-]*$")] = "element"
    where: str = ""


class GroupSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``group``, N of M."""

    of: Id
    by: str
    members: MembersSchema = MembersSchema()


class LevelSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``levels``."""

    severity: Literal["indeterminate", "warning", "minor", "major", "critical"]
    raise_: ConditionSchema = msgspec.field(name="raise")
    clear: ConditionSchema | None = None


class RuleSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``rules``; what is `Any` is known but comes with a later release."""

    id: Id
    raise_: Conditions = msgspec.field(name="raise")
    severity: Choice
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=1_000)]
    type: Id | None = None
    qualifier: str = ""
    formerly: list[Id] = []
    enabled: bool = True
    fallback: bool | None = None
    by: str = "object"
    where: str = ""
    clear: Conditions = []
    evidence: Literal["any", "all"] = "any"
    object: str = ""
    probable_cause: Choice = "indeterminate"
    event_type: str = ""
    repair: str = ""
    service_affecting: bool | None = None
    tags: dict[str, str] = {}
    clearable: bool = False
    keep: bool = False
    levels: list[LevelSchema] = []
    baseline: Any = None
    group: GroupSchema | None = None
    flap: bool | FlapSchema = False
    hides: list[Scope] | HidesSchema = []
    clears: ClearsSchema | None = None
    escalate: Annotated[list[EscalationSchema], msgspec.Meta(max_length=10)] = []
    enrich: Annotated[dict[Tag, str], msgspec.Meta(max_length=20)] = {}
    actions: Annotated[list[ActionSchema], msgspec.Meta(max_length=10)] = []
    reopen: Duration = Duration("24h")
    limit: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 10_000
    order_by: Literal["received", "sysuptime"] = "received"
    nodata: Literal["keep", "clear", "raise"] = "keep"
    stale_after: str = "3 intervals"


class EventSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of ``events``."""

    event: Id
    trap: Names | None = None
    object: str = ""
    when: str | bool = True
    set: dict[str, str] = {}
    mqtt: Any = None
    element: Any = None
    time: Any = None
    metric: Any = None
    value: Any = None


class FileSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rule file."""

    version: Annotated[Literal[1], msgspec.Meta(extra_json_schema={"description": "write 'version: 1'"})]
    defaults: dict[str, Any] = {}
    rules: list[Any] = []
    events: list[Any] = []
    storms: list[Any] = []
    maintenance: list[Any] = []


LATER: dict[type, tuple[str, ...]] = {
    RuleSchema: ("baseline",),
    ConditionSchema: ("mqtt",),
    EventSchema: ("mqtt", "element", "time", "metric", "value"),
}
"""Keys of the final form whose meaning comes with a later release: refused at their place, never passed over."""


_SUBJECTS = {
    "rules": ("rule", "id"),
    "events": ("event", "event"),
    "storms": ("storm", "id"),
    "maintenance": ("maintenance", "id"),
}
"""Lists of a file: how messages call an entry, and the key that names it."""


class Piece(msgspec.Struct, frozen=True):
    """One entry of a list of a rule file as a document of its own, with the places in the file."""

    document: Document
    subject: str
    """Begins its messages: ``rule 'cpu-high'``."""
    alone: tuple[str, ...] = ()
    """Of ``raise`` and ``clear`` those written without a list: messages say ``raise.for``, not ``raise[0].for``."""

    def problem(self, path: Path, message: str) -> Problem:
        """Return a problem with a value."""
        return self._problem(path, path, message, self.document.place(path))

    def key_problem(self, path: Path, message: str) -> Problem:
        """Return a problem with a key; the message names it."""
        return self._problem(path, path[:-1], message, self.document.key_place(path))

    def _problem(self, path: Path, shown: Path, message: str, place: Place) -> Problem:
        text = ": ".join(filter(None, (self.subject, path_text(shown), message)))
        return self.as_written(Problem(place, text))

    def as_written(self, problem: Problem) -> Problem:
        """Return a problem with the path as it stands in the file."""
        text = problem.message
        for key in self.alone:
            text = text.replace(f"{self.subject}: {key}[0]", f"{self.subject}: {key}", 1)
        return msgspec.structs.replace(problem, message=text)


class Pieces(msgspec.Struct, frozen=True):
    """All entries of all files, and what is wrong with the files around them."""

    rules: tuple[Piece, ...]
    events: tuple[Piece, ...]
    storms: tuple[Piece, ...]
    maintenance: tuple[Piece, ...]
    problems: tuple[Problem, ...]


def pieces(documents: Iterable[Document], *, pause: Pause = no_pause) -> Pieces:
    """Take rule files apart into their entries; ``pause`` is called between two of them."""
    found: dict[str, list[Piece]] = {kind: [] for kind in _SUBJECTS}
    problems: list[Problem] = []
    for document in documents:
        known, wrong = _read(document)
        problems += wrong
        if known is None:
            continue
        pause()
        values = _by_entry(document.values)
        pause()
        keys = _by_entry(document.keys)
        for kind, into in found.items():
            for position, data in enumerate(getattr(known, kind)):
                pause()
                place = document.place((kind, position))
                if not isinstance(data, dict):
                    problems.append(Problem(place, f"{kind}[{position}]: expected a mapping, not {shape(data)}"))
                    continue
                own: Path = (kind, position)
                defaults = known.defaults if kind == "rules" else {}
                entry = Document(
                    document.file,
                    {**defaults, **data},
                    {**_defaults(values, defaults, data), (): place, **values.get(own, {})},
                    {**_defaults(keys, defaults, data), **keys.get(own, {})},
                )
                into.append(_listed(entry, _subject(kind, position, data)))
    return Pieces(**{kind: tuple(into) for kind, into in found.items()}, problems=tuple(problems))


def _listed(entry: Document, subject: str) -> Piece:
    """Put a condition that stands alone into a list, and its places with it."""
    alone = tuple(key for key in ("raise", "clear") if isinstance(entry.data.get(key), dict))
    if not alone:
        return Piece(entry, subject)
    data = {key: [value] if key in alone else value for key, value in entry.data.items()}
    return Piece(Document(entry.file, data, _deeper(entry.values, alone), _deeper(entry.keys, alone)), subject, alone)


def _deeper(places: Mapping[Path, Place], alone: tuple[str, ...]) -> dict[Path, Place]:
    found = {(path[0], 0, *path[1:]): place for path, place in places.items() if path and path[0] in alone}
    return {**found, **{path: place for path, place in places.items() if path not in found}}


def _read(document: Document) -> tuple[FileSchema | None, list[Problem]]:
    problems: list[Problem] = []
    try:
        known: FileSchema | None = decode(FileSchema, document)
    except Invalid as invalid:
        known, problems = invalid.partial, list(invalid.problems)
    if known is None and isinstance(document.data, dict):
        # Without its version a file is still read, so that all that is wrong with it is told in one pass.
        lists: dict[str, Any] = {kind: data for kind in _SUBJECTS if isinstance(data := document.data.get(kind), list)}
        known = FileSchema(1, **lists)
    return known, problems


def later(piece: Piece, schema: type, path: Path) -> Iterator[Problem]:
    """Yield a problem for each key of a mapping that is not supported yet."""
    data = piece.document.data
    for part in path:
        data = data[part]
    for key in LATER[schema]:
        if data.get(key) is not None if isinstance(data, dict) else False:
            yield piece.key_problem((*path, key), f"'{key}' is not supported by this release")


def _subject(kind: str, position: int, data: dict[str, Any]) -> str:
    word, key = _SUBJECTS[kind]
    name = data.get(key)
    return f"{word} '{name}'" if isinstance(name, str) else f"{kind}[{position}]"


_Places = dict[Path, dict[Path, Place]]


def _by_entry(places: Any) -> _Places:
    """Sort the places of a file by entry, the paths then within the entry; ``defaults`` is one entry."""
    found: _Places = {}
    for path, place in places.items():
        size = 1 if path[:1] == ("defaults",) else 2
        if len(path) >= size:
            found.setdefault(path[:size], {})[path[size:]] = place
    return found


def _defaults(places: _Places, defaults: dict[str, Any], own: dict[str, Any]) -> dict[Path, Place]:
    """Return the places of those defaults that an entry does not set itself."""
    if not defaults:
        return {}
    return {path: place for path, place in places.get(("defaults",), {}).items() if path and path[0] not in own}
