"""What must hold between the parts of a configuration that are right each by itself."""

import grp
from collections.abc import Iterator, Sequence
from typing import Any

from netmon.config.schema import Config
from netmon.domain.place import Document, Path
from netmon.outputs.usage.feed import UsageFeedConfig

_ONCE = ("parquet", "prometheus")
"""Outputs of netmon itself: there is one of each."""


def problems(config: Config, document: Document) -> Iterator[tuple[Path, str]]:
    """Yield every contradiction with the path to mend it.

    A list of which some item could not be read is not looked at: positions in it would be wrong.
    """
    for path, message in config.traps.problems(credential_versions(document), config.realms):
        yield ("traps", *path), message
    yield from _realms(config)
    feeds, outputs = config.usage.feeds, config.outputs
    if is_whole(document, ("credentials",), config.credentials):
        yield from _taken(("credentials",), "id", [credential.id for credential in config.credentials])
    if is_whole(document, ("usage", "feeds"), feeds):
        yield from _taken(("usage", "feeds"), "id", [feed.id for feed in feeds])
        yield from _taken(("usage", "feeds"), "node_id", [feed.node_id or "the node's" for feed in feeds])
        yield from _groups(feeds)
    if 300_000 % config.usage.poll.ms:
        # specs/usage.md section 1: polls of billed ports meet every slot of 300 s.
        yield (
            ("usage", "poll"),
            f"{config.usage.poll} does not divide 5m (write 10s, 15s, 20s, 30s, 60s, 100s, 150s or 5m)",
        )
    if is_whole(document, ("outputs",), outputs):
        kinds = [str(output.__struct_config__.tag) for output in outputs]
        yield from _taken(
            ("outputs",), "type", [f"{at}" if kind not in _ONCE else kind for at, kind in enumerate(kinds)]
        )
    if config.web.enabled and config.engine.listen.port and config.engine.listen in config.web.listen:
        yield ("web", "listen"), f"{config.engine.listen} is the address of engine.listen already"


def _realms(config: Config) -> Iterator[tuple[Path, str]]:
    for name, realm in config.realms.items():
        for path, message in realm.problems():
            yield ("realms", name, *path), message


def _groups(feeds: Sequence[UsageFeedConfig]) -> Iterator[tuple[Path, str]]:
    for position, feed in enumerate(feeds):
        if feed.group and feed.group not in {entry.gr_name for entry in grp.getgrall()}:
            yield (
                ("usage", "feeds", position, "group"),
                f'there is no group "{feed.group}" on this host (groupadd makes one)',
            )


def credential_versions(document: Document) -> dict[str, str]:
    """Return the SNMP version of each credential by its id, of those too in which something else is wrong."""
    items = [item for item in _raw(document, ("credentials",)) if isinstance(item, dict)]
    named = [item for item in items if isinstance(item.get("id"), str)]
    return {item["id"]: str(item.get("version") or ("v3" if "user" in item else "")) for item in named}


def _taken(path: Path, key: str, values: Sequence[str]) -> Iterator[tuple[Path, str]]:
    for position, value in enumerate(values):
        if value in values[:position]:
            first = f"{path[-1]}[{values.index(value)}]"
            yield (*path, position, key), f'"{value}" stands at {first} already'


def is_whole(document: Document, path: Path, read: Sequence[Any]) -> bool:
    """Tell whether every item of a list could be read."""
    return len(_raw(document, path) or read) == len(read)


def _raw(document: Document, path: Path) -> list[Any]:
    data = document.data
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    return data if isinstance(data, list) else []
