"""How CoinGecko says what a simulated market comes to: real numbers and nulls, and amounts in text for people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.sim.chance import between, seed_of
from scanner.sim.coins import KRW_PER_USDT, named
from scanner.sim.ledger import Summary
from scanner.sim.listing import Entry
from scanner.sim.venues.base import MarketView

HOUR_MS, TRADES = 3_600_000, 500
"""An hour is looked back upon, as far as so many trades reach."""
LARGEST_CAP, CAP_FALLS = 1.5e12, -1.8
"""In USD when nothing has happened yet: Bitcoin comes to about half of everything."""
SHORTEST_PAST = 0.05
"""So many of the coins are younger than a week."""
CHANGES = {"1h": 1, "24h": 24, "7d": 168}
"""Window → hours."""
SEARCHED = 15
TOLD_SHARES = 10

Payload = dict[str, Any]


class Row(Struct, frozen=True):
    """One coin of the world, as it stands now."""

    id: str
    symbol: str
    name: str
    instrument: Instrument
    supply: float
    summary: Summary

    @property
    def cap(self) -> float:
        """In USD."""
        return self.supply * self.summary.last.price

    @property
    def change_24h(self) -> float:
        """Per cent, since the last day ended."""
        return 100 * (self.summary.last.price / self.summary.previous_close - 1)


def rows(view: MarketView) -> list[Row]:
    """All coins that are traded for dollars, the largest first."""
    dollars = [entry for entry in view.entries if entry.instrument.quote == "USDT"]
    return sorted((_row(view, place, entry) for place, entry in enumerate(dollars, 1)), key=lambda row: -row.cap)


def now_ms(view: MarketView) -> int:
    """The venue's clock; 0 where nothing is listed."""
    return max((view.book(entry.instrument, depth=1).at_ms for entry in view.entries[:1]), default=0)


def overview(everything: Sequence[Row], at_ms: int) -> Payload:
    """All of it in a few numbers."""
    cap, volume = sum(row.cap for row in everything), sum(row.summary.turnover_24h for row in everything)
    before = sum(row.supply * row.summary.previous_close for row in everything)
    bitcoin = everything[0].summary.last.price if everything else 1.0
    return {
        "data": {
            "active_cryptocurrencies": len(everything),
            "upcoming_icos": 0,
            "ongoing_icos": 49,
            "ended_icos": 3376,
            "markets": 1,
            "total_market_cap": {"btc": cap / bitcoin, "usd": cap, "krw": cap * KRW_PER_USDT},
            "total_volume": {"btc": volume / bitcoin, "usd": volume, "krw": volume * KRW_PER_USDT},
            "market_cap_percentage": {row.symbol: 100 * row.cap / cap for row in everything[:TOLD_SHARES]},
            "market_cap_change_percentage_24h_usd": 100 * (cap / before - 1) if before else None,
            "updated_at": at_ms // 1_000,
        }
    }


def line(view: MarketView, row: Row, rank: int, windows: Sequence[str]) -> Payload:
    """One coin of the top; a change that reaches back before the coin is null."""
    last = row.summary.last
    told: Payload = {
        "id": row.id,
        "symbol": row.symbol,
        "name": row.name,
        "image": f"https://coin-images.example/{row.id}.png",
        "current_price": _whole(last.price),
        "market_cap": round(row.cap),
        "market_cap_rank": rank,
        "fully_diluted_valuation": None,
        "total_volume": round(row.summary.turnover_24h),
        "high_24h": _whole(row.summary.high),
        "low_24h": _whole(row.summary.low),
        "price_change_24h": last.price - row.summary.previous_close,
        "price_change_percentage_24h": round(row.change_24h, 5),
        "circulating_supply": row.supply,
        "max_supply": None,
        "roi": None,
        "last_updated": _iso(last.at_ms),
    }
    return told | {f"price_change_percentage_{window}_in_currency": _change(view, row, window) for window in windows}


def namesake(row: Row) -> Payload:
    """Another coin under the same symbol, of which little is known."""
    unknown = ("current_price", "market_cap", "market_cap_rank", "high_24h", "low_24h", "last_updated", "roi")
    return {"id": f"bridged-{row.id}", "symbol": row.symbol, "name": f"Bridged {row.name}", "total_volume": 0} | (
        dict.fromkeys(unknown)
    )


def searched(everything: Sequence[Row]) -> Payload:
    """The coins that moved furthest, for these are what people look for; the last of them is too new for a rank."""
    ranks = {row.id: rank for rank, row in enumerate(everything, 1)}
    moved = sorted(everything, key=lambda row: -abs(row.change_24h))[:SEARCHED]
    bitcoin = everything[0].summary.last.price if everything else 1.0
    last = len(moved) - 1
    coins = [_item(row, score, None if score == last else ranks[row.id], bitcoin) for score, row in enumerate(moved)]
    return {"coins": coins, "nfts": [], "categories": []}


def price(row: Row, currency: str, extras: Sequence[str]) -> Payload:
    """One coin's price in one currency, with what else was asked for."""
    rate = KRW_PER_USDT if currency == "krw" else 1.0
    values = {
        "market_cap": row.cap * rate,
        "24h_vol": row.summary.turnover_24h * rate,
        "24h_change": row.change_24h,
    }
    return {currency: row.summary.last.price * rate} | {f"{currency}_{extra}": values[extra] for extra in extras}


def _row(view: MarketView, place: int, entry: Entry) -> Row:
    instrument, name = entry.instrument, entry.name
    supply = LARGEST_CAP * float(place**CAP_FALLS) / (named(instrument.base).krw / KRW_PER_USDT)
    code = instrument.base.lower()
    return Row(name.lower().replace(" ", "-"), code, name, instrument, supply, view.ticker(instrument))


def _item(row: Row, score: int, rank: int | None, bitcoin: float) -> Payload:
    last = row.summary.last.price
    return {
        "item": {
            "id": row.id,
            "coin_id": 1_000 + score,
            "name": row.name,
            "symbol": row.symbol.upper(),
            "market_cap_rank": rank,
            "slug": row.id,
            "price_btc": last / bitcoin,
            "score": score,
            "data": {
                "price": last,
                "price_btc": f"{last / bitcoin:.20f}",
                "price_change_percentage_24h": {"btc": 0.0, "usd": row.change_24h},
                "market_cap": f"${row.cap:,.0f}",
                "total_volume": f"${row.summary.turnover_24h:,.0f}",
                "content": None,
            },
        }
    }


def _change(view: MarketView, row: Row, window: str) -> float | None:
    """Per cent: of an hour by the trades that are remembered, of a week by chance, for no market here goes so far."""
    last = row.summary.last
    if window == "24h":
        return row.change_24h
    if window == "1h":
        hour = (fill for fill in reversed(view.trades(row.instrument, TRADES)) if last.at_ms - fill.at_ms < HOUR_MS)
        return 100 * (last.price / next(hour, last).price - 1)
    dice = seed_of("week", row.id)
    return None if between(0.0, 1.0, dice, 1) < SHORTEST_PAST else row.change_24h + between(-9.0, 9.0, dice, 2)


def _whole(number: float) -> float:
    """A whole number is written without a point."""
    return int(number) if number == int(number) else number


def _iso(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
