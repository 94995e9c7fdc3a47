"""``actions`` of a rule: which output does something when its alarms come, change or go (specs/rules.md 6.16)."""

from netmon.domain.manner import Action
from netmon.domain.scalar import unknown
from netmon.rulebook.schema import RuleSchema
from netmon.rulebook.work import Work


def compile_actions(schema: RuleSchema, work: Work) -> tuple[Action, ...]:
    """Return the actions of a rule."""
    found: list[Action] = []
    for number, action in enumerate(schema.actions):
        path = ("actions", number)
        if work.outputs is not None and action.do not in work.outputs:
            known = sorted(work.outputs)
            none = "no output of config.yaml takes actions (add one of type mqtt)"
            work.note((*path, "do"), unknown("output", action.do, known) if known else none)
        if action.after is not None and "raised" not in action.on:
            work.note((*path, "after"), "puts 'raised' off, which is not in 'on'")
        rate = action.throttle
        if rate is not None and not rate.number:
            work.note((*path, "throttle"), f"{rate} is nothing at all")
        after_ms = action.after.ms if action.after is not None else 0
        number_, per_ms = (rate.number, rate.per_ms) if rate is not None else (0, 0)
        found.append(Action(action.do, action.on, after_ms, number_, per_ms))
    return tuple(found)
