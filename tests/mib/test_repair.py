"""Definitions that are cut out of a module with bad grammar."""

from netmon.mib.repair import MOST_CUTS, Mending


def test_after_fifty_cuts_a_module_is_given_up() -> None:
    definitions = [f"x{n} OBJECT IDENTIFIER ::= {{ y {n} }}" for n in range(MOST_CUTS + 2)]
    mending = Mending("\n".join(["X-MIB DEFINITIONS ::= BEGIN", *definitions, "END", ""]))
    cut = [mending.cut_at(line, 20, "bad grammar") for line in range(2, len(definitions) + 2)]
    assert cut == [True] * MOST_CUTS + [False] * 2
    assert len(mending.repairs) == MOST_CUTS
    assert [line.split()[0] for line in mending.text.splitlines() if line.startswith("x")] == ["x50", "x51"]
