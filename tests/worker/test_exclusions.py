"""What is left out by default mirrors another coin or stands still; an honest coin with an unlucky name stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.instrument import Instrument
from scanner.model.market import Market
from scanner.worker.exclusions import COINS_OF, CURRENCY, FIAT, RATES, excluded, kind_of

KINDS = ("leveraged", "stable", "fiat")
COINS = {"WAVE", "ETH", "S", "USDT", "BTC", "KRW", "3L"}


def kind(symbol, coins=COINS):
    return kind_of(Instrument.parse(symbol), coins)


@pytest.mark.parametrize("base", ["WAVE3L", "WAVE5S", "ETH2L", "S3S", "WAVEUP", "WAVEDOWN", "ETHBULL", "ETHBEAR"])
def test_a_leveraged_token_is_known_by_its_listed_coin(base):
    # Promise: every spelling that venues use, on any quote.
    assert kind(f"{base}/USDT") == "leveraged"
    assert kind(f"{base}/BTC") == "leveraged"


@pytest.mark.parametrize(
    "base", ["JUP", "SYRUP", "SUP", "UP", "BULL", "3L", "WAVE", "GRIDDOWN", "FUN3L", "WAVE9L", "WAVE3"]
)
def test_a_coin_that_only_sounds_like_one_stays(base):
    # Promise: without its stem on the list, or with too short a stem, a name is a name.
    assert kind(f"{base}/USDT") is None


@pytest.mark.parametrize(
    "symbol", ["USDC/USDT", "FDUSD/USDT", "DAI/USDT", "USDT/USDC", "USDT/USD", "EURI/EUR", "IDRT/IDR"]
)
def test_two_coins_of_one_currency_stand_still(symbol):
    # Promise: also a coin against the very currency it stands for.
    assert kind(symbol) == "stable"
    assert kind(symbol + ":" + symbol.partition("/")[2]) == "stable"


@pytest.mark.parametrize("symbol", ["EUR/USDT", "EURI/USDT", "GBP/KRW", "TRY/USDC", "DAI/KRW", "BRZ/USD"])
def test_a_foreign_currency_is_no_coin(symbol):
    # Promise: whether a state or a firm issues it.
    assert kind(symbol) == "fiat"


@pytest.mark.parametrize("symbol", ["USDT/KRW", "USDC/KRW", "USDT/TRY", "WAVE/EUR", "WAVE/USDT", "BTC/KRW", "RON/USDT"])
def test_the_price_of_a_dollar_and_every_ordinary_market_stay(symbol):
    # Promise: venues of different currencies are compared by these rates.
    assert kind(symbol) is None


def test_only_the_kinds_that_are_named_are_left_out():
    # Promise: an empty list leaves nothing out, and each kind goes by itself; the stem may be known as a quote.
    markets = [
        Market(Instrument.parse(s), s)
        for s in ("WAVE3S/USDT", "WAVE/USDT", "USDC/USDT", "EUR/USDT", "BTC2L/WAVE", "A/BTC")
    ]
    found = excluded(markets, KINDS)
    assert {str(instrument): kind for instrument, kind in found.items()} == {
        "WAVE3S/USDT": "leveraged",
        "USDC/USDT": "stable",
        "EUR/USDT": "fiat",
        "BTC2L/WAVE": "leveraged",
    }
    assert excluded(markets, ()) == {}
    assert list(excluded(markets, ("fiat",))) == [Instrument("EUR", "USDT")]


def test_each_coin_stands_for_one_currency_that_exists():
    # Promise: the table names nothing twice, and no state's currency as a firm's coin.
    coins = [coin for row in COINS_OF.values() for coin in row.split()]
    assert len(coins) == len(set(coins))
    assert FIAT.isdisjoint(coins)
    assert FIAT.issuperset(COINS_OF)
    assert set(coins) >= RATES


@given(st.sampled_from(sorted(CURRENCY)), st.sampled_from(sorted(CURRENCY)))
def test_no_pair_of_two_currencies_is_watched_but_the_rate_of_a_dollar(base, quote):
    # Promise: of all the pairs in the table, exactly those.
    stays = base in ("USDT", "USDC") and quote in FIAT - {"USD"}
    assert (kind_of(Instrument(base, quote), {base, quote}) is None) is stays
