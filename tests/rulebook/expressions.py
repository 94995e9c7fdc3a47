"""What tests of expressions share."""

from netmon.mib.names import MibView
from netmon.rulebook.expression import Context, compile_condition
from netmon.rulebook.scope import Scope

ALL = Context(
    "a test",
    ("vb", "field", "label", "value", "state", "severity", "count", "element", "object", "tag"),
    ("ifOperStatus",),
    ("reachability",),
)
MEASURED = Context("a test", ("value", "element", "object", "tag"), ("netmon_cpu_percent",))


def scope_of(**values: object) -> Scope:
    scope = Scope()
    for name, value in values.items():
        setattr(scope, name, value)
    return scope


def holds(names: MibView, text: str, context: Context = ALL, **values: object) -> bool:
    return compile_condition(text, context, names, tally={}).test(scope_of(**values))
