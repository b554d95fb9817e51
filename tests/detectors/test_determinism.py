"""The same events give the same signals, and what happens to one instrument is nobody else's business."""

from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from scanner.model.instrument import Instrument
from tests.detectors.streams import gap, signals, ticker, trade

COINS = [Instrument(base, "KRW") for base in ("AAA", "BBB", "CCC")]


@st.composite
def streams(draw):
    """Per instrument, an hour of erratic trading with tickers and holes; and an order in which to deal them out."""
    per_coin = []
    for coin in COINS:
        second, price, events = 0.0, 100.0, [ticker(0, 100.0, draw(st.sampled_from([1e3, 1e6])), instrument=coin)]
        for pause, factor, size, side, hole in draw(
            st.lists(
                st.tuples(
                    st.sampled_from([0.0, 0.2, 1.0, 20.0, 90.0]),
                    st.sampled_from([1.0, 1.0, 0.97, 1.04, 1.08]),
                    st.sampled_from([1.0, 1e5]),
                    st.sampled_from(["buy", "buy", "sell"]),
                    st.sampled_from([False] * 9 + [True]),
                ),
                max_size=40,
            )
        ):
            second, price = second + pause, price * factor
            events.append(gap(second, coin) if hole else trade(second, price, size, side, instrument=coin))
        per_coin.append(events)
    turns = [number for number, events in enumerate(per_coin) for _ in events]
    return per_coin, draw(st.permutations(turns))


@given(streams())
def test_interleaving_changes_nothing_about_any_instrument(stream):
    """Dealt out in any order that keeps each instrument's own, the signals about each are the same as alone."""
    per_coin, turns = stream
    hands = [iter(events) for events in per_coin]
    mixed = signals(next(hands[turn]) for turn in turns)
    for coin, events in zip(COINS, per_coin, strict=True):
        assert [signal for signal in mixed if signal.instrument == coin] == signals(events)


@given(streams())
def test_the_same_events_give_the_same_signals(stream):
    per_coin, _ = stream
    events = [event for coin in per_coin for event in coin]
    assert signals(events) == signals(events)


def test_venues_do_not_know_each_other():
    """The same coin at other prices on another venue, trade by trade in turn: no jump between the two."""
    numbers = count()
    apart = [
        trade(next(numbers) / 10, price, exchange=exchange)
        for _ in range(100)
        for exchange, price in (("upbit", 100.0), ("bithumb", 120.0))
    ]
    assert signals(apart) == []


def test_the_streams_above_do_raise_signals():
    """A property about nothing would hold for everything."""
    climb = [trade(second / 5, 100.0 * 1.04 ** (second // 3), 1e5) for second in range(40)]
    assert [signal.rule for signal in signals([ticker(0, 100.0, 1e6), *climb])] == ["pump", "volume_spike"]
