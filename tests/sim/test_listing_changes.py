"""Markets come and go while a venue is open, so that a catalogue that is read again has something to find."""

import pytest

from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.sim.ledger import Fill
from scanner.sim.listing import after
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.registry import VENUES

NS = 1_000_000_000
ORIGIN = 1_790_000_000_000_000_000
BTC, XRP, NEW = (Instrument(base, "KRW") for base in ("BTC", "XRP", "WAVELET"))
READY = ORIGIN + 10 * NS


@pytest.fixture
def market():
    market = SimulatedMarket("upbit", 1, "quiet", ORIGIN)
    market.advance(READY)
    return market


def traded(market, seconds=60):
    fills = [one for one in market.advance(market.now_ms * 1_000_000 + seconds * NS) if isinstance(one, Fill)]
    return {fill.instrument for fill in fills}


def listed(market):
    return {entry.instrument: entry for entry in market.entries}


def test_a_new_market_begins_to_trade(market):
    # Promise: it is in the catalogue at once, has a price, a book and candles, and trades like a coin people know.
    market.change_listing("list", NEW)
    assert NEW in listed(market)
    assert NEW in {listing.instrument for listing in market.listings}
    assert market.ticker(NEW).last.price > 0
    assert len(market.book(NEW).bids) == 30
    assert market.candles(NEW, 5)
    market.watch_books([NEW])
    assert NEW in traded(market)
    assert market.trades(NEW, 10)[0].at_ms > READY // 1_000_000


def test_a_delisted_market_is_gone_and_silent_and_harms_nobody(market):
    # Promise: no trade, no book change, no line in the catalogue; who still follows it reads what it last was.
    market.watch_books([XRP, BTC])
    market.change_listing("delist", XRP)
    assert XRP not in listed(market)
    assert XRP not in {listing.instrument for listing in market.listings}
    happenings = market.advance(READY + 60 * NS)
    assert XRP not in {one.instrument for one in happenings}
    assert BTC in {one.instrument for one in happenings}
    assert market.ticker(XRP).last.price > 0
    market.watch_books([XRP])


def test_a_suspended_market_stays_in_the_catalogue_without_trading(market):
    # Promise: until it is listed again.
    market.change_listing("suspend", XRP)
    assert listed(market)[XRP].suspended
    assert XRP not in traded(market)
    market.change_listing("list", XRP)
    assert not listed(market)[XRP].suspended
    assert XRP in traded(market)


def test_a_caution_is_a_flag_and_nothing_else(market):
    # Promise: trading goes on.
    assert not listed(market)[XRP].warning
    market.change_listing("caution", XRP)
    assert listed(market)[XRP].warning
    assert listed(market)[XRP].cautions
    assert XRP in traded(market)


@pytest.mark.parametrize(
    ("action", "symbol", "told"),
    [
        ("list", "NEW/USDC", "expected a spot market in KRW, BTC, USDT"),
        ("list", "NEW/USDT:USDT", "expected a spot market"),
        ("delist", "WAVELET/KRW", "WAVELET/KRW is not listed"),
        ("suspend", "WAVELET/KRW", "not listed"),
    ],
)
def test_what_cannot_be_is_explained(market, action, symbol, told):
    # Promise: ValueError with the market and the reason, and nothing changes.
    before = market.entries
    with pytest.raises(ValueError, match=told):
        market.change_listing(action, Instrument.parse(symbol))
    assert market.entries == before


def test_others_trade_as_much_as_before(market):
    # Promise: what one market does not trade any more is not traded elsewhere instead.
    before = len(market.advance(READY + 300 * NS)) / 300
    for coin in ("BTC", "ETH", "XRP", "SOL", "DOGE"):
        market.change_listing("delist", Instrument(coin, "KRW"))
    after_s = len(market.advance(READY + 600 * NS)) / 300
    assert after_s < before * 0.75


def test_a_script_passes_by_what_is_not_traded():
    # Promise: no scripted trade in a market that is gone.
    market = SimulatedMarket("upbit", 1, "crash", ORIGIN)
    market.change_listing("delist", XRP)
    market.start_script(ORIGIN)
    assert XRP not in traded(market, 10)


def test_changes_compose():
    # Promise: a pure step from one line of the catalogue to the next.
    entry = SimulatedMarket("upbit", 1, "quiet", ORIGIN).entries[0]
    assert after("delist", entry) is None
    assert after("list", after("suspend", entry)) == entry
    assert after("suspend", after("caution", entry)).warning


@pytest.mark.parametrize("exchange", ["upbit", "bithumb"])
def test_the_scanner_finds_out_by_asking_again(market, exchange):
    # Promise: the very same REST side tells the new catalogue.
    market = SimulatedMarket(exchange, 1, "quiet", ORIGIN)
    rest, known = VENUES[exchange].rest(market), EXCHANGES[exchange]

    def catalogue():
        request = known.markets_request()
        listed = known.parse_markets(rest.answer(request.url.removeprefix(known.rest_url), request.params).body)
        return {each.instrument: each for each in listed}

    before = catalogue()
    market.change_listing("delist", XRP)
    market.change_listing("list", NEW)
    market.change_listing("caution", BTC)
    now = catalogue()
    assert before.keys() - now.keys() == {XRP}
    assert now.keys() - before.keys() == {NEW}
    assert (before[BTC].warning, now[BTC].warning) == (False, True)
    (request,) = (known.trades_request(NEW),)
    assert rest.answer(request.url.removeprefix(known.rest_url), request.params).status == 200
