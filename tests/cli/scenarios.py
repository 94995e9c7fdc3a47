"""Scenarios as text, read with a few hand-made MIB names."""

from pathlib import Path

from netmon.cli.simulate.reading import Scenario, read_scenario
from netmon.mib.names import MibView
from netmon.mib.node import Module, Node, Syntax

LINK_DOWN, LINK_UP, COLD_START = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4", "1.3.6.1.6.3.1.1.5.1"
NAMES = MibView(
    [
        Module(
            "IF-MIB",
            "by hand",
            (
                Node("IF-MIB", "linkDown", LINK_DOWN, "notification"),
                Node("IF-MIB", "linkUp", LINK_UP, "notification"),
                Node("IF-MIB", "ifDescr", "1.3.6.1.2.1.2.2.1.2", "column", Syntax("DisplayString", "OctetString")),
            ),
        )
    ]
)


def scenario(folder: Path, text: str, *, seed: int | None = None) -> Scenario:
    """Return what a scenario says."""
    file = folder / "scenario.yaml"
    file.write_text(text)
    return read_scenario(file, lambda: NAMES, seed=seed)


def problems(folder: Path, text: str) -> list[str]:
    """Return what is wrong with a scenario, without the folder in front."""
    return [str(problem).replace(f"{folder}/", "") for problem in scenario(folder, text).problems]
