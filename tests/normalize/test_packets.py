"""Packets, errors and discards between two polls."""

import msgspec
import pytest

from netmon.normalize.packets import NONE, Packets

START = {
    "ifHCInUcastPkts": 1_000,
    "ifHCInMulticastPkts": 50,
    "ifHCOutUcastPkts": 10,
    "ifInErrors": 7,
    "ifInDiscards": 3,
}


def test_shares_of_what_came_in_the_interval():
    packets = Packets()
    assert packets.rates("r1|7", START, elapsed_ms=0) == NONE
    end = START | {"ifHCInUcastPkts": 1_900, "ifHCInMulticastPkts": 140, "ifInErrors": 17, "ifInDiscards": 3}
    into, out, errors_in, errors_out, discards_in, discards_out = packets.rates("r1|7", end, elapsed_ms=10_000)
    assert (into, out) == (99.0, 0.0)
    assert errors_in == pytest.approx(10 / 1000)
    assert (errors_out, discards_in, discards_out) == (None, 0.0, None)


def test_a_32_bit_counter_may_wrap_once():
    packets = Packets()
    packets.rates("r1|7", {"ifInUcastPkts": 100, "ifInErrors": (1 << 32) - 1}, elapsed_ms=0)
    found = packets.rates("r1|7", {"ifInUcastPkts": 109, "ifInErrors": 0}, elapsed_ms=1_000)
    assert (found[0], found[2]) == (9.0, 0.1)


@pytest.mark.parametrize(
    ("second", "elapsed_ms"),
    [
        ({"ifHCInUcastPkts": 2_000}, 0),
        ({"ifHCInUcastPkts": 10}, 1_000),
        ({"ifInUcastPkts": 2_000, "ifInErrors": 9}, 1_000),
        ({"ifHCInUcastPkts": "many"}, 1_000),
    ],
    ids=["no interval", "went back", "another width", "nonsense"],
)
def test_nothing_is_said_where_nothing_is_proven(second, elapsed_ms):
    packets = Packets()
    packets.rates("r1|7", START, elapsed_ms=0)
    found = packets.rates("r1|7", START | second if "ifInUcastPkts" not in second else second, elapsed_ms=elapsed_ms)
    assert (found[0], found[2]) == (None, None)


def test_a_snapshot_in_between_changes_nothing():
    packets, other = Packets(), Packets()
    packets.rates("r1|7", START, elapsed_ms=0)
    other.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(packets.dump())))
    end = START | {"ifHCInUcastPkts": 1_900}
    assert other.rates("r1|7", end, elapsed_ms=500) == packets.rates("r1|7", end, elapsed_ms=500)
