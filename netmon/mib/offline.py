"""Keeps the HTTP client of pysmi's readers out of the worker: there is no network, ever (specs/snmp.md section 7).

Import it before pysmi. Loading the real one alone would open a socket, to see whether the host speaks IPv6.
"""

import sys
from types import ModuleType


def session() -> None:
    """Stand in for ``requests.session``.

    Raises:
        RuntimeError: always.
    """
    raise RuntimeError("the MIB compiler reads files only")


_requests = ModuleType("requests")
vars(_requests)["session"] = session
sys.modules["requests"] = _requests
