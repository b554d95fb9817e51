"""The simulated REST sides answer in each venue's shapes, and refuse in each venue's words."""

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.model.instrument import Instrument
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.registry import VENUES

NS = 1_000_000_000
ORIGIN = 1_790_000_000_000_000_000
NINE_HOURS_MS = 9 * 3_600_000
BTC = Instrument("BTC", "KRW")
TICKETS = ("upbit", "bithumb")
"""The family whose REST side this is."""
venues = pytest.mark.parametrize("exchange", TICKETS)


@pytest.fixture(scope="module")
def markets():
    """Ten minutes of a quiet day."""
    markets = {exchange: SimulatedMarket(exchange, 1, "quiet", ORIGIN) for exchange in TICKETS}
    for market in markets.values():
        market.advance(ORIGIN + 600 * NS)
    return markets


@pytest.fixture
def get(markets):
    """Ask a venue; the answer's body as values."""

    def ask(exchange, path, status=200, **params):
        answer = VENUES[exchange].rest(markets[exchange]).answer(path, params)
        assert answer.status == status
        return msgspec.json.decode(answer.body)

    return ask


def error_of(body):
    assert body.keys() == {"error"}
    assert body["error"].keys() == {"name", "message"}
    return body["error"]["name"], body["error"]["message"]


@venues
def test_the_catalogue_is_plain_unless_details_are_asked_for(get, exchange):
    # Promise: three fields a market; warnings come with details only.
    assert {tuple(row) for row in get(exchange, "/v1/market/all")} == {("market", "korean_name", "english_name")}


def test_upbit_tells_flags_in_the_catalogue(get):
    # Promise: a manual warning and five automatic flags, a few of them up.
    rows = get("upbit", "/v1/market/all", is_details="true")
    events = {row["market"]: row["market_event"] for row in rows}
    assert {tuple(event["caution"]) for event in events.values()} == {
        (
            "PRICE_FLUCTUATIONS",
            "TRADING_VOLUME_SOARING",
            "DEPOSIT_AMOUNT_SOARING",
            "GLOBAL_PRICE_DIFFERENCES",
            "CONCENTRATION_OF_SMALL_ACCOUNTS",
        )
    }
    assert 1 <= sum(event["warning"] for event in events.values()) <= 20
    assert 1 <= sum(any(event["caution"].values()) for event in events.values()) <= 30
    assert get("upbit", "/v1/market/all", isDetails="true") == rows


def test_bithumb_tells_alerts_on_a_page_of_their_own(get):
    # Promise: the catalogue has the manual warning, the other page one row for each automatic alert.
    rows = get("bithumb", "/v1/market/all", isDetails="true")
    assert {row["market_warning"] for row in rows} == {"NONE", "CAUTION"}
    alerts = get("bithumb", "/v1/market/virtual_asset_warning")
    assert {tuple(alert) for alert in alerts} == {("market", "warning_type", "warning_step", "end_date")}
    assert {alert["warning_step"] for alert in alerts} <= {"CAUTION", "WARNING", "DANGER"}
    assert {alert["market"] for alert in alerts} <= {row["market"] for row in rows}


@venues
def test_tickers_come_in_the_order_asked_for(get, exchange):
    # Promise: one row for each code, with the market's own figures.
    rows = get(exchange, "/v1/ticker", markets="KRW-ETH,BTC-ETH,KRW-BTC")
    assert [row["market"] for row in rows] == ["KRW-ETH", "BTC-ETH", "KRW-BTC"]
    assert len(rows[0]) == 26


def test_upbit_gives_all_tickers_of_a_quote_in_one_call(get):
    # Promise: every market of the quotes named, in either spelling; anything else is a mistake.
    rows = get("upbit", "/v1/ticker/all", quote_currencies="KRW,USDT")
    assert {row["market"].partition("-")[0] for row in rows} == {"KRW", "USDT"}
    assert get("upbit", "/v1/ticker/all", quoteCurrencies="KRW,USDT") == rows
    error_of(get("upbit", "/v1/ticker/all", 400, quote_currencies="EUR"))
    error_of(get("upbit", "/v1/ticker/all", 400))
    error_of(get("bithumb", "/v1/ticker/all", 404, quote_currencies="KRW"))


def test_bithumbs_ticker_clock_is_nine_hours_ahead_of_what_it_writes(get, markets):
    # Promise: both epochs are Korean wall time, the written date and time are UTC, rates have 4 decimals.
    (row,) = get("bithumb", "/v1/ticker", markets="KRW-BTC")
    true_ms = markets["bithumb"].ticker(BTC).last.at_ms
    assert row["timestamp"] == row["trade_timestamp"] == true_ms + NINE_HOURS_MS
    written = datetime.strptime(row["trade_date"] + row["trade_time"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    assert written.timestamp() == true_ms // 1_000
    assert row["signed_change_rate"] == round(row["signed_change_rate"], 4)
    (row,) = get("upbit", "/v1/ticker", markets="KRW-BTC")
    assert row["timestamp"] == markets["upbit"].ticker(BTC).last.at_ms


def test_bithumb_takes_two_hundred_codes_and_no_more(get):
    # Promise: 200 are answered, 201 refused with the documented sentence.
    codes = [row["market"] for row in get("bithumb", "/v1/market/all")]
    assert len(get("bithumb", "/v1/ticker", markets=",".join(codes[:200]))) == 200
    error = error_of(get("bithumb", "/v1/ticker", 400, markets=",".join(codes[:201])))
    assert error == ("400", "Parameter 'markets' must be less than or equal to 200 items.")
    assert len(get("upbit", "/v1/ticker", markets=",".join(codes[:200]))) == 200


@venues
@pytest.mark.parametrize("path", ["/v1/ticker", "/v1/orderbook"])
def test_one_unknown_market_spoils_the_call(get, exchange, path):
    # Promise: 404, "Code not found".
    assert error_of(get(exchange, path, 404, markets="KRW-BTC,KRW-NOPE")) == (404, "Code not found")
    assert error_of(get(exchange, path, 400))[0] == 400


@venues
def test_candles_are_newest_first_and_at_most_two_hundred(get, exchange):
    # Promise: `count` is cut silently at 200, the fields are those of the sheet, Korean time is 9 h ahead.
    rows = get(exchange, "/v1/candles/minutes/1", market="KRW-BTC", count="500")
    assert len(rows) == 200
    starts = [row["candle_date_time_utc"] for row in rows]
    assert starts == sorted(starts, reverse=True)
    assert " ".join(rows[0]) == (
        "market candle_date_time_utc candle_date_time_kst opening_price high_price low_price trade_price timestamp "
        "candle_acc_trade_price candle_acc_trade_volume unit"
    )
    utc, kst = (datetime.fromisoformat(rows[0][f"candle_date_time_{zone}"]) for zone in ("utc", "kst"))
    assert (kst - utc).total_seconds() == 9 * 3_600
    assert len(get(exchange, "/v1/candles/minutes/1", market="KRW-BTC")) == 1


@venues
def test_six_hours_of_candles_can_be_paged(get, exchange, markets):
    # Promise: `to` goes on where the last page ended, until six hours before the beginning, then nothing more.
    starts, to = [], ""
    while rows := get(exchange, "/v1/candles/minutes/1", market="KRW-BTC", count="200", **({"to": to} if to else {})):
        starts += [row["candle_date_time_utc"] for row in rows]
        to = rows[-1]["candle_date_time_utc"] + "Z"
    assert starts == sorted(set(starts), reverse=True)
    assert len(starts) == 360 + 11
    assert len(starts) == len(markets[exchange].candles(BTC, 1_000))


@venues
@pytest.mark.parametrize("unit", [3, 5, 10, 15, 30, 60, 240])
def test_longer_candles_gather_the_short_ones(get, exchange, unit):
    # Promise: a window starts at a multiple of its length and holds the volume of its minutes.
    rows = get(exchange, f"/v1/candles/minutes/{unit}", market="KRW-BTC", count="2")
    minutes = get(exchange, "/v1/candles/minutes/1", market="KRW-BTC", count="200")
    assert rows[0]["unit"] == unit
    start = datetime.fromisoformat(rows[0]["candle_date_time_utc"])
    assert (start.hour * 60 + start.minute) % unit == 0
    mine = [row for row in minutes if row["candle_date_time_utc"] >= rows[0]["candle_date_time_utc"]]
    assert rows[0]["candle_acc_trade_volume"] == pytest.approx(sum(row["candle_acc_trade_volume"] for row in mine))


def test_a_time_without_zone_is_the_venues_own(get):
    # Promise: `to` is UTC at Upbit and Korean time at Bithumb; with a zone it is what it says.
    moment = "2026-09-21T14:00:00"
    upbit = get("upbit", "/v1/candles/minutes/1", market="KRW-BTC", to=moment)[0]
    assert upbit["candle_date_time_utc"] == "2026-09-21T13:59:00"
    newest = get("bithumb", "/v1/candles/minutes/1", market="KRW-BTC", to="2026-09-21T21:00:00")[0]
    assert newest["candle_date_time_kst"] == "2026-09-21T20:59:00"
    for to in ("2026-09-21T12:00:00Z", "2026-09-21T21:00:00+09:00", "2026-09-21T21:00:00 09:00"):
        (row,) = get("bithumb", "/v1/candles/minutes/1", market="KRW-BTC", to=to)
        assert row["candle_date_time_utc"] == "2026-09-21T11:59:00"
    error_of(get("upbit", "/v1/candles/minutes/1", 400, market="KRW-BTC", to="yesterday"))


@venues
def test_mistakes_about_candles_are_named(get, exchange):
    # Promise: unknown unit, market or number.
    assert error_of(get(exchange, "/v1/candles/minutes/7", 400, market="KRW-BTC")) == (
        400,
        "specified unit is not valid.",
    )
    assert error_of(get(exchange, "/v1/candles/minutes/1", 404, market="KRW-NOPE")) == (404, "Code not found")
    for count in ("0", "-1", "many", "²", "9" * 5_000):
        error_of(get(exchange, "/v1/candles/minutes/1", 400, market="KRW-BTC", count=count))
    error_of(get(exchange, "/v1/candles/minutes/1", 400))
    error_of(get(exchange, "/v1/orders", 404))


def test_books_are_as_deep_as_each_venue_shows_them(get):
    # Promise: Upbit by `count`, Bithumb 30 for one market and 15 for several; milliseconds both.
    for exchange, params, depths in (
        ("upbit", {"markets": "KRW-BTC,KRW-XRP", "count": "5"}, [5, 5]),
        ("upbit", {"markets": "KRW-BTC"}, [30]),
        ("bithumb", {"markets": "KRW-BTC"}, [30]),
        ("bithumb", {"markets": "KRW-BTC,KRW-XRP"}, [15, 15]),
    ):
        rows = get(exchange, "/v1/orderbook", **params)
        assert [len(row["orderbook_units"]) for row in rows] == depths
        assert {len(str(row["timestamp"])) for row in rows} == {13}
        assert all("level" in row for row in rows) == (exchange == "upbit")


def test_upbit_says_which_levels_a_book_can_be_grouped_by(get):
    # Promise: tick size and levels as strings, none but 0 outside KRW.
    krw, btc = get("upbit", "/v1/orderbook/instruments", markets="KRW-XRP,BTC-XRP")
    assert (krw["tick_size"], krw["supported_levels"]) == ("1", ["0", "10", "100", "1000"])
    assert btc["supported_levels"] == ["0"]


@venues
def test_past_trades_can_be_paged_by_id(get, exchange, markets):
    # Promise: newest first, `cursor` is exclusive, the signed change is against the previous close.
    rows = get(exchange, "/v1/trades/ticks", market="KRW-BTC", count="50")
    assert len(rows) == 50
    fills = markets[exchange].trades(BTC, 50)
    assert [row["timestamp"] for row in rows] == [fill.at_ms for fill in fills]
    assert rows[0]["change_price"] == pytest.approx(rows[0]["trade_price"] - rows[0]["prev_closing_price"])
    later = get(exchange, "/v1/trades/ticks", market="KRW-BTC", count="5", cursor=str(rows[20]["sequential_id"]))
    assert later == rows[21:26] or exchange == "bithumb"
    assert all(row["sequential_id"] < rows[20]["sequential_id"] for row in later)


def test_bithumbs_rest_ids_are_the_millisecond_alone(get):
    # Promise: another id space than the socket's, equal for trades of one millisecond.
    rows = get("bithumb", "/v1/trades/ticks", market="KRW-BTC", count="200")
    assert all(row["sequential_id"] == row["timestamp"] * 10_000 for row in rows)


words = st.sampled_from(["KRW-BTC", "KRW-NOPE", "2026-09-21T12:00:00", "KRW", "1"]) | st.text(max_size=12)


@venues
@given(
    path=st.sampled_from(
        ["ticker", "ticker/all", "orderbook", "orderbook/instruments", "trades/ticks", "candles/minutes/1"]
    ),
    params=st.dictionaries(
        st.sampled_from(["market", "markets", "count", "to", "cursor", "quote_currencies"]), words, max_size=4
    ),
)
def test_no_question_brings_a_venue_down(markets, exchange, path, params):
    # Promise: whatever is asked is answered, or refused with an error body.
    answer = VENUES[exchange].rest(markets[exchange]).answer(f"/v1/{path}", params)
    body = msgspec.json.decode(answer.body)
    assert answer.status in {200, 400, 404}
    assert isinstance(body, list) == (answer.status == 200)
