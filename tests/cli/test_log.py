"""Log lines: fields, levels, the journal's form, and no secret in a traceback."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from netmon.telemetry.log import LogConfig, configure_log
from netmon.telemetry.seldom import FewTracebacks


@pytest.fixture(autouse=True)
def restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(config: LogConfig) -> list[str]:
    stream = io.StringIO()
    configure_log(config, stream=stream)
    log = structlog.get_logger("netmon.traps")
    log.debug("quiet")
    log.warning("trap dropped", agent="192.0.2.7", reason="malformed")
    logging.getLogger("uvicorn").warning("hello %s", "there")
    logging.getLogger("asyncio").debug("chatter")
    return stream.getvalue().splitlines()


def test_text() -> None:
    first, second = lines(LogConfig())
    assert first.endswith("[warning  ] trap dropped [netmon.traps] agent=192.0.2.7 reason=malformed")
    assert first[:2] == "20"
    assert second.endswith("hello there [uvicorn]")


@pytest.mark.parametrize("level", ["debug", "info"])
def test_what_libraries_tell_of_every_start_and_stop_is_left_out(level: Literal["debug", "info"]) -> None:
    stream = io.StringIO()
    configure_log(LogConfig(level=level), stream=stream)
    for name in ("uvicorn", "uvicorn.error", "asyncio"):
        logging.getLogger(name).info("Finished server process")
        logging.getLogger(name).error("what is wrong")
    assert [line.partition("]")[2].split(" [")[0].strip() for line in stream.getvalue().splitlines()] == [
        "what is wrong"
    ] * 3


def test_json_with_debug() -> None:
    quiet, dropped, _ = map(json.loads, lines(LogConfig(level="debug", format="json")))
    assert quiet["event"] == "quiet"
    assert (dropped["event"], dropped["level"], dropped["reason"]) == ("trap dropped", "warning", "malformed")


def test_the_journal_gets_priorities_and_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNAL_STREAM", "8:1")
    assert lines(LogConfig())[0] == "<4>[warning  ] trap dropped [netmon.traps] agent=192.0.2.7 reason=malformed"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_traceback_shows_no_local_variable(form: Literal["text", "json"]) -> None:
    stream = io.StringIO()
    configure_log(LogConfig(format=form), stream=stream)
    password = "hunter2"
    try:
        raise KeyError(len(password))
    except KeyError:
        structlog.get_logger("netmon").exception("bug")
    assert "KeyError" in stream.getvalue()
    assert "'hunter2'" not in stream.getvalue()


def test_few_tracebacks_pass_and_the_next_one_tells_of_the_rest() -> None:
    out, clock = io.StringIO(), [0.0]
    logger = logging.Logger("uvicorn.error")
    logger.addHandler(logging.StreamHandler(out))
    logger.addFilter(FewTracebacks(most=3, within_s=60, now=lambda: clock[0]))

    def meet_bug(times: int) -> None:
        for _ in range(times):
            try:
                raise RuntimeError
            except RuntimeError:
                logger.exception("bug")

    meet_bug(1_000)
    logger.warning("something else")
    assert (out.getvalue().count("Traceback"), out.getvalue().count("something else")) == (3, 1)
    clock[0] = 60
    meet_bug(5)
    assert out.getvalue().count("Traceback") == 6
    assert "bug (997 more were left out)" in out.getvalue()


def test_a_server_that_meets_a_bug_again_and_again_fills_no_disk() -> None:
    stream = io.StringIO()
    for _ in range(2):
        configure_log(LogConfig(), stream=stream)
    limits = [one for one in logging.getLogger("uvicorn.error").filters if isinstance(one, FewTracebacks)]
    assert len(limits) == 1
