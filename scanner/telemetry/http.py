"""The ops server: metrics, health and explanations over HTTP, on the main loop; metrics are rendered in a thread."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from functools import partial
from time import time_ns
from typing import Any

import hypercorn.trio
import msgspec
import trio
from hypercorn.config import Config
from hypercorn.logging import Logger
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from scanner.telemetry import log
from scanner.telemetry.bind import PortInUse, address_of, bind
from scanner.telemetry.health import Health
from scanner.telemetry.metrics import Metrics

__all__ = ["PortInUse", "address_of", "application", "bind", "serve"]

GOODBYE_S = 1.0
"""How long requests in flight may take when the server is told to stop."""
IDLE_S = 75.0
"""How long a kept connection may be silent: longer than the usual scrape interval."""
RENDERS_AT_ONCE = 1
"""Two scrapers wait for each other; rendering twice at once would only slow the main loop twice."""
UNAVAILABLE = 503
WRONG = 400
LONGEST_SYMBOL = 100
"""Characters of a symbol that anybody asks about."""

_INDEX = """<!doctype html><html lang="en"><title>scanner</title><h1>scanner</h1><ul>
<li><a href="/metrics">/metrics</a>: for Prometheus
<li><a href="/livez">/livez</a>: does the main loop turn? Then it answers; no answer means that it hangs.
<li><a href="/startupz">/startupz</a>: has every wanted venue had data once, or failed for good?
<li><a href="/readyz">/readyz</a>: is every wanted venue fresh, and if not, why and since when?
<li>/explain?symbol=BTC/KRW&amp;exchange=upbit: what does each rule see there, and what does it ask?
</ul></html>
"""

Explain = Callable[[str, str], msgspec.Struct]
"""Symbol, exchange (empty for all) → each rule's numbers, now. On the main loop, so it answers within a millisecond."""
Answer = Callable[[Request], Awaitable[Response]]


async def serve(
    listener: socket.socket,
    metrics: Metrics,
    health: Health,
    *,
    clock: Callable[[], int] = time_ns,
    explain: Explain | None = None,
    task_status: trio.TaskStatus[str] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Answer on `listener`, which it takes over, until cancelled; started with `http://host:port` when it answers."""
    address = address_of(listener)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.logger_class = _Log
    config.include_server_header = False
    config.graceful_timeout = GOODBYE_S
    config.keep_alive_timeout = IDLE_S
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(hypercorn.trio.serve, application(metrics, health, clock, explain), config))  # type: ignore[arg-type]  # starlette's scopes are any mapping, hypercorn's are typed ones
        task_status.started(address)


def application(
    metrics: Metrics, health: Health, clock: Callable[[], int] = time_ns, explain: Explain | None = None
) -> Starlette:
    """The pages, for any ASGI server under trio; `/explain` exists where somebody explains."""
    renders = trio.CapacityLimiter(RENDERS_AT_ONCE)

    async def index(_: Request) -> Response:
        return HTMLResponse(_INDEX)

    async def show_metrics(request: Request) -> Response:
        accept = request.headers.get("accept", "")
        body, content_type = await trio.to_thread.run_sync(metrics.render, accept, limiter=renders)
        return Response(body, headers={"content-type": content_type})

    async def show_life(_: Request) -> Response:
        return _json(health.live(clock()), well=True)

    async def show_readiness(_: Request) -> Response:
        report = health.ready(clock())
        return _json(report, well=report.ready)

    async def show_startup(_: Request) -> Response:
        report = health.startup(clock())
        return _json(report, well=report.started)

    pages: dict[str, Answer] = {
        "/": index,
        "/metrics": show_metrics,
        "/livez": show_life,
        "/readyz": show_readiness,
        "/startupz": show_startup,
    }
    if explain is not None:
        pages["/explain"] = partial(_show_explanation, explain)
    return Starlette(routes=[Route(path, answer, methods=["GET"]) for path, answer in pages.items()])


async def _show_explanation(explain: Explain, request: Request) -> Response:
    symbol = request.query_params.get("symbol", "").strip()
    if not 0 < len(symbol) <= LONGEST_SYMBOL:
        why = f"expected ?symbol= with a coin or a pair of 1 to {LONGEST_SYMBOL} characters, such as BTC or BTC/KRW"
        return PlainTextResponse(f"{why}\n", status_code=WRONG)
    return _json(explain(symbol, request.query_params.get("exchange", "").strip()), well=True)


def _json(value: msgspec.Struct, *, well: bool) -> Response:
    return Response(
        msgspec.json.encode(value),
        status_code=200 if well else UNAVAILABLE,
        media_type="application/json",
        headers={"cache-control": "no-store"},
    )


class _Log(Logger):
    """What hypercorn says, our way: where it listens is ours to announce, its troubles are worth a line."""

    async def info(self, message: str, *args: Any, **_: Any) -> None:
        """Small talk."""
        log.get(actor="ops").debug(message, *args)

    async def warning(self, message: str, *args: Any, **_: Any) -> None:
        """Trouble that it copes with."""
        log.get(actor="ops").warning(message, *args)

    async def error(self, message: str, *args: Any, **_: Any) -> None:
        """Trouble of one request."""
        log.get(actor="ops").error(message, *args)

    async def exception(self, message: str, *args: Any, **_: Any) -> None:
        """A bug in one of the pages; the traceback goes with it."""
        log.get(actor="ops").exception(message, *args)
