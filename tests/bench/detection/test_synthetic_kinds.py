"""Each kind of thing that is staged looks as its name says, on the trades that the scanner sees."""

from functools import cache
from statistics import median

import pytest

from scanner.bench.detection.synthetic.scenes import scene
from scanner.model.market import Candle, Gap, Ticker, Trade

SECOND = 1_000_000_000
SCENES = range(4)
"""Of the hard set: every kind is among them more than once."""


@cache
def played(which, number):
    shown = scene(1, which, number)
    return shown.labels, list(shown.events())


def staged(kind):
    """Pairs of a label of that kind and the events of its instrument, or of all where it is about all."""
    scenes = [played("hard", number) for number in SCENES]
    found = [(label, about(label, events)) for labels, events in scenes for label in labels if label.kind == kind]
    assert len(found) > 1
    return found


def about(label, events):
    if label.instrument.base == "*":
        return events
    return [
        event
        for event in events
        if (label.instrument in event.instruments if type(event) is Gap else event.instrument == label.instrument)
    ]


def trades(events, begins, ends):
    return [event for event in events if type(event) is Trade and begins <= event.at < ends]


def seconds(label, begins_s, ends_s):
    return label.onset + round(begins_s * SECOND), label.onset + round(ends_s * SECOND)


def usual(label, events, before_s=0.0):
    """The median price of what was shown before, back to the opening ticker: thin coins may not trade for long."""
    ends = label.onset - round(before_s * SECOND)
    return median(event.price for event in events if type(event) in {Trade, Ticker} and event.at < ends)


def gain(label, events, begins_s, ends_s, side="buy"):
    """The furthest price of one side in the span, against the usual one before the onset."""
    before = usual(label, events)
    prices = [trade.price for trade in trades(events, *seconds(label, begins_s, ends_s)) if trade.side == side]
    return (max(prices) if side == "buy" else min(prices)) / before - 1


def test_a_slow_pump_takes_its_time():
    # Promise: no more than a third of it is there after a sixth of a minute.
    for label, events in staged("slow_pump"):
        whole = gain(label, events, 0, 310)
        assert 0.11 < whole < 0.7
        assert gain(label, events, 0, 10) < 0.4 * whole


def test_a_weak_pump_gains_four_to_eight_per_cent():
    # Promise: as prints show it, give or take the spread and the coin's own walk.
    for label, events in staged("weak_pump"):
        assert 0.03 < gain(label, events, 0, 60) < 0.1


def test_a_leak_is_bought_before_its_pump():
    # Promise: the price creeps up by 1 to 6 %, and the span in which a telling is right begins with it.
    for label, events in staged("leaked_pump"):
        leaks_s = (label.onset - label.since) / SECOND
        assert 120 <= leaks_s <= 480
        just = trades(events, *seconds(label, -120, 0))[-1].price
        assert 0.0 < just / usual(label, events, leaks_s) - 1 < 0.07
        assert gain(label, events, 0, 60) > 0.07


def test_the_second_pump_comes_twenty_minutes_after_the_first():
    # Promise: two labels, and a rise after each.
    found = staged("pump_again")
    for (one, events), (other, _) in zip(found[::2], found[1::2], strict=True):
        assert (other.onset - one.onset) == 1200 * SECOND
        for label in (one, other):
            just = trades(events, *seconds(label, -1200, 0))[-1].price
            assert max(trade.price for trade in trades(events, *seconds(label, 0, 120))) > 1.06 * just


def test_a_dump_falls_and_nothing_rose_before():
    # Promise: sellers get at least 8 % less; in the 20 minutes before no buyer paid much more.
    for label, events in staged("dump"):
        assert label.stage == "dump"
        assert gain(label, events, 0, 120, "sell") < -0.08
        assert gain(label, events, -1200, 0) < 0.05


def test_a_coin_by_ticker_shows_no_trade_and_at_most_one_ticker_a_second():
    # Promise: what is left is the last price and a day's totals, and the pump is in them.
    for label, events in staged("pump_by_ticker"):
        kinds = {type(event) for event in events}
        assert kinds == {Ticker, Candle}
        tickers = [event for event in events if type(event) is Ticker][1:]
        assert len({ticker.at // SECOND for ticker in tickers}) == len(tickers)
        before = median(ticker.price for ticker in tickers if ticker.at < label.onset)
        after = [ticker for ticker in tickers if label.onset <= ticker.at < label.onset + 60 * SECOND]
        assert max(ticker.price for ticker in after) > 1.05 * before
        assert after[-1].turnover_24h > 1.05 * after[0].turnover_24h


def test_a_fat_finger_is_one_print():
    # Promise: the prints before and after it stand where they stood.
    for label, events in staged("fat_finger"):
        prints = trades(events, *seconds(label, -600, 600))
        far = [trade for trade in prints if abs(trade.price / median(each.price for each in prints) - 1) > 0.1]
        assert len({trade.id for trade in far}) == 1
        assert abs(far[0].at - label.onset) < SECOND


def test_a_block_moves_volume_and_nothing_else():
    # Promise: one millisecond holds more than the two hours before, at one price, next to the others.
    for label, events in staged("block"):
        fills = [trade for trade in trades(events, *seconds(label, -0.01, 0.01)) if abs(trade.at - label.onset) < 10**6]
        assert len({trade.price for trade in fills}) == len({trade.at for trade in fills}) == 1
        others = [trade for trade in trades(events, *seconds(label, -3600, 3600)) if trade not in fills]
        next_to = min(others, key=lambda trade: abs(trade.at - label.onset))
        assert abs(fills[0].price / next_to.price - 1) < 0.03
        past = sum(event.turnover for event in events if type(event) is Candle)
        assert sum(trade.price * trade.size for trade in fills) > past / 4


def test_a_new_coin_drifts_up_from_its_first_trade_on():
    # Promise: no past, no candle, no ticker; lively, and about a fifth dearer 24 minutes later, never suddenly.
    for label, events in staged("listing_drift"):
        assert {type(event) for event in events} == {Trade}
        assert events[0].at >= label.onset
        first = median(trade.price for trade in events[:20])
        last = median(trade.price for trade in trades(events, *seconds(label, 1400, 1440)))
        assert 0.1 < last / first - 1 < 0.3


def test_nothing_is_seen_in_a_hole_and_the_price_jumps_across_it():
    # Promise: the gap stands where sight returns, before the first trade of the new price.
    for label, events in staged("gap_jump"):
        (where,) = [place for place, event in enumerate(events) if type(event) is Gap]
        hole, before, after = events[where], events[:where], events[where + 1 :]
        assert max(event.seen for event in before) < label.onset <= hole.seen <= after[0].seen
        assert hole.at == max(event.at for event in before if type(event) is Trade)
        assert 60 <= (hole.seen - label.onset) / SECOND <= 240
        jump = abs(median(trade.price for trade in after[:20]) / usual(label, before) - 1)
        assert 0.05 < jump < 0.25


def test_a_flicker_goes_both_ways_and_turns_over_little():
    # Promise: buyers pay far more and sellers get far less within the same minutes; the middle stays.
    for label, events in staged("flicker"):
        prices = [trade.price for trade in trades(events, *seconds(label, 0, 120))]
        assert gain(label, events, 0, 120, "buy") > 0.02
        assert gain(label, events, 0, 120, "sell") < -0.02
        assert abs(median(prices) / usual(label, events) - 1) < 0.04


def test_volume_alone_moves_no_price():
    # Promise: at least twenty times the turnover of the minute before, and the price within the coin's own noise.
    for label, events in staged("volume_only"):
        prints = trades(events, *seconds(label, 0, 60))
        past = [event.turnover for event in events if type(event) is Candle]
        assert sum(trade.price * trade.size for trade in prints) > 20 * sum(past) / 240
        prices = sorted(trade.price for trade in prints)
        assert prices[-1] / prices[0] - 1 < 0.04


def test_the_whole_market_moves_with_bitcoin():
    # Promise: nine coins in ten go the same way, by 3 % and more on average, within three minutes.
    for label, events in staged("market_move"):
        changes = []
        for coin in sorted({event.instrument for event in trades(events, *seconds(label, -60, 240))}):
            mine = [event for event in events if type(event) is not Gap and event.instrument == coin]
            before = [trade.price for trade in trades(mine, *seconds(label, -600, 0))]
            after = [trade.price for trade in trades(mine, *seconds(label, 150, 300))]
            if before and after:
                changes.append(median(after) / before[-1] - 1)
        assert len(changes) > 30
        way = 1 if median(changes) > 0 else -1
        assert median(changes) * way > 0.03
        assert sum(change * way > 0 for change in changes) > 0.85 * len(changes)


@pytest.mark.parametrize("which", ["standard", "hard"])
def test_what_is_staged_is_the_most_of_what_happens(which):
    # Promise: the background has no pump of its own: no ordinary coin's buyers pay 10 % more within the hour.
    labels, events = played(which, 1)  # one in which the market stays calm
    staged_coins = {label.instrument for label in labels}
    prices = {}
    for event in events:
        if type(event) is Trade and event.side == "buy" and event.instrument not in staged_coins:
            prices.setdefault(event.instrument, []).append(event.price)
    assert len(prices) > 30
    assert all(max(tape) / median(tape) - 1 < 0.1 for tape in prices.values())
