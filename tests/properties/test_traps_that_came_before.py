"""What is remembered of traps that came before decides nothing: a core that forgets it at any moment says the same."""

from functools import cache
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from netmon.app.ruleset import bare_rules_change, compile_change, inventory_change
from netmon.config import yaml
from netmon.domain.inventory import Element, Inventory
from netmon.domain.observation import Tick, Trap
from netmon.domain.oid import Varbind
from netmon.domain.output import Output
from netmon.domain.sample import SampleBlock
from netmon.rulebook.ruleset import Ruleset
from netmon.step import Core
from netmon.storage.snapshot import decode, encode
from tests.examples import examples
from tests.mibs import shipped_names
from tests.normalize.blocks import block

T0 = 1_700_000_000_000
ENTERPRISE = "1.3.6.1.4.1.32473.0"
RULES = """
version: 1
storms:
  - {id: flood, above: 2/s, burst: 8, below: 1/s, for: 5s, sample: 1/3s}
rules:
  - id: port
    raise: {trap: 1.3.6.1.4.1.32473.0.1}
    clear: {trap: 1.3.6.1.4.1.32473.0.2}
    object: "if:{vb.ifIndex}"
    severity: {major: tag.role == 'backbone', else: minor}
    probable_cause: lossOfSignal
    text: "{object.name} is down"
  - id: held
    raise: {trap: 1.3.6.1.4.1.32473.0.1, for: 4s}
    clear: {trap: 1.3.6.1.4.1.32473.0.2}
    object: "if:{vb.ifIndex}"
    severity: warning
    probable_cause: lossOfSignal
    text: "{object.name} stays down"
  - id: shut
    raise: {trap: 1.3.6.1.4.1.32473.0.3, when: polled(ifAdminStatus) == down}
    clear: {trap: 1.3.6.1.4.1.32473.0.2}
    object: "if:{vb.ifIndex}"
    severity: warning
    probable_cause: lossOfSignal
    text: "{object.name} is shut"
  - id: part
    raise: {trap: 1.3.6.1.4.1.32473.0.4}
    clear: {trap: 1.3.6.1.4.1.32473.0.5}
    object: "entity:{vb.entPhysicalIndex}"
    severity: minor
    probable_cause: powerProblem
    text: "{object.name} has failed"
  - id: beside
    raise: {trap: 1.3.6.1.4.1.32473.0.6, when: not active('part')}
    clear: {trap: 1.3.6.1.4.1.32473.0.5}
    object: "entity:{vb.entPhysicalIndex}"
    severity: minor
    probable_cause: powerProblem
    text: "{object.name} has started"
  - id: tagged
    raise: {trap: 1.3.6.1.4.1.32473.0.7}
    clear: {trap: 1.3.6.1.4.1.32473.0.2}
    object: "if:{vb.ifIndex}"
    severity: minor
    probable_cause: lossOfSignal
    text: "{object.name} has a tag"
    enrich: {site: element.site}
"""
INVENTORY = Inventory(elements={"r1": Element("r1", ("192.0.2.1",), site="riga", tags={"role": "backbone"})})
TRAPS = tuple(f"{ENTERPRISE}.{number}" for number in range(1, 8))
VALUES: tuple[Varbind, ...] = tuple(
    ("1.3.6.1.4.1.32473.1.1.0", tag, value) for tag, value in ((0x02, 1), (0x44, 1), (0x44, 1.0), (0x04, b"\x01"))
)
"""An INTEGER, an integer and a float in an Opaque (equal for Python), and octets."""
FAN, SUPPLY = 7, 6

Step = tuple[Any, ...]
"""("trap", which, value), ("alias", text), ("status", value), ("named", kind, name, class), ("tick", s)."""


@cache
def _rules() -> Any:
    return bare_rules_change([yaml.parse(RULES.encode(), "rules.yaml").document], shipped_names(), T0)


@cache
def _ruleset() -> Ruleset:
    return compile_change(_rules(), INVENTORY, shipped_names())


class Watcher:
    """A core that watches one element."""

    def __init__(self) -> None:
        self.core = self._new()
        self.now = T0
        change = inventory_change(Inventory(), INVENTORY, T0)
        assert change is not None
        for observation in (Tick(T0), change, _rules()):
            self.core.step(observation)

    def forget(self) -> None:
        """Keep only what a snapshot keeps."""
        state = decode(encode(self.core.dump()))
        self.core = self._new()
        self.core.load(state)

    def take(self, step: Step) -> list[Output]:
        match step:
            case "trap", which, value:
                return self.core.step(self._trap(TRAPS[which], VALUES[value]))
            case "tick", seconds:
                self.now += seconds * 1_000
                return self.core.step(Tick(self.now))
            case "alias", text:
                return self._sampled("ifAlias", "text", text)
            case "status", value:
                return self._sampled("ifAdminStatus", "state", value)
            case "named", kind, name, class_:
                row = {"ifName" if kind == "if" else "entPhysicalName": name}
                if class_ is not None:
                    row["entPhysicalClass"] = class_
                self.core.identity.learn("r1", kind, [block(self.now, {"7": row})], complete=False)
        return []

    def _new(self) -> Core:
        return Core(lambda *_: _ruleset(), shipped_names())

    def _trap(self, name: str, more: Varbind) -> Trap:
        varbinds = (("1.3.6.1.2.1.2.2.1.1.7", 0x02, 7), ("1.3.6.1.2.1.47.1.1.1.1.2.7", 0x04, b"x"), more)
        return Trap(self.now, "default", "192.0.2.1", 162, "t", "2c", "t", "r1", "address", name, varbinds)

    def _sampled(self, name: str, kind: Any, value: Any) -> list[Output]:
        self.core.seq += 1
        seq, at = self.core.seq, self.now
        path, column = ("r1/if:xe-0/0/1",), ((value,),)
        sampled = SampleBlock(
            seq, at, at, "r1", "t", (name,), (kind,), ("",), ("",), path, ((),), ("7",), column, 60_000
        )
        return list(self.core.reason([sampled]))


NAMES = st.sampled_from([b"xe-0/0/1", b"xe-0/0/2", b"PSU 1"])
STEPS = st.one_of(
    st.tuples(st.just("trap"), st.integers(0, len(TRAPS) - 1), st.integers(0, len(VALUES) - 1)),
    st.tuples(st.just("trap"), st.integers(0, 1), st.just(0)),
    st.tuples(st.just("alias"), st.sampled_from(["", "to core", "to agg"])),
    st.tuples(st.just("status"), st.sampled_from([1, 2])),
    st.tuples(st.just("named"), st.sampled_from(["if", "entity"]), NAMES, st.sampled_from([None, FAN, SUPPLY])),
    st.tuples(st.just("tick"), st.sampled_from([1, 2, 5, 60])),
)

DOWN, UP, FAILED = ("trap", 0, 0), ("trap", 1, 0), ("trap", 3, 0)
NAMED = ("named", "if", b"xe-0/0/1", None)


def fed(*steps: Step) -> list[tuple[Step, bool]]:
    """Let the core that forgets do so before the last step."""
    return [(step, at == len(steps) - 1) for at, step in enumerate(steps)]


@examples(300)
@given(st.lists(st.tuples(STEPS, st.booleans()), max_size=25))
@example(fed(NAMED, ("alias", "to core"), DOWN, UP, ("alias", "to agg"), DOWN))
@example(fed(("named", "entity", b"PSU 1", None), FAILED, ("named", "entity", b"PSU 1", SUPPLY), FAILED))
@example(fed(("trap", 0, 1), ("trap", 1, 0), ("trap", 0, 2)))
@example(fed(NAMED, DOWN, ("status", 2), DOWN))
@pytest.mark.slow
def test_a_core_that_forgets_says_the_same(feed: list[tuple[Step, bool]]) -> None:
    whole, forgetful = Watcher(), Watcher()
    for step, forgets in feed:
        if forgets:
            forgetful.forget()
        assert forgetful.take(step) == whole.take(step)
        assert forgetful.core.digest() == whole.core.digest()
