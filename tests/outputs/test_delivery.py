"""What a peer refuses is found among what it takes."""

from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from netmon.outputs.delivery import Delivery, batches
from netmon.outputs.peer import Answer, Refused, Taken, Unit
from netmon.telemetry.metrics import Metrics


class Picky:
    """A peer that takes all or nothing of a write, and nothing with a bad sample in it."""

    ordered = False

    def __init__(self, *, bad: set[bytes], late: bool = False) -> None:
        self.bad = bad
        self.late = late
        self.taken: list[bytes] = []
        self.writes = 0

    def of_blocks(self, blocks: object) -> Unit:
        raise NotImplementedError

    def of_frame(self, frame: object) -> Unit:
        raise NotImplementedError

    def write(self, samples: Unit) -> Answer:
        self.writes += 1
        if self.bad & {*samples}:
            return Refused("out_of_order" if self.late else "refused", "no", as_one=self.late)
        self.taken += samples
        return Taken()

    def shown(self, sample: bytes) -> str:
        return sample.decode()

    def close(self) -> None:
        pass


def units(*, count: int, of: int) -> list[Unit]:
    return [[b"%d.%d" % (unit, sample) for sample in range(of)] for unit in range(count)]


async def delivered(peer: Picky, given: list[Unit]) -> Metrics:
    metrics = Metrics()
    await Delivery("peer", peer, metrics).deliver(given)
    return metrics


def count(metrics: Metrics, name: str, **labels: str) -> float:
    return metrics.registry.get_sample_value(f"netmon_output_{name}_total", {"output": "peer", **labels}) or 0.0


async def test_only_what_is_refused_is_missing_and_counted_and_the_order_stays() -> None:
    bad = {b"3.1", b"40.0", b"99.2"}
    peer, all_units = Picky(bad=bad), units(count=100, of=3)
    metrics = await delivered(peer, all_units)
    assert peer.taken == [sample for unit in all_units for sample in unit if sample not in bad]
    assert count(metrics, "dropped", reason="refused") == 3
    assert count(metrics, "sent") == 297
    assert peer.writes < 80


async def test_the_log_tells_each_refused_line_and_why() -> None:
    with capture_logs() as logged:
        await delivered(Picky(bad={b"3.1"}), units(count=10, of=3))
    [line] = logged
    assert (line["first"], line["told"], line["samples"]) == ("3.1", "no", 1)


async def test_what_comes_again_costs_few_tries_and_what_is_new_is_taken() -> None:
    all_units = units(count=250, of=20)
    again, new = all_units[:200], all_units[200:]
    peer = Picky(bad={sample for unit in again for sample in unit}, late=True)
    metrics = await delivered(peer, all_units)
    assert peer.taken == [sample for unit in new for sample in unit]
    assert count(metrics, "dropped", reason="out_of_order") == 200 * 20
    assert peer.writes < 600


async def test_a_peer_that_refuses_everything_is_not_asked_for_ever() -> None:
    all_units = units(count=10, of=500)
    peer = Picky(bad={sample for unit in all_units for sample in unit})
    metrics = await delivered(peer, all_units)
    assert peer.taken == []
    assert count(metrics, "dropped", reason="refused") == 5_000
    assert peer.writes < 1_300


@given(st.lists(st.integers(1, 12_000), max_size=40))
def test_batches_are_whole_observations_within_bounds(sizes: list[int]) -> None:
    given_units: list[Unit] = [[b"x"] * size for size in sizes]
    made = list(batches(given_units))
    assert [sample for part in made for unit in part for sample in unit] == [b"x"] * sum(sizes)
    assert all(sum(map(len, part)) <= 5_000 and len(part) <= 250 for part in made)
    whole = [unit for part in made for unit in part if len(unit) < 5_000]
    assert sum(len(unit) in sizes for unit in whole) >= sum(size < 5_000 for size in sizes)
