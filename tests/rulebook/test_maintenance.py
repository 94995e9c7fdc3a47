"""What is wrong with ``maintenance``, each mistake at its place."""

import pytest

from netmon.mib.names import MibView
from netmon.rulebook.compile import canonical, compile_canonical, compile_rules

ZONES = {"Europe/Riga", "Europe/Rome"}
WEEKLY = "{id: weekly, at: {cron: \"0 2 * * SUN\", for: 2h, tz: Europe/Riga}, where: tag.layer == 'core'}"


def text(*entries: str) -> str:
    return "version: 1\nmaintenance:\n" + "".join(f"  - {entry}\n" for entry in entries)


@pytest.mark.parametrize(
    ("entry", "why"),  # the place is marked by ^
    [
        ("^{id: aa}", "maintenance 'aa': at: missing"),
        ("^{at: {cron: '* * * * *', for: 1h}}", "maintenance[0]: id: missing"),
        ("{id: aa, at: ^{}}", "maintenance 'aa': at: write 'cron' and 'for', or 'from' and 'to'"),
        (
            "{id: aa, at: ^{cron: '* * * * *', from: '2026-01-01 00:00'}}",
            "maintenance 'aa': at: write 'cron' and 'for', or 'from' and 'to'",
        ),
        ("{id: aa, at: ^{cron: '* * * * *'}}", "maintenance 'aa': at: 'cron' needs 'for' (how long it lasts)"),
        ("{id: aa, at: {cron: '* * * * *', for: ^32d}}", "maintenance 'aa': at.for: 32d is above 31d"),
        (
            "{id: aa, at: {cron: ^'* 24 * * *', for: 1h}}",
            "maintenance 'aa': at.cron: hour: '24' is not within 0 and 23",
        ),
        (
            "{id: aa, at: {cron: '* * * * *', for: 1h, tz: ^Europe/Riag}}",
            "maintenance 'aa': at.tz: unknown time zone 'Europe/Riag' (did you mean 'Europe/Riga'?)",
        ),
        ("{id: aa, at: ^{from: '2026-01-01 00:00'}}", "maintenance 'aa': at: 'to' is missing"),
        (
            "{id: aa, at: {from: ^tomorrow, to: '2026-01-01 00:00'}}",
            "maintenance 'aa': at.from: 'tomorrow' is no time (write '2026-03-01 22:00' or 2026-03-01T22:00:00Z)",
        ),
        (
            "{id: aa, at: {from: ^'2026-02-30 00:00', to: '2026-03-01 00:00'}}",
            "maintenance 'aa': at.from: '2026-02-30 00:00' is not a time of any day",
        ),
        (
            "{id: aa, at: {from: '2026-01-02 00:00', to: ^'2026-01-01 00:00'}}",
            "maintenance 'aa': at.to: is not after 'from'",
        ),
        (
            "{id: aa, where: ^tag.layer = 'core', at: {cron: '* * * * *', for: 1h}}",
            "maintenance 'aa': where: unexpected '=' (write '==')",
        ),
        (
            "{id: aa, where: ^vb.ifIndex == 1, at: {cron: '* * * * *', for: 1h}}",
            "maintenance 'aa': where: 'vb' is not known of 'where'",
        ),
        (
            "{id: aa, mode: ^drop, at: {cron: '* * * * *', for: 1h}}",
            "maintenance 'aa': mode: unknown value 'drop' (one of hide, mark)",
        ),
        (
            "{id: aa, ^wehre: tag.a == 'b', at: {cron: '* * * * *', for: 1h}}",
            "maintenance 'aa': unknown key 'wehre' (did you mean 'where'?)",
        ),
    ],
)
def test_a_mistake_is_told_at_its_place(entry: str, why: str, document, names: MibView):
    column = len("  - ") + entry.index("^") + 1
    compiled = compile_rules([document(text(entry.replace("^", "")))], names, zones=ZONES)
    assert [str(problem) for problem in compiled.problems] == [f"a.yaml:3:{column}: {why}"]
    assert compiled.rulebook.windows == ()


def test_an_id_stands_once(document, names: MibView):
    compiled = compile_rules([document(text(WEEKLY)), document(text(WEEKLY))], names, zones=ZONES)
    assert [str(problem) for problem in compiled.problems] == [
        "b.yaml:3:10: maintenance 'weekly': id: this id is used already"
    ]


def test_the_canonical_text_has_the_same_windows(document, names: MibView):
    once = "{id: once, mode: mark, at: {from: '2026-01-01 00:00', to: 2026-01-02T00:00:00Z}}"
    files = [document(text(WEEKLY)), document(text(once))]
    compiled = compile_rules(files, names, zones=ZONES)
    assert compiled.problems == ()
    again = compile_canonical(canonical(files), names)
    assert [(one.id, one.at, one.zone, one.hides) for one in again.windows] == [
        (one.id, one.at, one.zone, one.hides) for one in compiled.rulebook.windows
    ]
    assert [one.id for one in again.windows] == ["once", "weekly"]
