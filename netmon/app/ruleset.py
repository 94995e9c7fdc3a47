"""A whole rule set as one observation, and back: what the core knows of rules, profiles, metering and settings."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from netmon.config.rules import Judged
from netmon.config.zones import zone_data
from netmon.domain.inventory import Inventory
from netmon.domain.observation import InventoryChange, RulesChange
from netmon.domain.place import Document
from netmon.domain.usage import UsageSettings
from netmon.mib.names import MibView
from netmon.rulebook.compile import canonical, compile_canonical
from netmon.rulebook.kinds import Rulebook
from netmon.rulebook.maintenance import zones_of
from netmon.rulebook.metering import InventoryPlaces, compile_metering
from netmon.rulebook.profile_values import Profile
from netmon.rulebook.ruleset import Ruleset
from netmon.rulebook.watch import Watch


class _Text(msgspec.Struct, frozen=True):
    """What a ``RulesChange`` carries as JSON."""

    rules: msgspec.Raw
    profiles: tuple[Profile, ...]
    metering: tuple[msgspec.Raw, ...]
    usage: UsageSettings
    zones: tuple[tuple[str, bytes], ...] = ()
    """Of planned work: what the time zones are on this host, so that a replay elsewhere comes out the same."""


def rules_change(judged: Judged, at: int) -> RulesChange:
    """Return the observation that makes the core use the rule set of a configuration."""
    loaded = judged.loaded
    text = _Text(
        rules=msgspec.Raw(judged.compiled.canonical),
        profiles=judged.profiles,
        metering=tuple(msgspec.Raw(msgspec.json.encode(document.data)) for document in loaded.files.usage),
        usage=loaded.config.usage.settings(loaded.node_id),
        zones=zone_data(judged.compiled.zones),
    )
    return _change(text, at, judged.names)


def bare_rules_change(
    documents: Iterable[Document],
    view: MibView,
    at: int,
    *,
    metering: Iterable[Document] = (),
    usage: UsageSettings | None = None,
) -> RulesChange:
    """Return the observation for rules without profiles, as rule tests need it, and for what is metered."""
    files = tuple(documents)
    zones = zone_data(zones_of(files))
    metered = tuple(msgspec.Raw(msgspec.json.encode(document.data)) for document in metering)
    return _change(_Text(msgspec.Raw(canonical(files)), (), metered, usage or UsageSettings(), zones), at, view)


def _change(text: _Text, at: int, view: MibView) -> RulesChange:
    encoded = msgspec.json.encode(text, order="sorted")
    hash_ = hashlib.sha256(encoded + view.hash.encode()).hexdigest()
    return RulesChange(at, encoded, hash_, view.hash)


def compile_change(
    change: RulesChange,
    inventory: Inventory,
    view: MibView,
    *,
    rulebook: Rulebook | None = None,
    watch: Watch | None = None,
) -> Ruleset:
    """Return the rule set of an observation, compiled for an inventory; the same text gives the same rule set.

    Args:
        change: the observation.
        inventory: what services and objects there are.
        view: the MIBs.
        rulebook: its rules, where they are compiled already.
        watch: notes the conditions that are asked.

    Raises:
        RulesError: the rules do not compile with these MIBs.
    """
    text = msgspec.json.decode(change.text, type=_Text)
    documents = [_unplaced(msgspec.json.decode(raw)) for raw in text.metering]
    if rulebook is None:
        rulebook = compile_canonical(bytes(text.rules), view, watch=watch)
    metering = compile_metering(
        documents, InventoryPlaces(inventory, _unplaced({})), settings=text.usage, zones=_zones(documents)
    )
    return Ruleset(
        rulebook=msgspec.structs.replace(rulebook, profiles=text.profiles, zones=text.zones),
        assignments=metering.assignments,
        usage=text.usage,
        view=view,
        followed=metering.followed,
    )


def _unplaced(data: Any) -> Document:
    """Return data that was checked before as a document without places."""
    return Document("", data, {}, {})


def _zones(documents: Iterable[Document]) -> set[str]:
    # The names were checked when the rules were loaded; the core must not depend on this host's zone files.
    contracts = (contract for document in documents for contract in document.data.get("contracts") or ())
    return {str(contract.get("zone", "UTC")) for contract in contracts} | {"UTC"}


def inventory_change(old: Inventory, new: Inventory, at: int, *, hash_: str = "") -> InventoryChange | None:
    """Return the difference between two inventories, None where there is none; ``hash_``: of the file it is from."""
    added = [element for id_, element in new.elements.items() if id_ not in old.elements]
    changed = [element for id_, element in new.elements.items() if old.elements.get(id_, element) != element]
    removed = [id_ for id_ in old.elements if id_ not in new.elements]
    same = not (added or changed or removed) and _rest(old) == _rest(new)
    if same:
        return None
    return InventoryChange(
        at=at,
        kind="loaded",
        added=tuple(added),
        changed=tuple(changed),
        removed=tuple(removed),
        sites=_listed(new.sites.values()),
        links=_listed(new.links.values()),
        groups=_listed(new.groups.values()),
        services=_listed(new.services.values()),
        hash=hash_,
    )


def _rest(inventory: Inventory) -> tuple[object, ...]:
    return (inventory.sites, inventory.links, inventory.groups, inventory.services)


def _listed(items: Iterable[msgspec.Struct]) -> tuple:  # type: ignore[type-arg]
    return tuple(items)
