"""The OIDs a rule means by the name of a trap: symbol, number, prefix or ``*`` (specs/rules.md 4.2)."""

import re

from netmon.mib.names import MibView

_NUMERIC = re.compile(r"\.?(\d+(?:\.\d+)+)(\.\*)?", re.ASCII)


class UnknownTrap(LookupError):
    """Nothing, or no notification, has this name; the message is for people."""


class ModuleMissing(LookupError):
    """The module of a name is not loaded; with its OID the trap would be known."""


def is_wide(name: str) -> bool:
    """Tell whether a name stands for many traps."""
    return name == "*" or name.endswith(".*")


def trap_names(name: str, names: MibView) -> tuple[str, ...]:
    """Return the names to find a trap by: OIDs, ``1.3.6.1.4.1.2636.*`` or ``*``.

    Raises:
        UnknownTrap: there is no such notification.
        ModuleMissing: nobody can tell without the module.
    """
    if name == "*":
        return ("*",)
    numeric = _NUMERIC.fullmatch(name)
    if numeric is not None:
        return (numeric[1] + (numeric[2] or ""),)
    module, qualified, symbol = name.rpartition("::")
    if qualified and module not in names.modules:
        raise ModuleMissing(f"module {module} is not loaded (a numeric OID works without it)")
    try:
        node = names.symbol(name)
    except LookupError:
        near = names.suggestion(name).replace('"', "'").replace(f"'{module}::", "'")
        raise UnknownTrap(f"no notification '{symbol}' in {module or 'the MIBs'}{near}") from None
    if node.kind != "notification":
        raise UnknownTrap(f"'{symbol}' is a {node.kind}, not a notification")
    return (node.oid, *_other_candidate(node.oid, names))


def _other_candidate(oid: str, names: MibView) -> tuple[str, ...]:
    """Return ``enterprise.specific`` for ``enterprise.0.specific`` of an SMIv1 TRAP-TYPE (RFC 3584 section 3).

    Some agents and proxies leave the 0 out; where that OID is a node of its own it is left alone.
    """
    enterprise, zero, specific = oid.rpartition(".0.")
    if not zero or "." in specific:
        return ()
    other = f"{enterprise}.{specific}"
    return () if not names.resolve(other).index else (other,)
