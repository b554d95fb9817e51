"""Every answer in CoinGecko's fact sheet gives the values that stand in it."""

import json
import re

import pytest

from scanner.exchanges.coingecko.exchange import COINGECKO
from scanner.exchanges.refusal import TurnedAway

SEEN = 1_790_000_000_200_000_000


@pytest.fixture(scope="module")
def sheet(shared):
    return (shared / "exchanges" / "coingecko.md").read_text()


@pytest.fixture(scope="module")
def answers(sheet):
    """Tag → the answer that the sheet shows."""
    blocks = re.findall(r"```json\n(.*?)```", sheet, re.DOTALL)
    keys = {"global": '{"data"', "top": "[", "trending": '{"coins"'}
    return {tag: next(block for block in blocks if block.startswith(start)) for tag, start in keys.items()}


def polled(tag, answers):
    return COINGECKO.parse_polled(tag, answers[tag].encode(), SEEN)


def test_the_overview(answers):
    """Dollars, a share of a hundred, seconds."""
    [world], shown = polled("global", answers), json.loads(answers["global"])["data"]
    assert world.at == shown["updated_at"] * 10**9
    assert world.market_cap_usd == shown["total_market_cap"]["usd"]
    assert world.volume_24h_usd == shown["total_volume"]["usd"]
    assert world.btc_dominance == shown["market_cap_percentage"]["btc"] / 100
    assert world.change_24h == shown["market_cap_change_percentage_24h_usd"] / 100
    assert world.coins == shown["active_cryptocurrencies"]


def test_the_top(answers):
    """Its one row, with three changes."""
    [coin], [shown] = polled("top", answers), json.loads(answers["top"])
    assert (coin.id, coin.symbol, coin.name) == (shown["id"], shown["symbol"].upper(), shown["name"])
    assert (coin.rank, coin.price_usd) == (shown["market_cap_rank"], shown["current_price"])
    assert (coin.market_cap_usd, coin.volume_24h_usd) == (shown["market_cap"], shown["total_volume"])
    windows = {"1h": coin.change_1h, "24h": coin.change_24h, "7d": coin.change_7d}
    for window, change in windows.items():
        assert change == shown[f"price_change_percentage_{window}_in_currency"] / 100


def test_what_people_look_for(answers):
    """Its one coin, whose amounts are text."""
    [coin], [shown] = polled("trending", answers), json.loads(answers["trending"])["coins"]
    item, data = shown["item"], shown["item"]["data"]
    assert (coin.id, coin.symbol, coin.rank, coin.trending) == (item["id"], item["symbol"], item["market_cap_rank"], 1)
    assert coin.price_usd == data["price"]
    assert f"${coin.market_cap_usd:,.0f}" == data["market_cap"]
    assert f"${coin.volume_24h_usd:,.0f}" == data["total_volume"]
    assert coin.change_24h == data["price_change_percentage_24h"]["usd"] / 100


def test_all_refusals(sheet):
    """Each error body in the text, whatever its shape, is a refusal; three of them have a number."""
    bodies = [found for found in re.findall(r"`(\{.*?\})`", sheet) if "error" in found]
    assert len(bodies) >= 5
    numbers = set()
    for body in bodies:
        with pytest.raises(TurnedAway) as caught:
            COINGECKO.parse_polled("top", body.encode(), SEEN)
        numbers |= set(re.findall(r"refused with (\d+)", str(caught.value)))
    assert numbers == {"429", "10002", "10011"}
