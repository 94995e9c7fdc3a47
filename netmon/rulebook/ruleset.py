"""Everything that a change of rules brings to the core."""

import msgspec

from netmon.domain.usage import Assignment, Followed, UsageSettings
from netmon.mib.names import MibView
from netmon.rulebook.kinds import Rulebook


class Ruleset(msgspec.Struct, frozen=True):
    """What a ``RulesChange`` says, compiled."""

    rulebook: Rulebook
    assignments: tuple[Assignment, ...]
    usage: UsageSettings
    view: MibView
    followed: tuple[Followed, ...] = ()
