"""Small child processes with one habit each; the tests' supervisor runs them for real."""

import os
import signal

import trio

from scanner.bus.base import BusClosed
from scanner.bus.pipe import PipeReader, PipeWriter, own
from scanner.model.pulse import Pulse
from scanner.wire.messages import Farewell, decode_down

PULSE = Pulse(1, {}, (), 0, "", 0.0, 0)


def obedient(_spec, up, down):
    """Pulses, and leaves when it is told to."""
    trio.run(_obey, up, down)


def falling(_spec, _up, _down):
    """Falls at once, with an exit code of its own."""
    os._exit(3)


def deaf(_spec, up, _down):
    """Pulses, but hears neither Stop nor SIGTERM."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    trio.run(_pulse, PipeWriter(own(up.fileno())))


def frozen(_spec, _up, _down):
    """Stops itself as SIGSTOP from outside would."""
    os.kill(os.getpid(), signal.SIGSTOP)
    signal.pause()


def babbling(_spec, up, _down):
    """Writes what is no frame of ours."""
    os.write(up.fileno(), b"\xff\xff\xff\xff nonsense")
    signal.pause()


async def _obey(up, down):
    uplink, downlink = PipeWriter(own(up.fileno())), PipeReader(own(down.fileno()), decode_down)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(_pulse, uplink)
        try:
            await downlink.receive()
        except BusClosed:
            os._exit(9)
        nursery.cancel_scope.cancel()
    await uplink.send(Farewell())


async def _pulse(uplink):
    while True:
        await uplink.send(PULSE)
        await trio.sleep(0.05)
