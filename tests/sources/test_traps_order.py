"""The traps of a sender keep their order on their way through the receiver."""

import pytest

from netmon.sources.traps.config import TrapsConfig
from tests.sources.test_traps_storms import Listener, v2c


async def test_a_new_sender_is_not_overtaken_by_its_own_later_traps(monkeypatch: pytest.MonkeyPatch) -> None:
    # So little time that each turn leaves something over.
    monkeypatch.setattr("netmon.sources.traps.reading._JUDGE_S", 0.0)
    listener = Listener(TrapsConfig(listen=("127.0.0.1:0",)))
    reading, [door] = listener.traps._reading, listener.traps._doors._doors
    found = []
    for first in (0, 10):
        listener.send("127.0.0.3", *[v2c(number) for number in range(first, first + 10)])
        while listener.traps.books().read < first + 10:
            reading.read(door)
        found += reading.judge()
    while len(reading):
        found += reading.judge()
    assert [trap.uptime_cs for trap, _ in found] == list(range(20))
    assert not reading._strange
    listener.close()
