"""What is wrong with ``actions`` of a rule, each mistake at its place."""

import pytest

from netmon.mib.names import MibView
from netmon.rulebook.compile import compile_rules

REST = "severity: major, probable_cause: lossOfSignal, text: gone, clear: {after: 1h}"


@pytest.mark.parametrize(
    ("entry", "why"),  # the place is marked by ^
    [
        ("{do: ^mqt}", "actions[0].do: unknown output 'mqt' (did you mean 'mqtt'?)"),
        ("^{on: [raised]}", "actions[0].do: missing"),
        ("{do: mqtt, on: [^raise]}", "actions[0].on[0]: unknown value 'raise' (did you mean 'raised'?)"),
        ("{do: mqtt, on: ^[]}", "actions[0].on: empty"),
        (
            "{do: mqtt, on: [cleared], after: ^5m}",
            "actions[0].after: puts 'raised' off, which is not in 'on'",
        ),
        ("{do: mqtt, throttle: ^0/1m}", "actions[0].throttle: 0/1m is nothing at all"),
        ("{do: mqtt, throttle: ^10}", "actions[0].throttle: '10' is not a rate (write '100/s' or '1/10m')"),
        ("{do: mqtt, ^run: reboot}", "actions[0]: unknown key 'run' (one of do, on, after, throttle)"),
    ],
)
def test_a_mistake_is_told_at_its_place(entry: str, why: str, document, names: MibView):
    before = f"  - {{id: r-1, raise: {{trap: IF-MIB::linkDown}}, {REST}, actions: ["
    text = f"version: 1\nrules:\n{before}{entry.replace('^', '')}]}}\n"
    compiled = compile_rules([document(text)], names, outputs={"mqtt", "mqtt-2"})
    column = len(before) + entry.index("^") + 1
    assert [str(problem) for problem in compiled.problems] == [f"a.yaml:3:{column}: rule 'r-1': {why}"]


def test_without_an_output_that_takes_actions_there_are_none(document, names: MibView):
    rule = f"version: 1\nrules:\n  - {{id: r-1, raise: {{trap: IF-MIB::linkDown}}, {REST}, actions: [{{do: mqtt}}]}}\n"
    compiled = compile_rules([document(rule)], names, outputs=())
    assert [problem.message for problem in compiled.problems] == [
        "rule 'r-1': actions[0].do: no output of config.yaml takes actions (add one of type mqtt)"
    ]
