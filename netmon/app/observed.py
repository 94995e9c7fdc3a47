"""Observations in a few words: ``trap linkDown from r7``."""

from netmon.domain.observation import (
    InventoryChange,
    MqttMessage,
    Observation,
    OperatorRequest,
    PollFailed,
    PollResult,
    RulesChange,
    Trap,
    UsageReassigned,
    UsageRejected,
)
from netmon.mib.names import MibView


def observed(observation: Observation, view: MibView) -> str:
    """Return what an observation is."""
    match observation:
        case Trap():
            return f"{trap_word(observation, view)} from {observation.element}"
        case PollResult():
            return f"poll of {observation.element}, group {observation.group}"
        case PollFailed():
            return f"poll of {observation.element} failed: {observation.reason}"
        case MqttMessage():
            return f"message of {observation.topic}"
        case _:
            return _of_netmon(observation)


def trap_word(trap: Trap, view: MibView) -> str:
    """Return ``trap linkDown``; of an inform that it is one."""
    kind = "inform" if trap.origin_id else "trap"
    return f"{kind} {next(filter(None, (_symbol(name, view) for name in names_of(trap))), trap.trap_oid)}"


def names_of(trap: Trap) -> tuple[str, ...]:
    """Return the OIDs by which rules may name a trap."""
    return (trap.trap_oid, *trap.aliases())


def _symbol(oid: str, view: MibView) -> str:
    node = view.find(oid)
    return node.symbol if node is not None else ""


def _of_netmon(observation: Observation) -> str:
    match observation:
        case OperatorRequest():
            return f"request {observation.action} by {observation.user}"
        case InventoryChange(_, "loaded"):
            return "inventory loaded"
        case InventoryChange(_, kind):
            return f"inventory, {kind} {observation.new or observation.old}".rstrip()
        case RulesChange():
            return f"rules {observation.hash[:8]} loaded"
        case UsageReassigned():
            return f"{len(observation.intervals)} intervals of usage given to another service"
        case UsageRejected():
            return f"{len(observation.rejections)} usage records refused by billing"
        case _:
            return "tick"
