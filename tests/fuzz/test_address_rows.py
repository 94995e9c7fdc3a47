"""Rows of addresses in any form: no session raises because of them, and sound rows beside them still count."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.normalize.telling import Network, Rows

pytestmark = pytest.mark.slow

SOUND: Rows = {"1.4.192.0.2.1": {"ipAddressIfIndex": 1, "ipAddressPrefix": "1.5.1.1.4.192.0.2.0.30"}}

numbers = st.one_of(st.integers(0, 3), st.sampled_from([4, 16, 192, 255, 256]), st.integers(0, 2**32 - 1))
index = st.one_of(
    st.lists(numbers, min_size=1, max_size=20),
    st.tuples(st.sampled_from([[1, 4], [2, 16], [2, 4], [3, 8]]), st.lists(numbers, max_size=20)).map(
        lambda drawn: [*drawn[0], *drawn[1]]
    ),
).map(lambda parts: ".".join(map(str, parts)))
cell: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.integers(-1, 2**64),
    st.binary(max_size=16),
    st.text(max_size=20),
    st.sampled_from(["255.255.255.0", "0.0.0.0", "1.3.24", "1.3.64", "1.3.300", ""]),
)


def rows(columns: list[str]) -> st.SearchStrategy[Rows]:
    """Draw rows of a table."""
    return st.dictionaries(index, st.fixed_dictionaries(dict.fromkeys(columns, cell)), max_size=4)


@examples(100)
@given(
    rows(["ipAdEntIfIndex", "ipAdEntNetMask"]),
    rows(["ipAddressIfIndex", "ipAddressPrefix"]),
    st.ip_addresses().map(str),
)
def test_rows_in_any_form_stop_no_session(old: Rows, new: Rows, neighbor: str) -> None:
    network = Network()
    network.tell("r1", 1, {"ipAddrTable": old, "ipAddressTable": new | SOUND})
    over = network.found.over(f"r1/bgp:{neighbor}")
    assert not over or over.startswith("r1/if:ge")
    assert network.found.over("r1/bgp:192.0.2.2") == "r1/if:ge1/bgp:192.0.2.2"
