"""Modules of prometheus snmp_exporter as they stand in its ``snmp.yml``: what to read, and the series made of it.

The names of the fields are the keys of that file, so that a Struct is netmon's whole account of what it has read
(specs/snmp.md 6.2; https://github.com/prometheus/snmp_exporter/tree/main/generator).
"""

import math
import re
from typing import Annotated, Literal

import msgspec

Oid = Annotated[str, msgspec.Meta(pattern=r"^\d{1,10}(\.\d{1,10}){1,127}$", description="numeric OID")]
MetricName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_:][A-Za-z0-9_:]*$", description="name of the series")]
LabelName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="name of the label")]
Suffix = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_:]*$")]
Span = Annotated[str, msgspec.Meta(pattern=r"^(\d{1,9}(\.\d{1,9})?(h|m|s|ms))+$")]
"""A span of time as Go writes it: ``5s``, ``1m0s``, ``1.5s``."""
Enum = dict[int, str]


def _finite(value: float) -> None:
    if not math.isfinite(value):
        raise ValueError("must be finite")


Finite = Annotated[float, msgspec.Meta(extra={"check": _finite})]

TextType = Literal[
    "PhysAddress48",
    "OctetString",
    "DisplayString",
    "InetAddressIPv4",
    "InetAddressIPv6",
    "InetAddress",
    "InetAddressMissingSize",
    "LldpPortId",
]
IndexType = Literal[
    "gauge",
    "counter",
    "Integer",
    "Integer32",
    "EnumAsInfo",
    TextType,
]
MetricType = Literal[
    "gauge",
    "counter",
    "Float",
    "Double",
    "DateAndTime",
    "ParseDateAndTime",
    "NTPTimeStamp",
    "EnumAsInfo",
    "EnumAsStateSet",
    "Bits",
    TextType,
]
LookupType = Literal[IndexType, "Bits", "EnumAsStateSet", "Float", "Double", ""]

COMBINED: dict[str, dict[int, str]] = {
    "InetAddress": {1: "InetAddressIPv4", 2: "InetAddressIPv6"},
    "InetAddressMissingSize": {1: "InetAddressIPv4", 2: "InetAddressIPv6"},
    "LldpPortId": dict.fromkeys((1, 2, 5, 7), "DisplayString") | {3: "PhysAddress48"},
}
"""Types whose real type is the value of the column before: InetAddressType (RFC 4001), LldpPortIdSubtype."""


class Index(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The next part of a row's index, as a label."""

    labelname: LabelName
    type: IndexType
    fixed_size: Annotated[int, msgspec.Meta(ge=0, le=128)] = 0
    """Octets; 0: the first sub-identifier tells."""
    implied: bool = False
    """The rest of the index is the value, without its length."""
    enum_values: Enum = {}


class Lookup(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A label read from another column; without ``labels`` the label is taken away."""

    labelname: LabelName
    labels: tuple[str, ...] = ()
    oid: Oid | Literal[""] = ""
    type: LookupType = ""
    enum_values: Enum = {}
    display_hint: str = ""


class RegexExtract(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A number taken out of a text."""

    regex: str
    value: str = "$1"


class ExporterMetric(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """A column or a scalar, and what series it gives."""

    name: MetricName
    oid: Oid
    type: MetricType
    help: str = ""
    indexes: tuple[Index, ...] = ()
    lookups: tuple[Lookup, ...] = ()
    regex_extracts: dict[Suffix, tuple[RegexExtract, ...]] = {}
    datetime_pattern: str = ""
    enum_values: Enum = {}
    offset: Finite = 0.0
    scale: Finite = 0.0
    display_hint: str = ""


class Filter(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Of the targets only rows are read whose value below ``oid`` one of the expressions finds."""

    oid: Oid
    targets: tuple[Oid, ...] = ()
    values: tuple[str, ...] = ()


class ExporterModule(msgspec.Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """What to read of an element, and the series made of it."""

    metrics: tuple[ExporterMetric, ...] = ()
    walk: tuple[Oid, ...] = ()
    get: tuple[Oid, ...] = ()
    filters: tuple[Filter, ...] = ()
    max_repetitions: Annotated[int, msgspec.Meta(ge=0, le=2_147_483_647)] = 25
    retries: Annotated[int, msgspec.Meta(ge=0, le=100)] = 3
    timeout: Span = "5s"
    allow_nonincreasing_oids: bool = False
    use_unconnected_udp_socket: bool = False
    """Ignored: netmon's sockets are never connected."""

    @property
    def timeout_ms(self) -> int:
        """How long an answer is waited for."""
        return round(sum(float(number) * _UNITS_MS[unit] for number, unit in _PART.findall(self.timeout)))


_PART = re.compile(r"([\d.]+)(h|ms|m|s)")
_UNITS_MS = {"h": 3_600_000, "m": 60_000, "s": 1_000, "ms": 1}
