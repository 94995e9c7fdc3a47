"""The network of ``netmon demo``: three sites of a regional operator, and what goes wrong there."""

from netmon.cli.simulate.network import Model
from netmon.cli.simulate.script import Fault

_ROUTER = "Example Networks core router, release 23.4"
_EDGE = "Example Networks edge router, release 22.2"
_SWITCH = "Example Networks access switch, release 9.1"

SITES = {"ber1": "Berlin Mitte", "ham1": "Hamburg Altona", "muc1": "Munich Ost"}

MODELS = (
    Model("ber1-core-1", "ber1", "core", _ROUTER, ("et-0/0/0", "et-0/0/1", "et-0/0/2", "et-0/1/0"),
          ("to ham1-core-1", "to muc1-core-1", "to ber1-edge-1", "transit"), 100_000, 8_000_000_000),
    Model("ber1-edge-1", "ber1", "edge", _EDGE, ("xe-0/0/0", "xe-0/0/1", "xe-0/0/2", "xe-0/0/3"),
          ("to ber1-core-1", "customer 0815", "customer 4711", ""), 10_000, 900_000_000),
    Model("ber1-acc-1", "ber1", "access", _SWITCH, tuple(f"ge-0/0/{n}" for n in range(8)), (), 1_000, 40_000_000),
    Model("ham1-core-1", "ham1", "core", _ROUTER, ("et-0/0/0", "et-0/0/1", "et-0/0/2"),
          ("to ber1-core-1", "to muc1-core-1", "to ham1-edge-1"), 100_000, 6_000_000_000),
    Model("ham1-edge-1", "ham1", "edge", _EDGE, ("xe-0/0/0", "xe-0/0/1", "xe-0/0/2"),
          ("to ham1-core-1", "customer 1042", ""), 10_000, 700_000_000),
    Model("ham1-acc-1", "ham1", "access", _SWITCH, tuple(f"ge-0/0/{n}" for n in range(8)), (), 1_000, 30_000_000),
    Model("muc1-core-1", "muc1", "core", _ROUTER, ("et-0/0/0", "et-0/0/1", "et-0/0/2"),
          ("to ber1-core-1", "to ham1-core-1", "to muc1-edge-1"), 100_000, 5_000_000_000),
    Model("muc1-edge-1", "muc1", "edge", _EDGE, ("xe-0/0/0", "xe-0/0/1", "xe-0/0/2"),
          ("to muc1-core-1", "customer 2001", ""), 10_000, 600_000_000),
)  # fmt: skip

SCRIPT = (
    Fault(4, "ham1-edge-1", "link_down", "xe-0/0/1"),
    Fault(9, "ber1-acc-1", "link_down", "ge-0/0/3"),
    Fault(12, "muc1-edge-1", "silence", for_s=75),
    Fault(26, "ber1-acc-1", "link_up", "ge-0/0/3"),
    Fault(34, "ber1-edge-1", "reboot", for_s=6),
    Fault(48, "ber1-core-1", "link_down", "et-0/0/1"),
    Fault(48.2, "muc1-core-1", "link_down", "et-0/0/0"),
    Fault(62, "ham1-edge-1", "link_up", "xe-0/0/1"),
    Fault(80, "ber1-core-1", "link_up", "et-0/0/1"),
    Fault(80.1, "muc1-core-1", "link_up", "et-0/0/0"),
)
PERIOD_S = 110.0
"""After this the script begins anew."""
