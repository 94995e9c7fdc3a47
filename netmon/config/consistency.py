"""What must hold between the parts of a configuration that are right each by itself."""

from collections.abc import Iterator, Sequence
from typing import Any

from netmon.config.schema import Config
from netmon.domain.place import Document, Path

_ONCE = ("parquet", "prometheus")
"""Outputs of netmon itself: there is one of each."""


def problems(config: Config, document: Document) -> Iterator[tuple[Path, str]]:
    """Yield every contradiction with the path to mend it.

    A list of which some item could not be read is not looked at: positions in it would be wrong.
    """
    for path, message in config.traps.problems(credential_ids(document)):
        yield ("traps", *path), message
    feeds, outputs = config.usage.feeds, config.outputs
    if _is_whole(document, ("credentials",), config.credentials):
        yield from _taken(("credentials",), "id", [credential.id for credential in config.credentials])
    if _is_whole(document, ("usage", "feeds"), feeds):
        yield from _taken(("usage", "feeds"), "id", [feed.id for feed in feeds])
        yield from _taken(("usage", "feeds"), "node_id", [feed.node_id or "the node's" for feed in feeds])
    if _is_whole(document, ("outputs",), outputs):
        kinds = [str(output.__struct_config__.tag) for output in outputs]
        yield from _taken(
            ("outputs",), "type", [f"{at}" if kind not in _ONCE else kind for at, kind in enumerate(kinds)]
        )
    if config.web.enabled and config.web.listen.port and config.web.listen == config.engine.listen:
        yield ("web", "listen"), f"{config.web.listen} is the address of engine.listen already"


def credential_ids(document: Document) -> list[str]:
    """Return the ids of all credentials, of those too in which something else is wrong."""
    items = _raw(document, ("credentials",))
    return [item["id"] for item in items if isinstance(item, dict) and isinstance(item.get("id"), str)]


def _taken(path: Path, key: str, values: Sequence[str]) -> Iterator[tuple[Path, str]]:
    for position, value in enumerate(values):
        if value in values[:position]:
            first = f"{path[-1]}[{values.index(value)}]"
            yield (*path, position, key), f'"{value}" stands at {first} already'


def _is_whole(document: Document, path: Path, read: Sequence[Any]) -> bool:
    return len(_raw(document, path) or read) == len(read)


def _raw(document: Document, path: Path) -> list[Any]:
    data = document.data
    for part in path:
        data = data.get(part) if isinstance(data, dict) else None
    return data if isinstance(data, list) else []
