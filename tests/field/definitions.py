"""``definitions.*``: what another system says of a trap, raise or clear and of which alarm, against our rules."""

from collections import defaultdict
from pathlib import Path

from tests.field.classify import Classifier, Verdict
from tests.field.folder import Row, read_rows
from tests.field.sheet import Sheet, progress
from tests.field.shipped import Shipped

_KINDS = {"1": "raise", "2": "clear"}


def score_definitions(file: Path, shipped: Shipped, sheet: Sheet) -> None:
    """Count the rows that say enough: see the README of the field data."""
    rows = list(read_rows(file))
    if not rows:
        return
    progress(f"{len(rows)} trap definitions")
    classifier = Classifier(shipped)
    for row in plain(rows):
        wanted = _KINDS[str(row["alarm_type"])]
        found = [classifier.by_oid(oid) for oid in row["trap_oid_candidates"]]
        passed = any(verdict.kind == wanted for verdict in found)
        had = [verdict.kind for verdict in found]
        sheet.row("definitions.raise_clear", passed, row=row.get("uei"), oids=row["trap_oid_candidates"], had=had)
    for clear, raises in pairs(rows):
        passed = any(_same_alarm(clear, raise_, classifier) for raise_ in raises)
        oids = [clear["trap_oid_candidates"], *(raise_["trap_oid_candidates"] for raise_ in raises)]
        sheet.row("definitions.pairs", passed, row=clear.get("uei"), oids=oids)


def plain(rows: list[Row]) -> list[Row]:
    """Return the rows that raise or clear by the OID alone, about which no other row says something else."""
    says: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        for oid in row.get("trap_oid_candidates") or ():
            says[oid].add("masked" if row.get("varbind_mask") else str(row.get("alarm_type")))
    return [
        row
        for row in rows
        if str(row.get("alarm_type")) in _KINDS
        and row.get("trap_oid_candidates")
        and all(says[oid] == {str(row["alarm_type"])} for oid in row["trap_oid_candidates"])
    ]


def pairs(rows: list[Row]) -> list[tuple[Row, list[Row]]]:
    """Return each clear row with the raise rows whose alarm it clears; rows with a mask take no part."""
    raises: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if str(row.get("alarm_type")) == "1" and not row.get("varbind_mask"):
            raises[_key(row, "reduction_key")].append(row)
    clears = [row for row in rows if str(row.get("alarm_type")) == "2" and not row.get("varbind_mask")]
    return [(row, raises[_key(row, "clear_key")]) for row in clears if _key(row, "clear_key") in raises]


def _key(row: Row, name: str) -> str:
    return str(row.get(name) or "").replace("%uei%", str(row.get("uei")))


def _same_alarm(clear: Row, raise_: Row, classifier: Classifier) -> bool:
    clearing = [classifier.by_oid(oid) for oid in clear["trap_oid_candidates"]]
    raising = [classifier.by_oid(oid) for oid in raise_["trap_oid_candidates"]]
    return any(_meet(c, r) for c in clearing for r in raising if (c.kind, r.kind) == ("clear", "raise"))


def _meet(clear: Verdict, raise_: Verdict) -> bool:
    """Tell whether two traps mean one alarm: the same key, or, where one has none, the same rule."""
    if clear.keys and raise_.keys:
        return not clear.keys.isdisjoint(raise_.keys)
    return not clear.rules.isdisjoint(raise_.rules)
