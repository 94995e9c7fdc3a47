"""What the parts report of themselves: once a second, what differs, whatever the clock does or a part does wrong."""

from structlog.testing import capture_logs

from netmon.app.health import Health
from netmon.domain.observation import HealthRow


class Reported:
    def __init__(self) -> None:
        self.now = 1_800_000_000_000
        self.value = 0
        self.broken = False
        self.failures = 0
        self.health = Health(lambda: self.now, [self.sometimes, self.always], failed=self.failed)

    def sometimes(self) -> tuple[HealthRow, ...]:
        if self.broken:
            raise OSError("no descriptor is left")
        return ()

    def always(self) -> tuple[HealthRow, ...]:
        return (HealthRow("part", "value", self.value),)

    def failed(self) -> None:
        self.failures += 1

    def after(self, ms: int, value: int) -> tuple[HealthRow, ...]:
        self.now += ms
        self.value = value
        return self.health.rows()


def test_once_a_second_and_only_what_differs() -> None:
    at = Reported()
    assert at.after(0, 1) == (HealthRow("part", "value", 1),)
    assert at.after(999, 2) == ()
    assert at.after(1, 2) == (HealthRow("part", "value", 2),)
    assert at.after(1_000, 2) == ()


def test_a_clock_that_went_back_silences_nobody() -> None:
    at = Reported()
    at.after(0, 1)
    assert at.after(-3_600_000, 2) == (HealthRow("part", "value", 2),)
    assert at.after(999, 3) == ()


def test_a_part_that_cannot_report_silences_no_other() -> None:
    at = Reported()
    at.broken = True
    with capture_logs() as logs:
        told = [at.after(1_000, value) for value in range(100)]
    assert told == [(HealthRow("part", "value", value),) for value in range(100)]
    assert at.failures == 100
    # Each second a traceback would fill the log.
    assert len(logs) == 10
