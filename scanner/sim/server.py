"""The simulated exchanges as servers: one REST port and one WebSocket port for each venue."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack

import trio

from scanner.sim.capture import load
from scanner.sim.clock import Clock
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
    clock = Clock(options.origin_ns)
    houses = {name: _house(VENUES[name], options, clock) for name in options.exchanges}
    with ExitStack() as ports:
        listeners = {name: _listeners(ports, options, place) for place, name in enumerate(houses)}
        async with trio.open_nursery() as nursery:
            for name, house in houses.items():
                rest, websocket = listeners[name]
                nursery.start_soon(house.run)
                nursery.start_soon(_serve_websocket, house, websocket)
                await nursery.start(_serve_rest, house, houses, rest)
            task_status.started({name: _urls(houses[name].venue, *listeners[name]) for name in houses})


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
        return TapeProgram(venue, load(options.replay), options.speed, clock)
    return LiveProgram(venue, options.scenario, options.seed, clock.origin_ns)


async def _serve_websocket(house: House, listener: socket.socket) -> None:
    own = trio.SocketListener(trio.socket.from_stdlib_socket(listener))
    await trio.serve_listeners(house.converse, [own])


async def _serve_rest(
    house: House,
    houses: Mapping[str, House],
    listener: socket.socket,
    *,
    task_status: trio.TaskStatus[object] = trio.TASK_STATUS_IGNORED,
) -> None:
    """HTTP is imported here: a tenth of a second that nobody who only describes a scenario has to wait for."""
    from hypercorn.config import Config  # noqa: PLC0415  # see above
    from hypercorn.trio import serve as serve_http  # noqa: PLC0415  # see above

    from scanner.sim.http import application  # noqa: PLC0415  # see above

    config = Config()
    config.bind = [f"fd://{os.dup(listener.fileno())}"]
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


def _urls(venue: Venue, rest: socket.socket, websocket: socket.socket) -> dict[str, str]:
    return {"rest_url": f"http://{_address(rest)}", "ws_url": f"ws://{_address(websocket)}{venue.ws_path}"}


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
