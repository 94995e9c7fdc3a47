"""The names of the shipped MIBs, compiled once for all tests."""

from functools import cache

from netmon.config.data_dir import default_data_dir, mib_cache
from netmon.config.shipped import shipped_mibs
from netmon.mib.compile import compile_all
from netmon.mib.names import MibView


@cache
def shipped_names() -> MibView:
    """Return them out of the user's cache, whose entries are named by what they hold."""
    return MibView(compile_all(shipped_mibs(), mib_cache(default_data_dir())).modules)
