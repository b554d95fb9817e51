"""One way to log: structlog to stderr, coloured lines on a terminal, one JSON object a line otherwise.

Logging never waits: who reads stderr may be stuck (Ctrl-S, a stalled collector) or gone, and the scanner goes on.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from typing import Any

import structlog

from scanner.telemetry.stream import LAST_WORDS_S, Outbox

LEVELS = ("debug", "info", "warning", "error")

_stderr = Outbox(2)
"""One for the process, however often it is configured, so that lines keep their order."""


def configure(level: str = "info", *, json: bool | None = None) -> None:
    """Set up logging for this process. `json` None means: JSON unless stderr is a terminal."""
    as_json = (sys.stderr is None or not sys.stderr.isatty()) if json is None else json
    colourful = os.environ.get("TERM", "dumb") != "dumb" and not os.environ.get("NO_COLOR")
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=colourful)
    processors: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        renderer,
    ]
    _stderr.describe_lost = lambda lines: _rendered(processors, "log lines lost", lines=lines)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=_logger_factory(),
        cache_logger_on_first_use=False,
    )


def flush(patience_s: float = LAST_WORDS_S) -> bool:
    """Wait until every line has left, but not longer than this; whether that came. A normal exit does it by itself."""
    return _stderr.flush(patience_s)


class Seldom:
    """Says each kind of trouble at most once in `every_s`; the next line counts those that were left out.

    `clock` gives seconds; trio's makes the silence as virtual as the rest of a test.
    """

    def __init__(self, logger: Any, clock: Callable[[], float], every_s: float = 10.0) -> None:
        self._log = logger
        self._clock = clock
        self._every_s = every_s
        self._quiet_until: dict[str, float] = {}
        self._left_out: dict[str, int] = {}

    def warning(self, event: str, **facts: Any) -> None:
        """Log this, unless the same event was logged a moment ago."""
        now = self._clock()
        if now < self._quiet_until.get(event, float("-inf")):
            self._left_out[event] = self._left_out.get(event, 0) + 1
            return
        self._quiet_until[event] = now + self._every_s
        self._log.warning(event, **facts, left_out=self._left_out.pop(event, 0))


def get(**context: Any) -> Any:
    """A logger that carries `context` (exchange, shard, link …) on every line."""
    return structlog.get_logger(**context)


def _logger_factory() -> Callable[..., Any]:
    if sys.stderr is None:  # it was closed when the process started
        return structlog.ReturnLoggerFactory()
    if sys.stderr is not sys.__stderr__:  # somebody captures it, in memory, and expects each line there at once
        return structlog.WriteLoggerFactory(file=sys.stderr)
    return structlog.WriteLoggerFactory(file=_stderr)  # type: ignore[arg-type]  # it only writes and flushes


def _rendered(processors: list[Any], event: str, **facts: Any) -> str:
    """A warning as a line, past the logger."""
    entry: Any = {"event": event, **facts}
    for processor in processors:
        entry = processor(None, "warning", entry)
    return str(entry)
