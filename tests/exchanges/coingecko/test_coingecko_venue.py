"""CoinGecko as a venue: where it is, how often it is asked, and what becomes of a key."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.config.fields import fields_of
from scanner.exchanges.base import Endpoint, Request, Settings, Window
from scanner.exchanges.coingecko.credits import MONTH_S, paces
from scanner.exchanges.coingecko.exchange import COINGECKO
from scanner.exchanges.coingecko.spec import SHARES
from scanner.exchanges.refusal import TurnedAway
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription

KEY = "CG-made-up-for-this-test"
DAY_S = 86_400


def every(exchange):
    return {poll.tag: poll.every_s for poll in exchange.polls(())}


def complaint(**settings):
    with pytest.raises(ValueError, match=r"^exchanges\.coingecko") as caught:
        COINGECKO.configured(Settings(**settings))
    return str(caught.value)


def test_it_lists_no_markets_and_takes_part_when_it_is_named():
    """It is in the registry as every other venue, with nothing to listen to."""
    assert EXCHANGES["coingecko"] is COINGECKO
    assert not COINGECKO.by_default
    assert (COINGECKO.quotes, COINGECKO.channels, COINGECKO.ws_url) == (set(), set(), "")
    assert COINGECKO.markets_request() is None
    assert COINGECKO.trades_request(Instrument("BTC", "USDT")) is None
    assert COINGECKO.tickers_requests([]) == []
    assert COINGECKO.plan(()) == []
    assert COINGECKO.plan((), [Endpoint("wss://gone.test")]) == [Endpoint("wss://gone.test")]


def test_a_stream_of_it_is_refused_by_name():
    """ValueError, as where a venue lacks a channel."""
    wish = Subscription("ticker", Instrument("BTC", "USDT"))
    with pytest.raises(ValueError, match=r"coingecko.*ticker"):
        COINGECKO.plan([wish])
    with pytest.raises(ValueError, match="coingecko has no socket"):
        COINGECKO.open(Endpoint("wss://x.test"))


def test_three_things_are_asked_for():
    """The whole market, the hundred largest coins with three changes, and what people look for."""
    asked = {poll.tag: poll.request for poll in COINGECKO.polls(())}
    root = "https://api.coingecko.com/api/v3"
    assert asked["global"] == Request(f"{root}/global")
    assert asked["trending"] == Request(f"{root}/search/trending")
    assert asked["top"].url == f"{root}/coins/markets"
    assert asked["top"].params["vs_currency"] == "usd"
    assert asked["top"].params["per_page"] == "100"
    assert asked["top"].params["price_change_percentage"] == "1h,24h,7d"


# ---- the budget


def test_without_a_plan_a_month_lasts_a_month():
    """Ten thousand credits are 333 calls a day: it takes less than 300, and prices about every ten minutes."""
    calls = {tag: DAY_S / every_s for tag, every_s in every(COINGECKO).items()}
    assert 280 < sum(calls.values()) < 300
    assert every(COINGECKO) == {"global": 893.0, "top": 596.0, "trending": 1786.0}


def test_who_pays_may_ask_more_often():
    """The pace follows from the credits."""
    paid = COINGECKO.configured(Settings(region="pro", key=KEY))
    assert every(paid) == {"global": 90.0, "top": 60.0, "trending": 179.0}
    assert paid.limits.requests == (Window(250, 60.0),)
    assert COINGECKO.limits.requests == (Window(30, 60.0),)


@given(
    credits_a_month=st.integers(1, 10**9),
    parts=st.dictionaries(st.text(max_size=3), st.floats(0.001, 1.0), min_size=1, max_size=6),
)
def test_no_month_asks_more_than_it_has(credits_a_month, parts):
    """Whatever is asked for, in whatever shares: even the longest month leaves credits over."""
    shares = {kind: part / sum(parts.values()) for kind, part in parts.items()}
    asked = paces(credits_a_month, shares)
    assert sum(MONTH_S / every_s for every_s in asked.values()) <= credits_a_month * 0.9 * (1 + 1e-9)
    assert all(every_s >= 1 for every_s in asked.values())


@pytest.mark.parametrize(("credits_a_month", "shares"), [(0, SHARES), (9, {"a": 0.0}), (9, {"a": 0.6, "b": 0.6})])
def test_a_budget_that_makes_no_sense_is_refused(credits_a_month, shares):
    """A mistake in a table of ours shows at once."""
    with pytest.raises(ValueError, match="cannot be shared"):
        paces(credits_a_month, shares)


def test_an_operator_may_ask_every_ten_seconds():
    """For the top; the others keep their distance to it, and together they stay within the minute."""
    fast = COINGECKO.configured(Settings(poll=10.0))
    assert every(fast) == {"global": 15.0, "top": 10.0, "trending": pytest.approx(30.0)}
    assert sum(60 / every_s for every_s in every(fast).values()) <= 15
    assert "poll = 9.9: expected at least 10 s" in complaint(poll=9.9)


# ---- keys


@pytest.mark.parametrize(
    ("region", "host", "header"),
    [
        ("", "https://api.coingecko.com", "x-cg-demo-api-key"),
        ("public", "https://api.coingecko.com", "x-cg-demo-api-key"),
        ("PRO", "https://pro-api.coingecko.com", "x-cg-pro-api-key"),
    ],
)
def test_a_key_goes_into_the_header_of_its_host(region, host, header):
    """Never into an address: addresses reach logs."""
    venue = COINGECKO.configured(Settings(region=region, key=KEY))
    for poll in venue.polls(()):
        assert poll.request.headers == {header: KEY}
        assert poll.request.url.startswith(f"{host}/")
        assert KEY not in poll.request.url + "".join(poll.request.params.values())
    assert all(poll.request.headers == {} for poll in COINGECKO.polls(()))


def test_a_key_is_shown_nowhere():
    """Not by the venue, nor by a refusal that repeats it, nor by a complaint about it; settings call it sealed."""
    venue = COINGECKO.configured(Settings(key=KEY))
    assert KEY not in repr(venue)
    body = msgspec.json.encode({"status": {"error_code": 10002, "error_message": f"{KEY} is unknown"}})
    with pytest.raises(TurnedAway, match=r"\*\*\* is unknown"):
        venue.parse_polled("global", body, 1)
    assert "bad key" not in complaint(key="bad key \x00")
    field = fields_of(Settings)["key"]
    assert (field.secret, field.sealed) == (True, True)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"region": "mars"}, "region = 'mars': expected one of public, pro"),
        ({"region": "pro"}, "key = '': expected the key of a paid plan"),
        ({"key": "ümläute-überall"}, r"key = '***': expected at least 8 printable ASCII characters"),
        ({"key": "short"}, r"key = '***': expected at least 8"),
        ({"format": "json"}, "format = 'json': expected nothing"),
        ({"streams_per_connection": 5}, "streams_per_connection = 5: expected nothing"),
        ({"trades_top": 5}, "trades_top = 5: expected nothing"),
        ({"shards": 2}, "shards = 2: expected 1"),
        ({"rest_url": "ftp://user:secret@x"}, "rest_url = 'ftp://x': expected an address"),
    ],
)
def test_settings_that_make_no_sense_here_are_refused_by_name(settings, words):
    """With what was expected, and without what is nobody's business."""
    assert words in complaint(**settings)
