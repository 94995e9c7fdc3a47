"""Models of agents: rows, traffic and values that follow from a few numbers."""

from collections.abc import Callable, Iterator
from typing import Any, Final

import msgspec

from netmon.cli.simulate.scenario import CounterConfig, ModelConfig, Shape, StateConfig
from netmon.cli.simulate.wave import Burst, Wave, seed_of
from netmon.domain.oid import Oid, Varbind
from netmon.snmp import ber
from netmon.snmp.growing import Growing
from netmon.snmp.interfaces import IF_TABLES, interface_rows, system_rows
from netmon.snmp.port import Flow

_TYPES: Final = {32: ber.COUNTER32, 64: ber.COUNTER64}


class Modelled(msgspec.Struct, frozen=True):
    """What a model makes of an agent."""

    rows: tuple[Varbind, ...]
    flow: Flow | None
    """Traffic in and out of each port; None: what the counters show stays."""
    moving: dict[Oid, Callable[[int], Any]]


def modelled(model: ModelConfig, recorded: tuple[Varbind, ...], *, name: str, seed: int) -> Modelled:
    """Return the rows of an agent: those recorded, and those of the model in their place."""
    rows = list(recorded) or system_rows(
        name, description=model.description, object_id=model.object_id, uptime_cs=model.uptime.ms // 10
    )
    if model.interfaces:
        ports = [model.name.replace("{n}", str(number)) for number in range(model.interfaces)]
        rows = [row for row in rows if not row[0].startswith(IF_TABLES)]
        rows += interface_rows(ports, speed_mbps=model.speed_mbps, start=model.start)
    moving = dict(_moving(model, seed=seed))
    rows += [(oid, tag, value(0)) for oid, (tag, value) in moving.items()]
    flow = flow_of(model.shape, model.rate_bps, period_ms=model.period.ms, seed=seed) if model.rate_bps else None
    return Modelled(tuple(rows), flow, {oid: value for oid, (_, value) in moving.items()})


def flow_of(shape: Shape, rate_bps: float, *, period_ms: int, seed: int) -> Flow:
    """Return octets over time from a mean rate."""
    match shape:
        case "wave":
            return Wave(rate_bps, seed, period_ms=period_ms).octets
        case "burst":
            return Burst(rate_bps, period_ms).octets
        case "steady":
            return lambda since, until: int(rate_bps * until / 8000) - int(rate_bps * since / 8000)


def _moving(model: ModelConfig, *, seed: int) -> Iterator[tuple[Oid, tuple[int, Callable[[int], Any]]]]:
    for counter in model.counters:
        for oid in _instances(counter):
            yield oid, (_TYPES[counter.bits], _growing(counter, seed_of(oid, str(seed))))
    for state in model.states:
        for number, oid in enumerate(_instances(state)):
            tag = ber.INTEGER if isinstance(state.values[0], int) else ber.OCTET_STRING
            yield oid, (tag, _state(state, number))


def _instances(config: CounterConfig | StateConfig) -> list[Oid]:
    return [f"{config.oid}.{index}" for index in config.index] or [str(config.oid)]


def _growing(config: CounterConfig, seed: int) -> Growing:
    # A rate in bits per second counts octets: eight times as much counts ones.
    per_second = 8000 * config.rate.number / config.rate.per_ms
    flow = flow_of(config.shape, per_second, period_ms=config.period.ms, seed=seed)
    return Growing(flow, bits=config.bits, start=config.start % (1 << config.bits))


def _state(config: StateConfig, number: int) -> Callable[[int], Any]:
    values = [value if isinstance(value, int) else value.encode() for value in config.values]
    return lambda now: values[(now // config.every.ms + number) % len(values)]
