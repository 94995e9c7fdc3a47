"""Warns of metered ports whose usage is owed since long before netmon began to look."""

import time
from collections.abc import Iterator

from netmon.config.load import Loaded
from netmon.domain.place import Path, Problem
from netmon.rulebook.metering import Metering

_DAY_MS = 86_400_000
_INTERVAL_MS = 900_000


def backdated(loaded: Loaded, metering: Metering) -> Iterator[Problem]:
    """Yield a warning for each member that makes more than a day of records without evidence at the first start."""
    if (loaded.data_dir / "netmon.db").exists():
        # What netmon has seen since is evidence, and a record that was written is not written again.
        return
    now = time.time_ns() // 1_000_000
    metered = {(one.object, one.service, one.valid_from) for one in metering.assignments}
    for number, service in enumerate(loaded.inventory.services.values()):
        for position, member in enumerate(service.members):
            since = member.valid_from
            if since is None or since > now - _DAY_MS or (member.object, service.id, since) not in metered:
                continue
            path: Path = (*loaded.inventory_path, "services", number, "members", position, "valid_from")
            records = (now - since) // _INTERVAL_MS
            text = f"{records:,} records that say unknown come first: netmon has seen nothing since then"
            yield Problem(loaded.inventory_document.place(path), f"{member.object}: {text}", warning=True)
