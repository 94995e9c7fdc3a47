"""What is kept of engines of trap senders: bounded, the urgent first, and what a restart takes back."""

import msgspec
import pytest

from netmon.snmp.engines import Clock
from netmon.sources.realm import DEFAULT
from netmon.sources.traps.engines import Engines, Key, Known, read_key


def key(number: int, *, element: str = "", realm: str = DEFAULT) -> Key:
    return Key(realm, b"engine" + number.to_bytes(4, "big"), element)


def saw(engines: Engines, number: int, *, boots: int = 1, time: int = 0, at_ms: int = 0) -> None:
    engines.saw(key(number), Clock(boots, time, 0), at_ms)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netmon.sources.traps.engines._ENGINES", 3)


@pytest.mark.usefixtures("few")
def test_the_longest_silent_stranger_goes_when_there_are_too_many() -> None:
    engines = Engines()
    saw(engines, 0)
    engines.bind(key(0), "r1")
    for number in (1, 2, 1, 3):
        saw(engines, number)
    assert set(engines.all()) == {key(0), key(1), key(3)}
    kept = engines.learned(10)
    assert kept[key(2).text()] is None
    assert {name for name, row in kept.items() if row is not None} == {key(0).text(), key(1).text(), key(3).text()}


def test_new_boots_are_written_first_then_what_waits_longest() -> None:
    engines = Engines()
    for number in range(5):
        saw(engines, number)
    assert len(engines.learned(10)) == 5
    assert engines.learned(10) == {}
    for number in (3, 1, 4, 0):
        saw(engines, number, time=60)
    saw(engines, 2, boots=2)
    saw(engines, 3, time=61)
    assert list(engines.learned(2)) == [key(2).text(), key(3).text()]
    saw(engines, 3, time=121)
    assert list(engines.learned(10)) == [key(number).text() for number in (1, 4, 0, 3)]


def test_time_that_went_on_a_little_is_no_write() -> None:
    engines = Engines()
    saw(engines, 1)
    engines.learned(10)
    saw(engines, 1, time=59)
    assert engines.learned(10) == {}


@pytest.mark.usefixtures("few")
def test_too_many_of_an_earlier_time_are_forgotten_here_and_in_the_store() -> None:
    engines = Engines()
    rows = [(key(number), Known(Clock(1, 0, 0), "r1" if number == 0 else "", 0, number)) for number in range(5)]
    engines.restore(rows)
    assert list(engines.all()) == [key(0), key(3), key(4)]
    assert engines.learned(10) == {key(1).text(): None, key(2).text(): None}


def test_a_binding_to_an_element_that_is_gone_is_written() -> None:
    engines = Engines()
    saw(engines, 1)
    engines.bind(key(1), "r1", by_source=True)
    engines.learned(10)
    engines.only({"r2"})
    [row] = engines.learned(10).values()
    assert row is not None
    assert msgspec.msgpack.decode(row, type=Known).element == ""


def test_elements_that_share_an_engine_id_are_told_apart_after_a_restart() -> None:
    engines = Engines()
    saw(engines, 1)
    engines.bind(key(1), "r1", by_source=True)
    engines.split(key(1), "r2")
    engines.saw(key(1, element="r2"), Clock(9, 0, 0), 1)
    rows = {name: row for name, row in engines.learned(10).items() if row is not None}
    again = Engines()
    again.restore([(read_key(name), msgspec.msgpack.decode(row, type=Known)) for name, row in rows.items()])
    again.only({"r1", "r2"})
    assert again.shared() == {(DEFAULT, key(1).engine_id): ("r1", "r2")}
    boots = [known.clock.boots for known in (again.get(key(1, element=name)) for name in ("r1", "r2")) if known]
    assert boots == [1, 9]


def test_an_engine_is_called_in_the_store_as_in_earlier_releases_where_its_id_alone_tells_it() -> None:
    assert key(1).text() == key(1).engine_id.hex()
    for one in (key(1), key(1, realm="cust-a"), key(1, element="r1"), key(1, element="r1", realm="cust-a")):
        assert read_key(one.text()) == one
    with pytest.raises(ValueError):
        read_key("no engine")
