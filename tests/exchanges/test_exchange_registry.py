"""The table of venues, and its door for venues from other packages."""

import sys
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from scanner.exchanges import registry
from scanner.exchanges.registry import EXCHANGES, GROUP, BadPlugin, add_plugins
from scanner.exchanges.ticket.exchange import TicketExchange
from scanner.exchanges.upbit.spec import UPBIT


@pytest.fixture
def table(monkeypatch):
    """A copy, so that no test leaves a venue behind."""
    copy = dict(EXCHANGES)
    monkeypatch.setattr(registry, "EXCHANGES", copy)
    return copy


@pytest.fixture
def package(monkeypatch):
    """An installed package with something in it; gives the entry point to that."""

    def offer(name, thing):
        monkeypatch.setitem(sys.modules, "a_package", SimpleNamespace(thing=thing))
        return EntryPoint(name, "a_package:thing", GROUP)

    return offer


class Elsewhere:
    """The least that is a venue, by its names alone."""

    name = "elsewhere"
    title = by_default = channels = quotes = limits = rest_url = ws_url = configured = page = markets_request = None
    parse_markets = tickers_requests = parse_tickers = trades_request = parse_trades = polls = parse_polled = None
    stream_of = plan = open = fallback = candles_request = parse_candles = None


def test_the_table_is_plain():
    """`EXCHANGES["upbit"]` is the venue of that name."""
    assert list(EXCHANGES)[:6] == ["upbit", "bithumb", "binance", "okx", "mexc", "weex"]
    assert all(exchange.name == name for name, exchange in EXCHANGES.items())


def test_a_venue_from_another_package_joins(table, package):
    """By the name of its entry point; twice is once."""
    venue = Elsewhere()
    point = package("elsewhere", venue)
    add_plugins([point])
    add_plugins([point])
    assert table["elsewhere"] is venue


@pytest.mark.parametrize(
    ("name", "thing", "why"),
    [
        ("elsewhere", 5, "expected an object with name, title, by_default, channels"),
        ("elsewhere", Elsewhere, "expected an object with"),
        ("elsewhere", TicketExchange, "expected an object with"),
        ("somewhere", Elsewhere(), "calls itself 'elsewhere'"),
    ],
)
def test_a_venue_that_is_none_is_refused_by_name(table, package, name, thing, why):
    """The text names the entry point, where it comes from, and what was expected."""
    with pytest.raises(BadPlugin, match=f"{name} = a_package:thing of group scanner.exchanges: .*{why}"):
        add_plugins([package(name, thing)])
    assert list(table) == list(EXCHANGES)


def test_nobody_takes_the_place_of_another(table, package):
    """The built-in venue stays."""
    impostor = Elsewhere()
    impostor.name = "upbit"
    with pytest.raises(BadPlugin, match="of that name already"):
        add_plugins([package("upbit", impostor)])
    assert table["upbit"] is UPBIT


@pytest.mark.parametrize("value", ["no_such_package_anywhere:thing", "scanner.exchanges.registry:no_such_thing"])
def test_a_package_that_cannot_be_loaded_is_refused_by_name(table, value):
    """Not installed any more, or without what it promised."""
    with pytest.raises(BadPlugin, match="entry point gone"):
        add_plugins([EntryPoint("gone", value, GROUP)])


def test_without_any_package_nothing_changes(table):
    """The installed entry points are asked by default."""
    add_plugins()
    assert list(table)[:2] == ["upbit", "bithumb"]
