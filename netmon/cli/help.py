"""Help of every command as people read it: paragraphs as wide as the terminal, and no types where they tell nothing."""

import inspect
import re
from collections.abc import Callable
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

Function = TypeVar("Function", bound=Callable[..., Any])

_BREAK = re.compile(r"(?<!\n)\n(?!\n| {4})")
"""A line that goes on in the next one; what stands indented is an example and stays as it is."""


class Command(TyperCommand):
    """A command with readable help."""

    def __init__(self, name: str | None, **settings: Any) -> None:
        super().__init__(name, **settings)
        self.help = _joined(self.help)
        _tidy(self.params)

    def get_params(self, ctx: Any) -> Any:
        """Return all parameters, with ``--help``."""
        return _tidy(super().get_params(ctx))


class Group(TyperGroup):
    """A group of commands with readable help."""

    def get_params(self, ctx: Any) -> Any:
        """Return all parameters, with ``--help``."""
        return _tidy(super().get_params(ctx))


class Commands(typer.Typer):
    """A group of commands that all have readable help."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(cls=Group, **settings)

    def command(self, name: str | None = None, **settings: Any) -> Callable[[Function], Function]:
        """Add a command, as ``typer.Typer.command`` does."""
        return super().command(name, cls=Command, **settings)


def _joined(text: str | None) -> str | None:
    return None if text is None else _BREAK.sub(" ", inspect.cleandoc(text))


def _tidy(params: list[Any]) -> list[Any]:
    for param in params:
        if param.param_type_name == "argument":
            vars(param)["display_type_rich"] = _nothing
        elif param.is_flag:
            param.metavar = ""
    return params


def _nothing(**_: Any) -> None:
    """What an argument is, its name and its sentence say."""
