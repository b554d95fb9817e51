"""When a receiver may be tried again, however lucky the draw."""

import pytest

from scanner.delivery.standing import Standing
from scanner.delivery.tallies import Failing
from scanner.sinks.base import Retry

NO = Retry("busy")


def shortest(low, _):
    return low


def test_after_five_failures_in_a_row_it_rests_between_probes_whatever_is_drawn():
    """15, 30, 60 s and no longer: when it is back its letters should not be old."""
    standing = Standing(shortest)
    waits = []
    for number in range(9):
        now = number * 100.0
        assert standing.state(now) == ("failing" if number else "up")
        standing.retry(NO, now, at=number)
        waits.append(standing.wait(now))
    assert waits == pytest.approx([0.1, 0.2, 0.4, 0.8, 15, 30, 60, 60, 60])
    assert standing.state(800.0) == "open"
    assert standing.failing == Failing(0, "busy")


def test_one_success_forgives_all():
    standing = Standing(shortest)
    for number in range(9):
        standing.retry(NO, number * 100.0, at=number)
    standing.succeeded()
    assert (standing.state(800.0), standing.wait(800.0), standing.failing) == ("up", 0.0, None)
    standing.retry(NO, 801.0, at=801)
    assert standing.wait(801.0) == pytest.approx(0.1)


def test_a_refusal_of_one_message_holds_up_no_other():
    standing = Standing(shortest)
    standing.failed("answered 400", at=7)
    assert (standing.state(0.0), standing.wait(0.0)) == ("failing", 0.0)
    assert standing.failing == Failing(7, "answered 400")


def test_what_is_disabled_stays_so_until_it_is_enabled():
    standing = Standing(shortest)
    standing.disable("answered 410", at=7)
    assert (standing.state(0.0), standing.disabled) == ("disabled", "answered 410")
    standing.enable()
    assert (standing.state(0.0), standing.disabled, standing.failing) == ("up", "", None)
