"""Warns of rules on metrics that nothing collects: they never raise (specs/rules.md 9.1)."""

from collections.abc import Iterable, Iterator

import msgspec

from netmon.domain.place import Problem, suggestion
from netmon.normalize import answering, octets, packets
from netmon.rulebook.exporter_profile import recorded
from netmon.rulebook.profile_values import Profile
from netmon.rulebook.schema import Piece

_COMPUTED = frozenset((*dict(octets.NAMES), *dict(packets.NAMES), *answering.UNITS))
"""Metrics that no profile names: netmon makes them of interfaces and of the answers of elements."""


def uncollected(rules: Iterable[Piece], profiles: Iterable[Profile]) -> Iterator[Problem]:
    """Yield a warning for each metric of a condition that no profile reads and netmon does not compute."""
    known = _COMPUTED | {name for profile in profiles for name in _metrics(profile)}
    for piece in rules:
        if piece.document.data.get("enabled") is not False:
            yield from _unknown(piece, known)


def _metrics(profile: Profile) -> Iterator[str]:
    for table in profile.tables:
        yield from (column.name for column in table.columns)
        yield from (derived.name for derived in table.derive)
    for metric in recorded(profile.module).metrics if profile.module else ():
        yield from (metric.name, f"{metric.name}_info")
        yield from (metric.name + suffix for suffix in metric.regex_extracts)


def _unknown(piece: Piece, known: frozenset[str]) -> Iterator[Problem]:
    for key in ("raise", "clear"):
        entries = piece.document.data.get(key)
        for number, entry in enumerate(entries if isinstance(entries, list) else ()):
            given = entry.get("metric") if isinstance(entry, dict) else None
            for name in given if isinstance(given, list) else [given]:
                if isinstance(name, str) and name and name not in known:
                    told = f"nothing collects '{name}'{suggestion(name, sorted(known))}, so this never comes true"
                    yield msgspec.structs.replace(piece.problem((key, number, "metric"), told), warning=True)
