"""``netmon init``: commented files to begin with."""

from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

from netmon.cli.frame import examples, fail

EPILOG = examples(
    ("netmon init", "in the current folder"),
    ("netmon init /etc/netmon", "for the service"),
)
_FILES = {"config.yaml": "config.yaml", "inventory.yaml": "inventory.yaml", "rules.yaml": "rules/site.yaml"}
_SWITCHED_ON = ("inventory: inventory.yaml", "rules: [rules]")
"""Lines of the starter config that are comments because the files beside it are not there yet."""


def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to write.")] = Path()) -> None:
    """Write a commented config.yaml, inventory.yaml and rules/site.yaml.

    A file that is there already is never overwritten: then nothing is written at all.
    """
    targets = {name: folder / target for name, target in _FILES.items()}
    for target in targets.values():
        if target.exists():
            fail(f"{target} is there already; nothing was written")
    try:
        for name, target in targets.items():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(_text(name))
            typer.echo(f"wrote {target}")
    except OSError as error:
        fail(f"{error.filename}: {(error.strerror or 'cannot be written').lower()}")
    typer.echo(f"next: netmon check --config {targets['config.yaml']}")


def _text(name: str) -> str:
    text = (resources.files("netmon.config.starter") / name).read_text()
    for line in _SWITCHED_ON:
        text = text.replace(f"# {line}\n", f"{line}\n")
    return text
