"""The parameters of ``/snmp``, with the error texts of prometheus snmp_exporter."""

import ipaddress
import re
from collections.abc import Iterable, Sequence

import msgspec

_DEFAULT_MODULE = "if_mib"
_DEFAULT_AUTH = "public_v2"
_ENGINE_ID = re.compile(r"(?:0x)?((?:[0-9A-Fa-f]{2}){5,32})")
_WRITTEN = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]\s/]+))(?::(?P<port>[0-9]{1,5}))?")
_MOST_HOST = 255
_MOST_CONTEXT = 32
_HIGHEST_PORT = 65_535


class BadQuery(Exception):
    """A parameter is wrong or missing; the text is the answer."""


class Query(msgspec.Struct, frozen=True):
    """What is asked of ``/snmp``."""

    host: str
    """Address, name, or id of an element."""
    port: int
    """0: none was given."""
    modules: tuple[str, ...]
    auth: str
    context: bytes = b""
    context_engine: bytes = b""


def parse(parameters: Iterable[tuple[str, str]]) -> Query:
    """Return the query of an URL's parameters.

    Raises:
        BadQuery: one is wrong or missing.
    """
    given: dict[str, list[str]] = {}
    for name, value in parameters:
        given.setdefault(name, []).append(value)
    targets = given.get("target", [])
    if len(targets) != 1 or not targets[0]:
        raise BadQuery("'target' parameter must be specified once")
    auth = _one(given, "auth")
    context, engine_id = _one(given, "snmp_context"), _one(given, "snmp_engineid")
    modules = _modules(given.get("module", [_DEFAULT_MODULE]))
    host, port = split_target(targets[0])
    if len(context.encode()) > _MOST_CONTEXT:
        raise BadQuery(f"'snmp_context' parameter is longer than {_MOST_CONTEXT} octets")
    return Query(host, port, modules, auth or _DEFAULT_AUTH, context.encode(), _octets(engine_id))


def split_target(target: str) -> tuple[str, int]:
    """Return host and port of ``host``, ``host:port``, ``address``, ``[v6]:port``; the port is 0 where none stands.

    Raises:
        BadQuery: it is written otherwise, or names another transport than UDP.
    """
    transport, found, rest = target.partition("://")
    if found and transport != "udp":
        raise BadQuery(f"transport '{transport}' is not supported: SNMP goes over udp here")
    rest = rest if found else target
    if len(rest) > _MOST_HOST:
        raise BadQuery("'target' parameter is too long")
    if _is_address(rest):
        return rest, 0
    written = _WRITTEN.fullmatch(rest)
    if written is None or int(written["port"] or 0) > _HIGHEST_PORT:
        raise BadQuery(f"'target' parameter '{target}' is no host, host:port or [v6]:port")
    return written["v6"] or written["host"], int(written["port"] or 0)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _one(given: dict[str, list[str]], name: str) -> str:
    values = given.get(name, [])
    if len(values) > 1:
        raise BadQuery(f"'{name}' parameter must only be specified once")
    return values[0] if values else ""


def _modules(values: Sequence[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name for value in values for name in value.split(",") if name))
    if not names:
        raise BadQuery("'module' parameter must contain at least one module name")
    return names


def _octets(engine_id: str) -> bytes:
    found = _ENGINE_ID.fullmatch(engine_id)
    if engine_id and found is None:
        raise BadQuery("'snmp_engineid' parameter must be 5 to 32 octets in hex")
    return bytes.fromhex(found[1]) if found is not None else b""
