"""Which rules stand above which: a rule on alarms stands above those that make the alarms (specs/rules.md 4.1)."""

from collections.abc import Iterable

import msgspec

from netmon.rulebook.kinds import AlarmRule, CompositeRule, GroupRule, RuleKind


def inputs_of(kind: RuleKind) -> tuple[str, ...]:
    """Return the alarm types that a rule kind looks at."""
    match kind:
        case GroupRule() | CompositeRule():
            return kind.types
        case _:
            return ()


def cycle(kinds: Iterable[RuleKind]) -> tuple[str, ...]:
    """Return the ids of rules that stand above each other in a circle, the first one again at the end; else nothing."""
    known = [kind for kind in kinds if inputs_of(kind)]
    above: dict[str, list[str]] = {}
    for kind in known:
        above[kind.rule.id] = sorted({other.rule.id for other in known if kind.rule.type in inputs_of(other)})
    done: set[str] = set()
    for start in sorted(above):
        found = _walk(start, above, (), done)
        if found:
            return found
    return ()


def _walk(rule: str, above: dict[str, list[str]], path: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    if rule in path:
        return (*path[path.index(rule) :], rule)
    if rule in done:
        return ()
    for other in above[rule]:
        found = _walk(other, above, (*path, rule), done)
        if found:
            return found
    done.add(rule)
    return ()


def layered(kinds: tuple[RuleKind, ...]) -> tuple[RuleKind, ...]:
    """Return the kinds with their strata; there is no circle."""
    known = [kind for kind in kinds if isinstance(kind, GroupRule | CompositeRule)]
    level: dict[str, int] = {}
    for _ in known:
        for kind in known:
            level[kind.rule.type] = max(level.get(kind.rule.type, 0), _stratum(kind, level))
    return tuple(
        msgspec.structs.replace(kind, stratum=_stratum(kind, level))
        if isinstance(kind, GroupRule | CompositeRule)
        else kind
        for kind in kinds
    )


def _stratum(kind: AlarmRule, level: dict[str, int]) -> int:
    return 1 + max(level.get(type_, 0) for type_ in inputs_of(kind))
