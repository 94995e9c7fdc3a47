"""Parts of simulated elements as agents show them: chassis, cards, power supplies, fans, sensors, processor, memory.

Rows of ENTITY-MIB, ENTITY-STATE-MIB, ENTITY-SENSOR-MIB and HOST-RESOURCES-MIB.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from netmon.cli.simulate.wave import Gauge, Wave, seed_of
from netmon.domain.oid import Oid, Varbind
from netmon.snmp import ber
from netmon.snmp.interfaces import IF_INDEX

_PHYSICAL = "1.3.6.1.2.1.47.1.1.1.1"
_ALIAS = "1.3.6.1.2.1.47.1.3.2.1.2"
_STATE = "1.3.6.1.2.1.131.1.1.1"
_SENSOR = "1.3.6.1.2.1.99.1.1.1"
_PROCESSOR_LOAD = "1.3.6.1.2.1.25.3.3.1.2.1"
_STORAGE = "1.3.6.1.2.1.25.2.3.1"
_RAM = "1.3.6.1.2.1.25.2.1.2"

OPER_ENABLED = "1.3.6.1.2.1.131.0.1"
OPER_DISABLED = "1.3.6.1.2.1.131.0.2"

CHASSIS, PSU, FAN, SENSOR, MODULE, PORT = 3, 6, 7, 8, 9, 10
_STATEFUL = (PSU, FAN, MODULE)
_UNLOCKED, _DISABLED, _ENABLED = 4, 2, 3
_CELSIUS, _RPM = 8, 10
_UNITS = 9
_KILOBYTES_OF_16_GIB = 16 << 20

_CARD_NAME = "Line card "
_CARD = re.compile(rf"{_CARD_NAME}\d+")
_SLOT = re.compile(r"[a-z]+-(\d+)/.*")


class Part(msgspec.Struct, frozen=True):
    """One part of an element."""

    index: int
    name: str
    class_: int
    inside: int
    """Index of the part that contains it, 0: none does."""
    text: str
    serial: str = ""


class Equipment:
    """The parts of one element and what they measure."""

    def __init__(self, element: str, ports: Iterable[str], *, model: str, zero_ms: int, redundant: bool) -> None:
        self.ports = tuple(ports)
        self.parts = {part.name: part for part in _parts(element, self.ports, model, redundant=redundant)}
        self.gauges = {
            "cpu": Gauge(Wave(31, seed_of(element, "cpu"), 0.25, 0.35), zero_ms=zero_ms, most=99),
            "memory": Gauge(Wave(58, seed_of(element, "memory"), 0.02, 0.06), zero_ms=zero_ms, most=99),
            **{
                part.name: Gauge(_sensor_wave(element, part.name), zero_ms=zero_ms)
                for part in self.parts.values()
                if part.class_ == SENSOR
            },
        }

    def cards(self) -> tuple[str, ...]:
        """Return the line cards."""
        return tuple(name for name in self.parts if _CARD.fullmatch(name))

    def card_ports(self, card: str) -> tuple[str, ...]:
        """Return the ports on a card."""
        slot = card.removeprefix(_CARD_NAME)
        return tuple(port for port in self.ports if _slot(port) == slot)

    def state(self, part: str) -> tuple[Oid, Oid]:
        """Return where admin and oper state of a part stand."""
        index = self.parts[part].index
        return f"{_STATE}.2.{index}", f"{_STATE}.3.{index}"

    def rows(self) -> list[Varbind]:
        """Return all rows."""
        rows = [row for part in self.parts.values() for row in _part_rows(part)]
        for number, port in enumerate(self.ports, 1):
            rows.append((f"{_ALIAS}.{self.parts[port].index}.0", ber.OBJECT_IDENTIFIER, f"{IF_INDEX}.{number}"))
        return [*rows, *_host_rows()]

    def moving(self) -> dict[Oid, Callable[[int], Any]]:
        """Return the rows whose value changes with the time."""
        cpu, memory = self.gauges["cpu"], self.gauges["memory"]
        found: dict[Oid, Callable[[int], Any]] = {
            _PROCESSOR_LOAD: lambda now: round(cpu.at(now)),
            f"{_STORAGE}.6.1": lambda now: int(memory.at(now) * _KILOBYTES_OF_16_GIB / 100),
        }
        for part in self.parts.values():
            if part.class_ == SENSOR:
                found[f"{_SENSOR}.4.{part.index}"] = _reading(self.gauges[part.name], tenths="speed" not in part.name)
        return found


def put_state(up: bool) -> int:
    """Return entStateOper of a part that works, or does not."""
    return _ENABLED if up else _DISABLED


def _slot(port: str) -> str:
    found = _SLOT.fullmatch(port)
    return found[1] if found else ""


def _parts(element: str, ports: tuple[str, ...], model: str, *, redundant: bool) -> Iterator[Part]:
    serial = f"EX{seed_of(element):08X}"
    yield Part(1, "Chassis", CHASSIS, 0, f"Example Networks {model}", serial)
    yield Part(50, "Routing engine", MODULE, 1, "Routing engine", f"{serial}R")
    yield Part(51, "Routing engine temperature", SENSOR, 50, "Temperature")
    for number in range(2 if redundant else 1):
        yield Part(100 + number, f"PSU {number}", PSU, 1, "Power supply", f"{serial}P{number}")
    if redundant:
        for number in range(3):
            yield Part(200 + number, f"Fan tray {number}", FAN, 1, "Fan tray")
            yield Part(250 + number, f"Fan tray {number} speed", SENSOR, 200 + number, "Fan speed")
    cards = dict.fromkeys(slot for port in ports if (slot := _slot(port)))
    for slot in cards:
        card = 1000 * (int(slot) + 1)
        yield Part(card, f"{_CARD_NAME}{slot}", MODULE, 1, "Line card", f"{serial}C{slot}")
        yield Part(card + 1, f"{_CARD_NAME}{slot} temperature", SENSOR, card, "Temperature")
    for number, port in enumerate(ports):
        card = 1000 * (int(_slot(port) or -1) + 1)
        yield Part(card + 100 + number if card else 300 + number, port, PORT, card or 1, "Port")


def _part_rows(part: Part) -> Iterator[Varbind]:
    index = part.index
    for column, tag, value in (
        (2, ber.OCTET_STRING, part.text.encode()),
        (4, ber.INTEGER, part.inside),
        (5, ber.INTEGER, part.class_),
        (7, ber.OCTET_STRING, part.name.encode()),
        (10, ber.OCTET_STRING, b""),
        (11, ber.OCTET_STRING, part.serial.encode()),
        (13, ber.OCTET_STRING, part.text.encode() if part.class_ == CHASSIS else b""),
    ):
        yield f"{_PHYSICAL}.{column}.{index}", tag, value
    if part.class_ in _STATEFUL:
        yield f"{_STATE}.2.{index}", ber.INTEGER, _UNLOCKED
        yield f"{_STATE}.3.{index}", ber.INTEGER, _ENABLED
    if part.class_ == SENSOR:
        tenths = "speed" not in part.name
        for column, value in enumerate((_CELSIUS if tenths else _RPM, _UNITS, int(tenths), 0, 1), 1):
            yield f"{_SENSOR}.{column}.{index}", ber.INTEGER, value


def _host_rows() -> Iterator[Varbind]:
    yield _PROCESSOR_LOAD, ber.INTEGER, 0
    for column, tag, value in (
        (2, ber.OBJECT_IDENTIFIER, _RAM),
        (3, ber.OCTET_STRING, b"Memory"),
        (4, ber.INTEGER, 1024),
        (5, ber.INTEGER, _KILOBYTES_OF_16_GIB),
        (6, ber.INTEGER, 0),
    ):
        yield f"{_STORAGE}.{column}.1", tag, value


def _sensor_wave(element: str, name: str) -> Wave:
    seed = seed_of(element, name)
    if "speed" in name:
        return Wave(4_200 + seed % 400, seed, 0.03, 0.02)
    return Wave(41 + seed % 14, seed, 0.05, 0.05)


def _reading(gauge: Gauge, *, tenths: bool) -> Callable[[int], Any]:
    return (lambda now: round(gauge.at(now) * 10)) if tenths else (lambda now: round(gauge.at(now)))
