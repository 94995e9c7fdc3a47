"""Composition root: everything is built, started and stopped here, and nowhere else."""

from netmon.app.replay import replay
from netmon.app.run import run

__all__ = ["replay", "run"]
