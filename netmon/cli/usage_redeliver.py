"""``netmon usage redeliver``: published files once more, the same names and octets."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, count, examples, fail, print_json, read_settings
from netmon.config.load import Loaded
from netmon.outputs.usage.feed import UsageFeedConfig
from netmon.outputs.usage.redeliver import Redelivered
from netmon.outputs.usage.redeliver import redeliver as again
from netmon.outputs.usage.sign import signing_key
from netmon.storage.sqlite.store import open_store
from netmon.storage.store import StoreError

EPILOG = examples(
    ("netmon usage redeliver --feed main --from 42 --to 42", "one file that was lost or changed"),
    ("netmon usage redeliver --feed main --from 1 --to 9999999999", "whatever does not stand as it was published"),
)

_NO_ALARM = (
    "No alarm tells of what was refused (usage-feed-integrity is raised by the daemon alone, for files that it makes): "
    "tell operations, and agree with billing."
)


def redeliver(
    feed: Annotated[str, typer.Option(metavar="NAME", help="Which feed.")],
    first: Annotated[int, typer.Option("--from", metavar="N", min=1, help="Number of the first file (file_seq).")],
    last: Annotated[int, typer.Option("--to", metavar="N", min=1, help="Number of the last file.")],
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Put published files back into `out/` with the same names and octets, from the committed records.

    A file that stands there as it was published is left alone. The daemon may run or not; run it as the daemon's user.

    Exit code 1: a file would come out otherwise than it was published, and is not written, or there is none with these
    numbers. This command raises no alarm.
    """
    if first > last:
        fail("--to is less than --from")
    loaded = read_settings(config)
    path = loaded.data_dir / "netmon.db"
    if not path.is_file():
        fail(f"there is no {path}: netmon has not run with this data_dir (a config.yaml elsewhere: --config FILE)")
    try:
        found = _again(loaded, path, feed, first=first, last=last)
    except StoreError as error:
        fail(f"{path}: {error}")
    except (OSError, LookupError) as error:
        fail(f"{loaded.data_dir / 'usage' / feed}: {getattr(error, 'strerror', None) or error}")
    if json:
        print_json(found)
    else:
        _tell(found)
    if not found:
        fail(f"feed {feed} has published no file from {first} to {last}", code=PROBLEM)
    if any(one.outcome == "refused" for one in found):
        raise typer.Exit(PROBLEM)


def _again(loaded: Loaded, path: Path, feed: str, *, first: int, last: int) -> list[Redelivered]:
    of = next((one for one in loaded.config.usage.feeds if one.id == feed), UsageFeedConfig(id=feed))
    key = signing_key(loaded.secret(of.sign)) if of.sign is not None else None
    with closing(open_store(path, read_only=True)) as store:
        feeds = store.usage.filed_feeds()
        if feed not in feeds:
            fail(f"there is no feed {feed} with a file (one of {', '.join(feeds) or 'none'})")
        return list(again(store, loaded.data_dir / "usage", feed=feed, group=of.group, first=first, last=last, key=key))


def _tell(found: Sequence[Redelivered]) -> None:
    for one in found:
        typer.echo(f"{one.name}: {one.outcome}{f' ({one.why})' if one.why else ''}")
    written = sum(one.outcome == "written" for one in found)
    if any(one.outcome == "refused" for one in found):
        typer.echo(_NO_ALARM)
    typer.echo(f"{count(written, 'file')} written, {count(len(found), 'file')} looked at")
