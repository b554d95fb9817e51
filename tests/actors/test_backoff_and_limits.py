"""Waits grow, limits hold exactly, and restarts are counted as OTP counts them."""

import trio
from hypothesis import given
from hypothesis import strategies as st

from scanner.actors.backoff import Backoff, Breaker
from scanner.actors.intensity import Intensity
from scanner.actors.limiter import Limiter, SlidingWindow


def longest(_low: float, high: float) -> float:
    """The unluckiest draw."""
    return high


def test_ceilings_double_from_one_second_to_a_minute():
    """Full jitter's ceilings: 1, 2, 4 … 60 s."""
    backoff = Backoff(1, 60, draw=longest)
    assert [backoff.next() for _ in range(8)] == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_healthy_minute_makes_the_next_failure_the_first_again():
    """What ran for 60 s is not the thing that failed before."""
    backoff = Backoff(1, 60, draw=longest)
    assert [backoff.next(), backoff.next(lasted=59.9), backoff.next(lasted=60.0), backoff.next()] == [1, 2, 1, 2]


@given(st.integers(0, 2000))
def test_every_wait_lies_between_a_tenth_of_its_ceiling_and_the_ceiling(failures):
    """Never zero, so an unlucky draw does not hammer; never above a minute, however long the trouble."""
    backoff = Backoff(1, 60)
    backoff.failures = failures
    ceiling = min(60, 2.0 ** min(failures, 30))
    assert ceiling / 10 <= backoff.next() <= ceiling


def test_the_breaker_opens_at_the_third_refusal_and_for_twice_as_long_with_every_failed_probe():
    """Going on after 'no' turns a limit into a ban; the rest never grows beyond what the venue itself would impose."""
    breaker, waits = Breaker(limit=3, rest_s=100, first_s=15), []
    for now in (0, 1, 3, 203, 403, 603, 803):
        breaker.refused(now)
        waits.append(breaker.wait(now))
    assert waits == [0, 0, 15, 30, 60, 100, 100]
    breaker.succeeded()
    breaker.refused(1203)
    assert breaker.wait(1203) == 0


def test_refusals_that_come_together_are_one_answer():
    """Five connections made at once and refused at once are no reason to stay away for ten minutes."""
    breaker = Breaker(limit=3, rest_s=600)
    for now in (0, 0.1, 0.2, 0.3, 0.9):
        breaker.refused(now)
    assert breaker.wait(1) == 0


def test_the_peer_s_own_wish_is_kept_within_reason():
    """Retry-After holds for everybody who shares the breaker, but not for longer than the peer's longest block."""
    breaker = Breaker(limit=3, rest_s=600)
    breaker.refused(0, wish=7)
    assert breaker.wait(2) == 5
    breaker.refused(10, wish=1e9)
    assert breaker.wait(10) == 600


async def test_no_window_ever_holds_more_than_its_count(autojump_clock):
    """Five a second and eight in four seconds, for twenty callers at once: both hold at every moment."""
    limiter = Limiter(((5, 1.0), (8, 4.0)))
    start = trio.current_time()
    times: list[float] = []

    async def call() -> None:
        await limiter.acquire()
        times.append(trio.current_time() - start)

    async with trio.open_nursery() as nursery:
        for _ in range(20):
            nursery.start_soon(call)
    assert times == [0] * 5 + [1] * 3 + [4] * 5 + [5] * 3 + [8] * 4


def test_the_sixth_restart_within_a_minute_is_one_too_many():
    """Five restarts in 60 s are life; what is older is forgotten."""
    intensity = Intensity(limit=5, period_s=60)
    assert [intensity.exceeded_by(float(second)) for second in range(0, 60, 10)] == [False] * 5 + [True]
    intensity = Intensity(limit=5, period_s=60)
    assert not any(intensity.exceeded_by(float(second)) for second in range(0, 600, 12))


@given(st.lists(st.tuples(st.floats(0, 3), st.integers(1, 12)), max_size=60), st.integers(3, 10))
def test_weights_are_counted_in_every_window(calls, count):
    """Against a slow obvious model: in no second is more than the count taken, unless one call alone weighs more."""
    window, now, taken = SlidingWindow(count, 1.0), 0.0, []
    for pause, weight in calls:
        now += pause
        now += window.wait(now, weight)
        assert window.wait(now, weight) == 0
        window.take(now, weight)
        taken.append((now, weight))
    for at, _ in taken:
        together = [weight for then, weight in taken if at - 1.0 + 1e-9 < then <= at]
        assert sum(together) <= count or len(together) == 1


async def test_a_call_that_weighs_more_than_the_window_is_not_held_for_ever(autojump_clock):
    """It waits until nothing else counts, and goes alone."""
    limiter = Limiter(((5, 1.0),))
    start = trio.current_time()
    await limiter.acquire(2)
    await limiter.acquire(9)
    assert trio.current_time() - start == 1
    await limiter.acquire(1)
    assert trio.current_time() - start == 2
