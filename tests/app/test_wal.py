"""The size of the write-ahead log is told with the Ticks, and warned of when it is large."""

from structlog.testing import capture_logs

from netmon.app.wal import WalSize
from netmon.domain.observation import HealthRow

MIB = 1 << 20


def test_a_large_log_is_warned_of_once_and_again_when_it_has_doubled():
    sizes = iter([4, 63, 64, 70, 127, 128, 300, 5, 65])
    watched = WalSize(lambda: next(sizes) * MIB)
    told: list[HealthRow] = []
    warned: list[int] = []
    for _ in range(9):
        with capture_logs() as logs:
            told += watched.health()
        warned += [entry["mib"] for entry in logs]
    assert [row.value for row in told] == [4, 63, 64, 70, 127, 128, 300, 5, 65]
    assert {(row.name, row.part) for row in told} == {("store", "wal_mib")}
    # 128 is twice 64, 300 more than twice 128; once it was small, large is news again.
    assert warned == [64, 128, 300, 65]
