"""Whether a part works, in the word of the MIB that its agent tells it by."""

import re
from collections.abc import Mapping

from netmon.domain.oid import Oid
from netmon.mib.names import MibView

States = Mapping[str, tuple[Oid, int]]
"""Column OID and number by the name of the column."""

_SAYS = re.compile(r"(oper|state|status)$", re.IGNORECASE)
_SAYS_SOMETHING_ELSE = re.compile(r"admin|row|standby|usage|alarm|config|trap", re.IGNORECASE)


def state_of(states: States, names: MibView) -> str:
    """Return the word, empty where the part says nothing; of several states the operational one is believed."""
    told = [name for name in states if _SAYS.search(name) and not _SAYS_SOMETHING_ELSE.search(name)]
    for name in sorted(told, key=lambda name: "oper" not in name.lower()):
        oid, number = states[name]
        word = names.render(oid, number) if oid else ""
        if word and not word.lstrip("-").isdecimal():
            return word
    return ""
