"""CoinGecko's answers, the frame beside what it means, and every way in which it refuses."""

import json
import re

import pytest

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.coingecko.exchange import COINGECKO
from scanner.exchanges.refusal import TurnedAway
from scanner.exchanges.times import nanoseconds
from scanner.model.market import Coin, Overview
from tests.exchanges.venues import samples_of

SAMPLES = samples_of(COINGECKO)
SEEN = 1_790_000_500_000_000_000
TAGS = ("global", "top", "trending")


def polled(tag, body):
    return COINGECKO.parse_polled(tag, body.encode() if isinstance(body, str) else body, SEEN)


def refusal(body, tag="top"):
    with pytest.raises(TurnedAway) as caught:
        polled(tag, body)
    return caught.value


def changed(sample, **values):
    return json.dumps(json.loads(sample) | values)


# ---- what it means


def test_the_whole_market_is_one_overview():
    """Dollars of sixty currencies, Bitcoin's share as a fraction, and Unix seconds as the venue's time."""
    assert polled("global", SAMPLES.GLOBAL) == [
        Overview("coingecko", 1_790_000_000 * 10**9, SEEN, 2500000000000.5, 90000000000.25, 0.575, -0.0125, 17210)
    ]


def test_an_overview_may_lack_its_change():
    """Older answers do, and null is as good as nothing."""
    world = json.loads(SAMPLES.GLOBAL)
    world["data"]["market_cap_change_percentage_24h_usd"] = None
    assert polled("global", json.dumps(world))[0].change_24h is None
    del world["data"]["market_cap_change_percentage_24h_usd"]
    assert polled("global", json.dumps(world))[0].change_24h is None


def test_coins_of_one_symbol_stay_apart_and_nulls_stay_unknown():
    """Their ids differ; a coin that is not ranked, priced or dated is told as far as it is known, in our own time."""
    at = nanoseconds(1_790_000_000_125)
    wave, namesake, dust = polled("top", SAMPLES.TOP)
    assert wave == Coin(
        *("coingecko", at, SEEN, "wave-coin", "WAVE", "Wave Coin", 77, 0.8125, 812500000.0, 31250000.0),
        *(0.0025, -0.015, 0.125),
    )
    assert namesake == Coin("coingecko", SEEN, SEEN, "bridged-wave", "WAVE", "Bridged Wave", None, None, None, None)
    assert (dust.symbol, dust.price_usd, dust.market_cap_usd) == ("DUST", 1.3e-11, 0.0)


def test_an_empty_page_and_a_short_one_are_answers():
    """There may be no more coins than that."""
    assert polled("top", "[]") == []
    assert len(polled("top", f"[{SAMPLES.WAVE}]")) == 1
    assert polled("trending", '{"coins":[]}') == []


def test_a_row_that_cannot_be_read_costs_itself_only():
    """A price below nothing, a name that is none; when all rows are so, it is the answer that is blamed."""
    bad = [changed(SAMPLES.WAVE, current_price=-1), changed(SAMPLES.WAVE, id=""), changed(SAMPLES.WAVE, name=7), "5"]
    assert [coin.id for coin in polled("top", f"[{','.join([*bad, SAMPLES.WAVE])}]")] == ["wave-coin"]
    with pytest.raises(RemoteNonsense):
        polled("top", f"[{','.join(bad)}]")


def test_the_place_of_a_coin_that_is_looked_for_is_its_place_in_the_list():
    """Amounts are text for people there, may be missing, and so may be all the data."""
    wave, fresh, bare = polled("trending", SAMPLES.TRENDING)
    assert wave == Coin(
        *("coingecko", SEEN, SEEN, "wave-coin", "WAVE", "Wave Coin", 77, 0.8125, 812500000.0, 31250000.0),
        *(None, -0.015, None, 1),
    )
    assert (fresh.symbol, fresh.rank, fresh.price_usd, fresh.market_cap_usd, fresh.change_24h, fresh.trending) == (
        *("FRESH", None, 8.1e-07, None, 3.125, 2),
    )
    assert (bare.id, bare.price_usd, bare.trending) == ("bare", None, 3)


def test_the_place_does_not_move_up_when_the_one_before_cannot_be_read():
    """Places are the venue's, not ours."""
    found = json.loads(SAMPLES.TRENDING)
    found["coins"][0]["item"]["id"] = None
    assert [coin.trending for coin in polled("trending", json.dumps(found))] == [2, 3]


@pytest.mark.parametrize(
    ("written", "price"), [("$0.0000214", 2.14e-05), ("$1,234.50", 1234.5), ("", None), (3, 3.0), (None, None)]
)
def test_a_price_may_be_text_too(written, price):
    """It was, some years ago."""
    found = json.loads(SAMPLES.TRENDING)
    found["coins"][0]["item"]["data"]["price"] = written
    assert polled("trending", json.dumps(found))[0].price_usd == price


@pytest.mark.parametrize("amount", ["$lots", "$1e999", "-$5", "$nan", "9" * 5_000])
def test_an_amount_that_is_none_costs_its_row(amount):
    """No number is made up."""
    found = json.loads(SAMPLES.TRENDING)
    found["coins"][0]["item"]["data"]["market_cap"] = amount
    assert [coin.id for coin in polled("trending", json.dumps(found))] == ["fresh", "bare"]


@pytest.mark.parametrize("moment", ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yesterday"])
def test_a_time_of_another_age_costs_its_row(moment):
    """Nobody could put it into order."""
    body = f"[{changed(SAMPLES.WAVE, last_updated=moment)},{SAMPLES.NAMELESS}]"
    assert [coin.id for coin in polled("top", body)] == ["bridged-wave"]


def test_a_time_without_a_zone_is_utc():
    """As all its times are."""
    plain = changed(SAMPLES.WAVE, last_updated="2026-09-21T14:13:20.125")
    assert polled("top", f"[{plain}]") == polled("top", f"[{SAMPLES.WAVE}]")


@pytest.mark.parametrize("share", [-1, 101, None, "57.5"])
def test_a_share_that_is_none_is_blamed(share):
    """Numbers are numbers here, and no coin is more than everything."""
    world = json.loads(SAMPLES.GLOBAL)
    world["data"]["market_cap_percentage"]["btc"] = share
    with pytest.raises(RemoteNonsense):
        polled("global", json.dumps(world))


# ---- how it refuses


@pytest.mark.parametrize("tag", TAGS)
@pytest.mark.parametrize(
    ("sample", "words", "lasting"),
    [
        ("TOO_OFTEN", "refused with 429 .*too often.*Slow down, please", False),
        ("NO_KEY", "refused with 10002 .*wants an API key.*no key in this request", True),
        ("WRONG_PLACE", 'refused with 10011 .*region = "public".*for another address', True),
        ("NO_SUCH_COIN", "refused: no coin of that name", False),
        ("PAGE", "a page instead of an answer", False),
    ],
)
def test_a_refusal_names_its_cause_whatever_shape_it_has(tag, sample, words, lasting):
    """The code inside or at the top, the text in either place, or HTML; and whether time alone can mend it."""
    error = refusal(getattr(SAMPLES, sample), tag)
    assert error.lasting is lasting
    assert re.search(words, str(error))


@pytest.mark.parametrize(("code", "lasting"), [(10005, True), (10010, True), (1020, False), (500, False)])
def test_other_codes_are_told_apart_too(code, lasting):
    """A plan, a host, a firewall, and their own trouble."""
    assert refusal(json.dumps({"status": {"error_code": code, "error_message": "no"}})).lasting is lasting


@pytest.mark.parametrize(
    "body", ["{}", '{"status":{}}', '{"status":200}', '{"error":null}', '{"data":5}', "5", "", "{"]
)
def test_what_is_neither_answer_nor_refusal_is_nonsense(body):
    """It may be gone the next time, so it is no reason to stay away for long."""
    for tag in TAGS:
        with pytest.raises(RemoteNonsense) as caught:
            polled(tag, body)
        assert not isinstance(caught.value, TurnedAway)
