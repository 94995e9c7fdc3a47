"""Which profiles an element is given, and which of its cells are values (specs/snmp.md 6.1)."""

import pytest

from netmon.domain.inventory import Element
from netmon.rulebook.profile_values import Column, Profile
from netmon.snmp.ber import GAUGE32, INTEGER, OCTET_STRING
from netmon.sources.poller.cells import fault
from netmon.sources.poller.element import Polled
from netmon.sources.poller.plan import Facts, choose
from netmon.sources.poller.room import Room
from netmon.sources.poller.schedule import PollingConfig

VENDOR = "1.3.6.1.4.1.32473"
HAS = "1.3.6.1.4.1.32473.5"
FACTS = Facts(f"{VENDOR}.1.7", b"Acme OLT, release 4", frozenset([HAS]))
GENERIC = Profile("generic", ())
WIDE = Profile("wide", (), sysobjectid=(f"{VENDOR}.*",))
LONG = Profile("long", (), sysobjectid=(f"{VENDOR}.1.*",))
DESCR = Profile("descr", (), sysobjectid=(f"{VENDOR}.1.*",), sysdescr="(?i)olt")
BOTH = Profile("both", (), sysobjectid=(f"{VENDOR}.1.*",), sysdescr="(?i)olt", has=(HAS,))
ONLY_DESCR = Profile("only-descr", (), sysdescr="OLT")


def chosen(*profiles: Profile, facts: Facts = FACTS, named: tuple[str, ...] = ()) -> list[str]:
    return [profile.name for profile in choose(profiles, Element("r1", ("192.0.2.1",), profiles=named), facts)]


def test_the_most_specific_one_wins_beside_the_generic_ones():
    assert chosen(GENERIC, WIDE, LONG) == ["generic", "long"]
    assert chosen(LONG, DESCR, GENERIC) == ["descr", "generic"]
    assert chosen(DESCR, BOTH, WIDE) == ["both"]
    assert chosen(WIDE, ONLY_DESCR) == ["wide"], "a sysObjectID says more than a description"
    assert chosen(GENERIC, ONLY_DESCR) == ["generic", "only-descr"]


@pytest.mark.parametrize(
    "profile",
    [
        Profile("other", (), sysobjectid=(f"{VENDOR}.2.*",)),
        Profile("near", (), sysobjectid=(f"{VENDOR}.1",)),
        Profile("descr", (), sysdescr="ONU"),
        Profile("silent", (), has=(f"{VENDOR}.6",)),
        Profile("excluded", (), sysobjectid=(f"{VENDOR}.*",), excluded=(f"{VENDOR}.1.*",)),
    ],
    ids=lambda profile: profile.name,
)
def test_one_condition_that_fails_is_enough(profile: Profile):
    assert chosen(profile) == []


def test_a_generic_one_needs_an_answer_to_one_of_its_questions():
    assert chosen(Profile("asks", (), has=(f"{VENDOR}.6", HAS))) == ["asks"]


def test_the_inventory_overrides():
    assert chosen(GENERIC, WIDE, LONG, named=("wide",)) == ["wide"]


@pytest.mark.parametrize(
    ("tag", "value", "reason"),
    [
        (INTEGER, -2147483648, "invalid_value"),
        (GAUGE32, 65535, "invalid_value"),
        (OCTET_STRING, b"n/a", "invalid_value"),
        (INTEGER, 42, None),
        (OCTET_STRING, b"42", None),
        (OCTET_STRING, b"none", "wrong_type"),
    ],
)
def test_values_that_a_profile_calls_invalid_are_none(tag: int, value: object, reason: str | None):
    column = Column("power", f"{VENDOR}.1.1", "gauge", invalid=(-2147483648, 65535, "n/a"))
    assert fault((f"{VENDOR}.1.1.7", tag, value), column) == reason


def test_what_an_element_is_is_asked_again_after_six_hours_or_when_it_may_be_another():
    polled = Polled(Element("r1", ("192.0.2.1",)), None, PollingConfig(), around=Room(1))
    assert not polled.knows_itself(0)
    polled.learned(Facts("1.3.6.1.4.1.32473"), 1_000)
    assert polled.knows_itself(1_000 + 6 * 3_600_000 - 1)
    assert not polled.knows_itself(1_000 + 6 * 3_600_000)
    polled.outdated()
    assert not polled.knows_itself(1_001)
