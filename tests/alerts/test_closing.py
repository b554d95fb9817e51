"""A story that is over is summed up once: how far it went, for how long, and what became of it."""

import pytest

from scanner.alerts.episodes import Episodes, Settings
from scanner.model.instrument import Instrument
from tests.alerts.prices import Prices
from tests.alerts.signals import SECOND, START, signal

SUMMARY = ("peak_price", "peak_change", "peak_after_s", "duration_s", "retrace", "turnover", "escalations")


def followed(prices, *signals, settings=None):
    """Episodes that heard these signals, one second apart, and look at these prices."""
    episodes = Episodes(settings)
    episodes.course = prices
    for place, each in enumerate(signals):
        episodes.hear(each, START + place * SECOND)
    return episodes


def close(episodes, at=START + 3_600 * SECOND):
    (closing,) = [alert for alert in episodes.tick(at) if alert.kind == "closed"]
    return closing


def summary(closing):
    return {name: closing.facts[name] for name in SUMMARY if name in closing.facts}


def test_a_pump_is_summed_up_with_its_peak_and_what_it_gave_back():
    """From 100 to 120 within 30 s, back to 105: a quarter of the rise is left."""
    prices = Prices(106.0)
    episodes = followed(prices, signal(price=106.0, change=0.06))
    for second, price in ((10, 112.0), (30, 120.0), (60, 110.0), (90, 105.0)):
        prices.go(price, turnover=1_000.0)
        assert episodes.tick(START + second * SECOND) == []
    closing = close(episodes, START + 300 * SECOND)
    assert summary(closing) == {
        "peak_price": 120.0,
        "peak_change": 0.2,
        "peak_after_s": 30.0,
        "duration_s": 30.0,
        "retrace": 0.75,
        "turnover": 4_000.0,
        "escalations": 0,
    }
    assert (closing.kind, closing.stage, closing.severity, closing.number) == ("closed", "pump", "warning", 1)
    assert (closing.price, closing.change, closing.at) == (105.0, 0.05, START + 300 * SECOND)
    assert closing.headline == "ABC/KRW is over: +20.0 % at the most, 75 % of that retraced, lasted 30 s"


def test_a_dump_is_summed_up_with_its_lowest_price():
    prices = Prices(90.0)
    episodes = followed(prices, signal(rule="dump", stage="dump", price=90.0, change=-0.1))
    for second, price in ((1, 80.0), (2, 85.0)):
        prices.go(price)
        episodes.tick(START + second * SECOND)
    facts = close(episodes).facts
    assert (facts["peak_price"], facts["peak_change"], facts["retrace"]) == (80.0, -0.2, 0.25)


def test_a_peak_between_two_looks_counts():
    """The second's own extremes are known, not only its last price."""
    prices = Prices(106.0)
    episodes = followed(prices, signal())
    prices.go(104.0, high=131.0)
    episodes.tick(START + SECOND)
    assert close(episodes).facts["peak_price"] == 131.0


def test_what_a_minute_s_extreme_was_before_the_story_is_not_its_peak():
    """A dump to 80 and back, and then a pump from 100 in the same minute: its low is 80 to nobody."""
    prices = Prices(106.0)
    prices.high, prices.low = 150.0, 80.0
    episodes = followed(prices, signal())
    episodes.tick(START + SECOND)
    assert close(episodes).facts["peak_price"] == 106.0


def test_what_is_traded_while_a_story_is_open_is_counted_across_a_hole():
    """A tape that begins anew begins at nothing."""
    prices = Prices(106.0)
    prices.turnover = 5_000.0
    episodes = followed(prices, signal())
    prices.go(106.0, turnover=100.0)
    episodes.tick(START + SECOND)
    prices.began, prices.turnover = START + 2 * SECOND, 30.0
    episodes.tick(START + 3 * SECOND)
    assert close(episodes).facts["turnover"] == 130.0


def test_only_what_is_paid_with_the_leader_s_currency_is_added_up():
    prices = Prices(106.0)
    dollars = Instrument("ABC", "USDT")
    others = signal(exchange="bithumb"), signal(exchange="okx", instrument=dollars, price=1.06)
    episodes = followed(prices, signal(), *others)
    prices.go(106.0, turnover=100.0)
    episodes.tick(START + SECOND)
    closing = close(episodes)
    assert closing.facts["turnover"] == 200.0
    assert (closing.exchanges, closing.facts["leader"]) == (("upbit", "bithumb", "okx"), "upbit")


def test_a_move_counts_from_where_it_began_and_not_from_the_stir_before():
    """The spike's price was 90, the pump left 100."""
    spike = signal(stage="spike", price=91.0, change=0.011, facts={"reference_price": 90.0})
    pump = signal(price=110.0, change=0.1, facts={"reference_price": 100.0})
    assert close(followed(Prices(110.0), spike, pump)).facts["peak_change"] == 0.1


def test_a_dump_after_a_pump_is_part_of_its_story():
    """Which is summed up as the rise that it was."""
    steps = signal(), signal(severity="high", price=112.0), signal(stage="dump", price=101.0, change=-0.1)
    closing = close(followed(Prices(101.0), *steps))
    assert (closing.stage, closing.severity, closing.facts["escalations"]) == ("dump", "high", 2)
    assert closing.facts["peak_price"] == 112.0
    assert closing.facts["retrace"] == 0.9167


def test_a_market_is_summed_up_without_a_price():
    market = {"rule": "market_move", "stage": "market", "instrument": Instrument("*", "KRW"), "price": 0.0}
    falls = signal(change=-0.03, **market), signal(change=-0.06, severity="high", **market)
    closing = close(followed(Prices(), *falls, settings=Settings(hold=0.0)))
    assert summary(closing) == {"peak_change": -0.06, "peak_after_s": 1.0, "duration_s": 1.0, "escalations": 1}
    assert closing.headline == "*/KRW is over: -6.0 % at the most, lasted 1 s"


def test_a_story_of_which_no_price_is_known_is_summed_up_by_what_was_said():
    episodes = Episodes()
    episodes.hear(signal(price=106.0, change=0.06), START)
    facts = close(episodes).facts
    assert (facts["peak_price"], facts["peak_change"], facts["retrace"], facts["turnover"]) == (106.0, 0.06, 0.0, 0.0)


def test_what_is_told_bears_the_day_s_turnover():
    prices = Prices()
    prices.turnover_24h = 4e9
    episodes = Episodes()
    episodes.course = prices
    (opened,) = episodes.hear(signal(), START)
    assert (opened.turnover_24h, close(episodes).turnover_24h) == (4e9, 4e9)


def test_the_picture_leads_from_before_the_story_to_its_end():
    """The last minutes, then a point a second; after the closing it can still be asked for, for a second."""
    prices = Prices(106.0)
    episodes = Episodes(Settings(cooldown=60.0))
    episodes.course = prices
    (opened,) = episodes.hear(signal(), START)
    lead = prices.points()
    assert episodes.course_of(opened) == lead
    for second in (1, 2):
        prices.go(106.0 + second, turnover=10.0 * second)
        episodes.tick(START + second * SECOND)
    sampled = ((START + SECOND, 107.0, 10.0), (START + 2 * SECOND, 108.0, 20.0))
    assert episodes.course_of(opened) == (*lead, *sampled)
    closing = close(episodes, START + 60 * SECOND)
    assert episodes.course_of(closing) == (*lead, *sampled, (START + 60 * SECOND, 108.0, 0.0))
    episodes.tick(START + 61 * SECOND)
    assert episodes.course_of(closing) == ()


@pytest.mark.parametrize("jump", [86_400 * SECOND, -86_400 * SECOND])
def test_a_clock_that_jumps_closes_a_story_and_breaks_none(jump):
    closing = close(followed(Prices(), signal()), START + jump)
    assert closing.facts["duration_s"] == closing.facts["peak_after_s"] == 0.0
