"""How far an output is behind."""

from netmon.outputs.lag import Lag


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_age_of_the_oldest_that_is_not_delivered() -> None:
    clock = Hand()
    lag = Lag(clock)
    assert lag.seconds() == 0
    for seq in range(10, 20):
        lag.took(seq)
        clock.now_s += 0.5
    assert lag.seconds() == 5.0
    lag.delivered(11)
    # A mark stands for the second after it: 12 came one second after 10.
    assert lag.seconds() == 4.0
    lag.delivered(12)
    assert lag.seconds() == 4.0
    lag.delivered(13)
    assert lag.seconds() == 3.0
    lag.delivered(19)
    assert lag.seconds() == 0
    clock.now_s += 100
    lag.took(20)
    assert lag.seconds() == 0


def test_a_long_outage_is_remembered_by_its_beginning() -> None:
    clock = Hand()
    lag = Lag(clock)
    for seq in range(20_000):
        lag.took(seq)
        clock.now_s += 1
    assert lag.seconds() == 20_000
    lag.delivered(19_998)
    assert lag.seconds() > 1
    lag.delivered(19_999)
    assert lag.seconds() == 0
