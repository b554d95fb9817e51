"""A market that moves is told once, with the numbers that made it, and again only when it has become worse."""

import msgspec
import pytest

from scanner.detectors.market_context import context_of
from scanner.detectors.market_move import MarketMove, MarketMoveRule
from scanner.detectors.tapes import Tapes
from scanner.model.instrument import Instrument
from tests.detectors.streams import at, trade

COINS = [Instrument(base, "KRW") for base in ("BTC", *(f"C{number}" for number in range(19)))]


def said(prices, **settings):
    """What the rule says to these closing prices of (second → price of all, or of each coin)."""
    tapes = Tapes()
    context_of(tapes)
    MarketMove({"market_move": MarketMoveRule(**settings)}, tapes)
    signals = []
    for second, price in {0: 100.0, **prices, max(prices) + 1: None}.items():
        each = price if isinstance(price, list) else [price or 100.0] * len(COINS)
        for coin, value in zip(COINS[: 1 if price is None else None], each, strict=False):
            event = trade(second, value, instrument=coin)
            signals += tapes.see(event)
    return signals


def test_a_crash_is_told_by_its_numbers():
    (signal,) = said({1: [98.0, *[96.0] * 15, *[100.0] * 4]})
    assert msgspec.structs.asdict(signal) == {
        "rule": "market_move",
        "stage": "market",
        "exchange": "upbit",
        "instrument": Instrument("*", "KRW"),
        "at": at(2),
        "price": 98.0,
        "change": -0.031,
        "window_s": 60.0,
        "volume_ratio": 0.0,
        "severity": "warning",
        "score": 61,
        "headline": "*/KRW -3.1 % in 60 s, 80 % of 20 coins fall, BTC -2.0 %",
        "facts": {
            "active": 20,
            "leaning": 16,
            "leaning_share": 0.8,
            "leaning_from": 0.01,
            "threshold": -0.02,
            "threshold_share": 0.3,
            "threshold_window_s": 60.0,
            "bitcoin_change": -0.02,
        },
    }


@pytest.mark.parametrize(
    ("price", "severity"),
    [(98.01, None), (98.0, "warning"), (96.01, "warning"), (96.0, "high"), (85.1, "high"), (85.0, "critical")],
)
def test_how_far_all_went_says_how_loudly_it_is_told(price, severity):
    assert [signal.severity for signal in said({1: price})] == ([severity] if severity else [])


def test_a_rise_is_told_like_a_fall():
    (signal,) = said({1: 103.0})
    assert signal.headline == "*/KRW +3.0 % in 60 s, 100 % of 20 coins rise, BTC +3.0 %"
    assert signal.facts["threshold"] == 0.02


@pytest.mark.parametrize(("coins", "told"), [(6, 0), (7, 1)])
def test_a_few_that_went_far_are_no_market(coins, told):
    """Six of twenty went so far that the mean went with them: still only three in ten."""
    assert len(said({1: [110.0] * coins + [100.0] * (20 - coins)})) == told


def test_it_is_told_again_only_when_it_is_worse():
    falls = {1: 97.5, 2: 97.0, 3: 95.0, 4: 94.0, 5: 80.0, 6: 79.0}
    assert [signal.severity for signal in said(falls)] == ["warning", "high", "critical"]


def test_a_move_that_is_over_may_come_again():
    """It is over when no more than half of the share leans any more; until then it is the same one."""
    wave = {1: 95.0, **dict.fromkeys(range(10, 140, 10), 95.0), 150: 90.0}
    assert len(said(wave)) == 2
    assert len(said({1: 95.0, 5: [98.0] * 4 + [100.0] * 16, 6: 95.0})) == 1
    assert len(said({1: 95.0, 5: [98.0] * 3 + [100.0] * 17, 6: 95.0})) == 2
    assert len(said({1: 95.0, 5: 100.0, 6: 95.0})) == 2


def test_thresholds_are_settings():
    assert len(said({1: 97.0}, change=0.03)) == 1
    assert said({1: 97.1}, change=0.03) == []
    assert said({1: 97.0}, quorum=21) == []
    assert said({1: [90.0] * 12 + [100.0] * 8}, share=0.6) == []


def test_a_market_without_bitcoin_says_nothing_of_it():
    tapes = Tapes()
    context_of(tapes)
    MarketMove({"market_move": MarketMoveRule()}, tapes)
    events = [trade(second, price, instrument=coin) for second, price in ((0, 100.0), (1, 96.0)) for coin in COINS[1:]]
    signals = []
    for event in [*events, trade(2, 96.0, instrument=COINS[1])]:
        signals += tapes.see(event)
    (signal,) = signals
    assert signal.headline == "*/KRW -4.0 % in 60 s, 100 % of 19 coins fall"
    assert signal.price == 0.0
    assert "bitcoin_change" not in signal.facts


@pytest.mark.parametrize(
    ("setting", "reason"),
    [
        ({"change": 0.0}, "change is above 0 %"),
        ({"share": 0.0}, "share is above 0 %"),
        ({"share": 1.0}, "below 100 %"),
        ({"rearm_below": 1.1}, "from 0 % to 100 %"),
    ],
    ids=str,
)
def test_senseless_settings_are_refused_with_the_reason(setting, reason):
    with pytest.raises(msgspec.ValidationError, match=reason):
        msgspec.convert(setting, MarketMoveRule)
