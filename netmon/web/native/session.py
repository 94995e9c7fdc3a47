"""``/api/v1/session``: who am I, and what this netmon is (specs/dashboard.md 2.3)."""

import msgspec

from netmon import __version__
from netmon.web.context import Call
from netmon.web.openapi import operation


class Limits(msgspec.Struct, frozen=True):
    """Limits that the dashboard keeps to."""

    live_max_alarms: int
    """More active alarms than these are not listed without a filter."""
    query_max_points: int
    """Most points of one series in a query."""
    flood_per_10min: int
    """More new alarms (root causes) in 10 min are a flood."""


class SessionInfo(msgspec.Struct, frozen=True):
    """Who is signed in, and where."""

    operator: str
    role: str
    rights: list[str]
    """read, operate, usage, admin, wallboard."""
    csrf: str
    """For the header X-Netmon-CSRF of every write; empty for a token, which needs none."""
    now: int
    """UTC ms."""
    version: str
    node_id: str
    limits: Limits
    features: list[str]


@operation("GET", "/api/v1/session", summary="Read the session", role="wallboard", answer=SessionInfo)
async def get_session(call: Call[None, None]) -> SessionInfo:
    """Tell who is signed in, what they may do, and what the dashboard must know to begin."""
    config = call.web.config
    return SessionInfo(
        operator=call.who.name,
        role=call.who.role,
        rights=sorted(call.who.rights),
        csrf=call.who.csrf,
        now=call.web.now_ms(),
        version=__version__,
        node_id=call.web.node_id,
        limits=Limits(config.live_max_alarms, config.query_max_points, config.flood_per_10min),
        features=[],
    )


OPERATIONS = (get_session,)
