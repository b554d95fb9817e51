"""A load server: Upbit's dialect at any rate, with a REST side, on loopback, in a process of its own.

    async with child.serving("scanner.bench.server:serve", {"instruments": 300, "rate": 5000}) as place:
        place["ws"], place["rest"], place["ca"]

The simulated exchanges play a market and its misbehaviour; this one only has to be faster than whoever reads. What it
sends is made in `feed`, when it is sent is decided in `floor`, requests are read at the simulator's own desk.
"""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import trio
from hypercorn.config import Config
from hypercorn.trio import serve as serve_http
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scanner.bench.child import say, until_unwanted
from scanner.bench.client import Client
from scanner.bench.coin import Coin
from scanner.bench.floor import Floor, Load
from scanner.bench.view import View
from scanner.sim.venues.rest import TicketRest
from scanner.sim.venues.upbit import UpbitRest

HOST = "127.0.0.1"
PATH = "/websocket/v1"


def serve(**options: Any) -> None:
    """Serve a `Load` with these options until the standard input closes; says `ws`, `rest` and `ca`.

    `ca` is a file with the certificate of whoever signed ours; None without TLS, which only the WebSocket speaks.
    """
    trio.run(_serve, msgspec.convert(options, Load))


async def _serve(load: Load) -> None:
    with _secured(load) as (context, authority):
        async with trio.open_nursery() as nursery:
            place = await nursery.start(run, load, context)
            say({**place, "ca": authority})
            await until_unwanted()
            nursery.cancel_scope.cancel()


async def run(
    load: Load, context: ssl.SSLContext | None = None, *, task_status: trio.TaskStatus[dict[str, str]]
) -> None:
    """Serve until cancelled; reports `ws` and `rest` once both listen."""
    market = load.coins()
    floor = Floor(load, market)
    by_code = {coin.code: coin for coin in market}
    with socket.create_server((HOST, 0)) as rest, socket.create_server((HOST, 0), backlog=128) as websocket:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(floor.run)
            nursery.start_soon(_serve_websocket, websocket, context, floor, load, by_code)
            await nursery.start(_serve_rest, rest, UpbitRest(View(market, load.usual_minute)))
            scheme = "wss" if context else "ws"
            task_status.started(
                {"ws": f"{scheme}://{HOST}:{_port(websocket)}{PATH}", "rest": f"http://{HOST}:{_port(rest)}"}
            )


async def _serve_websocket(
    listener: socket.socket, context: ssl.SSLContext | None, floor: Floor, load: Load, by_code: Mapping[str, Coin]
) -> None:
    plain = trio.SocketListener(trio.socket.from_stdlib_socket(listener.dup()))

    async def converse(stream: trio.abc.Stream) -> None:
        await Client.serve(stream, floor, load, by_code)

    if context is None:
        await trio.serve_listeners(converse, [plain])
    else:
        await trio.serve_listeners(converse, [trio.SSLListener(plain, context, https_compatible=True)])


async def _serve_rest(
    listener: socket.socket, rest: TicketRest, *, task_status: trio.TaskStatus[object] = trio.TASK_STATUS_IGNORED
) -> None:
    async def quotation(request: Request) -> Response:
        answer = rest.answer(request.url.path, dict(request.query_params))
        return Response(answer.body, answer.status, media_type=answer.content_type)

    config = Config()
    config.bind = [f"fd://{os.dup(listener.fileno())}"]
    config.errorlog = None  # where it listens is told by `say`
    config.graceful_timeout = 0
    app = Starlette(routes=[Route("/{path:path}", quotation, methods=["GET"])])
    await serve_http(app, config, mode="asgi", task_status=task_status)  # type: ignore[arg-type]  # starlette is ASGI


@contextmanager
def _secured(load: Load) -> Iterator[tuple[ssl.SSLContext | None, str | None]]:
    """The server's side of TLS, and the file with its authority's certificate, for an hour."""
    if not load.tls:
        yield None, None
        return
    import trustme  # noqa: PLC0415  # an extra, which nobody needs who asks for no TLS

    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(HOST).configure_cert(context)
    with TemporaryDirectory(prefix="scanner-bench-") as folder:
        file = Path(folder, "authority.pem")
        authority.cert_pem.write_to_path(str(file))
        yield context, str(file)


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port
