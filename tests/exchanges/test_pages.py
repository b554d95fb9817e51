"""Every venue says where people trade what it lists: one click from an alert to the market."""

from urllib.parse import urlsplit

import pytest

from scanner.exchanges.base import Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.web import check_url
from tests.exchanges.venues import LISTING, VENUES, each, sample_instrument


@each(LISTING)
def test_every_venue_that_lists_markets_has_a_page_for_each(exchange):
    """An address that any messenger takes, with the coin in it."""
    url = exchange.page(sample_instrument(exchange))
    check_url(url, ("https",))
    assert "wave" in url.lower()
    assert "{" not in url


@each(VENUES)
def test_a_whole_market_has_no_page(exchange):
    """There is no one coin to show."""
    assert exchange.page(Instrument("*", "KRW")) == ""


@each(LISTING)
def test_a_coin_with_a_chinese_name_has_an_address_in_ascii(exchange):
    """Venues list such coins, and messengers cut addresses at the first letter that belongs in none."""
    check_url(exchange.page(Instrument("币安人生", min(exchange.quotes), sample_instrument(exchange).kind)), ("https",))


@each(LISTING)
def test_a_venue_of_our_own_still_points_at_the_real_one(exchange):
    """Where data comes from (a simulation, a proxy) is not where people trade."""
    moved = exchange.configured(Settings(rest_url="http://127.0.0.1:1"))
    instrument = sample_instrument(exchange)
    assert moved.page(instrument) == exchange.page(instrument)


@pytest.mark.parametrize(
    ("venue", "symbol", "url"),
    [
        ("upbit", "BTC/KRW", "https://upbit.com/exchange?code=CRIX.UPBIT.KRW-BTC"),
        ("bithumb", "BTC/KRW", "https://www.bithumb.com/react/trade/order/BTC-KRW"),
        ("binance", "BTC/USDT", "https://www.binance.com/en/trade/BTC_USDT?type=spot"),
        ("binance-futures", "BTC/USDT:USDT", "https://www.binance.com/en/futures/BTCUSDT"),
        ("okx", "BTC/USDT", "https://www.okx.com/trade-spot/btc-usdt"),
        ("mexc", "BTC/USDT", "https://www.mexc.com/exchange/BTC_USDT"),
        ("mexc-futures", "BTC/USDT:USDT", "https://www.mexc.com/futures/BTC_USDT"),
        ("weex", "BTC/USDT", "https://www.weex.com/trade/BTC-USDT"),
        ("weex-contract", "BTC/USDT:USDT", "https://www.weex.com/futures/BTC-USDT"),
        ("coingecko", "BTC/USD", ""),
    ],
)
def test_the_pages_are_these(venue, symbol, url):
    assert EXCHANGES[venue].page(Instrument.parse(symbol)) == url


@pytest.mark.parametrize(
    ("venue", "region", "place"),
    [
        ("upbit", "kr", "upbit.com"),
        ("upbit", "sg", "sg.upbit.com"),
        ("upbit", "id", "id.upbit.com"),
        ("binance", "us", "www.binance.us"),
        ("binance", "data", "www.binance.com"),
        ("okx", "eea", "www.okx.com"),
    ],
)
def test_a_region_s_page_is_on_its_own_site(venue, region, place):
    """Listings differ from site to site."""
    exchange = EXCHANGES[venue].configured(Settings(region=region))
    assert urlsplit(exchange.page(Instrument("BTC", min(exchange.quotes)))).netloc == place
