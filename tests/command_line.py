"""netmon's command line in the process of the tests: its commands are built once, not for each call."""

from functools import cache
from unittest.mock import patch

from typer.main import get_command
from typer.testing import CliRunner, Result

from netmon.cli.main import cli

_built = cache(get_command)


def call(*words: str, stdin: bytes = b"", **environment: str) -> Result:
    """Return what a command printed, and how it ended."""
    with patch("typer.testing._get_command", _built):
        return CliRunner().invoke(cli, words, input=stdin, env=environment)
