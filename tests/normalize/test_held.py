"""Rows whose parts have no name yet: held back for one interval at most (specs/snmp.md 5.3)."""

import msgspec

from netmon.domain.observation import Block, PollResult
from netmon.normalize.identity import Identity
from netmon.normalize.samples import Read, Samples
from netmon.rulebook.profile_values import Column, Profile, Table
from tests.normalize.blocks import block, result

NAMING = Table("entPhysicalTable", (Column("entPhysicalName", "1.3.1", "text"),), object="entity:{entPhysicalName}")
NAMELESS = Table("acmeTable", (Column("acmeTemp", "1.3.2", "gauge"),), object="entity:{index}")
ASKED = Table(
    "askedTable",
    (Column("entPhysicalName", "1.3.1", "text"), Column("acmeLoad", "1.3.3", "gauge")),
    object="entity:{x}",
)
PROFILE = Profile("if-mib", (NAMING, NAMELESS, ASKED))


class Polled:
    def __init__(self) -> None:
        self.samples = Samples(Identity())
        self.samples.configure([PROFILE])

    def read(self, at: int, *blocks: Block, walked: tuple[str, ...] = ()) -> Read:
        of: PollResult = msgspec.structs.replace(result(at, *blocks), walked=walked)
        return self.samples.read(1, of)

    def temps(self, at: int, **rows: int) -> Read:
        values = {index.removeprefix("p"): {"acmeTemp": value} for index, value in rows.items()}
        return self.read(at, block(at, values, table="acmeTable"))

    def names(self, at: int, uptime_cs: int | None = None, **rows: bytes) -> Read:
        values = {
            index.removeprefix("p"): {"entPhysicalName": name, "entPhysicalContainedIn": 0}
            for index, name in rows.items()
        }
        named = block(at, values, table="entPhysicalTable", uptime_cs=uptime_cs)
        return self.read(at, named, walked=("entPhysicalTable",))


def temperatures(read: Read) -> list[tuple[str, int, float]]:
    blocks = [made for made in read.blocks if made.table == "acmeTable"]
    return [(o, made.time, v) for made in blocks for o, v in zip(made.objects, made.columns[0], strict=True)]


def test_a_row_waits_for_its_name_and_keeps_its_time():
    polled = Polled()
    assert temperatures(polled.temps(60_000, p7=40)) == []
    assert temperatures(polled.names(70_000, p7=b"Card")) == [("r1/entity:Card", 60_000, 40)]
    assert temperatures(polled.temps(120_000, p7=41)) == [("r1/entity:Card", 120_000, 41)]


def test_after_one_interval_it_is_dropped_and_counted():
    polled = Polled()
    polled.temps(60_000, p7=40, p8=41)
    assert polled.temps(100_000, p9=1).dropped == {}
    assert polled.temps(120_000, p9=2).dropped == {"identity_unknown": 2}
    assert temperatures(polled.names(130_000, p7=b"Card", p9=b"Fan")) == [
        ("r1/entity:Fan", 100_000, 1), ("r1/entity:Fan", 120_000, 2),
    ]  # fmt: skip


def test_known_rows_of_a_table_do_not_wait_for_the_others():
    polled = Polled()
    polled.names(1_000, p7=b"Card")
    assert temperatures(polled.temps(60_000, p7=40, p8=41)) == [("r1/entity:Card", 60_000, 40)]


def test_after_a_restart_numbers_prove_nothing_until_names_are_learned_again():
    polled = Polled()
    polled.names(1_000, uptime_cs=90_000, p7=b"Card", p8=b"Fan")
    restarted = block(60_000, {"7": {"acmeTemp": 40}}, table="acmeTable", uptime_cs=100)
    assert temperatures(polled.read(60_000, restarted)) == []
    assert temperatures(polled.names(70_000, uptime_cs=1_100, p7=b"Fan", p8=b"Card")) == [("r1/entity:Fan", 60_000, 40)]


def test_an_agent_that_was_asked_for_names_and_has_none_has_nameless_parts():
    polled = Polled()
    rows = block(60_000, {"7": {"acmeLoad": 3}}, table="askedTable")
    read = polled.read(60_000, rows, walked=("askedTable",))
    assert [made.objects for made in read.blocks if made.table == "askedTable"] == [("r1/entity:#7",)]


def test_a_snapshot_holds_on():
    polled, again = Polled(), Polled()
    polled.names(1_000, uptime_cs=90_000, p1=b"x")
    polled.read(60_000, block(60_000, {"7": {"acmeTemp": 40}}, table="acmeTable", uptime_cs=100))
    again.samples._identity.load_state(polled.samples._identity.dump())
    again.samples.load_state(msgspec.msgpack.decode(msgspec.msgpack.encode(polled.samples.dump())))
    assert msgspec.to_builtins(again.samples.dump()) == msgspec.to_builtins(polled.samples.dump())
    assert temperatures(again.names(70_000, uptime_cs=1_100, p7=b"Card")) == [("r1/entity:Card", 60_000, 40)]


def test_what_waits_of_an_element_that_left_is_forgotten():
    polled = Polled()
    polled.temps(60_000, p7=40)
    polled.samples.forget("r1")
    assert polled.temps(200_000, p8=1).dropped == {}
