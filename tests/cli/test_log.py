"""Log lines: fields, levels, the journal's form, and no secret in a traceback."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from netmon.telemetry.log import LogConfig, configure_log


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
