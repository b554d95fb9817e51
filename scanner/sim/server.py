"""The simulated exchanges as servers: one REST port and one WebSocket port for each venue."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack, suppress

import trio

from scanner.sim.capture import load
from scanner.sim.captures.registry import READERS
from scanner.sim.clock import Clock
from scanner.sim.connection import HANDSHAKE_S
from scanner.sim.faults import FAULTS, Faults
from scanner.sim.house import House
from scanner.sim.options import CannotServe, Options
from scanner.sim.programs import LiveProgram, Program, TapeProgram
from scanner.sim.scenario import SCENARIOS
from scanner.sim.venues.base import Venue
from scanner.sim.venues.registry import VENUES

__all__ = ["CannotServe", "Options", "serve"]

BACKLOG = 128

Urls = dict[str, dict[str, str]]
"""Venue → `rest_url` and `ws_url`."""


async def serve(options: Options, *, task_status: trio.TaskStatus[Urls] = trio.TASK_STATUS_IGNORED) -> None:
    """Serve until cancelled; reports the addresses once all of them listen. `CannotServe` when that is impossible."""
    _check("exchange", options.exchanges, VENUES)
    _check("scenario", [options.scenario], SCENARIOS)
    _check("fault", [fault.name for fault in options.faults], FAULTS)
    tls = _tls(options)
    clock = Clock(options.origin_ns)
    houses = {name: _house(VENUES[name], options, clock) for name in options.exchanges}
    with ExitStack() as ports:
        listeners = {name: _listeners(ports, options, place) for place, name in enumerate(houses)}
        async with trio.open_nursery() as nursery:
            for name, house in houses.items():
                rest, websocket = listeners[name]
                nursery.start_soon(house.run)
                nursery.start_soon(_serve_websocket, house, websocket, tls)
                await nursery.start(_serve_rest, house, houses, rest, options)
            secure = "s" if tls else ""
            task_status.started({name: _urls(houses[name].venue, *listeners[name], secure) for name in houses})


def _check(what: str, names: Iterable[str], known: Collection[str]) -> None:
    for name in names:
        if name not in known:
            raise CannotServe(f"unknown {what} {name!r}: expected one of {', '.join(known)}")


def _house(venue: Venue, options: Options, clock: Clock) -> House:
    faults = Faults(fault for fault in options.faults if fault.exchange == venue.name)
    return House(
        venue, _program(venue, options, clock), clock, faults, closes_after_error=options.after_error == "close"
    )


def _program(venue: Venue, options: Options, clock: Clock) -> Program:
    if options.replay:
        _check("exchange with captures", [venue.name], READERS)
        return TapeProgram(venue, load(options.replay, READERS[venue.name]), options.speed, clock)
    return LiveProgram(venue, options.scenario, options.seed, clock.origin_ns)


def _tls(options: Options) -> ssl.SSLContext | None:
    """The server's side of TLS; None for plain text."""
    if not options.tls_cert and not options.tls_key:
        return None
    if not options.tls_cert or not options.tls_key:
        raise CannotServe("TLS needs a certificate and its key: expected both --tls-cert and --tls-key, or neither")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(options.tls_cert, options.tls_key)
    except OSError as error:  # SSLError is one
        reason = error.strerror or error
        raise CannotServe(f"cannot use the certificate {options.tls_cert} with {options.tls_key}: {reason}") from error
    return context


async def _serve_websocket(house: House, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
    own = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
    if tls is None:
        await trio.serve_listeners(house.converse, [own])

    async def converse(stream: trio.SSLStream[trio.SocketStream]) -> None:
        if await _is_secure(stream):
            await house.converse(stream)

    # As browsers do, clients often leave without TLS's own farewell: that is no broken connection.
    await trio.serve_listeners(converse, [trio.SSLListener(own, tls, https_compatible=True)])


async def _is_secure(stream: trio.SSLStream[trio.SocketStream]) -> bool:
    """Whether the client speaks TLS; whoever does not is left at once."""
    secure = False
    with trio.move_on_after(HANDSHAKE_S), suppress(trio.BrokenResourceError):
        await stream.do_handshake()
        secure = True
    if not secure:
        await trio.aclose_forcefully(stream)
    return secure


async def _serve_rest(
    house: House,
    houses: Mapping[str, House],
    listener: socket.socket,
    options: Options,
    *,
    task_status: trio.TaskStatus[object] = trio.TASK_STATUS_IGNORED,
) -> None:
    """HTTP is imported here: a tenth of a second that nobody who only describes a scenario has to wait for."""
    from hypercorn.config import Config  # noqa: PLC0415  # see above
    from hypercorn.trio import serve as serve_http  # noqa: PLC0415  # see above

    from scanner.sim.http import application  # noqa: PLC0415  # see above

    config = Config()
    config.bind = [f"fd://{os.dup(listener.fileno())}"]
    config.certfile, config.keyfile = options.tls_cert or None, options.tls_key or None
    config.errorlog = None  # where it listens is told by who asked for it
    config.graceful_timeout = 0
    app = application(house, houses)
    await serve_http(app, config, mode="asgi", task_status=task_status)  # type: ignore[arg-type]  # starlette is ASGI


def _listeners(ports: ExitStack, options: Options, place: int) -> tuple[socket.socket, socket.socket]:
    first = options.port and options.port + 2 * place
    rest, websocket = (ports.enter_context(_listen(options.host, first and first + offset)) for offset in range(2))
    return rest, websocket


def _listen(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family, backlog=BACKLOG)
    except (OSError, OverflowError, UnicodeError) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno and error.errno > 0 else error
        raise CannotServe(f"cannot listen on {host}:{port}: {reason}; expected a free port, or 0 for any") from error


def _urls(venue: Venue, rest: socket.socket, websocket: socket.socket, secure: str) -> dict[str, str]:
    return {
        "rest_url": f"http{secure}://{_address(rest)}",
        "ws_url": f"ws{secure}://{_address(websocket)}{venue.ws_path}",
    }


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
