"""Metric profiles: files of ``rules/metrics`` with their names resolved to OIDs (specs/snmp.md 6.1).

A test file ``<profile>.test.yaml`` beside it says what comes out of a recorded agent::

    version: 1
    profile: if-mib
    cases:
      - name: a port with 64-bit counters
        recording: |                             # lines of a .snmprec file: OID|tag|value
          1.3.6.1.2.1.1.3.0|67|4242
          1.3.6.1.2.1.31.1.1.1.1.7|4|xe-0/0/1
          1.3.6.1.2.1.31.1.1.1.6.7|70|5000000000
        samples:
          - object: if:xe-0/0/1                  # below the element; empty: the element itself
            labels: {ifName: xe-0/0/1}           # these must be there; others may be
            values: {ifHCInOctets: 5000000000}   # a state by number or name
            absent: [ifInOctets]                 # metrics without a sample

The recording is served by the simulated agent, polled once with this profile, and normalized; each entry of ``samples``
must be found. ``decode(ProfileTest, document)`` reads such a file.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from netmon.domain.decode import Invalid, decode
from netmon.domain.duration import Duration
from netmon.domain.pause import Pause, no_pause
from netmon.domain.place import Document, Path, Problem, suggestion
from netmon.mib.names import MibView
from netmon.rulebook.derive import DeriveSchema, Deriving
from netmon.rulebook.memory import Memory, packed
from netmon.rulebook.pattern import PatternError, compile_search
from netmon.rulebook.profile_rows import JoinSchema, LabelSchema, Rows, RowsSchema, object_of_scalars
from netmon.rulebook.profile_table import ColumnSchema, Names, compile_get, compile_table
from netmon.rulebook.profile_values import Profile, Table

Name = Annotated[str, msgspec.Meta(pattern="^[a-z0-9][a-z0-9-]{0,63}$")]
SysObjectId = Annotated[str, msgspec.Meta(pattern=r"^\d+(\.\d+)*(\.\*)?$")]

GET = "get"
"""Name of the table that holds the scalars of an element itself; that of those of a part is the part's."""

_DEPTH = 5


class MatchSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"not_": "not"}):
    """Which elements a profile is for; without any of it: all."""

    sysobjectid: tuple[SysObjectId, ...] = ()
    sysdescr: str = ""
    has: tuple[str, ...] = ()
    not_: tuple[SysObjectId, ...] = ()


class TableSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table to walk; columns of tables that augment it may stand in it."""

    table: str
    columns: Annotated[tuple[ColumnSchema | str, ...], msgspec.Meta(min_length=1)]
    object: str = ""
    labels: dict[str, str | LabelSchema] = {}
    where: dict[str, tuple[int | float | str, ...]] = {}
    rows: dict[str, str] = {}
    joined: dict[str, JoinSchema] = {}
    """Values of other tables that ``derive`` may name."""
    every: Duration = Duration("0s")
    derive: tuple[DeriveSchema, ...] = ()
    allow_nonincreasing: bool = False
    """The agent gives rows out of order: go on until an OID repeats."""


class ProfileSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of ``rules/metrics``."""

    version: Literal[1]
    profile: Name
    extends: tuple[Name, ...] = ()
    remove: tuple[str, ...] = ()
    """Tables and metrics of the extended profiles to leave out."""
    match: MatchSchema = MatchSchema()
    object: str = ""
    """Managed object of ``get``, below the element: ``ups``, or kind and name; empty: the element itself."""
    get: tuple[ColumnSchema | str, ...] = ()
    tables: tuple[TableSchema, ...] = ()
    derive: tuple[DeriveSchema, ...] = ()
    """Computed metrics; each belongs to the table that has all of the columns it names."""


class ExpectedSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Samples of one managed object."""

    values: dict[str, int | float | str] = {}
    object: str = ""
    labels: dict[str, str] = {}
    absent: tuple[str, ...] = ()


class CaseSchema(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A recording, and the samples that must come out of it."""

    name: str
    recording: str
    samples: Annotated[tuple[ExpectedSchema, ...], msgspec.Meta(min_length=1)]


class ProfileTest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A ``<profile>.test.yaml``."""

    version: Literal[1]
    profile: Name
    cases: Annotated[tuple[CaseSchema, ...], msgspec.Meta(min_length=1)]


class Profiles(msgspec.Struct, frozen=True):
    """All profiles that are right, in the order of the files, and all that is wrong with the others."""

    profiles: tuple[Profile, ...]
    problems: tuple[Problem, ...]


def compile_profiles(
    documents: Iterable[Document], view: MibView, *, memory: Memory | None = None, pause: Pause = no_pause
) -> Profiles:
    """Compile profile files; every problem of all of them is found in one pass.

    Args:
        documents: the files.
        view: the MIBs.
        memory: what was compiled before.
        pause: is called between two profiles.
    """
    compiler = _Compiler(view, memory or Memory())
    for document in documents:
        compiler.read(document)
        pause()
    for name in compiler.files:
        compiler.profile(name, ())
        pause()
    done = tuple(compiler.done[name] for name in compiler.files if name in compiler.done)
    return Profiles(done, tuple(sorted(compiler.problems)))


class _Compiler:
    """One pass over a set of files."""

    def __init__(self, view: MibView, memory: Memory) -> None:
        self.files: dict[str, tuple[Document, ProfileSchema]] = {}
        self.done: dict[str, Profile] = {}
        self.problems: list[Problem] = []
        self._view = view
        self._memory = memory
        self._keys: dict[str, str] = {}
        self._broken: set[str] = set()

    def read(self, document: Document) -> None:
        """Read one file; a broken one gives its problems only."""
        try:
            schema = self._decoded(document)
        except Invalid as invalid:
            self.problems += invalid.problems
            if isinstance(document.data, Mapping):
                self._broken.add(str(document.data.get("profile")))
            return
        if schema.profile in self.files:
            first = self.files[schema.profile][0].place(("profile",))
            self._note(document, ("profile",), f'profile "{schema.profile}" is defined twice (first at {first})')
        else:
            self.files[schema.profile] = (document, schema)

    def _decoded(self, document: Document) -> ProfileSchema:
        key = ("profile schema", packed(document.data))
        found: ProfileSchema | None = self._memory.find(key)
        return found or self._memory.keep(key, decode(ProfileSchema, document))

    def profile(self, name: str, above: tuple[str, ...]) -> tuple[Profile, ...]:
        """Return a compiled profile, or nothing when it or one below it is wrong: that is noted already."""
        if name in self.done:
            return (self.done[name],)
        if name in self._broken:
            return ()
        document, schema = self.files[name]
        places = range(len(schema.extends))
        parents = [parent for at in places for parent in self._parent(document, schema, at, (*above, name))]
        key = self._keys[name] = self._key(document, parents)
        kept = self._memory.find(key) if len(parents) == len(places) else None
        made: Profile | None = kept or self._made(document, schema, parents)
        if made is None:
            self._broken.add(name)
            return ()
        self.done[name] = self._memory.keep(key, made)
        return (made,)

    def _key(self, document: Document, parents: Sequence[Profile]) -> str:
        below = [self._keys[parent.name] for parent in parents]
        return hashlib.sha256(packed(["profile", self._view.hash, document.data, below])).hexdigest()

    def _made(self, document: Document, schema: ProfileSchema, parents: Sequence[Profile]) -> Profile | None:
        """Compile a profile; None where it is wrong, which is noted then."""
        before = len(self.problems)
        tables = self._tables(document, schema)
        match = self._match(document, schema.match)
        if len(parents) < len(schema.extends):
            # What it extends is wrong: nobody knows which columns it has.
            return None
        self._check_removed(document, schema, parents)
        merged = list(_merged([table for parent in parents for table in parent.tables], tables, schema.remove))
        merged = Deriving(self._view, document, self.problems).placed(merged, schema.derive)
        if len(self.problems) > before:
            return None
        return msgspec.structs.replace(
            match,
            name=schema.profile,
            tables=tuple(merged),
            extends=tuple(dict.fromkeys(name for parent in parents for name in (parent.name, *parent.extends))),
        )

    def _parent(
        self, document: Document, schema: ProfileSchema, at: int, above: tuple[str, ...]
    ) -> tuple[Profile, ...]:
        name, path = schema.extends[at], ("extends", at)
        if name in above:
            self._note(document, path, f"profile cycle: {' -> '.join((*above[above.index(name) :], name))}")
        elif len(above) > _DEPTH:
            self._note(document, path, f"extends more than {_DEPTH} levels deep")
        elif name not in self.files and name not in self._broken:
            self._note(document, path, f'unknown profile "{name}"{suggestion(name, self.files)}')
        else:
            return self.profile(name, above)
        return ()

    def _tables(self, document: Document, schema: ProfileSchema) -> list[Table]:
        names = Names(self._view, document, self.problems)
        rows, deriving = Rows(names), Deriving(self._view, document, self.problems)
        object_ = object_of_scalars(schema.object, names, any_scalar=bool(schema.get))
        scalars = [compile_get(object_ or GET, schema.get, names)] if schema.get else []
        tables = [msgspec.structs.replace(table, object=object_) for table in scalars]
        for at, table in enumerate(schema.tables):
            path: Path = ("tables", at)
            found, oid = compile_table(table.table, table.columns, path, names)
            found = msgspec.structs.replace(
                found, every_ms=table.every.ms, allow_nonincreasing=table.allow_nonincreasing
            )
            of_rows = RowsSchema(table.labels, table.where, table.rows, table.object, table.joined)
            found = rows.applied(found, oid, of_rows, path)
            tables.append(deriving.of_table(found, table.derive, (*path, "derive")))
        return [*tables, *rows.lookups.values()]

    def _check_removed(self, document: Document, schema: ProfileSchema, parents: Sequence[Profile]) -> None:
        tables = [table for parent in parents for table in parent.tables]
        known = [table.name for table in tables] + [column.name for table in tables for column in table.columns]
        for at, name in enumerate(schema.remove):
            if name not in known:
                near = suggestion(name, known)
                self._note(document, ("remove", at), f'nothing extended has a table or metric "{name}"{near}')

    def _match(self, document: Document, schema: MatchSchema) -> Profile:
        """Return a profile that holds nothing but which elements it is for."""
        names = Names(self._view, document, self.problems)
        found = (names.oid(name, ("match", "has", at)) for at, name in enumerate(schema.has))
        if schema.sysdescr:
            try:
                compile_search(schema.sysdescr)
            except PatternError as error:
                self._note(document, ("match", "sysdescr"), str(error))
        return Profile(
            name="",
            tables=(),
            sysobjectid=schema.sysobjectid,
            has=tuple(oid for oid in found if oid),
            sysdescr=schema.sysdescr,
            excluded=schema.not_,
        )

    def _note(self, document: Document, path: Path, message: str) -> None:
        self.problems.append(Problem(document.place(path), message))


def _merged(below: Sequence[Table], own: Sequence[Table], remove: Sequence[str]) -> tuple[Table, ...]:
    """Join tables: one of a later profile replaces the earlier of the same name; scalars replace one by one."""
    tables: dict[str, Table] = {}
    for table in (*(_without(table, remove) for table in below if table.name not in remove), *own):
        tables[table.name] = _joined(tables[table.name], table) if table.scalars and table.name in tables else table
    taken = {column.name for table in own for column in table.columns}
    names = {table.name for table in own}
    kept = (table if name in names else _without(table, taken) for name, table in tables.items())
    return tuple(table for table in kept if table.columns)


def _joined(old: Table, new: Table) -> Table:
    columns: dict[str, Any] = {column.name: column for column in (*old.columns, *new.columns)}
    return msgspec.structs.replace(old, columns=tuple(columns.values()), prefer=(*old.prefer, *new.prefer))


def _without(table: Table, names: Iterable[str]) -> Table:
    gone = set(names)
    return msgspec.structs.replace(
        table,
        columns=tuple(column for column in table.columns if column.name not in gone),
        prefer=tuple(group for group in table.prefer if not gone.intersection(group)),
    )
