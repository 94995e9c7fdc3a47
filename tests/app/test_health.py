"""What the parts report of themselves: once a second, what differs, whatever the clock does."""

from netmon.app.health import Health
from netmon.domain.observation import HealthRow


class Reported:
    def __init__(self) -> None:
        self.now = 1_800_000_000_000
        self.value = 0
        self.health = Health(lambda: self.now, [lambda: (HealthRow("part", "value", self.value),)])

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
