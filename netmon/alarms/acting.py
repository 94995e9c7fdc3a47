"""Actions: what an output does when an alarm of a rule comes, changes or goes (specs/rules.md 6.16).

The book writes an ``action`` change that names the output; the output delivers it. As for all outputs, an alarm that
is hidden is not there: becoming visible counts as its raise, becoming hidden as its clear.
"""

from netmon.alarms.ledger import Ledger
from netmon.alarms.register import Register
from netmon.domain.alarm import Acted, AlarmChange
from netmon.domain.manner import Action, ActionEvent, Manner


def follow(ledger: Ledger) -> None:
    """Write the actions that follow from the changes of this step."""
    for change in list(ledger.changes) if ledger.throttles.wanted else ():
        alarm = change.after
        register = ledger.registers.get((alarm.object, alarm.type, alarm.qualifier))
        if register is None or register.alarm is None or register.alarm.alarm_id != change.alarm_id:
            continue
        event = _event(change) if register.manner is not None and register.manner.actions else None
        if event is not None:
            _take(ledger, register, event)


def act_due(ledger: Ledger, register: Register) -> None:
    """Do what waited, if the alarm is still active, visible and not acknowledged."""
    alarm, manner, since = register.alarm, register.manner, register.act_since
    assert alarm is not None, "only an active alarm has this timer"
    assert manner is not None, "its rule says what is to be done"
    assert since is not None, "it waits since it became visible"
    for number, action in enumerate(manner.actions):
        if action.after_ms and not register.act_passed >> number & 1 and since + action.after_ms <= ledger.now:
            register.act_passed |= 1 << number
            if not alarm.ack and "raised" in action.on:
                _raise(ledger, register, number, action)
    ledger.set_timer(register, "act")


def give_way(ledger: Ledger, register: Register, coming: Manner | None) -> None:
    """Tell of the end of an occurrence that a new one is about to follow in the same step."""
    alarm, manner = register.alarm, register.manner
    is_told = alarm is not None and alarm.state == "cleared" and register.act_since is not None
    if is_told and manner is not None and manner.actions:
        _take(ledger, register, "cleared")
    if coming is not None and coming.actions:
        ledger.throttles.wanted = True


def stand(ledger: Ledger) -> bool:
    """Tell whether any active alarm has actions; its rule may be gone."""
    active = (one.manner for one in ledger.registers.values() if one.state == "active")
    return any(manner is not None and manner.actions for manner in active)


def use_manner(ledger: Ledger, register: Register, manner: Manner | None) -> None:
    """Take what new rules say of an alarm that is active."""
    if register.state == "active" and manner != register.manner:
        _carry_over(ledger, register, manner)
    ledger.use_manner(register, manner)


def _carry_over(ledger: Ledger, register: Register, manner: Manner | None) -> None:
    """Let what was told hold for the actions of new rules; who was told of a raise and is no more, hears of its end."""
    old = register.manner.actions if register.manner is not None else ()
    new = manner.actions if manner is not None else ()
    acted = passed = 0
    heirs = _heirs(old, new)
    for number, action in enumerate(old):
        heir = heirs.get(number)
        was_told, was_passed = register.acted >> number & 1, register.act_passed >> number & 1
        if heir is not None:
            passed |= (was_told | was_passed) << heir
        if heir is not None and ("cleared" in new[heir].on or "cleared" not in action.on):
            acted |= was_told << heir
        elif was_told and "cleared" in action.on:
            _write(ledger, register, number, action, "cleared")
    register.acted, register.act_passed = acted, passed
    if not new:
        register.act_since = None


def _heirs(old: tuple[Action, ...], new: tuple[Action, ...]) -> dict[int, int]:
    """Return by number of each action the one that takes its place: the same, or else one of the same output."""
    heirs, free = dict[int, int](), dict(enumerate(new))
    for is_same in (_is_alike, _is_of_same_output):
        for number, action in enumerate(old):
            heir = next((at for at, one in free.items() if is_same(action, one)), None)
            if number not in heirs and heir is not None:
                heirs[number] = heir
                del free[heir]
    return heirs


def _is_alike(one: Action, other: Action) -> bool:
    return (one.do, one.on, one.after_ms) == (other.do, other.on, other.after_ms)


def _is_of_same_output(one: Action, other: Action) -> bool:
    return one.do == other.do


def _event(change: AlarmChange) -> ActionEvent | None:
    """Return what a change is to whoever cannot see hidden alarms."""
    alarm = change.after
    is_hidden = bool(alarm.hidden_by)
    was_hidden = bool(change.before.get("hidden_by", alarm.hidden_by)) if change.kind != "raised" else True
    if change.kind == "cleared" or (is_hidden and not was_hidden):
        return None if change.kind == "cleared" and was_hidden else "cleared"
    if was_hidden and not is_hidden and alarm.state == "active":
        return "raised"
    if not is_hidden and (change.kind == "severity" or change.kind == "acknowledged"):
        return change.kind
    return None


def _take(ledger: Ledger, register: Register, event: ActionEvent) -> None:
    manner = register.manner
    assert manner is not None, "its rule says what is to be done"
    if event == "raised":
        register.acted = register.act_passed = 0
        register.act_since = ledger.now
    for number, action in enumerate(manner.actions):
        if event == "raised":
            if "raised" in action.on and not action.after_ms:
                _raise(ledger, register, number, action)
        elif event in action.on and (register.acted >> number & 1 or "raised" not in action.on):
            _write(ledger, register, number, action, event)
    if event == "cleared":
        register.acted, register.act_passed, register.act_since = 0, 0, None
    ledger.set_timer(register, "act")


def _raise(ledger: Ledger, register: Register, number: int, action: Action) -> None:
    if _write(ledger, register, number, action, "raised"):
        register.acted |= 1 << number


def _write(ledger: Ledger, register: Register, number: int, action: Action, event: ActionEvent) -> bool:
    """Write an action, unless too many came; who was told of a raise is always told of its clear."""
    throttle = ledger.throttles.of(register.rule, number)
    ends = event == "cleared" and "raised" in action.on
    if not ends and not throttle.take(action, ledger.now):
        return False
    throttle.written += 1
    ledger.act(register, Acted(action.do, event), f"{register.rule} actions[{number}] {event}")
    return True
