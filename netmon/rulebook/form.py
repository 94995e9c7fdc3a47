"""What of a rule decides whether what is remembered of it is still of use after a reload (specs/rules.md 9.2)."""

import hashlib

from netmon.rulebook.conditions import Entries
from netmon.rulebook.kinds import Form
from netmon.rulebook.schema import RuleSchema

_DIGITS = 12


def form_of(schema: RuleSchema, entries: Entries) -> Form:
    """Return the hashes of a rule's shape and of what makes its alarm keys."""
    inputs = [
        (entry.path, entry.input, entry.names, entry.schema.within, entry.schema.absent_for, entry.schema.distinct)
        for entry in entries.raising + entries.clears
    ]
    levels = [level.severity for level in schema.levels]
    group = schema.group
    shape = (inputs, schema.by, levels, group and (group.of, group.by, group.members))
    return Form(_hash(shape), _hash((schema.type or schema.id, schema.object, schema.qualifier, schema.by)))


def _hash(data: object) -> str:
    return hashlib.sha256(repr(data).encode()).hexdigest()[:_DIGITS]
