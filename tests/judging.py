"""Configurations with the shipped rules, compiled once for all tests of a process: each is judged as a reload is."""

from functools import cache
from pathlib import Path

from netmon.config.load import load
from netmon.config.rules import Judged, judge
from netmon.rulebook.memory import Memory

_memory = cache(Memory)


def judged(config: Path) -> Judged:
    """Judge a configuration file."""
    return judge(load(config), memory=_memory())
