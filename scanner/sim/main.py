"""The simulated exchanges as a child process: what `scanner start --sim` runs beside the workers."""

from __future__ import annotations

import signal
from time import process_time, time_ns

import msgspec
import trio

from scanner.bus.base import BusClosed
from scanner.bus.pipe import End, PipeWriter, child_ends
from scanner.model.pulse import Pulse
from scanner.sim.server import Options, serve
from scanner.telemetry import log
from scanner.wire.messages import Farewell, Listening

PULSE_S = 1.0


def run(spec: bytes, up: End, down: End) -> None:
    """The process' entry; `spec` is `Options` as msgpack. It leaves on Stop, SIGTERM, or when its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # only the parent decides
    log.configure("warning")
    trio.run(_open, msgspec.msgpack.decode(spec, type=Options), up, down)


async def _open(options: Options, up: End, down: End) -> None:
    uplink, downlink = child_ends(up, down)
    try:
        async with trio.open_nursery() as nursery:
            urls = await nursery.start(serve, options)
            await uplink.send(Listening(urls))
            nursery.start_soon(_pulse, uplink)
            await downlink.receive()
            nursery.cancel_scope.cancel()
        await uplink.send(Farewell())
    except* BusClosed:
        log.get(actor="sim").debug("the main process is gone, leaving")


async def _pulse(uplink: PipeWriter) -> None:
    while True:
        await uplink.send(Pulse(time_ns(), {}, (), 0, "", process_time(), 0))
        await trio.sleep(PULSE_S)
