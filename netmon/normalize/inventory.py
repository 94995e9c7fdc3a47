"""The inventory after a change of it."""

import msgspec

from netmon.domain.inventory import Inventory
from netmon.domain.observation import InventoryChange


def changed_inventory(inventory: Inventory, change: InventoryChange) -> Inventory:
    """Return the inventory with a ``loaded`` difference applied; other kinds change facts about it, not itself."""
    if change.kind != "loaded":
        return inventory
    elements = {id_: element for id_, element in inventory.elements.items() if id_ not in change.removed}
    elements |= {element.id: element for element in (*change.added, *change.changed)}
    return msgspec.structs.replace(
        inventory,
        sites={site.id: site for site in change.sites},
        elements=dict(sorted(elements.items())),
        links={link.id: link for link in change.links},
        groups={group.id: group for group in change.groups},
        services={service.id: service for service in change.services},
    )
