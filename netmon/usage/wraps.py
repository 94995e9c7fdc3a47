"""How long 32-bit counters can go unread before they may have begun anew twice (specs/usage.md section 10)."""

_TURN = 1 << 32
_DIVISORS_S = (300, 150, 100, 75, 60, 50, 30, 25, 20, 15, 12, 10, 6, 5, 4, 3, 2, 1)
"""Of the 300 s of a slot, which poll intervals must divide."""
_UNITS = ((10**9, "Gb/s"), (10**6, "Mb/s"), (10**3, "kb/s"))


def longest_ms(speed_bps: int, *, tol_pct: int = 10, tol_octets: int = 65_536) -> int:
    """Return the longest time between two readings for which the cap of the pair rules stays below one turn."""
    # cap = c + c * pct // 100 + octets, and c = speed * ms // 8000.
    most = (_TURN - 1 - tol_octets) * 100 // (100 + tol_pct)
    return ((most + 1) * 8_000 - 1) // speed_bps


def too_seldom(speed_bps: int, poll_ms: int) -> str:
    """Return what is wrong where 32-bit counters at a speed are read so seldom that no pair counts; else empty."""
    limit_ms = longest_ms(speed_bps)
    if poll_ms <= limit_ms:
        return ""
    turn = (_TURN * 80 + speed_bps // 2) // speed_bps
    good = next((one for one in _DIVISORS_S if one * 1000 <= limit_ms), None)
    poll = f"Poll every {good} s or less, or use" if good is not None else "Use"
    return (
        f"32-bit counters at {_speed(speed_bps)} wrap in {turn // 10}.{turn % 10} s, polled every {poll_ms // 1000} s: "
        f"no interval can be billed. {poll} ifHCInOctets (SNMPv2c or v3)"
    )


def _speed(bps: int) -> str:
    for unit, name in _UNITS:
        if bps >= unit and not bps % unit:
            return f"{bps // unit} {name}"
    return f"{bps:,} bit/s"
