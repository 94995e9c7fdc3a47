"""The shipped MIBs, compiled once for all tests."""

from functools import cache
from pathlib import Path

from netmon.config.data_dir import default_data_dir, mib_cache
from netmon.config.shipped import condensed_mibs, shipped, shipped_mibs
from netmon.mib.compile import compile_all
from netmon.mib.names import MibView
from netmon.mib.node import Module


def user_cache() -> Path:
    """Return the cache of the user, whose entries are named by what they hold."""
    return mib_cache(default_data_dir())


@cache
def shipped_modules() -> tuple[Module, ...]:
    """Return the modules out of the user's cache."""
    return compile_all((*shipped_mibs(), *condensed_mibs()), user_cache()).modules


@cache
def shipped_names() -> MibView:
    """Return the names of all of them."""
    return MibView(shipped_modules())


@cache
def standard_names() -> MibView:
    """Return the names of the standard ones, without netmon's own."""
    return MibView(compile_all([shipped("mibs") / "standard"], user_cache()).modules)
