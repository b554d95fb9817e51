"""`scanner bench pipe` sends events through a real pipe between real processes, and knows when one is missing."""

import json

import pytest
import trio

from scanner.bench import pipe
from scanner.bench.pipe import Miscarried, Task, measure, stream
from scanner.model.pulse import Pulse
from scanner.wire.frames import HEADER
from scanner.wire.messages import Batch, Farewell, encode

SAID = []


async def test_every_size_of_batch_is_measured_in_every_pass():
    """One object that JSON can write; both ends' CPU times add up, and all events arrived."""
    told = await pipe.run(2, SAID.append, events={1: 40, 16: 640})
    assert json.loads(json.dumps(told)) == told
    assert (told["bench"], told["passes"]) == ("pipe", 2)
    assert [row["measure"] for row in told["rows"]] == ["pipe_1", "pipe_16"]
    one, many = (row["ours"] for row in told["rows"])
    assert set(one) == {
        *("cpu_us", "writer_cpu_us", "reader_cpu_us", "events", "wall_s", "rate_per_s", "event_bytes", "range"),
    }
    assert (one["events"], many["events"]) == (40, 640)
    assert one["event_bytes"] > many["event_bytes"] > 40
    assert len(SAID) == 4


def test_bytes_are_those_that_went_through_the_pipe():
    """Header and all."""
    task = Task(8, 20, 3)
    events = stream(task)
    frames = [encode(Batch(events[first : first + 8])) for first in (0, 8, 16)]
    assert measure(8, 20, 3)["event_bytes"] == sum(HEADER + len(frame) for frame in frames) / 20


def test_both_ends_know_the_same_stream():
    """As long as is wanted, whatever the market yields; another seed, another stream."""
    assert len(stream(Task(1, 50_000, 1))) == 50_000
    assert stream(Task(1, 100, 1)) == stream(Task(64, 100, 1))
    assert stream(Task(1, 100, 1)) != stream(Task(1, 100, 2))


@pytest.mark.parametrize("wrong", [Task(8, 39, 1), Task(8, 40, 2)], ids=["an event less", "other events"])
def test_what_was_not_sent_spoils_the_measure(monkeypatch, wrong):
    """Counted, and compared value by value."""
    start = pipe.start
    monkeypatch.setattr(pipe, "start", lambda name, entry, _spec: start(name, entry, pipe.msgspec.json.encode(wrong)))
    with pytest.raises(Miscarried, match="of 40"):
        measure(8, 40, 1)


async def test_only_batches_and_a_pulse_are_expected():
    """Anything else is no measure."""
    mail = [Batch(stream(Task(2, 2, 1))), Farewell()]
    with pytest.raises(Miscarried, match="Farewell"):
        await pipe._read(_Uplink(mail))


class _Uplink:
    def __init__(self, mail):
        self.mail = mail

    async def receive(self):
        await trio.lowlevel.checkpoint()
        return self.mail.pop(0)


async def test_the_sample_is_bounded(monkeypatch):
    """A long measure does not keep all that it reads."""
    monkeypatch.setattr(pipe, "SAMPLE", 3)
    batch = Batch(stream(Task(2, 2, 1)))
    reading = await pipe._read(_Uplink([batch] * 50 + [Pulse(1, {}, (), 0, "", 0.0, 0)]))
    assert (reading.events, len(reading.sample)) == (100, 4)
