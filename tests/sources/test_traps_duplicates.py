from typing import Any

from netmon.domain.observation import Trap
from netmon.sources.traps.duplicates import WINDOW_MS, Duplicates, duplicate_key


class Now:
    def __init__(self) -> None:
        self.ms = 1_000_000

    def __call__(self) -> int:
        return self.ms


def _key(**changed: Any) -> str:
    parts: dict[str, Any] = {
        "realm": "default",
        "source": "192.0.2.1",
        "port": 999,
        "security_name": "ro",
        "request_id": 7,
        "varbinds": (("1.3", 4, b"x"),),
    }
    return duplicate_key(**(parts | changed))


def _trap(key: str, at: int) -> Trap:
    return Trap(at, "default", "192.0.2.1", 999, "l", "v2c", "ro", "r1", "source", "1.3", (), origin_id=key)


def test_what_belongs_to_the_key():
    others = [
        _key(realm="a"),
        _key(source="192.0.2.2"),
        _key(port=1),
        _key(security_name="b"),
        _key(request_id=8),
        _key(varbinds=(("1.3", 4, b"y"),)),
        _key(varbinds=()),
    ]
    assert len({_key(), *others}) == 8
    assert _key() == _key()


def test_new_then_waiting_then_committed_then_new_again():
    now = Now()
    seen = Duplicates(now)
    assert seen.look("k") == "new"
    assert seen.look("k") == "waiting"
    seen.committed("k")
    assert seen.look("k") == "committed"
    now.ms += WINDOW_MS
    assert seen.look("k") == "committed"
    now.ms += 1
    assert seen.look("k") == "new"


def test_a_clock_that_goes_back_makes_nothing_younger():
    now = Now()
    seen = Duplicates(now)
    seen.look("k")
    seen.committed("k")
    now.ms -= 3_600_000
    assert seen.look("k") == "committed"
    now.ms += WINDOW_MS
    assert seen.look("k") == "committed"
    now.ms += 1
    assert seen.look("k") == "new"


def test_given_up_before_the_commit_is_new():
    seen = Duplicates(Now())
    seen.look("k")
    seen.forget("k")
    assert seen.look("k") == "new"


def test_old_keys_do_not_pile_up():
    now = Now()
    seen = Duplicates(now)
    for number in range(1_000):
        now.ms += 1_000
        seen.look(str(number))
    assert len(seen) <= WINDOW_MS // 1_000 + 2


def test_a_forgotten_and_repeated_key_lives_its_own_window():
    now = Now()
    seen = Duplicates(now)
    seen.look("k")
    seen.forget("k")
    now.ms += WINDOW_MS - 1
    assert seen.look("k") == "new"
    now.ms += 2
    assert seen.look("k") == "waiting"


def test_keys_are_read_back_from_the_log():
    now = Now()
    seen = Duplicates(now)
    seen.restore([("old", now.ms - WINDOW_MS - 1), ("young", now.ms - 10)])
    assert seen.look("young") == "committed"
    assert seen.look("old") == "new"
