"""Plain data of a YAML file into typed Structs, with every problem found in one pass (STYLE section 8).

    >>> config = decode(WebConfig, document, ("web",))          # raises Invalid with all problems

What can stand in a type: Structs, unions of tagged Structs, other unions, lists, tuples, dicts, Literals, ``Any``,
scalars with the ranges of ``msgspec.Meta`` (for a ``Duration``: ``scalar.span``), and any class that is built from the
plain value and raises ``ValueError`` with a message for people (``Duration``, ``Size``, ``Rate``). ``__post_init__`` of
a Struct may raise it too, and so may a function in ``Meta(extra={"check": function})``.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeVar, overload

from msgspec import inspect

from netmon.domain.place import Document, Path, Problem, path_text
from netmon.domain.scalar import SCALARS, check_length, shape, unknown

T = TypeVar("T")

Maker = Callable[[Any], Any]
"""Builds a value from plain data; raises ``ValueError`` with a message that may be printed."""


class Invalid(Exception):
    """A document is not what its type says.

    Attributes:
        problems: all that is wrong, sorted by place.
        partial: what could be made of the rest: broken items left out, broken fields at their default; None when
            nothing could be made. For further checks only, so that these report in the same pass.
    """

    def __init__(self, problems: tuple[Problem, ...], partial: Any = None) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems
        self.partial = partial


@overload
def decode(
    type_: type[T],
    document: Document,
    path: Path = ...,
    *,
    subject: str = ...,
    makers: Mapping[type, Maker] = ...,
    stand_ins: Mapping[str, Any] = ...,
) -> T: ...
@overload
def decode(
    type_: object,
    document: Document,
    path: Path = ...,
    *,
    subject: str = ...,
    makers: Mapping[type, Maker] = ...,
    stand_ins: Mapping[str, Any] = ...,
) -> Any: ...
def decode(
    type_: Any,
    document: Document,
    path: Path = (),
    *,
    subject: str = "",
    makers: Mapping[type, Maker] | None = None,
    stand_ins: Mapping[str, Any] | None = None,
) -> Any:
    """Return the value at ``path`` of a document as ``type_``.

    Args:
        type_: what to make.
        document: what ``config/yaml.py`` read.
        path: where to begin.
        subject: stands in front of every message and makes the paths in it relative to ``path``:
            ``rule 'cpu-high'`` gives ``rule 'cpu-high': raise.for: 300 has no unit (...)``.
        makers: how to build a class otherwise than by calling it.
        stand_ins: of required fields of the value itself: with these ``Invalid.partial`` is made all the same.

    Raises:
        Invalid: with all problems.
    """
    standing = {(*path, name): value for name, value in (stand_ins or {}).items()}
    walk = _Walk(document, path if subject else (), subject, makers or {}, standing)
    partial = None
    with suppress(_Broken):
        partial = walk.value(_info(type_), _at(document.data, path), path)
    if walk.problems:
        raise Invalid(tuple(sorted(walk.problems)), partial)
    return partial


class _Broken(Exception):
    """There is no value; the problem is noted already."""


class _Walk:
    """One pass over a document: values come back, problems are collected."""

    def __init__(
        self,
        document: Document,
        root: Path,
        subject: str,
        makers: Mapping[type, Maker],
        stand_ins: Mapping[Path, Any],
    ) -> None:
        self.stand_ins = stand_ins
        self.document = document
        self.root = root
        self.subject = subject
        self.makers = makers
        self.problems: list[Problem] = []

    def value(self, info: inspect.Type, data: Any, path: Path) -> Any:
        reader = _custom if self.makes(info) else _READERS[type(info)]
        return reader(self, info, data, path)

    def makes(self, info: inspect.Type) -> bool:
        return getattr(info, "cls", None) in self.makers

    def note(self, path: Path, message: str, *, at_key: bool = False) -> None:
        """Note a problem; an unknown key is named by the message, so the path in front is its parent's."""
        place = self.document.key_place(path) if at_key else self.document.place(path)
        shown = path_text((path[:-1] if at_key else path)[len(self.root) :])
        text = ": ".join(filter(None, (self.subject, shown, message)))
        self.problems.append(Problem(place=place, message=text))

    def broken(self, path: Path, message: str) -> _Broken:
        self.note(path, message)
        return _Broken()

    def attempt(self, info: inspect.Type, data: Any, path: Path) -> tuple[Any, list[Problem]]:
        """Read one alternative of a union aside; ``_MISSING`` when it gives nothing."""
        aside = _Walk(self.document, self.root, self.subject, self.makers, self.stand_ins)
        try:
            return aside.value(info, data, path), aside.problems
        except _Broken:
            return _MISSING, aside.problems


_MISSING = object()
_INTEGER = re.compile(r"-?[0-9]{1,18}")


def _any(walk: _Walk, info: inspect.Type, data: Any, path: Path) -> Any:
    return data


def _metadata(walk: _Walk, info: inspect.Metadata, data: Any, path: Path) -> Any:
    value = walk.value(info.type, data, path)
    try:
        (info.extra or {}).get("check", _no_check)(value)
    except ValueError as error:
        raise walk.broken(path, str(error)) from None
    return value


def _no_check(value: Any) -> None:
    """A type without a check of its own in ``Meta(extra={"check": ...})``."""


def _scalar(walk: _Walk, info: inspect.Type, data: Any, path: Path) -> Any:
    try:
        return SCALARS[type(info)](info, data)
    except ValueError as error:
        raise walk.broken(path, str(error)) from None


def _custom(walk: _Walk, info: Any, data: Any, path: Path) -> Any:
    make: Maker = walk.makers.get(info.cls, info.cls)
    try:
        return make(data)
    except ValueError as error:
        raise walk.broken(path, str(error)) from None


def _list(walk: _Walk, info: Any, data: Any, path: Path) -> Any:
    if not isinstance(data, list):
        raise walk.broken(path, f"expected a list, not {shape(data)}")
    found = []
    for position, item in enumerate(data):
        try:
            found.append(walk.value(info.item_type, item, (*path, position)))
        except _Broken:
            continue
    _note_length(walk, info, data, path)
    return found if isinstance(info, inspect.ListType) else tuple(found)


def _tuple(walk: _Walk, info: inspect.TupleType, data: Any, path: Path) -> Any:
    if not isinstance(data, list) or len(data) != len(info.item_types):
        raise walk.broken(path, f"expected a list of {len(info.item_types)}, not {shape(data)}")
    return tuple(
        walk.value(item, value, (*path, position))
        for position, (item, value) in enumerate(zip(info.item_types, data, strict=True))
    )


def _dict(walk: _Walk, info: inspect.DictType, data: Any, path: Path) -> dict[Any, Any]:
    if not isinstance(data, dict):
        raise walk.broken(path, f"expected a mapping, not {shape(data)}")
    found = {}
    for key, item in data.items():
        try:
            name = walk.value(info.key_type, _key(info.key_type, key), (*path, key))
            found[name] = walk.value(info.value_type, item, (*path, key))
        except _Broken:
            continue
    _note_length(walk, info, data, path)
    return found


def _key(info: inspect.Type, text: Any) -> Any:
    """Return a key as its type wants it: the loader keeps every key as the text that stands there."""
    return int(text) if isinstance(info, inspect.IntType) and _INTEGER.fullmatch(str(text)) else text


def _note_length(walk: _Walk, info: Any, data: Any, path: Path) -> None:
    try:
        check_length(info, data)
    except ValueError as error:
        walk.note(path, str(error))


def _struct(walk: _Walk, info: inspect.StructType, data: Any, path: Path) -> Any:
    data = {} if data is None else data
    if not isinstance(data, dict):
        raise walk.broken(path, f"expected a mapping, not {shape(data)}")
    before = len(walk.problems)
    _note_unknown_keys(walk, info, data, path)
    values: dict[str, Any] = {}
    whole = True
    for field in _wanted(info, data):
        value = _field(walk, field, data.get(field.encode_name), (*path, field.encode_name))
        if value is _MISSING and field.required:
            value = walk.stand_ins.get((*path, field.encode_name), _MISSING)
            whole = whole and value is not _MISSING
        if value is not _MISSING:
            values[field.name] = value
    if not whole:
        raise _Broken
    try:
        return info.cls(**values)
    except ValueError as error:
        if len(walk.problems) == before:
            walk.note(path, str(error))
        raise _Broken from None


def _wanted(info: inspect.StructType, data: Mapping[Any, Any]) -> list[inspect.Field]:
    """Return the fields that are not left at their default: of the many of a Struct a file names few."""
    return [field for field in info.fields if field.required or data.get(field.encode_name) is not None]


def _field(walk: _Walk, field: inspect.Field, data: Any, path: Path) -> Any:
    """Read one field; ``_MISSING`` where nothing could be read. An empty value of a required one is no value."""
    if data is None:
        if _takes_none(field.type):
            return None
        about = _description(field.type)
        walk.note(path, f"missing ({about})" if about else "missing")
        return _MISSING
    try:
        return walk.value(field.type, data, path)
    except _Broken:
        return _MISSING


def _note_unknown_keys(walk: _Walk, info: inspect.StructType, data: Mapping[Any, Any], path: Path) -> None:
    known = [field.encode_name for field in info.fields]
    for key in data:
        if key not in known and key != info.tag_field:
            walk.note((*path, key), unknown("key", str(key), known), at_key=True)


def _takes_none(info: inspect.Type) -> bool:
    if isinstance(info, inspect.UnionType):
        return any(isinstance(kind, inspect.NoneType) for kind in info.types)
    return isinstance(info, inspect.AnyType)


def _description(info: inspect.Type) -> str:
    if isinstance(info, inspect.Metadata):
        return str((info.extra_json_schema or {}).get("description", "")) or _description(info.type)
    if isinstance(info, inspect.UnionType):
        return next(filter(None, map(_description, info.types)), "")
    return ""


def _union(walk: _Walk, info: inspect.UnionType, data: Any, path: Path) -> Any:
    structs = [kind for kind in map(_bare, info.types) if isinstance(kind, inspect.StructType) and kind.tag is not None]
    if isinstance(data, dict) and structs:
        return walk.value(_tagged(walk, structs, data, path), data, path)
    nearest: list[Problem] = []
    for kind in info.types:
        value, problems = walk.attempt(kind, data, path)
        if not problems:
            return value
        if not nearest and (walk.makes(_bare(kind)) or _fits(_bare(kind), data)):
            nearest = problems
    if not nearest:
        kinds = [type(_bare(kind)) for kind in info.types]
        names = dict.fromkeys(_NAMES.get(kind, "text") for kind in kinds if kind is not inspect.NoneType)
        raise walk.broken(path, f"expected {' or '.join(names)}, not {shape(data)}")
    walk.problems.extend(nearest)
    raise _Broken


def _tagged(walk: _Walk, structs: list[inspect.StructType], data: dict[str, Any], path: Path) -> inspect.StructType:
    field = structs[0].tag_field or "type"
    by_tag = {str(kind.tag): kind for kind in structs}
    tag = data.get(field)
    if tag is None:
        raise walk.broken((*path, field), f"missing (one of {', '.join(by_tag)})")
    if str(tag) not in by_tag:
        raise walk.broken((*path, field), unknown(field, str(tag), list(by_tag)))
    return by_tag[str(tag)]


def _bare(info: inspect.Type) -> inspect.Type:
    return _bare(info.type) if isinstance(info, inspect.Metadata) else info


def _fits(info: inspect.Type, data: Any) -> bool:
    """Tell whether a value has the shape of a type, so that its problems are the ones worth telling."""
    if isinstance(info, inspect.CustomType):
        return True
    if isinstance(data, dict):
        return isinstance(info, inspect.StructType | inspect.DictType)
    if isinstance(data, list):
        return isinstance(info, inspect.ListType | inspect.VarTupleType | inspect.TupleType)
    shapes = inspect.StrType | inspect.LiteralType if isinstance(data, str) else inspect.IntType | inspect.FloatType
    return isinstance(info, shapes)


_NAMES: dict[type, str] = {
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.ListType: "a list",
    inspect.VarTupleType: "a list",
    inspect.TupleType: "a list",
    inspect.DictType: "a mapping",
    inspect.StructType: "a mapping",
}

_READERS: dict[type, Callable[[_Walk, Any, Any, Path], Any]] = {
    **dict.fromkeys(SCALARS, _scalar),
    inspect.AnyType: _any,
    inspect.Metadata: _metadata,
    inspect.CustomType: _custom,
    inspect.ListType: _list,
    inspect.VarTupleType: _list,
    inspect.TupleType: _tuple,
    inspect.DictType: _dict,
    inspect.StructType: _struct,
    inspect.UnionType: _union,
}


def _at(data: Any, path: Path) -> Any:
    for part in path:
        data = data[part]
    return data


@lru_cache(maxsize=256)
def _info(type_: Any) -> inspect.Type:
    return inspect.type_info(type_)
