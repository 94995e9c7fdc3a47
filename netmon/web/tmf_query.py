"""Queries of TMF642 lists: filters, fields, order and page, read strictly (specs/alarms.md section 5)."""

import operator
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from netmon.domain.place import suggestion
from netmon.web.attributes import ATTRIBUTES, MEMBERS, Resource, values, whole
from netmon.web.error import Refusal

MOST = 10_000
_LIMIT = 1_000
_OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
    "ne": operator.ne,
}
_VALUE = re.compile(r"""'([^']*)'|"([^"]*)"|([^,]+)""")


class Filter(msgspec.Struct, frozen=True):
    """One attribute against the values asked for: one of them must fit; with ``ne`` all must differ."""

    name: str
    compare: Callable[[Any, Any], bool]
    wanted: tuple[Any, ...]

    def fits(self, resource: Resource) -> bool:
        """Tell whether an alarm passes."""
        return self.passes(list(values(resource, self.name)))

    def passes(self, found: Sequence[Any]) -> bool:
        """Tell whether an alarm passes by the values it has."""
        if self.compare is operator.ne:
            return not any(value == wanted for value in found for wanted in self.wanted)
        return any(self.compare(value, wanted) for value in found for wanted in self.wanted)


class Query(msgspec.Struct, frozen=True):
    """What a list request asks for."""

    filters: tuple[Filter, ...] = ()
    fields: frozenset[str] | None = None
    sort: tuple[tuple[str, bool], ...] = ()
    """(attribute, descending)."""
    offset: int = 0
    limit: int = _LIMIT

    def select(self, resources: Iterable[Resource]) -> list[Resource]:
        """Return the alarms that fit, in the order asked for, all pages of them."""
        found = [one for one in resources if all(wanted.fits(one) for wanted in self.filters)]
        for name, descending in reversed(self.sort):
            found.sort(key=lambda one: _sort_key(one, name), reverse=descending)
        return found

    def show(self, resource: Resource) -> Resource:
        """Return an alarm with the members asked for; id and href are always there."""
        if self.fields is None:
            return resource
        return {name: value for name, value in resource.items() if name in self.fields or name in ("id", "href")}


def read_query(parameters: Iterable[tuple[str, str]]) -> Query:
    """Read the parameters of a list request.

    Raises:
        Refusal: 400, an attribute, operator or value is not known; nothing is ever ignored.
    """
    asked: dict[str, list[str]] = {}
    for name, value in parameters:
        asked.setdefault(name, []).append(value)
    reserved: dict[str, str] = {
        name: asked.pop(name)[-1] for name in ("fields", "sort", "offset", "limit") if name in asked
    }
    limit = _number(reserved, "limit", _LIMIT)
    if not 1 <= limit <= MOST:
        raise _bad("limit", f"{limit} is not in 1..{MOST}")
    return Query(
        filters=tuple(_filter(name, texts) for name, texts in asked.items()),
        fields=_fields(reserved["fields"]) if "fields" in reserved else None,
        sort=_sort(reserved.get("sort", "")),
        offset=_number(reserved, "offset", 0),
        limit=limit,
    )


def read_fields(parameters: Iterable[tuple[str, str]]) -> Query:
    """Read the parameters of a request for one alarm: ``fields`` and nothing else."""
    query = Query()
    for name, value in parameters:
        if name != "fields":
            raise _unknown(name, ["fields"])
        query = Query(fields=_fields(value))
    return query


def _filter(parameter: str, texts: list[str]) -> Filter:
    name, _, word = parameter.rpartition(".")
    if parameter in ATTRIBUTES or word not in _OPERATORS:
        name, compare = parameter, operator.eq
    else:
        compare = _OPERATORS[word]
    read = ATTRIBUTES.get(name)
    if read is None:
        raise _unknown(parameter, [*ATTRIBUTES, "fields", "sort", "offset", "limit"])
    try:
        return Filter(name, compare, tuple(read(value) for text in texts for value in split_values(text)))
    except ValueError as error:
        raise _bad(parameter, str(error)) from None


def split_values(text: str) -> list[str]:
    """Return the comma-separated values without the quotes around them."""
    return ["".join(parts) for parts in _VALUE.findall(text)] or [""]


def _fields(text: str) -> frozenset[str]:
    names = frozenset(name.strip() for name in text.split(","))
    if names == {"none"}:
        return frozenset()
    for name in sorted(names - MEMBERS):
        raise _unknown(name, MEMBERS)
    return names


def _sort(text: str) -> tuple[tuple[str, bool], ...]:
    order = tuple((part.strip().lstrip("-+"), part.strip().startswith("-")) for part in text.split(",") if part.strip())
    for name, _ in order:
        if name not in ATTRIBUTES:
            raise _unknown(name, ATTRIBUTES)
    return order


def _sort_key(resource: Resource, name: str) -> tuple[bool, Any]:
    first = next(values(resource, name), None)
    return (first is not None, first if first is not None else 0)


def _number(reserved: dict[str, str], name: str, default: int) -> int:
    try:
        return whole(reserved[name]) if name in reserved else default
    except ValueError as error:
        raise _bad(name, str(error)) from None


def _bad(name: str, message: str) -> Refusal:
    return Refusal(400, "badValue", message=f"{name}: {message}")


def _unknown(name: str, known: Iterable[str]) -> Refusal:
    return Refusal(400, "unknownAttribute", message=f"{name}: unknown attribute or operator{suggestion(name, known)}")
