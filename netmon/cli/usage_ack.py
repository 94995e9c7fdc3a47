"""``netmon usage ack``: billing has files, said on the host."""

import getpass
import re
from typing import Annotated

import msgspec
import typer

from netmon.cli.engine import NoEngine, ask
from netmon.cli.frame import PROBLEM, ConfigOption, JsonOption, count, examples, fail, print_json, read_settings
from netmon.domain.request import AckAnswer, AckCall

EPILOG = examples(
    ("netmon usage ack --feed main --through 42", "billing has file 42 and all before it"),
    ("netmon usage ack --feed main --through 42 --sha256 HEX", "refused where it took other octets"),
)

_HASH = re.compile("[0-9a-fA-F]{64}")


def ack(
    feed: Annotated[str, typer.Option(metavar="NAME", help="Which feed.")],
    through: Annotated[int, typer.Option(metavar="N", min=1, help="Number of the last file (file_seq).")],
    sha256: Annotated[
        str, typer.Option(metavar="HEX", help="Hash of that file as billing took it.", show_default=False)
    ] = "",
    config: ConfigOption = None,
    json: JsonOption = False,
) -> None:
    """Say that billing has a file and all before it: they go into the archive, and may be deleted in time.

    The daemon must run; a consumer without this command puts an empty file NAME.ack into the folder `ack` of the feed.

    Exit code 1: the feed has no such file, or the hash is another one, of which an alarm tells. Then nothing is
    acknowledged.
    """
    if sha256 and not _HASH.fullmatch(sha256):
        fail(f"--sha256: expected the 64 hexadecimal digits of a SHA-256, not {sha256!r}")
    data_dir = read_settings(config).data_dir
    call = AckCall(feed, through, f"cli:{getpass.getuser()}", sha256, audit=True)
    try:
        status, answer = ask(data_dir, "/internal/v1/usage/ack", call)
    except NoEngine as error:
        fail(str(error))
    if status != 200:
        fail("; ".join(answer.get("problems", [])) or "the engine refused this", code=PROBLEM)
    done = msgspec.convert(answer, AckAnswer)
    if json:
        print_json(done)
    elif done.acknowledged:
        typer.echo(f"{count(done.acknowledged, 'file')} acknowledged, through file {done.through_file_seq}")
    else:
        typer.echo(f"file {done.through_file_seq} and all before it were acknowledged already")
