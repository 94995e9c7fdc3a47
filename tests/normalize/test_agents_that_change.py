"""What agents do to their tables between two polls, case by case, and what it may not do to objects and rates."""

from typing import Any

from netmon.domain.observation import PollResult
from netmon.normalize.identity import Identity
from netmon.normalize.samples import Read, Samples
from tests.normalize.blocks import PROFILE, block, result

Rows = dict[str, dict[str, Any]]

MINUTE_MS = 60_000


class Element:
    """An element that is polled every minute."""

    def __init__(self) -> None:
        self.identity = Identity()
        self._samples = Samples(self.identity)
        self._samples.configure([PROFILE])
        self._at = 0

    def poll(self, rows: Rows, *, uptime_cs: int | None = None, complete: bool = True) -> Read:
        self._at += MINUTE_MS
        one: PollResult = result(self._at, block(self._at, rows, uptime_cs=uptime_cs), complete=complete)
        return self._samples.read(self._at, one)


def objects(read: Read) -> dict[str, str]:
    """Return index to object of the interfaces read."""
    [table] = [one for one in read.blocks if one.table == "ifTable"]
    return dict(zip(table.index, table.objects, strict=True))


def rate(read: Read, index: str) -> float | None:
    [derived] = [one for one in read.blocks if one.table == "ifTable_derived"]
    column = derived.columns[derived.names.index("netmon_if_in_bits_per_second")]
    found: float | None = column[derived.index.index(index)]
    return found


def port(name: str, octets: int, **more: Any) -> dict[str, Any]:
    return {"ifName": name.encode(), "ifHighSpeed": 1000, "ifHCInOctets": octets, "ifHCOutOctets": octets, **more}


def test_ifindex_renumbering_after_a_reboot_keeps_the_objects_and_proves_no_rate():
    element = Element()
    element.poll({"7": port("ge0", 1_000), "8": port("ge1", 9_000)})
    read = element.poll({"7": port("ge1", 9_500), "8": port("ge0", 1_600)}, uptime_cs=500)
    assert objects(read) == {"7": "r1/if:ge1", "8": "r1/if:ge0"}
    assert (rate(read, "7"), rate(read, "8")) == (None, None)
    read = element.poll({"7": port("ge1", 9_500 + 7_500), "8": port("ge0", 1_600)}, uptime_cs=6_500)
    assert (rate(read, "7"), rate(read, "8")) == (1_000.0, 0.0)


def test_ifindex_renumbering_without_a_reboot_proves_no_rate_either():
    element = Element()
    element.poll({"7": port("ge0", 1_000), "8": port("ge1", 9_000)})
    read = element.poll({"7": port("ge1", 9_500), "8": port("ge0", 1_600)})
    assert objects(read) == {"7": "r1/if:ge1", "8": "r1/if:ge0"}


def test_a_duplicated_ifname_gives_both_ports_their_next_name():
    element = Element()
    rows = {"1": port("eth", 1, ifDescr=b"left"), "2": port("eth", 2, ifDescr=b"right"), "3": port("eth", 3)}
    assert objects(element.poll(rows)) == {"1": "r1/if:left", "2": "r1/if:right", "3": "r1/if:#3"}
    alone = element.poll({"1": port("eth", 1, ifDescr=b"left")})
    assert objects(alone) == {"1": "r1/if:eth"}


def test_vanished_rows_leave_the_others_as_they_are():
    element = Element()
    element.poll({"1": port("ge0", 0), "2": port("ge1", 0)})
    read = element.poll({"2": port("ge1", 7_500)})
    assert objects(read) == {"2": "r1/if:ge1"}
    assert rate(read, "2") == 1_000.0
    assert element.identity.name("r1", "if", "1") is None


def test_rows_that_an_incomplete_walk_did_not_reach_have_not_vanished():
    element = Element()
    element.poll({"1": port("ge0", 0), "2": port("ge1", 0)})
    element.poll({"2": port("ge1", 0)}, complete=False)
    assert element.identity.name("r1", "if", "1") == "ge0"


def test_64_bit_counters_that_appear_late_are_no_continuation_of_the_others():
    element = Element()
    old = {"ifName": b"ge0", "ifHighSpeed": 100, "ifInOctets": 1_000, "ifOutOctets": 0}
    element.poll({"1": old})
    assert rate(element.poll({"1": {**old, "ifInOctets": 8_500}}), "1") == 1_000.0
    assert rate(element.poll({"1": port("ge0", 2**40)}), "1") is None
    assert rate(element.poll({"1": port("ge0", 2**40 + 7_500)}), "1") == 1_000.0
