"""A simulated CoinGecko answers in the real one's shapes, refuses in all of its ways, and is read by our own reader."""

from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio_websocket import ConnectionRejected

from scanner.exchanges.base import RemoteNonsense, Settings
from scanner.exchanges.coingecko.exchange import COINGECKO
from scanner.exchanges.refusal import TurnedAway
from scanner.exchanges.registry import EXCHANGES
from scanner.net.failure import Unreachable
from scanner.net.http import open_http
from scanner.sim.faults import Fault
from scanner.sim.market import SimulatedMarket
from scanner.sim.server import Options, serve
from scanner.sim.venues.coingecko import CoinGecko
from scanner.sim.venues.coingecko_rest import FACES, Terms
from scanner.sim.venues.registry import VENUES

ORIGIN = 1_790_000_000_000_000_000
NS = 1_000_000_000
SEEN = ORIGIN + 600 * NS
USD = {"vs_currency": "usd"}
PRICES = {"ids": "bitcoin,nobody,ethereum", "vs_currencies": "usd"}


@pytest.fixture(scope="module")
def market():
    """Ten minutes of a quiet day."""
    market = SimulatedMarket("coingecko", 1, "quiet", ORIGIN)
    market.advance(SEEN)
    return market


@pytest.fixture
def get(market):
    """Ask a fresh venue, or the one that is given; the answer's body as values."""

    def ask(path, status=200, rest=None, **params):
        answer = (rest or CoinGecko().rest(market)).answer(f"/api/v3/{path}", params)
        assert answer.status == status
        return msgspec.json.decode(answer.body)

    return ask


def test_it_is_a_venue_like_the_others():
    """Under the name of the real one."""
    assert VENUES["coingecko"].name == COINGECKO.name == "coingecko"
    assert EXCHANGES["coingecko"] is COINGECKO


def test_our_reader_understands_it(market):
    """All that is polled, in the numbers of the market."""
    rest = CoinGecko().rest(market)
    told = {}
    for poll in COINGECKO.polls(()):
        answer = rest.answer(poll.request.url.removeprefix(COINGECKO.rest_url), poll.request.params)
        told[poll.tag] = COINGECKO.parse_polled(poll.tag, answer.body, SEEN)
    [world] = told["global"]
    assert 1e12 < world.market_cap_usd < 1e13
    assert 0.4 < world.btc_dominance < 0.7
    assert world.at // NS == SEEN // NS
    top, trending = told["top"], told["trending"]
    assert len(top) == 100
    assert [coin.rank for coin in top if coin.rank] == list(range(1, 99))
    assert (top[0].id, top[0].symbol) == ("bitcoin", "BTC")
    assert top[0].market_cap_usd == pytest.approx(world.btc_dominance * world.market_cap_usd, rel=1e-3)
    assert {coin.change_7d is None for coin in top} == {True, False}
    assert [coin.trending for coin in trending] == list(range(1, 16))
    assert trending[-1].rank is None


def test_symbols_repeat_and_a_namesake_is_hardly_known(get):
    """Null wherever null may be; ids never repeat."""
    rows = get("coins/markets", **USD, per_page="250")
    assert len(rows) == len({row["id"] for row in rows}) == 250
    bitcoins = [row for row in rows if row["symbol"] == "btc"]
    assert [row["market_cap_rank"] for row in bitcoins] == [1, None]
    assert bitcoins[1]["current_price"] is bitcoins[1]["last_updated"] is None


def test_pages_follow_one_another_and_end(get):
    """The last is shorter, those after it are empty, and no page is longer than 250."""
    pages = [get("coins/markets", **USD, per_page="1000", page=str(page)) for page in (1, 2, 3)]
    assert [len(page) for page in pages] == [250, 52, 0]
    assert len(get("coins/markets", **USD)) == 100


def test_changes_are_told_for_the_windows_that_were_asked_for(get):
    """Under a key that names the window."""
    row = get("coins/markets", **USD, price_change_percentage="1h,7d", per_page="1")[0]
    told = {key for key in row if key.endswith("_in_currency")}
    assert told == {f"price_change_percentage_{window}_in_currency" for window in ("1h", "7d")}


def test_what_people_look_for_is_told_in_their_words(get):
    """Amounts are text with dollars and commas; the order is the ranking."""
    items = [coin["item"] for coin in get("search/trending")["coins"]]
    assert [item["score"] for item in items] == list(range(15))
    assert all(item["data"]["market_cap"].startswith("$") for item in items)
    assert all(item["symbol"] == item["symbol"].upper() for item in items)


def test_an_unknown_coin_has_no_price_and_nobody_says_so(get):
    """The id is missing; nothing at all is an answer too."""
    prices = get("simple/price", **PRICES, include_24hr_vol="true", include_last_updated_at="true")
    assert list(prices) == ["bitcoin", "ethereum"]
    assert set(prices["bitcoin"]) == {"usd", "usd_24h_vol", "last_updated_at"}
    assert get("simple/price", ids="nobody", vs_currencies="usd") == {}


def test_it_says_that_it_is_there(get):
    """To who only wants to know that."""
    assert "gecko_says" in get("ping")


@pytest.mark.parametrize(
    ("path", "params", "status"),
    [
        ("coins/markets", {}, 400),
        ("coins/markets", {"vs_currency": "usd", "per_page": "0"}, 400),
        ("coins/markets", {"vs_currency": "usd", "page": "x"}, 400),
        ("coins/markets", {"vs_currency": "usd", "price_change_percentage": "3h"}, 400),
        ("simple/price", {"ids": "bitcoin"}, 400),
        ("simple/price", {"vs_currencies": "usd"}, 400),
        ("coins/nothing", {}, 404),
    ],
)
def test_mistakes_are_named(get, path, params, status):
    """In the shape that is kept for mistakes."""
    assert set(get(path, status, **params)) == {"error"}


def test_an_answer_is_told_again_until_its_time_is_over():
    """Prices for a minute, the state of the world for ten: what stands still is cached, not broken."""
    market = SimulatedMarket("coingecko", 1, "quiet", ORIGIN)
    rest, told = CoinGecko().rest(market), {"global": [], "coins/markets": []}
    for minute in range(12):
        market.advance(ORIGIN + (minute * 60 + 1) * NS)
        for path, bodies in told.items():
            bodies.extend(rest.answer(f"/api/v3/{path}", USD).body for _ in range(2))
    assert len(set(told["global"])) == 2
    assert len(set(told["coins/markets"])) == 12


# ---- whom it serves


def test_a_month_has_so_many_good_answers_and_no_more(market, get):
    """Mistakes cost none; then it is refused in words that our reader knows."""
    rest = CoinGecko(Terms(credits=3)).rest(market)
    get("nowhere", 404, rest)
    for _ in range(3):
        get("ping", 200, rest)
    get("ping", 429, rest)
    with pytest.raises(TurnedAway, match="used up"):
        COINGECKO.parse_polled("global", rest.answer("/api/v3/global", {}).body, SEEN)


def test_another_month_begins_with_all_its_credits():
    """By the venue's own clock."""
    market = SimulatedMarket("coingecko", 1, "quiet", ORIGIN)
    rest = CoinGecko(Terms(credits=1)).rest(market)
    assert [rest.answer("/api/v3/ping", {}).status for _ in range(2)] == [200, 429]
    market.now_ms += 31 * 86_400_000
    assert rest.answer("/api/v3/ping", {}).status == 200


@pytest.mark.parametrize(
    ("terms", "params", "status", "code"),
    [
        (Terms(key="right"), {}, 401, 10002),
        (Terms(key="right"), {"x-cg-demo-api-key": "wrong"}, 401, 10002),
        (Terms(), {"x-cg-pro-api-key": "paid"}, 400, 10010),
        (Terms(key="paid", paid=True), {"x_cg_demo_api_key": "free"}, 400, 10011),
    ],
)
def test_a_key_that_is_missing_wrong_or_misplaced_is_refused_by_number(market, terms, params, status, code):
    """And our reader says what to do about it, which is not to ask again."""
    answer = CoinGecko(terms).rest(market).answer("/api/v3/global", params)
    assert answer.status == status
    with pytest.raises(TurnedAway, match=f"refused with {code}") as caught:
        COINGECKO.parse_polled("global", answer.body, SEEN)
    assert caught.value.lasting


@pytest.mark.parametrize("name", ["x_cg_pro_api_key", "x-cg-pro-api-key"])
def test_the_right_key_opens_in_either_place(market, name):
    """As a parameter, and as a header."""
    rest = CoinGecko(Terms(key="paid", paid=True)).rest(market)
    assert rest.answer("/api/v3/ping", {name: "paid"}).status == 200


async def test_too_many_calls_are_refused_with_all_its_faces(open_house, autojump_clock):
    """With a date and without, as a page, and under 200; none of them is taken for an answer."""
    house = open_house(CoinGecko(calls_a_minute=2))
    told = [house.answer("/api/v3/ping", {}, origin=False) for _ in range(2 + len(FACES))]
    assert [answer.status for answer, _ in told] == [200, 200, 429, 429, 429, 200]
    assert [headers.get("Retry-After") for _, headers in told] == [None, None, "54", None, None, None]
    for answer, _ in told[2:]:
        with pytest.raises(RemoteNonsense):
            COINGECKO.parse_polled("global", answer.body, SEEN)


async def test_a_minute_later_it_answers_again(open_house, autojump_clock):
    """The window slides."""
    house = open_house(CoinGecko(calls_a_minute=1, faces=FACES[:1]))
    statuses = []
    for _ in range(3):
        statuses.append(house.answer("/api/v3/ping", {}, origin=False)[0].status)
        await trio.sleep(40)
    assert statuses == [200, 429, 200]


async def test_nobody_gets_a_socket(open_house, visit, autojump_clock):
    """A handshake is turned away."""
    with pytest.raises(ExceptionGroup) as refused:
        async with visit(open_house("coingecko")):
            pass
    [error] = refused.value.exceptions
    assert isinstance(error, ConnectionRejected)
    assert error.status_code >= 400


@asynccontextmanager
async def serving(**options):
    async with trio.open_nursery() as nursery:
        yield await nursery.start(serve, Options(exchanges=("coingecko",), **options))
        nursery.cancel_scope.cancel()


async def test_over_real_http_it_is_found_where_the_settings_say():
    """From the addresses that a simulation tells to the events."""
    async with serving() as urls, open_http(5.0) as http:
        venue = COINGECKO.configured(Settings(**urls["coingecko"]))
        for poll in venue.polls(()):
            body = await http.get(poll.request.url, poll.request.params, poll.request.headers)
            assert venue.parse_polled(poll.tag, body, SEEN)


async def test_a_ban_is_a_refusal_with_a_date():
    """With 403, as its firewall says it."""
    async with serving(faults=(Fault("coingecko", "ban", for_s=90.0),)) as urls, open_http(5.0) as http:
        with pytest.raises(Unreachable, match="403") as caught:
            await http.get(f"{urls['coingecko']['rest_url']}/api/v3/ping")
    assert caught.value.refused
    assert 60 < caught.value.retry_after <= 90


words = st.sampled_from(["usd", "krw", "bitcoin", "1", "0", "250", "1h,24h", "true"]) | st.text(max_size=12)


@given(
    path=st.sampled_from(["ping", "global", "coins/markets", "search/trending", "simple/price", "key"]),
    params=st.dictionaries(
        st.sampled_from(["vs_currency", "vs_currencies", "ids", "per_page", "page", "price_change_percentage"]),
        words,
        max_size=4,
    ),
)
def test_no_question_brings_it_down(market, path, params):
    """Whatever is asked is answered, or refused with an error body."""
    answer = CoinGecko().rest(market).answer(f"/api/v3/{path}", params)
    msgspec.json.decode(answer.body)
    assert answer.status in {200, 400, 404}
