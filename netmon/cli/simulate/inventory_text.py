"""An inventory of simulated agents, for the netmon that shall watch them."""

import yaml

from netmon.cli.simulate.reading import Scenario


def inventory_text(scenario: Scenario) -> str:
    """Return ``inventory.yaml``; agents at free ports, and further ones at one address, are left out and named."""
    first: dict[str, str] = {}
    for planned in scenario.agents:
        if planned.listen[1]:
            first.setdefault(planned.listen[0], planned.id)
    known = [planned for planned in scenario.agents if first.get(planned.listen[0]) == planned.id]
    left_out = [planned.id for planned in scenario.agents if planned not in known]
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
    if left_out:
        head += f"# Left out, since an inventory has one element for each address: {', '.join(left_out)}.\n"
    return head + yaml.safe_dump({"version": 1, "elements": elements}, sort_keys=False)
