"""Every rule kind together: a snapshot at any point, and the order of sets, change nothing (specs/rules.md 11, 15)."""

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netmon.domain.alarm import SEVERITIES, AlarmChange
from tests.examples import examples
from tests.properties.all_kinds import ELEMENTS, TRAPS, Fed, Step, drawn

ROOT = Path(__file__).parents[2]
NAMES = st.sampled_from(sorted(ELEMENTS))
STEPS = st.one_of(
    st.tuples(st.just("trap"), NAMES, st.integers(0, len(TRAPS) - 1), st.integers(0, 2)),
    st.tuples(st.just("event"), NAMES),
    st.tuples(st.just("state"), NAMES, st.booleans()),
    st.tuples(st.just("load"), st.sampled_from([70.0, 85.0, 95.0, 98.0, 99.5])),
    st.tuples(st.just("tick"), st.sampled_from([1, 1, 5, 20, 60, 200, 2_000])),
)


@examples(400)
@given(st.lists(st.tuples(STEPS, st.booleans()), max_size=25))
@pytest.mark.slow
def test_i12_a_snapshot_at_any_point_changes_nothing(feed: list[tuple[Step, bool]]) -> None:
    whole, cut = Fed(), Fed()
    for step, restarts in feed:
        if restarts:
            cut.restart()
        assert cut.take(step) == whole.take(step)
        assert cut.core.digest() == whole.core.digest()


@pytest.mark.slow
def test_i7_the_same_digest_with_other_hashes() -> None:
    digests = {_digest("0"), _digest("1"), _digest("4711")}
    assert len(digests) == 1
    assert digests != {""}


def _digest(hash_seed: str) -> str:
    command = [sys.executable, "-m", "tests.properties.all_kinds", "7"]
    surroundings = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, cwd=ROOT, env=surroundings, capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.slow
def test_the_drawn_steps_raise_and_clear_by_every_rule() -> None:
    fed, by_seed = Fed(), Random(7)
    seen: set[tuple[str, str]] = set()
    for _ in range(4_000):
        outputs = fed.take(drawn(by_seed))
        seen |= {(out.kind, out.after.rule) for out in outputs if isinstance(out, AlarmChange)}
    assert {(kind, rule) for kind in ("raised", "cleared") for rule in fed.rules} <= seen


@examples(400)
@given(st.lists(STEPS, max_size=25))
@pytest.mark.slow
def test_rules_on_alarms_say_what_these_are_at_every_moment(feed: list[Step]) -> None:
    fed = Fed()
    for step in feed:
        fed.take(step)
        active = {(alarm.type, alarm.object): alarm for alarm in fed.core.book.alarms() if alarm.state == "active"}
        for element in ELEMENTS:
            ports = [
                one
                for (type_, object_), one in active.items()
                if type_ == "port" and one.element == element and "planned" not in one.flags
            ]
            many, cold = active.get(("many-ports", element)), ("cold", element) in active
            assert (many is not None) == (len(ports) >= 2)
            if many is not None:
                assert many.severity == max((port.severity for port in ports), key=SEVERITIES.index)
                assert many.text.startswith(f"{len(ports)} ports")
            assert (("deep", element) in active) == (many is not None and cold)
            assert (("not-cold", element) in active) == (many is not None and not cold)
