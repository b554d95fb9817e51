"""Each receiver gets its alerts at its own pace, with bounded patience, and what it does not get is counted."""

import pytest
import structlog
import trio

from scanner.alerts import delivery as module
from scanner.alerts.delivery import CAPACITY, RETRIES, Delivery
from scanner.alerts.routing import Routing
from scanner.sinks.base import Delivered, Refused, Retry
from tests.alerts.signals import alerts

LONGEST = {"draw": lambda _, high: high}
"""Waits without jitter: 1, 2, 4, 8, 16 s."""


class Receiver:
    """A sink that answers what it is told to, then `Delivered`, and keeps a diary in virtual time."""

    def __init__(self, *answers, takes=0.0):
        self.answers = list(answers)
        self.takes = takes
        self.attempts = []
        self.got = []
        self.closed_at = None

    async def deliver(self, alert):
        self.attempts.append(trio.current_time())
        await trio.sleep(self.takes)
        answer = self.answers.pop(0) if self.answers else Delivered()
        if isinstance(answer, Delivered):
            self.got.append(alert)
        return answer

    async def aclose(self):
        assert self.closed_at is None
        self.closed_at = trio.current_time()


def delivery_to(**sinks):
    return Delivery(sinks, Routing(sinks), **LONGEST)


async def serve(delivery, offered, *, grace_s=1e6):
    """Offer all at once, then close and wait until delivery has ended; how long that took."""
    began = trio.current_time()
    for alert in offered:
        delivery.offer(alert)
    delivery.close(grace_s)
    await delivery.run()
    return trio.current_time() - began


def outcomes(delivery, name):
    return {outcome: count for (receiver, outcome), count in delivery.outcomes.items() if receiver == name and count}


async def test_alerts_arrive_in_order_at_every_receiver(autojump_clock):
    one, two = Receiver(), Receiver()
    delivery = delivery_to(one=one, two=two)
    offered = alerts(3)
    await serve(delivery, offered)
    assert one.got == two.got == offered
    assert outcomes(delivery, "one") == outcomes(delivery, "two") == {"delivered": 3}


async def test_every_outcome_is_known_before_it_happens():
    """So that a graph shows a nought instead of nothing."""
    assert delivery_to(one=Receiver()).outcomes == dict.fromkeys(
        [("one", "delivered"), ("one", "retried"), ("one", "refused"), ("one", "given_up"), ("one", "dropped")], 0
    )


async def test_a_retry_waits_longer_each_time_and_the_next_alert_begins_anew(autojump_clock):
    """1, 2, 4 s; then the second alert's first wait is 1 s again."""
    receiver = Receiver(Retry("no"), Retry("no"), Retry("no"), Delivered(), Retry("no"))
    delivery = delivery_to(one=receiver)
    began = trio.current_time()
    await serve(delivery, alerts(2))
    assert [moment - began for moment in receiver.attempts] == [0, 1, 3, 7, 7, 8]
    assert outcomes(delivery, "one") == {"retried": 4, "delivered": 2}


async def test_after_five_retries_an_alert_is_given_up_and_the_next_has_its_turn(autojump_clock):
    receiver = Receiver(*[Retry("no")] * (RETRIES + 1))
    delivery = delivery_to(one=receiver)
    offered = alerts(2)
    assert await serve(delivery, offered) == 1 + 2 + 4 + 8 + 16
    assert receiver.got == offered[1:]
    assert outcomes(delivery, "one") == {"retried": 5, "given_up": 1, "delivered": 1}


@pytest.mark.parametrize(("asked", "waited"), [(30.0, 30.0), (0.0, 1.0), (0.5, 1.0), (None, 1.0), (86_400.0, 300.0)])
async def test_a_receiver_s_wish_to_wait_is_honoured_within_reason(asked, waited, autojump_clock):
    """Never sooner than our own manners, never later than five minutes: an alert is news."""
    assert await serve(delivery_to(one=Receiver(Retry("busy", asked))), alerts(1)) == waited


async def test_what_is_refused_is_not_tried_again(autojump_clock):
    receiver = Receiver(Refused("gone"))
    delivery = delivery_to(one=receiver)
    assert await serve(delivery, alerts(2)) == 0
    assert len(receiver.attempts) == 2
    assert outcomes(delivery, "one") == {"refused": 1, "delivered": 1}


async def test_a_slow_receiver_delays_nobody(autojump_clock, nursery):
    """Neither whoever offers nor the other receiver: it has its alerts at once, the slow one takes an hour each."""
    slow, quick = Receiver(takes=3600.0), Receiver()
    delivery = delivery_to(slow=slow, quick=quick)
    nursery.start_soon(delivery.run)
    began = trio.current_time()
    offered = alerts(10)
    for alert in offered:
        delivery.offer(alert)
    await trio.testing.wait_all_tasks_blocked()
    assert trio.current_time() == began
    assert quick.got == offered
    assert slow.got == []
    delivery.close(0)


async def test_a_burst_of_a_thousand_is_no_trouble(autojump_clock):
    """Before anybody reads: a crash over two venues is half of that."""
    receiver = Receiver()
    delivery = delivery_to(one=receiver)
    offered = alerts(1000)
    await serve(delivery, offered)
    assert receiver.got == offered
    assert outcomes(delivery, "one") == {"delivered": 1000}


async def test_what_is_too_much_drops_the_oldest_counted_and_said_once(autojump_clock):
    receiver = Receiver()
    delivery = delivery_to(one=receiver)
    offered = alerts(CAPACITY + 7)
    with structlog.testing.capture_logs() as lines:
        await serve(delivery, offered)
    assert receiver.got == offered[7:]
    assert outcomes(delivery, "one") == {"delivered": CAPACITY, "dropped": 7}
    assert lines == [
        {
            "event": "alert dropped",
            "log_level": "warning",
            "receiver": "one",
            "alert": offered[0].id,
            "why": "too many waiting",
            "left_out": 0,
        }
    ]


async def test_trouble_is_said_every_ten_seconds_with_what_was_left_out(autojump_clock):
    """Retries at 0, 1, 3, 7, 15 s are lines at 0 and 15 s; giving up is a line of its own."""
    with structlog.testing.capture_logs() as lines:
        await serve(delivery_to(one=Receiver(*[Retry("busy")] * 6)), alerts(1))
    assert [(line["event"], line["why"], line["left_out"]) for line in lines] == [
        ("alert retried", "busy", 0),
        ("alert retried", "busy", 3),
        ("alert given_up", "busy", 0),
    ]


async def test_closing_delivers_what_waits_within_its_grace(autojump_clock):
    """Five at 2 s each within 7 s: three arrive, the rest is counted as dropped, and the sink is closed once."""
    receiver = Receiver(takes=2.0)
    delivery = delivery_to(one=receiver)
    began = trio.current_time()
    assert await serve(delivery, alerts(5), grace_s=7) == 7
    assert len(receiver.got) == 3
    assert receiver.closed_at == began + 7
    assert outcomes(delivery, "one") == {"delivered": 3, "dropped": 2}


async def test_what_came_while_a_receiver_was_busy_is_not_forgotten_at_closing(autojump_clock, nursery):
    """One in its hand and two in its mailbox: none arrived, and all three are accounted for."""
    delivery = delivery_to(one=Receiver(takes=3600.0))
    nursery.start_soon(delivery.run)
    first, *others = alerts(3)
    delivery.offer(first)
    await trio.testing.wait_all_tasks_blocked()
    for alert in others:
        delivery.offer(alert)
    delivery.close(1.0)
    await trio.sleep(2.0)
    assert outcomes(delivery, "one") == {"dropped": 3}


async def test_an_alert_after_closing_is_counted_not_raised(autojump_clock):
    delivery = delivery_to(one=Receiver())
    await serve(delivery, [])
    delivery.offer(alerts(1)[0])
    assert outcomes(delivery, "one") == {"dropped": 1}


async def test_a_sink_that_cannot_let_go_does_not_hold_up_the_end(autojump_clock):
    """Closing it has two seconds, even when all around is being cancelled."""

    class Clinging(Receiver):
        async def aclose(self):
            await trio.sleep_forever()

    began = trio.current_time()
    with trio.CancelScope() as scope:
        scope.cancel()
        await delivery_to(one=Clinging()).run()
    assert trio.current_time() - began == module.FAREWELL_S


async def test_a_bug_in_a_sink_falls_loudly(autojump_clock):
    """It is no outcome: nobody must mistake it for a receiver's refusal."""
    broken = Receiver(takes="no number")
    with pytest.RaisesGroup(TypeError):
        await serve(delivery_to(one=broken), alerts(1))
