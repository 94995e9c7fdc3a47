"""An inventory.yaml in which anything may stand anywhere: problems with their place, never an exception."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from netmon.config import yaml
from netmon.config.inventory import read_inventory
from tests.config.test_inventory import SOUND

ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    10**18,
    1e308,
    -0.0,
    "",
    " ",
    "~",
    "r1",
    "r1/",
    "/if:x",
    "r1/if:",
    "r1/if:%",
    "r1/if:" + "x" * 300,
    "svc-4711",
    "link:l1",
    "service:svc-4711",
    "netmon",
    "addr:192.0.2.1",
    "192.0.2.1",
    "192.0.2.1/24",
    "::ffff:192.0.2.1",
    "fe80::1%eth0",
    "0.0.0.0",
    "host..example",
    "x" * 70,
    "9999-12-31T23:45:00Z",
    "0001-01-01T00:00:00Z",
    "2026-02-30T00:00:00Z",
    "1000000h",
    "0s",
    "(a+)+b",
    "(",
    "\u202e",
    "\U0001f4a5",
    [],
    [[]],
    {},
    {"": None},
    {"re": "("},
    [None],
    ["r1", "r1"],
]


def paths(data: Any, above: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path for key, value in items for path in [(*above, key), *paths(value, (*above, key))]]


PATHS = paths(yaml.parse(SOUND.encode(), "").document.data)
CHANGES = st.lists(st.tuples(st.sampled_from(PATHS), st.sampled_from(ODD)), min_size=1, max_size=4)


def changed(changes: list[tuple[tuple[str | int, ...], Any]]) -> Any:
    data = json.loads(json.dumps(yaml.parse(SOUND.encode(), "").document.data))
    for path, value in changes:
        # Where an earlier change took away what is around it, there is nothing to put it into.
        with suppress(TypeError, KeyError, IndexError):
            at: Any = data
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = json.loads(json.dumps(value))
    return data


@given(CHANGES)
def test_whatever_stands_there_is_judged(changes: list[tuple[tuple[str | int, ...], Any]]) -> None:
    found = yaml.parse(json.dumps(changed(changes), ensure_ascii=False).encode(), "inventory.yaml")
    assert not found.problems
    inventory, problems = read_inventory(found.document, credentials={"core-ro": "v2c"}, realms={})
    assert all(str(problem).startswith("inventory.yaml:") and "\n" not in str(problem) for problem in problems)
    assert all(element.id == id_ for id_, element in inventory.elements.items())
