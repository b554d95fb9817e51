"""Past minutes over REST, house by house: what the scanner reads there is what was traded, and weighs as it says."""

import pytest

from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.sim.ledger import Fill
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.registry import VENUES
from scanner.sim.venues.weex_desk import Manners
from scanner.sim.venues.weex_house import Weex

NS = 1_000_000_000
MINUTE = 60 * NS
ORIGIN = 1_790_000_000 * NS
"""Twenty seconds into a minute."""
TELL_BUYERS = {"binance", "binance-futures", "weex", "weex-contract"}
HOUSES = {
    **dict.fromkeys(("upbit", "bithumb"), Instrument("BTC", "KRW")),
    **dict.fromkeys(("binance", "okx", "mexc", "weex"), Instrument("BTC", "USDT")),
    **dict.fromkeys(("binance-futures", "weex-contract"), Instrument("BTC", "USDT", "perpetual")),
}


def asked(exchange, venue, market, instrument, count, seen):
    request = exchange.candles_request(instrument, count)
    answer = venue.rest(market).answer(request.url.removeprefix(exchange.rest_url), request.params)
    assert answer.status == 200
    return exchange.parse_candles(instrument, answer.body, seen)


@pytest.mark.parametrize(("name", "instrument"), HOUSES.items())
def test_what_is_read_is_what_was_traded(name, instrument):
    # Promise: prices, volume, turnover and what takers bought of the last whole minute; the running one is left out.
    market = SimulatedMarket(name, 1, "quiet", ORIGIN)
    now = ORIGIN + 150 * NS
    fills = [one for one in market.advance(now) if isinstance(one, Fill) and one.instrument.base == instrument.base]
    candles = asked(EXCHANGES[name], VENUES[name], market, instrument, 360, now)
    last = candles[-1]
    assert last.at == ORIGIN - 20 * NS + MINUTE
    mine = [
        one
        for one in fills
        if last.at <= one.at_ms * 1_000_000 < last.at + MINUTE and one.instrument.quote == instrument.quote
    ]
    assert mine
    assert (last.open, last.close) == (mine[0].price, mine[-1].price)
    assert (last.high, last.low) == (max(one.price for one in mine), min(one.price for one in mine))
    assert last.volume == pytest.approx(sum(one.size for one in mine))
    assert last.turnover == pytest.approx(sum(one.turnover for one in mine))
    bought = sum(one.turnover for one in mine if one.side == "buy")
    assert last.buy_turnover == (pytest.approx(bought) if name in TELL_BUYERS else None)


@pytest.mark.parametrize(("name", "instrument"), HOUSES.items())
def test_as_many_come_as_were_wanted_or_fit_into_one_answer(name, instrument):
    # Promise: the last hour is sixty minutes and nothing else; of six hours, what the venue gives at once.
    market = SimulatedMarket(name, 1, "quiet", ORIGIN)
    most = {"upbit": 199, "bithumb": 199, "okx": 299, "weex": 99}.get(name, 360)
    assert len(asked(EXCHANGES[name], VENUES[name], market, instrument, 360, ORIGIN)) in {most, most + 1}
    if name != "weex":
        assert len(asked(EXCHANGES[name], VENUES[name], market, instrument, 60, ORIGIN)) in {60, 61}


@pytest.mark.parametrize(("name", "instrument"), HOUSES.items())
def test_the_scanner_counts_what_the_house_counts(name, instrument):
    # Promise: no question weighs more at the venue than the scanner takes it for.
    exchange, rest = EXCHANGES[name], VENUES[name].rest(SimulatedMarket(name, 1, "quiet", ORIGIN))
    for count in (1, 60, 98, 360, 498, 5_000):
        request = exchange.candles_request(instrument, count)
        path = request.url.removeprefix(exchange.rest_url)
        assert rest.weight(path, request.params) <= request.weight


@pytest.mark.parametrize("manners", [Manners(newest_first=True), Manners(tells_buyers=False)])
def test_what_nobody_knows_of_weex_comes_out_alike(manners):
    # Promise: the order of its bars does not matter; columns that are not filled are no sellers' market.
    market, usual = SimulatedMarket("weex", 1, "quiet", ORIGIN), VENUES["weex"]
    exchange, instrument = EXCHANGES["weex"], HOUSES["weex"]
    told, expected = (asked(exchange, one, market, instrument, 60, ORIGIN) for one in (Weex(manners), usual))
    assert [(one.at, one.turnover) for one in told] == [(one.at, one.turnover) for one in expected]
    assert all((one.buy_turnover is not None) is manners.tells_buyers for one in told)
