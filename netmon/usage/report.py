"""What checks of a usage feed found, for people and programs (specs/usage.md section 9)."""

from collections.abc import Sequence
from typing import Literal

import msgspec

MOST_FINDINGS = 100

TITLES = {
    "R1": "file_seq is contiguous",
    "R2": "rec_seq is contiguous over files",
    "R3": "manifests, hashes and signatures fit the content",
    "R4": "ids are unique and the computed ones",
    "R5": "exactly one revision 0 per assigned series and interval",
    "R6": "octets per series and day are the last minus the first counter",
    "R8": "coverage per series and day",
    "R9": "share of what is estimated, partial or unknown",
    "R10": "adjustments are complete and add up",
    "R11": "services have series, series with traffic have a service",
    "R12": "what is published is acknowledged",
    "R14": "the clock of this host",
}

Status = Literal["pass", "warn", "fail", "skip"]


class Where(msgspec.Struct, frozen=True):
    """One thing that is wrong; what does not apply is empty, ``line`` counts from 1, 0: the whole file."""

    series: str = ""
    start: str = ""
    file: str = ""
    line: int = 0
    text: str = ""


class Findings:
    """Findings in order: the first of them, and how many there are."""

    def __init__(self) -> None:
        self.first: list[Where] = []
        self.many = 0

    def add(self, where: Where) -> None:
        """Take note of one more."""
        self.many += 1
        if len(self.first) < MOST_FINDINGS:
            self.first.append(where)

    def join(self, others: "Findings") -> None:
        """Take note of others that come after these."""
        self.many += others.many
        self.first += others.first[: MOST_FINDINGS - len(self.first)]


class Check(msgspec.Struct, frozen=True):
    """What one check found."""

    id: str
    title: str
    status: Status
    expected: str | None
    measured: str | None
    tolerance: str | None
    findings: list[Where]
    more: int
    """Findings beyond those listed."""


class Report(msgspec.Struct, frozen=True, rename={"from_": "from"}):
    """All checks of one feed."""

    feed: str
    from_: str | None
    to: str | None
    generated: str
    ok: bool
    """No check failed."""
    checks: list[Check]


def check(
    id_: str,
    findings: Sequence[Where] | Findings = (),
    *,
    expected: object = None,
    measured: object = None,
    tolerance: object = None,
    bad: Status = "fail",
    status: Status | None = None,
) -> Check:
    """Return a check that passed where nothing was found, else has the status ``bad``."""
    told = [None if value is None else str(value) for value in (expected, measured, tolerance)]
    first, many = (findings.first, findings.many) if isinstance(findings, Findings) else (findings, len(findings))
    verdict = status or (bad if many else "pass")
    expect, found, within = told
    more = max(0, many - MOST_FINDINGS)
    return Check(id_, TITLES[id_], verdict, expect, found, within, list(first[:MOST_FINDINGS]), more)


def report(feed: str, checks: Sequence[Check], *, since: str | None, until: str | None, generated: str) -> Report:
    """Join checks into a report."""
    return Report(feed, since, until, generated, all(one.status != "fail" for one in checks), list(checks))
