"""What was traded in the last minute and the last five runs on event time, cell by cell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.detectors.baseline import Baseline
from scanner.detectors.tape import Tape
from scanner.detectors.windows import CELL_S, FIVE_S, MINUTE_S
from scanner.model.moments import SECOND

START = 1_790_000_040 * SECOND


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 400_000_000, SECOND, 7 * SECOND, 59 * SECOND, 60 * SECOND, 400 * SECOND, -SECOND]),
            st.integers(1, 1_000_000),
            st.sampled_from(["buy", "sell"]),
        ),
        min_size=1,
        max_size=80,
    )
)
def test_the_windows_are_what_a_look_at_all_trades_finds(steps):
    """Turnover of each side, trades and buys, for the growing cell and the closed ones of the window before it."""
    tape = Tape(Baseline(), START, 100.0)
    now = newest = START
    seen = []
    for pause, turnover, side in steps:
        now += pause
        newest = max(newest, now)
        tape.add(now, 100.0, float(turnover), side)
        seen.append((newest // SECOND // CELL_S, turnover, side))
        cell = newest // SECOND // CELL_S
        minute = [trade for trade in seen if trade[0] > cell - MINUTE_S // CELL_S]
        five = [trade for trade in seen if trade[0] > cell - FIVE_S // CELL_S]
        for flow, name in ((tape.bought, "buy"), (tape.sold, "sell")):
            assert flow.minute == sum(trade[1] for trade in minute if trade[2] == name)
            assert flow.five == sum(trade[1] for trade in five if trade[2] == name)
        assert tape.minute_trades == (len(minute), sum(trade[2] == "buy" for trade in minute))


def test_the_growing_minute_is_not_in_its_own_baseline():
    """However much is traded in it: the next minute's first trade closes it. The first, partial one never counts."""
    baseline = Baseline()
    baseline.seed(1440 * 200.0)
    tape = Tape(baseline, 90 * SECOND, 1.0)
    for second, turnover in ((90, 1e9), (119, 1e9), (120, 500.0), (179, 500.0)):
        tape.add(second * SECOND, 1.0, turnover, "buy")
        assert tape.bought.usual == 100.0
    tape.add(180 * SECOND, 1.0, 7.0, "buy")
    assert tape.bought.usual == pytest.approx(100.0 + (1000.0 - 100.0) / 61)
    assert tape.sold.usual == pytest.approx(100.0 - 100.0 / 61)


def test_rounding_errors_do_not_pile_up():
    """After one huge trade has left the windows, small ones are summed nearly as if it had never been."""
    tape = Tape(Baseline(), 60 * SECOND, 1.0)
    tape.add(60 * SECOND, 1.0, 1e10, "buy")
    for second in range(61, 660):
        tape.add(second * SECOND, 1.0, 0.1, "buy")
    assert tape.bought.minute == pytest.approx(6.0, abs=1e-3)
    assert tape.bought.five == pytest.approx(30.0, abs=1e-3)


def test_each_closed_cell_knows_the_confirmed_price_at_its_end():
    """A single misprint at the end of one is not its price."""
    tape = Tape(Baseline(), START, 100.0)
    for second, price in ((0, 100.0), (1, 100.0), (4, 900.0), (5, 100.0), (6, 101.0), (7, 101.0), (21, 101.0)):
        tape.add(START + second * SECOND, price, 1.0, "buy")
    first = START // SECOND // CELL_S
    closed = [(number - first, price, turnover) for number, price, turnover in tape.windows.turnovers()]
    assert closed == [(0, 100.0, 3.0), (1, 101.0, 3.0)]
    assert tape.windows.growing == 1.0
