"""Faults by time, each with its end: what fails, for how long, and the traps that tell of it (specs/snmp.md 8.1)."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Literal

import msgspec

from netmon.cli.simulate.endpoint import now_ms
from netmon.cli.simulate.equipment import OPER_DISABLED, OPER_ENABLED, Equipment, put_state
from netmon.cli.simulate.network import Network, Simulated
from netmon.cli.simulate.timeline import Turn, play_turns

Do = Literal["link", "card", "part", "hot", "busy", "errors", "reboot", "power"]


class Fault(msgspec.Struct, frozen=True):
    """What happens to one element ``at_s`` seconds after the script began, and lasts ``for_s``."""

    at_s: float
    element: str
    do: Do
    for_s: float
    what: str = ""
    """Port, card, part or sensor."""
    to: float = 0.0
    """What a temperature in degrees or a load in percent rises to; damaged packets of a million."""

    def __str__(self) -> str:
        match self.do:
            case "link":
                return f"{self.element}: link at {self.what} goes down for {self.for_s:.0f} s"
            case "card" | "part":
                return f"{self.element}: {self.what} fails for {self.for_s:.0f} s"
            case "hot":
                return f"{self.element}: {self.what} rises to {self.to:.0f} degrees"
            case "busy":
                return f"{self.element}: the processor is busy for {self.for_s:.0f} s"
            case "errors":
                return f"{self.element}: packets into {self.what} are damaged for {self.for_s:.0f} s"
            case "reboot":
                return f"{self.element}: reboots, back in {self.for_s:.0f} s"
            case "power":
                return f"{self.element}: loses power for {self.for_s:.0f} s"


def flapping(at_s: float, element: str, port: str, *, times: int, every_s: float, down_s: float) -> tuple[Fault, ...]:
    """Return a link that goes down again and again."""
    return tuple(Fault(at_s + number * every_s, element, "link", down_s, port) for number in range(times))


async def play(
    script: Sequence[Fault], network: Network, *, traps_to: tuple[str, int], tell: Callable[[Fault], None]
) -> None:
    """Let the faults begin and end, each at its time."""
    stage = Stage(network, traps_to)

    def turn(fault: Fault, *, begins: bool) -> None:
        if begins:
            tell(fault)
        for simulated, trap in stage.turn(fault, begins=begins):
            simulated.endpoint.send(trap, traps_to)

    begin = [Turn(fault.at_s, partial(turn, fault, begins=True)) for fault in script]
    end = [Turn(fault.at_s + fault.for_s, partial(turn, fault, begins=False)) for fault in script]
    await play_turns([*begin, *end])


class Stage:
    """Makes faults begin and end; ``turn`` returns the traps to send, by whom."""

    def __init__(self, network: Network, traps_to: tuple[str, int]) -> None:
        self._network = network
        self._traps_to = traps_to
        self._cold: dict[str, bytes] = {}
        """coldStart traps of elements that are on their way up."""

    def turn(self, fault: Fault, *, begins: bool) -> list[tuple[Simulated, bytes]]:
        """Let a fault begin or end."""
        match fault.do:
            case "link":
                return list(self._link(fault.element, fault.what, up=not begins))
            case "card":
                return list(self._card(fault, up=not begins))
            case "part":
                return [self._part(fault.element, fault.what, up=not begins)]
            case "hot" | "busy":
                self._push(fault, begins=begins)
            case "errors":
                agent = self._network.agents[fault.element].agent
                agent.damage(fault.what, ppm=int(fault.to) if begins else 0, now=now_ms())
            case "reboot" | "power":
                return list(self._reboot(fault) if begins else self._booted(fault))
        return []

    def _link(self, element: str, port: str, *, up: bool) -> Iterator[tuple[Simulated, bytes]]:
        now = now_ms()
        for id_, name in self._network.ends(element, port):
            simulated = self._network.agents[id_]
            agent = simulated.agent
            trap = agent.link_up(name, now=now) if up else agent.link_down(name, now=now)
            if not agent.silent(now):
                yield simulated, trap

    def _card(self, fault: Fault, *, up: bool) -> Iterator[tuple[Simulated, bytes]]:
        yield self._part(fault.element, fault.what, up=up)
        for port in _equipment(self._network, fault.element).card_ports(fault.what):
            yield from self._link(fault.element, port, up=up)

    def _part(self, element: str, part: str, *, up: bool) -> tuple[Simulated, bytes]:
        simulated = self._network.agents[element]
        admin, oper = _equipment(self._network, element).state(part)
        simulated.agent.put(oper, put_state(up))
        name = OPER_ENABLED if up else OPER_DISABLED
        return simulated, simulated.agent.notify(name, [admin], now=now_ms())

    def _push(self, fault: Fault, *, begins: bool) -> None:
        if begins:
            name = "cpu" if fault.do == "busy" else fault.what
            gauge = _equipment(self._network, fault.element).gauges[name]
            gauge.push(fault.to, now=now_ms(), for_ms=int(fault.for_s * 1000), rise_ms=6_000)

    def _reboot(self, fault: Fault) -> Iterator[tuple[Simulated, bytes]]:
        now, down_ms = now_ms(), int(fault.for_s * 1000)
        self._cold[fault.element] = self._network.agents[fault.element].agent.reboot(now=now, down_ms=down_ms)
        if fault.do == "power":
            for id_ in self._network.behind(fault.element):
                self._network.agents[id_].agent.silence(now=now, for_ms=down_ms)
            yield from self._far_ends(fault.element, up=False)

    def _booted(self, fault: Fault) -> Iterator[tuple[Simulated, bytes]]:
        yield self._network.agents[fault.element], self._cold.pop(fault.element)
        if fault.do == "power":
            yield from self._far_ends(fault.element, up=True)

    def _far_ends(self, element: str, *, up: bool) -> Iterator[tuple[Simulated, bytes]]:
        now, behind = now_ms(), set(self._network.behind(element))
        for id_, port in self._network.far_ends(element):
            if id_ not in behind:
                simulated = self._network.agents[id_]
                agent = simulated.agent
                yield simulated, agent.link_up(port, now=now) if up else agent.link_down(port, now=now)


def _equipment(network: Network, element: str) -> Equipment:
    equipment = network.agents[element].equipment
    if equipment is None:
        raise LookupError(f"{element} has no parts")
    return equipment
