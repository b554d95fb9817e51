"""`scanner markets` asks the wanted venues themselves, and tells plainly which of them it could not reach."""

import json
import sys
from collections import Counter
from contextlib import asynccontextmanager
from functools import partial

import pytest
import trio
from click.testing import CliRunner

from scanner.cli.main import scanner
from scanner.cli.markets import Row
from scanner.exchanges.registry import EXCHANGES
from scanner.settings import schema

MARKETS = [
    {
        "market": f"KRW-{coin}",
        "korean_name": name,
        "english_name": coin,
        "market_event": {"warning": warning, "caution": {}},
    }
    for coin, name, warning in [("AAA", "가가가", False), ("BBB", "나나나", True), ("CCC", "다다다\x1b[31m", False)]
] + [
    {
        "market": "BTC-AAA",
        "korean_name": "가가가",
        "english_name": "AAA",
        "market_event": {"warning": False, "caution": {}},
    }
]
TURNOVERS = {"KRW-AAA": 5e6, "KRW-BBB": 7e9, "KRW-CCC": 1e8, "BTC-AAA": 3.0}
TICKERS = [
    {
        "market": code,
        "trade_price": 12.5,
        "acc_trade_price_24h": turnover,
        "acc_trade_volume_24h": turnover / 12.5,
        "trade_timestamp": 1_800_000_000_000,
        "timestamp": 1_800_000_000_001,
    }
    for code, turnover in TURNOVERS.items()
]


async def answer(asked, bodies, stream):
    """One request, one answer, as an HTTP/1.1 server gives it."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += await stream.receive_some()
    path = head.split(b" ")[1].decode().partition("?")[0]
    asked[path] += 1
    status, body = next(((200, body) for part, body in bodies.items() if part in path), (404, b"{}"))
    headers = f"HTTP/1.1 {status} .\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    await stream.send_all(headers.encode() + body)
    await stream.aclose()


@asynccontextmanager
async def venue(**bodies):
    """A loopback venue that answers paths holding these words; gives its address and what it was asked."""
    asked = Counter()
    bodies = {part: body if isinstance(body, bytes) else json.dumps(body).encode() for part, body in bodies.items()}
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, partial(answer, asked, bodies), 0, host="127.0.0.1"))
        yield f"http://127.0.0.1:{listener.socket.getsockname()[1]}", asked
        nursery.cancel_scope.cancel()


async def markets(*args):
    """The verb as a process of its own."""
    with trio.fail_after(60):
        return await trio.run_process(
            [sys.executable, "-m", "scanner", "markets", *args], capture_stdout=True, capture_stderr=True, check=False
        )


def at(address, exchange="upbit"):
    return ["--exchange", exchange, "--set", f"exchanges.{exchange}.rest_url={address}"]


async def test_wanted_markets_are_told_as_one_object_a_line_by_turnover():
    # Promise: the shape that scripts read, largest turnover first.
    async with venue(market=MARKETS, ticker=TICKERS) as (address, _):
        done = await markets(*at(address), "--json")
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [row["symbol"] for row in rows] == ["BBB/KRW", "CCC/KRW", "AAA/KRW"]
    assert rows[0] | {"name": ""} == {
        "exchange": "upbit",
        "symbol": "BBB/KRW",
        "code": "KRW-BBB",
        "name": "",
        "warning": True,
        "cautions": [],
        "suspended": False,
        "delists_at": None,
        "excluded": None,
        "price": 12.5,
        "turnover_24h": 7e9,
    }


@pytest.mark.parametrize("symbol", ["AAA/KRW", "krw-aaa"])
async def test_a_symbol_is_found_by_our_name_and_the_venue_s(symbol):
    # Promise: both spellings, in any case.
    async with venue(market=MARKETS, ticker=TICKERS) as (address, _):
        done = await markets(*at(address), "--json", "--symbol", symbol)
    assert [json.loads(line)["code"] for line in done.stdout.decode().splitlines()] == ["KRW-AAA"]


async def test_people_get_a_table_that_cannot_steer_their_terminal():
    # Promise: names, flags and readable numbers; no escape of a venue's reaches the screen.
    async with venue(market=MARKETS, ticker=TICKERS) as (address, _):
        done = await markets(*at(address))
    text = done.stdout.decode()
    assert "7B" in text
    assert "warning" in text
    assert "\x1b" not in text


async def test_quotes_are_not_compared_with_each_other():
    # Promise: three bitcoin of turnover are not ranked below three won.
    async with venue(market=MARKETS, ticker=TICKERS) as (address, _):
        done = await markets(*at(address), "--json", "--market", "BTC", "--market", "KRW")
    symbols = [json.loads(line)["symbol"] for line in done.stdout.decode().splitlines()]
    assert symbols == ["AAA/BTC", "BBB/KRW", "CCC/KRW", "AAA/KRW"]


async def test_a_venue_that_cannot_be_reached_is_named_and_the_others_are_told():
    # Promise: venue, address and reason in one line; exit 0 while somebody answers.
    async with venue(market=MARKETS, ticker=TICKERS) as (address, _):
        done = await markets("--json", *at(address), *at("http://127.0.0.1:1", "bithumb"))
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 3
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("scanner: Bithumb is not reachable at http://127.0.0.1:1: ")


async def test_when_nobody_answers_it_fails():
    # Promise: exit 1, so that a script notices.
    done = await markets(*at("http://127.0.0.1:1"))
    assert done.returncode == 1
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr


LEFT_OUT = [
    {"market": code, "english_name": code, "market_event": {"warning": False, "caution": {}}}
    for code in ("KRW-AAA3L", "KRW-USDT", "KRW-EUR")
]


@pytest.mark.parametrize(
    ("options", "kinds"),
    [
        ((), {"AAA3L": "leveraged", "EUR": "fiat"}),
        (("--set", "scanner.exclude=fiat"), {"EUR": "fiat"}),
        (("--include-all",), {}),
        (("--symbol", "AAA3L/KRW"), {}),
    ],
)
async def test_what_is_left_out_is_listed_and_says_so(options, kinds):
    # Promise: as `start` would choose with the same options, and the rate of a dollar is never left out.
    async with venue(market=MARKETS + LEFT_OUT, ticker=TICKERS) as (address, _):
        done = await markets(*at(address), "--json", *options)
    rows = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert {row["code"].removeprefix("KRW-"): row["excluded"] for row in rows if row["excluded"]} == kinds
    assert len(rows) == (1 if "--symbol" in options else 6)


def test_people_read_everything_that_is_special_about_a_market():
    # Promise: in words, in one column.
    row = Row(
        exchange="upbit",
        symbol="波3L/USDT:USDT",
        code="USDT-W",
        name="",
        warning=True,
        cautions=("STEEP",),
        suspended=True,
        delists_at="2027-01-15T08:00:00.000Z",
        excluded="leveraged",
        price=None,
        turnover_24h=None,
    )
    assert list(row.flags) == ["warning", "STEEP", "suspended", "ends 2027-01-15T08:00:00.000Z", "left out: leveraged"]
    assert row.quote == "USDT"


def test_a_venue_that_lists_no_markets_is_named_and_is_no_failure(monkeypatch):
    # Promise: who asks it for markets is told that it has none, and a script sees success and no row.
    monkeypatch.setitem(EXCHANGES, "gecko", Unlisted())
    schema.cache_clear()
    done = CliRunner().invoke(scanner, ["markets", "--exchange", "gecko"])
    schema.cache_clear()
    assert (done.exit_code, done.stdout, done.stderr) == (0, "", "scanner: Gecko lists no markets\n")


class Unlisted:
    """A venue that knows about markets and has none."""

    name, title = "gecko", "Gecko"
    quotes = frozenset()
    by_default = False

    def configured(self, _settings):
        return self


@pytest.mark.parametrize(
    ("bodies", "told"), [({"market": b"<html>"}, "answers nonsense"), ({}, "HTTP 404 on /v1/market/all")]
)
async def test_an_answer_that_makes_no_sense_is_told(bodies, told):
    # Promise: a captive portal or a wrong address is a sentence, not a traceback.
    async with venue(**bodies) as (address, asked):
        done = await markets(*at(address))
    assert done.returncode == 1
    assert sum(asked.values()) == 1
    (line,) = done.stderr.decode().splitlines()
    assert told in line
    assert address in line
