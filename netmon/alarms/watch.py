"""What became of each edge, in words: for those who ask why, or why not (specs/rules.md 10.3).

`WatchedEdges` stands in the place of `condition.apply_edge` in a book that is asked; it does the same and notes.
"""

import msgspec

from netmon.alarms.condition import apply_edge
from netmon.alarms.ledger import ALARM_KEYS, Ledger
from netmon.alarms.penalty import reuse_due
from netmon.alarms.register import Register
from netmon.alarms.voices import holding
from netmon.domain.alarm import Edge
from netmon.domain.duration import in_words
from netmon.domain.instant import clock


class Came(msgspec.Struct, frozen=True):
    """What became of an edge."""

    edge: Edge
    outcome: str
    """Of specs/rules.md 4.5."""
    words: str
    """Why."""
    hidden_by: tuple[str, ...] = ()
    """Reasons to be hidden that its alarm has, if that is active."""


class WatchedEdges:
    """Applies edges, and notes what became of each."""

    def __init__(self) -> None:
        self.came: list[Came] = []

    def __call__(self, ledger: Ledger, edge: Edge) -> None:
        """Apply an edge."""
        register = ledger.registers.get(edge.key)
        state = register.state if register is not None else "none"
        counted = dict(ledger.told.outcomes.by_rule)
        apply_edge(ledger, edge)
        register = ledger.registers.get(edge.key)
        now = ledger.told.outcomes.by_rule.items()
        outcome = next((outcome for (rule, outcome), number in now if number != counted.get((rule, outcome), 0)), "")
        say = _raised if edge.on else _cleared
        alarm = register.alarm if register is not None and register.state == "active" else None
        hidden_by = alarm.hidden_by if alarm is not None else ()
        self.came.append(Came(edge, outcome, say(ledger, edge, register, state=state, outcome=outcome), hidden_by))


def _raised(ledger: Ledger, edge: Edge, register: Register | None, *, state: str, outcome: str) -> str:
    match outcome:
        case "raised":
            return "new alarm"
        case "pending":
            return _pending(register)
        case "repeated":
            return _repeated(edge, register, state)
        case "held_off":
            return f"its clear came within the {in_words(edge.for_ms)} that it must last"
        case "limit":
            return _limited(ledger, edge)
        case _:
            return "older than its clear: history only"


def _pending(register: Register | None) -> str:
    pending = register.pending if register is not None else None
    if pending is None:
        return "pending"
    held = f"pending {in_words(pending.due - pending.first[0])}, due {clock(pending.due)}"
    return f"{held}, raised {pending.count} times" if pending.count > 1 else held


def _repeated(edge: Edge, register: Register | None, state: str) -> str:
    if register is None or register.state == "pending":
        return _pending(register)
    if state == "cleared" or edge.order <= register.last_clear:
        return f"older than the clear of {clock(register.last_clear[0])}"
    return f"alarm is active, raised {register.count} times"


def _limited(ledger: Ledger, edge: Edge) -> str:
    if ledger.is_full(edge.rule):
        return f"{edge.rule} has {ledger.full.get(edge.rule, 0)} active alarms, its limit"
    return f"{ledger.full.get(ALARM_KEYS, 0)} alarm keys, which is all there is room for"


def _cleared(ledger: Ledger, edge: Edge, register: Register | None, *, state: str, outcome: str) -> str:
    match outcome:
        case "clear_only":
            return _without_effect(register, state)
        case "held_off":
            return "it came within the hold, so there is no alarm"
        case "pending":
            waiting = register.waiting if register is not None else None
            return f"must last {in_words(edge.for_ms)}" + (f", due {clock(waiting.due)}" if waiting is not None else "")
        case _:
            return _ended(register)


def _without_effect(register: Register | None, state: str) -> str:
    if register is not None and (others := holding(register)):
        return f"still raised by {', '.join(others)}"
    if register is not None and state in ("active", "pending"):
        return f"older than the raise of {clock(register.last_raise[0])}"
    return "no alarm" if state == "none" else "cleared already"


def _ended(register: Register | None) -> str:
    """Say what came of a clear: of an alarm that flaps it is not told."""
    if register is None or register.state != "active":
        return "alarm is cleared"
    flap, damped = register.manner.flap if register.manner is not None else None, register.damped
    if flap is None or damped is None:
        return "alarm stays active"
    return f"flapping: active until {clock(reuse_due(damped, flap))} unless it goes on"
