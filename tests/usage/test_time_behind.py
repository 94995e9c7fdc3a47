"""After the clock of the host went back usage waits for it, while alarms go on (docs/adr/0018)."""

from netmon.domain.observation import Tick
from netmon.domain.usage import UsageRecord
from tests.usage.test_unbillable import MINUTE, PORT, START, Told


def created(told: Told, *, at: int, usage_at: int) -> list[bytes]:
    """Step a Tick and return the records that it brought."""
    outputs = told.core.step(Tick(at, behind_ms=at - usage_at))
    assert told.core.now == at
    return [one.line for one in outputs if isinstance(one, UsageRecord)]


def test_no_interval_closes_before_the_clock_of_the_host_has_come_to_its_end() -> None:
    told = Told(PORT)
    for _ in range(14):
        told.poll()
    stands = told.at
    for minute in range(30):
        assert created(told, at=stands + minute * MINUTE, usage_at=stands) == []
    ends = START + 15 * MINUTE
    for minute in range(3):
        assert created(told, at=ends + (20 + minute) * MINUTE, usage_at=ends + minute * MINUTE) == []
    [record] = created(told, at=ends + 25 * MINUTE, usage_at=ends + 3 * MINUTE)
    assert b'"created":"2027-01-15T08:18:00.000Z"' in record
    assert b'"end":"2027-01-15T08:15:00.000Z"' in record
