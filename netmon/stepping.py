"""Steps the core; a bug costs the rest of one observation, not the daemon, and the same when it is replayed."""

from collections.abc import Callable

import structlog

from netmon.domain.observation import Observation
from netmon.domain.output import Output
from netmon.step import Core
from netmon.telemetry.seldom import Seldom

log = structlog.get_logger("netmon.pipeline")


class Stepping:
    """One core and those who step it; ``failed`` hears of each bug, the log of a few in a minute."""

    def __init__(self, core: Core, *, failed: Callable[[], object] = lambda: None) -> None:
        self._core = core
        self._failed = failed
        self._seldom = Seldom()

    def again(self, seq: int, observation: Observation) -> list[Output]:
        """Return what observation ``seq`` of a log means, as far as the core gets."""
        self._core.seq = seq - 1
        outputs: list[Output] = []
        self.step_into(outputs, observation)
        return outputs

    def step_into(self, outputs: list[Output], observation: Observation) -> None:
        """Add what the next observation means to ``outputs``."""
        try:
            self._core.step_into(outputs, observation)
        except Exception:
            self._failed()
            if (left_out := self._seldom.turn()) is not None:
                kind = type(observation).__name__
                log.exception("observation failed", seq=self._core.seq, kind=kind, left_out=left_out)
