"""A usage record as TMF771 v5 and TMF635 v4 show it (specs/usage.md section 8); pure."""

from typing import Any, Literal

import msgspec
from msgspec import inspect

from netmon.domain.usage import UsageRecord
from netmon.usage.periods import utc_text
from netmon.usage.record_line import Line

USAGE_TYPE = "interfaceTraffic"
SPECIFICATION = "netmon.usage.1"

ValueType = Literal["string", "integer", "array", "object"]


def _value_type(info: inspect.Type) -> ValueType:
    match info:
        case inspect.UnionType(types=types):
            return _value_type(next(one for one in types if not isinstance(one, inspect.NoneType)))
        case inspect.IntType():
            return "integer"
        case inspect.VarTupleType():
            return "array"
        case inspect.StructType():
            return "object"
    return "string"


def _value_types() -> dict[str, ValueType]:
    info = inspect.type_info(Line)
    assert isinstance(info, inspect.StructType)
    elsewhere = ("id", "party_ref", "rec_seq", "schema", "series", "start")
    return {field.name: _value_type(field.type) for field in info.fields if field.name not in elsewhere}


VALUE_TYPES: dict[str, ValueType] = _value_types()
"""Every characteristic that a record may have: the fields of its line that have no place of their own."""

_V5_TYPES = {
    ("string", ""): "StringCharacteristic",
    ("integer", ""): "IntegerCharacteristic",
    ("object", ""): "ObjectCharacteristic",
    ("array", "flags"): "StringArrayCharacteristic",
}


class Related(msgspec.Struct, frozen=True, rename="camel"):
    """Another record that a value refers to."""

    id: str
    relationship_type: str


class UsageCharacteristic(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """One value of a record, by the name it has in the files of the feed."""

    name: str
    value: Any
    value_type: ValueType | Literal[""] = ""
    type_: str = msgspec.field(name="@type", default="")
    characteristic_relationship: tuple[Related, ...] = ()


class Reference(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something outside of netmon, or the specification."""

    id: str
    href: str = ""
    name: str = ""
    role: str = ""
    type_: str = msgspec.field(name="@type", default="")
    referred_type: str = msgspec.field(name="@referredType", default="")


class ExternalIdentifier(msgspec.Struct, frozen=True, rename="camel"):
    """The number of a record in its feed."""

    owner: str
    external_identifier_type: str
    id: str


class UsageResource(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A record; with ``fields`` only the members asked for, but always id and href."""

    id: str
    href: str
    usage_date: str = ""
    usage_type: str = ""
    status: str = ""
    usage_characteristic: tuple[UsageCharacteristic, ...] = ()
    usage_specification: Reference | None = None
    resource: Reference | None = None
    related_party: tuple[Reference, ...] = ()
    external_identifier: tuple[ExternalIdentifier, ...] = ()
    type_: str = msgspec.field(name="@type", default="")


def resource_usage(record: UsageRecord, base: str) -> UsageResource:
    """Return a record as ``GET {base}/resourceUsage/{id}`` of TMF771 v5."""
    line = msgspec.json.decode(record.line)
    party = line.get("party_ref")
    return UsageResource(
        id=record.id,
        href=f"{base}/resourceUsage/{record.id}",
        usage_date=utc_text(record.start),
        usage_type=USAGE_TYPE,
        usage_characteristic=tuple(msgspec.structs.replace(one, type_=_v5_type(one)) for one in _characteristics(line)),
        usage_specification=Reference(SPECIFICATION, f"{base}/resourceUsageSpecification/{SPECIFICATION}"),
        resource=Reference(record.series, type_="ResourceRef"),
        related_party=(Reference(party, role="subscriber", type_="PartyRef"),) if party else (),
        external_identifier=(ExternalIdentifier("netmon", "recSeq", str(record.rec_seq)),),
        type_="ResourceUsage",
    )


def usage(record: UsageRecord, base: str) -> UsageResource:
    """Return a record as ``GET {base}/usage/{id}`` of TMF635 v4."""
    line = msgspec.json.decode(record.line)
    party = line.get("party_ref")
    own = (
        UsageCharacteristic("series", record.series, value_type="string"),
        UsageCharacteristic("recSeq", record.rec_seq, value_type="integer"),
    )
    return UsageResource(
        id=record.id,
        href=f"{base}/usage/{record.id}",
        usage_date=utc_text(record.start),
        usage_type=USAGE_TYPE,
        # The rest of its life belongs to mediation.
        status="received",
        usage_characteristic=(*own, *_characteristics(line)),
        usage_specification=Reference(SPECIFICATION, f"{base}/usageSpecification/{SPECIFICATION}"),
        related_party=(Reference(party, role="subscriber", referred_type="Customer"),) if party else (),
        type_="Usage",
    )


def _characteristics(line: dict[str, Any]) -> list[UsageCharacteristic]:
    """Return what a line says, without what does not apply to it."""
    adjusts = line.get("adjusts")
    related = (Related(adjusts, "adjusts"),) if adjusts else ()
    return [
        UsageCharacteristic(
            name,
            line[name],
            value_type=value_type,
            characteristic_relationship=related if name.startswith("delta_octets_") else (),
        )
        for name, value_type in VALUE_TYPES.items()
        if line.get(name) is not None
    ]


def _v5_type(one: UsageCharacteristic) -> str:
    # Slots are integers, but null where a slot is unknown.
    return (
        _V5_TYPES.get((one.value_type, one.name)) or _V5_TYPES.get((one.value_type, "")) or "ObjectArrayCharacteristic"
    )


class SpecCharacteristic(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """A characteristic that a record may have."""

    name: str
    value_type: ValueType
    type_: str = msgspec.field(name="@type", default="")


class UsageSpecification(msgspec.Struct, frozen=True, omit_defaults=True, rename="camel"):
    """What a usage record of netmon is."""

    id: str
    href: str
    name: str = ""
    version: str = ""
    description: str = ""
    lifecycle_status: str = ""
    spec_characteristic: tuple[SpecCharacteristic, ...] = ()
    type_: str = msgspec.field(name="@type", default="")


def specification(base: str, kind: Literal["resourceUsageSpecification", "usageSpecification"]) -> UsageSpecification:
    """Return the one specification, as TMF771 (``resourceUsageSpecification``) or TMF635 names it."""
    type_ = "CharacteristicSpecification" if kind == "resourceUsageSpecification" else ""
    return UsageSpecification(
        id=SPECIFICATION,
        href=f"{base}/{kind}/{SPECIFICATION}",
        name="netmon.usage",
        version="1",
        description="Octets of an interface in one interval, with the counters that prove them",
        lifecycle_status="active",
        spec_characteristic=tuple(SpecCharacteristic(name, known, type_) for name, known in VALUE_TYPES.items()),
        type_=f"{kind[:1].upper()}{kind[1:]}",
    )
