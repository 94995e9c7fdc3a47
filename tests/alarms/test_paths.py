"""Paths of managed objects, with and without a name (specs/rules.md 2.1, specs/snmp.md 5.2)."""

import pytest

from netmon.alarms.objects import Objects, ancestors
from netmon.domain.managed_object import container, kind_and_name, segments

PATHS = {
    "r1": (["r1"], "", ("element", "r1")),
    "r1/ups": (["r1", "ups"], "r1", ("ups", "ups")),
    "r1/ups:input 1": (["r1", "ups:input 1"], "r1", ("ups", "input 1")),
    "r1/storage:/var": (["r1", "storage:/var"], "r1", ("storage", "/var")),
    "olt1/pon:0/1/onu:17": (["olt1", "pon:0/1", "onu:17"], "olt1/pon:0/1", ("onu", "17")),
    "addr:core:192.0.2.1": (["addr:core:192.0.2.1"], "", ("element", "addr:core:192.0.2.1")),
    "ext:a/b": (["ext:a/b"], "", ("element", "ext:a/b")),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_taken_apart(path: str) -> None:
    assert (segments(path), container(path), kind_and_name(path)) == PATHS[path]


def test_a_part_without_a_name_is_below_its_element() -> None:
    objects, key = Objects(), ("r1/ups", "ups-on-battery", "")
    objects.add(key)
    assert (ancestors("r1/ups"), list(objects.below("r1")), objects.roots()) == (["r1/ups", "r1"], [key], ["r1"])
    objects.remove(key)
    assert not objects
