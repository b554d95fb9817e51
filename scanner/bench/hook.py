"""Somebody to post alerts to: a web server of its own process that takes everything and keeps nothing."""

from __future__ import annotations

import os
from functools import partial

import hypercorn.trio
import trio
from hypercorn.config import Config
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scanner.bench import child
from scanner.telemetry.bind import address_of, bind

TAKEN = 204
LAST = 19
"""Niceness: a receiver on another machine would take no processor of this one, and push nobody off it."""


def serve() -> None:
    """Say where it listens, and serve until nobody wants it any more."""
    os.nice(LAST)
    trio.run(_serve)


async def _serve() -> None:
    listener = bind("127.0.0.1", 0)
    address = address_of(listener)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.errorlog = None
    pages = Starlette(routes=[Route("/hook", _take, methods=["POST"])])
    async with trio.open_nursery() as nursery:
        await nursery.start(partial(hypercorn.trio.serve, pages, config))  # type: ignore[arg-type]  # starlette's scopes are any mapping, hypercorn's are typed ones
        child.say({"url": f"{address}/hook"})
        await child.until_unwanted()
        nursery.cancel_scope.cancel()


async def _take(request: Request) -> Response:
    await request.body()
    return Response(status_code=TAKEN)
