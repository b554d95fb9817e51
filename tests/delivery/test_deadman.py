"""Somebody outside is told that all is well, as long as it is."""

import structlog
import trio

from scanner.delivery.deadman import Deadman
from scanner.sinks.base import Delivered, Refused, Retry


async def beat(nursery, *answers, healthy=lambda: True, every_s=60.0):
    """A switch whose pings are answered like this, then well; and when it pinged."""
    script, pings, began = list(answers), [], trio.current_time()

    async def ping():
        pings.append(trio.current_time() - began)
        answer = script.pop(0) if script else Delivered()
        if isinstance(answer, float):
            await trio.sleep(answer)
            answer = Delivered()
        return answer

    deadman = Deadman(ping, healthy, every_s)
    nursery.start_soon(deadman.run)
    return deadman, pings


async def test_it_pings_at_once_and_then_every_so_often(autojump_clock, nursery):
    deadman, pings = await beat(nursery)
    await trio.sleep(150)
    assert pings == [0, 60, 120]
    assert deadman.outcomes == {"sent": 3, "failed": 0, "withheld": 0}


async def test_a_ping_that_takes_its_time_does_not_shift_the_next(autojump_clock, nursery):
    _, pings = await beat(nursery, 20.0, 20.0)
    await trio.sleep(130)
    assert pings == [0, 60, 120]


async def test_while_it_is_not_well_nothing_is_said(autojump_clock, nursery):
    """That is the alarm."""
    began = trio.current_time()
    deadman, pings = await beat(nursery, healthy=lambda: not 30 < trio.current_time() - began < 150)
    await trio.sleep(190)
    assert pings == [0, 180]
    assert deadman.outcomes == {"sent": 2, "failed": 0, "withheld": 2}


async def test_a_ping_that_fails_is_counted_said_seldom_and_tried_at_the_next_turn(autojump_clock, nursery):
    """Also one that is never answered: it is given up when the next is due."""
    with structlog.testing.capture_logs() as lines:
        deadman, pings = await beat(nursery, Retry("busy"), Refused("no"), 1e9)
        await trio.sleep(190)
    assert pings == [0, 60, 120, 180]
    assert deadman.outcomes == {"sent": 1, "failed": 3, "withheld": 0}
    assert [(line["event"], line["why"]) for line in lines] == [("dead man's ping failed", "busy")]
