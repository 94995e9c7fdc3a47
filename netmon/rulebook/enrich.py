"""``enrich``: tags of an alarm that are read from the inventory (specs/rules.md 6.15)."""

from collections.abc import Callable
from typing import Any

from netmon.rulebook.expression import Context
from netmon.rulebook.resolve import INVENTORY
from netmon.rulebook.schema import RuleSchema
from netmon.rulebook.scope import Scope
from netmon.rulebook.work import Work

_CONTEXT = Context("'enrich'", (*INVENTORY, "service"), lookups=False)


def compile_enrich(schema: RuleSchema, work: Work) -> tuple[tuple[str, Callable[[Scope], Any]], ...]:
    """Return how each tag is read."""
    for name in sorted(schema.enrich):
        if name in schema.tags:
            work.note(("enrich", name), "is in 'tags', too")
    return tuple(
        (name, work.reading(text, ("enrich", name), _CONTEXT).read) for name, text in sorted(schema.enrich.items())
    )
