"""An engine whose time went back: asked of its element, and heard again when that confirms it."""

from netmon.domain.output import PollRequest
from netmon.snmp.engines import Clock
from netmon.sources.traps.engines import Key
from netmon.sources.traps.resets import Resets

S = 1_000_000_000
ENGINE = b"\x80\x00\x00\x00\x01one"
KEY = Key("default", ENGINE)


class Polled:
    """What a poller knows of one element."""

    def __init__(self) -> None:
        self.wishes: list[PollRequest] = []
        self.told = Clock(1, 4, 0)
        self.engine_id = ENGINE

    def engine(self, element: str) -> tuple[bytes, Clock] | None:
        return (self.engine_id, self.told) if element == "r1" else None

    def elements(self) -> dict[tuple[str, bytes], tuple[str, ...]]:
        return {("default", self.engine_id): ("r1",)}

    def secured(self) -> int:
        return 0

    def request(self, wish: PollRequest) -> None:
        self.wishes.append(wish)


def doubted(polled: Polled) -> Resets:
    resets = Resets(polled)
    resets.doubt(KEY, "r1", now_ms=1_000, now_ns=10 * S)
    return resets


def test_its_element_is_asked_at_once_and_then_not_too_often() -> None:
    polled = Polled()
    resets = doubted(polled)
    for second in range(11, 40):
        resets.doubt(KEY, "r1", now_ms=1_000 * second, now_ns=second * S)
    assert [(wish.element, wish.reason) for wish in polled.wishes] == [("r1", "engine_reset")]
    resets.doubt(KEY, "r1", now_ms=40_000, now_ns=40 * S)
    assert len(polled.wishes) == 2


def test_only_what_the_element_told_since_then_confirms_it() -> None:
    polled = Polled()
    resets = doubted(polled)
    assert list(resets.confirmed(11 * S)) == []
    polled.told = Clock(1, 16, 12 * S)
    assert list(resets.confirmed(12 * S)) == [(KEY, polled.told)]
    assert list(resets.confirmed(13 * S)) == []


def test_another_engine_at_the_address_confirms_nothing() -> None:
    polled = Polled()
    resets = doubted(polled)
    polled.told, polled.engine_id = Clock(1, 16, 12 * S), ENGINE + b"x"
    assert list(resets.confirmed(12 * S)) == []


def test_a_doubt_ends_when_nobody_answers() -> None:
    polled = Polled()
    resets = doubted(polled)
    assert list(resets.confirmed(131 * S)) == []
    polled.told = Clock(1, 16, 132 * S)
    assert list(resets.confirmed(133 * S)) == []


def test_replays_of_many_engines_stay_bounded() -> None:
    resets = Resets(polled := Polled())
    for number in range(5_000):
        resets.doubt(Key("default", number.to_bytes(5, "big")), "r1", now_ms=0, now_ns=0)
    assert len(polled.wishes) == 1_000
