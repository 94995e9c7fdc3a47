"""``evidence: all``: an alarm ends when every input that raised it has cleared it (specs/rules.md 5).

Inputs are heard apart, each with its own last raise and last clear; what one of them says counts for the alarm when
none of the others holds it up.
"""

import msgspec

from netmon.alarms.ledger import Ledger
from netmon.alarms.register import NEVER, Register, Voice
from netmon.domain.alarm import Edge


def take(ledger: Ledger, edge: Edge) -> Edge | None:
    """Return what an input says as it counts for the alarm; None: it changes nothing."""
    register = ledger.registers.get(edge.key)
    if register is None or register.state == "cleared":
        return edge
    last_raise, last_clear = _known(register, edge.voice)
    if edge.on:
        if edge.order > last_clear:
            return edge
        _count_late(ledger, register, edge)
        return None
    if edge.order < last_raise:
        ledger.count("clear_only", edge.rule)
        return None
    _keep(register, (edge.voice, last_raise, max(last_clear, edge.order)))
    if holding(register):
        ledger.count("clear_only", edge.rule)
        return None
    return msgspec.structs.replace(edge, order=max(clear for _, _, clear in register.voices))


def raised(ledger: Ledger, edge: Edge) -> None:
    """Note what an input has raised."""
    register = ledger.registers.get(edge.key)
    if register is not None and register.state != "cleared":
        last_raise, last_clear = _known(register, edge.voice)
        _keep(register, (edge.voice, max(last_raise, edge.order), last_clear))


def holding(register: Register) -> list[str]:
    """Return the inputs that hold an alarm up, in order."""
    return [name for name, last_raise, last_clear in register.voices if last_raise > last_clear]


def _known(register: Register, voice: str) -> tuple[tuple[int, int], tuple[int, int]]:
    return next(((raise_, clear) for name, raise_, clear in register.voices if name == voice), (NEVER, NEVER))


def _keep(register: Register, voice: Voice) -> None:
    others = [one for one in register.voices if one[0] != voice[0]]
    register.voices = tuple(sorted([*others, voice]))


def _count_late(ledger: Ledger, register: Register, edge: Edge) -> None:
    """Count a raise that came after the clear of its input."""
    ledger.count("repeated", edge.rule)
    if register.state == "active" and register.counts(edge.seq):
        register.count += 1
        ledger.tell_later(register)
