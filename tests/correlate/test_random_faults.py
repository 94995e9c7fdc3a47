"""Random faults in random networks of rings, trees, dual-homed elements, LAGs and PON (specs/rules.md 6.10, 7, 15).

Every root cause that plain reasoning finds is shown and no other, whatever was found first; what ends leaves nothing
hidden; parents are acyclic (I10).
"""

from random import Random

import pytest

from netmon.domain.alarm import Alarm
from tests.correlate.random_faults import Watch
from tests.correlate.random_network import Fault, RandomNetwork, Truth


def faults(network: RandomNetwork, random: Random, count: int) -> list[Fault]:
    """Return some things that go wrong."""
    wires = [*network.wires, *(member for wire in network.wires for member in wire.members)]
    everything: list[list[Fault]] = [
        [("element", element) for element in network.elements],
        [("wire", wire.id) for wire in wires],
        [("wire", member.id) for wire in network.wires for member in wire.members],
        [("port", port) for port in network.pon],
    ]
    return [random.choice(random.choice([kind for kind in everything if kind])) for _ in range(count)]


def script(network: RandomNetwork, random: Random) -> list[list[Fault]]:
    """Return what is broken in each of a few phases; in the last one nothing is."""
    broken: list[Fault] = []
    phases = []
    for _ in range(random.randint(1, 3)):
        broken = [fault for fault in broken if random.random() < 0.6]
        broken += faults(network, random, random.randint(1, 4))
        phases.append(list(broken))
    return [*phases, []]


def check(watch: Watch, truth: Truth) -> None:
    """Hold what an operator sees against what is true."""
    active = watch.active()
    shown = {(one.object, one.type) for one in active if not one.hidden_by}
    lost = {(element, "redundancy-lost") for element in truth.redundancy_lost()}
    degraded = {(bundle, "lag-degraded") for bundle in truth.degraded()}
    assert shown == truth.shown() | lost | degraded
    assert {one.object for one in active if one.type == "node-unreachable"} == truth.silent
    acyclic(active)


def acyclic(active: list[Alarm]) -> None:
    """Check that no alarm is above itself, and that parents know their children."""
    parents = {one.alarm_id: set(one.parents) for one in active}
    known = {one.alarm_id: set(one.children) for one in active}
    for child, above in parents.items():
        assert all(child in known[parent] for parent in above)
    while leaves := {id_ for id_, above in parents.items() if not above & parents.keys()}:
        parents = {id_: above for id_, above in parents.items() if id_ not in leaves}
    assert not parents


def told(watch: Watch) -> list[tuple[object, ...]]:
    """Return what must not depend on what was found first."""
    return sorted((one.object, one.type, one.severity, one.hidden_by, one.root_cause) for one in watch.active())


def play(seed: int, size: int, *, scripts: int) -> None:
    """Let scripts run one after the other, in two orders of arrival."""
    random = Random(seed)
    network = RandomNetwork(random, size)
    one, other = Watch(network), Watch(network)
    for number in range(scripts):
        for phase in script(network, random):
            truth = Truth(network, phase)
            for watch in (one, other):
                watch.change(truth, random)
                check(watch, truth)
            assert told(one) == told(other), f"seed {seed}, script {number}: {phase}"
        assert not one.active()


def test_every_root_cause_is_shown_and_no_other_in_a_small_network() -> None:
    play(3, 40, scripts=2)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_every_root_cause_is_shown_and_no_other_in_a_network_of_500_elements(seed: int) -> None:
    play(seed, 500, scripts=20)
