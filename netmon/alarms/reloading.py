"""What new rules mean to the alarms there are (specs/rules.md 9.2).

| of the rule | its alarms |
|---|---|
| gone | clear after five minutes, unless another one raises them or it comes back |
| shape is another one | holds are forgotten; what is raised stays so |
| makes other alarm keys | clear after five minutes, unless raised again or it makes the former ones again |
| was called otherwise (`formerly`) | move to it |
"""

from netmon.alarms import acting, hold, moves
from netmon.alarms.ledger import DEFAULT_LIMIT, REMOVED_MS, Ledger
from netmon.alarms.register import Register
from netmon.domain.managed_object import NETMON, is_link
from netmon.rulebook.kinds import Form, Rulebook, SampleRule, StateRule


def load(ledger: Ledger, rulebook: Rulebook) -> None:
    """Take the limits and manners of new rules, and judge the alarms there are."""
    before = ledger.limits.keys()
    ledger.limits = {kind.rule.id: kind.rule.limit for kind in rulebook.kinds}
    ledger.limits |= {storm.id: DEFAULT_LIMIT for storm in rulebook.storms}
    ledger.told.outcomes.forget(before - ledger.limits.keys())
    known, ledger.manners = ledger.manners, {kind.rule.id: kind.rule.manner for kind in rulebook.kinds}
    forms, ledger.forms = ledger.forms, {kind.rule.id: kind.rule.form for kind in rulebook.kinds}
    acts = any(manner is not None and manner.actions for manner in ledger.manners.values())
    acted = ledger.throttles.wanted
    ledger.throttles.use(ledger.limits.keys(), wanted=acts)
    polled = (kind.rule.type for kind in rulebook.kinds if isinstance(kind, SampleRule | StateRule))
    ledger.polled = frozenset(polled)
    moves.rename(ledger, {old: kind.rule for kind in rulebook.kinds for old in kind.rule.formerly})
    same = {
        id_
        for id_, manner in ledger.manners.items()
        if id_ in known and known[id_] == manner and forms.get(id_) == ledger.forms[id_]
    }
    for register in [register for register in ledger.registers.values() if register.rule not in same]:
        _use_rule(ledger, register, forms.get(register.rule))
    ledger.throttles.wanted = acts or (acted and acting.stand(ledger))


def _use_rule(ledger: Ledger, register: Register, before: Form | None) -> None:
    """Take what new rules say of an alarm, or that they have nothing to say; ``before``: the form of its rule then."""
    if register.key[0] == NETMON or is_link(register.key[0]):
        # Its own alarms come of no rule, those of links of the alarms at their ends.
        return
    if register.rule not in ledger.limits:
        if register.removed_due is None and register.state != "cleared":
            _remove_later(ledger, register)
        return
    if before is None:
        register.removed_due = None
    acting.use_manner(ledger, register, ledger.manners.get(register.rule))
    now = ledger.forms.get(register.rule)
    if before is not None and now is not None and before != now:
        _reshape(ledger, register, before, now)


def _reshape(ledger: Ledger, register: Register, before: Form, now: Form) -> None:
    register.waiting = None
    if register.state == "pending":
        hold.forget(ledger, register)
    elif register.state == "active" and before.keys != now.keys:
        if register.removed_due is None:
            register.keys_before = before.keys
        if now.keys == register.keys_before:
            register.removed_due = None
        else:
            _remove_later(ledger, register)


def _remove_later(ledger: Ledger, register: Register) -> None:
    register.removed_due = ledger.now + REMOVED_MS
    ledger.set_timer(register, "removed")
