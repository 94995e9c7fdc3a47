"""``filter`` of an output of alarms: a rule expression over the fields of one alarm (specs/rules.md section 8)."""

from collections.abc import Callable

from netmon.domain.alarm import Alarm
from netmon.mib.names import MibView
from netmon.rulebook.expression import Context, ExpressionError, compile_condition
from netmon.rulebook.resolve import PARTS
from netmon.rulebook.scope import Scope

_CONTEXT = Context(what="an alarm", roots=("alarm", "severity", "count", "tag"), lookups=False)


class AlarmFilter(str):
    """Which alarms an output takes; empty: all.

    Raises:
        ValueError: the text is no condition over an alarm; the message says why.
    """

    __slots__ = ()

    def __new__(cls, text: object = "") -> "AlarmFilter":
        """Check the text."""
        self = super().__new__(cls, text)
        self.test()
        return self

    def test(self) -> Callable[[Alarm], bool]:
        """Return what tells whether an alarm passes."""
        if not self:
            return _every
        try:
            condition = compile_condition(self, _CONTEXT, MibView(()), tally={})
        except ExpressionError as error:
            raise ValueError(str(error)) from None
        return lambda alarm: condition.test(_scope(alarm))


def _every(alarm: Alarm) -> bool:
    return True


def _scope(alarm: Alarm) -> Scope:
    """Show an alarm to a condition; a cleared one with the severity it had, so that its clear passes where it did."""
    severity = (alarm.last_severity or alarm.severity) if alarm.state == "cleared" else alarm.severity
    scope = Scope()
    scope.alarm = {**{name: getattr(alarm, name) for name in PARTS["alarm"]}, "severity": severity}
    scope.severity, scope.count, scope.tag = severity, alarm.count, alarm.tags
    return scope
