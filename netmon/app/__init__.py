"""Composition root: everything is built, started and stopped here, and nowhere else."""

from netmon.app.replay import replay
from netmon.app.rule_tests import run_rule_tests
from netmon.app.run import CannotStart, run

__all__ = ["CannotStart", "replay", "run", "run_rule_tests"]
