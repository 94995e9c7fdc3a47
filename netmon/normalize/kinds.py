"""What kind of part an entity is: its entPhysicalClass says so; of transceivers, which have no class, their words."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from netmon.domain.observation import Block
from netmon.normalize.tables import rows_of, text

CLASS, INSIDE = "entPhysicalClass", "entPhysicalContainedIn"
_OF_CLASS = {6: "psu", 7: "fan", 8: "sensor"}
"""ENTITY-MIB PhysicalClass to the kind of such parts; all others stay ``entity`` (specs/snmp.md 5.2)."""

_OPTIC = "optic"
_OTHER, _CONTAINER, _MODULE = 1, 5, 9
_WORDS = re.compile(r"transceiver|xcvr|\b[qo]?sfp(?![a-z])|\b(?:xfp|cfp\d?|gbic|xenpak|x2|optics?)\b", re.IGNORECASE)
_SEVERAL = re.compile(r"\b\d+[ -]?(?:x(?![a-z])|ports?\b)|\b(?:card|slot|cage|bay|controller)\b", re.IGNORECASE)
_TOLD_BY = ("entPhysicalDescr", "entPhysicalName", "entPhysicalModelName")


def kinds_of(blocks: Iterable[Block]) -> dict[str, str]:
    """Return index to kind, of the parts that are more than an ``entity``."""
    rows = rows_of(block for block in blocks if CLASS in block.columns)
    filled = {str(row[INSIDE]) for row in rows.values() if row[CLASS] in (_CONTAINER, _MODULE) and INSIDE in row}
    found = {}
    for index, row in rows.items():
        kind = _OF_CLASS.get(row[CLASS], "")
        if not kind and row[CLASS] in (_MODULE, _OTHER) and index not in filled and _is_transceiver(row):
            kind = _OPTIC
        if kind:
            found[index] = kind
    return found


def _is_transceiver(row: Mapping[str, Any]) -> bool:
    """Tell whether a part that holds no other module is called a transceiver: a card with ports for them is none."""
    told = " ".join(text(row.get(name)) for name in _TOLD_BY)
    return bool(_WORDS.search(told)) and not _SEVERAL.search(told)
