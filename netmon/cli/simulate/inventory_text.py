"""An inventory of simulated agents, for the netmon that shall watch them."""

import yaml

from netmon.cli.simulate.reading import Scenario


def inventory_text(scenario: Scenario) -> str:
    """Return ``inventory.yaml``; agents at free ports are left out, since nobody knows where they will be."""
    known = [planned for planned in scenario.agents if planned.listen[1]]
    elements = [
        {
            "id": planned.id.lower(),
            "addresses": [planned.listen[0]],
            "port": planned.listen[1],
            "credential": planned.credential.lower(),
        }
        for planned in known
    ]
    credentials = dict.fromkeys(str(element["credential"]) for element in elements)
    head = f"# Of {scenario.document.file}. Credentials that config.yaml needs: {', '.join(credentials)}.\n"
    return head + yaml.safe_dump({"version": 1, "elements": elements}, sort_keys=False)
