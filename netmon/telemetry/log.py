"""Log lines to stderr: an event and its fields, as text or JSON; the journal adds the time itself."""

import logging
import os
import sys
from typing import Literal, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from netmon.telemetry.seldom import FewTracebacks

Level = Literal["debug", "info", "warning", "error"]


class LogConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``log`` of config.yaml."""

    level: Level = "info"
    """Less severe lines are left out."""
    format: Literal["text", "json"] = "text"
    """Text for people, or one JSON object per line."""


_TALKATIVE = ("uvicorn", "asyncio")
"""Libraries that tell of every start and stop of theirs, which says nothing about netmon: only warnings pass."""

_FEW = {name: FewTracebacks() for name in ("uvicorn.error", "asyncio")}
"""Where a request that met a bug is told of, and what a peer may bring about again and again."""

_PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}


def configure_log(config: LogConfig, *, stream: TextIO | None = None) -> None:
    """Send every log line of at least the level to ``stream`` (default: stderr); may be called again on a reload.

    Lines of libraries that use the standard ``logging`` take the same way, those below info left out,
    of uvicorn and asyncio those below warning.
    """
    out = sys.stderr if stream is None else stream
    level = logging.getLevelNamesMapping()[config.level.upper()]
    to_journal = "JOURNAL_STREAM" in os.environ and not out.isatty()
    known: list[Processor] = [structlog.stdlib.add_log_level, structlog.stdlib.add_logger_name]
    if not to_journal:
        known.append(structlog.processors.TimeStamper(fmt="iso", utc=True))
    structlog.configure(
        processors=[*known, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    handler = logging.StreamHandler(out)
    remove = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    rendering = [remove, *_renderers(config, out, to_journal=to_journal)]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=known, processors=rendering))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("netmon").setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name, few in _FEW.items():
        # A filter that is there already is not added again.
        logging.getLogger(name).addFilter(few)


def _renderers(config: LogConfig, out: TextIO, *, to_journal: bool) -> list[Processor]:
    # Tracebacks as plain text: the richer forms print local variables, and these may hold secrets.
    if config.format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    pretty = out.isatty() and "NO_COLOR" not in os.environ
    plain = structlog.dev.ConsoleRenderer(
        colors=pretty, pad_event_to=30 if pretty else 0, exception_formatter=structlog.dev.plain_traceback
    )
    return [_Journal(plain)] if to_journal else [plain]


class _Journal:
    """Puts the priority in front of every line, as sd-daemon(3) has it."""

    def __init__(self, render: structlog.dev.ConsoleRenderer) -> None:
        self._render = render

    def __call__(self, logger: WrappedLogger, method: str, event: EventDict) -> str:
        mark = f"<{_PRIORITIES.get(str(event.get('level')), 6)}>"
        return "\n".join(mark + line for line in str(self._render(logger, method, event)).split("\n"))
