"""The leaderboard ranks the last five minutes as a slow, obvious reading of all trades would."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cli import leaderboard
from scanner.cli.leaderboard import STEP, STEPS, Leaderboard
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Ticker, Trade

NOW = 1_800_000_000 * 1_000_000_000
SECOND = 1_000_000_000


def trade(coin, price, size=1.0, at_s=0, exchange="upbit"):
    at = NOW + round(at_s * SECOND)
    return Trade(exchange, Instrument(coin, "KRW"), at, at, "1", price, size, "buy")


def ticker(coin, price, turnover, at_s=0):
    at = NOW + round(at_s * SECOND)
    return Ticker("upbit", Instrument(coin, "KRW"), at, at, price, 1.0, turnover)


def seen(*events):
    board = Leaderboard()
    board.see(events)
    return board


def at(seconds):
    return NOW + round(seconds * SECOND)


def test_movers_are_ranked_by_distance_up_or_down():
    # Promise: a crash is as worth seeing as a climb.
    board = seen(
        *(trade(coin, 100.0) for coin in ("UP", "DOWN", "CALM")),
        trade("UP", 105.0, at_s=60),
        trade("DOWN", 90.0, at_s=60),
        trade("CALM", 101.0, at_s=60),
    )
    movers = board.movers(2, at(61))
    assert [(str(leader.instrument), round(leader.change, 4)) for leader in movers] == [
        ("DOWN/KRW", -0.1),
        ("UP/KRW", 0.05),
    ]
    assert movers[0].price == 90.0


def test_volumes_are_ranked_by_what_was_traded_here():
    # Promise: price times size of the trades we saw; the day's turnover comes from the venue.
    board = seen(
        trade("A", 10.0, 2.0), trade("A", 10.0, 1.0, at_s=40), trade("B", 5.0, 4.0), ticker("A", 10.0, 1e9, at_s=41)
    )
    first, second = board.volumes(5, at(42))
    assert (str(first.instrument), first.turnover_5m, first.turnover_24h) == ("A/KRW", 30.0, 1e9)
    assert (str(second.instrument), second.turnover_5m, second.turnover_24h) == ("B/KRW", 20.0, 0.0)


def test_what_happened_more_than_five_minutes_ago_is_forgotten():
    # Promise: an old pump does not lead the board for ever.
    board = seen(trade("A", 100.0), trade("A", 150.0, at_s=5))
    assert board.movers(1, at(6))[0].change == 0.5
    assert board.movers(1, at(5 * 60))[0].change == 0.5
    (leader,) = board.movers(1, at(5 * 60 + 30))
    assert (leader.change, leader.turnover_5m, leader.price) == (0.0, 0.0, 150.0)


def test_the_same_coin_on_two_venues_is_two_rows():
    # Promise: venues are compared, not mixed.
    board = seen(trade("A", 1.0, exchange="upbit"), trade("A", 2.0, exchange="bithumb"))
    assert {leader.exchange for leader in board.movers(9, at(1))} == {"upbit", "bithumb"}


def test_other_events_are_let_pass():
    # Promise: every batch may be shown as it is.
    assert seen(Gap("upbit", "trade", (), 0, NOW, "closed")).movers(1, NOW) == []


def test_the_number_of_rows_is_bounded(monkeypatch):
    # Promise: no venue can fill our memory with coins.
    monkeypatch.setattr(leaderboard, "MOST_INSTRUMENTS", 3)
    assert len(seen(*(trade(f"C{n}", 1.0) for n in range(9))).movers(99, NOW)) == 3


@given(
    st.lists(st.tuples(st.integers(0, 900), st.floats(1.0, 100.0), st.floats(0.1, 10.0)), min_size=1, max_size=60),
    st.integers(0, 400),
)
def test_it_agrees_with_reading_all_trades_again(trades, later):
    # Promise: cheap bookkeeping, right numbers: the same steps, computed slowly from the whole history.
    trades.sort()
    board = seen(*(trade("A", price, size, at_s=second) for second, price, size in trades))
    asked = at(trades[-1][0] + later)
    oldest = asked // STEP - STEPS
    steps = [(at(second) // STEP, price, size) for second, price, size in trades]
    recent = [(price, size) for step, price, size in steps if step >= oldest]
    before = [price for step, price, _ in steps if step < oldest]
    opening = (before[-1] if before else recent[0][0]) if recent else trades[-1][1]
    (leader,) = board.volumes(1, asked)
    assert leader.turnover_5m == pytest.approx(sum(price * size for price, size in recent), abs=1e-6)
    assert leader.change == pytest.approx(trades[-1][1] / opening - 1)
