"""What each simulated venue lists, and how busy and how dear each market is when nothing happens."""

from __future__ import annotations

from functools import cache
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from scanner.model.instrument import Instrument
from scanner.sim.chance import seed_of, unit
from scanner.sim.coins import COINS, DOLLARS, KRW_PER_BTC, KRW_PER_USDT, WORLD, Coin, leveraged, named
from scanner.sim.prices import Path, Wave, common_waves, path, pegged
from scanner.sim.ticks import tick_for

DAY = 86_400


class Pit(Struct, frozen=True):
    """Where a venue trades against one currency: the busiest coins, as far as it has them and their price has ticks."""

    coins: int = len(WORLD)
    """Ranks that are looked at."""
    markets: int = len(WORLD)
    """Most that are listed."""
    share: float = 1.0
    """How much of a coin's trade rate is here, compared with its main market."""
    piece: float = 1.0
    """How large a trade is, compared with one for KRW."""
    coarsest_tick: float = 0.004
    """As a fraction of the price."""


class Floor(Struct, frozen=True):
    """A venue as a place of trade."""

    pits: dict[str, Pit]
    """By quote currency, the main one first."""
    day_starts_s: int = 0
    """Seconds after 00:00 UTC at which its day, and all figures of the day, begin."""
    trades_per_s: float = 27.0
    """Over the whole venue in quiet times."""
    extras: tuple[tuple[Coin, int], ...] = ()
    """Further coins in the main pit, and the rank whose trade they have."""

    @property
    def quotes(self) -> tuple[str, ...]:
        """The main one first."""
        return tuple(self.pits)

    @property
    def main(self) -> str:
        """The quote currency in which everything is listed."""
        return self.quotes[0]


_WON = Pit(coins=len(COINS), coarsest_tick=0.01)
_SATS = Pit(coins=55, share=0.02, piece=0.3, coarsest_tick=0.01)
_DOLLARS = tuple((coin, 25 * place) for place, coin in enumerate(DOLLARS, 1))
_LEVERAGED = tuple(
    (leveraged(code, multiple), 150) for code in ("BTC", "ETH", "XRP", "SOL", "DOGE") for multiple in ("3L", "3S")
)

FLOORS: dict[str, Floor] = {
    "upbit": Floor({"KRW": _WON, "BTC": _SATS, "USDT": Pit(coins=20, share=0.05, piece=0.3, coarsest_tick=0.01)}),
    "bithumb": Floor({"KRW": _WON, "BTC": _SATS}, day_starts_s=15 * 3_600),
    "binance": Floor(
        {"USDT": Pit(markets=420), "BTC": Pit(markets=60, share=0.05, piece=0.3)},
        trades_per_s=90.0,
        extras=(*_DOLLARS, (Coin("币安人生", "币安人生", "币安人生", 240.0), 120)),
    ),
    "okx": Floor(
        {"USDT": Pit(markets=300, piece=0.9), "BTC": Pit(markets=50, share=0.04, piece=0.3)},
        trades_per_s=60.0,
        extras=_DOLLARS,
    ),
    "mexc": Floor(
        {"USDT": Pit(markets=700, piece=0.8), "BTC": Pit(markets=40, share=0.03, piece=0.3)},
        trades_per_s=60.0,
        extras=(*_DOLLARS, *_LEVERAGED),
    ),
    "weex": Floor(
        {"USDT": Pit(markets=400, piece=0.8), "BTC": Pit(markets=20, share=0.02, piece=0.3)},
        trades_per_s=40.0,
        extras=(*_DOLLARS, (Coin("牛来", "牛来", "牛来", 17.0), 140)),
    ),
    "binance-futures": Floor({"USDT": Pit(markets=350)}, trades_per_s=60.0),
    "mexc-futures": Floor({"USDT": Pit(markets=450, piece=0.8)}, trades_per_s=45.0),
    "weex-contract": Floor({"USDT": Pit(markets=350, piece=0.8)}, trades_per_s=40.0),
    "coingecko": Floor({"USDT": Pit(markets=300)}),
}
"""Coins are listed as spot pairs here; what is a perpetual is for the venue to say."""


class Entry(Struct, frozen=True):
    """One line of a venue's catalogue."""

    instrument: Instrument
    name: str
    korean: str
    warning: bool = False
    """The venue's serious, manual designation."""
    cautions: tuple[str, ...] = ()
    """Its automatic flags that are up, in Upbit's words."""
    suspended: bool = False
    """Listed, but not traded just now."""


class Listing(Struct, frozen=True):
    """One market of one venue in quiet times."""

    index: int
    instrument: Instrument
    entry: Entry
    path: Path
    trades_per_s: float
    ticket: float
    """Mean value of one trade, in quote currency."""
    seed: int

    @property
    def turnover_per_s(self) -> float:
        """Usual turnover a second, in quote currency."""
        return self.trades_per_s * self.ticket


_KRW_PER = {"KRW": 1.0, "BTC": KRW_PER_BTC, "USDT": KRW_PER_USDT}

COMMON_RANKS = 200
"""Coins above this rank are listed everywhere; below, each venue lacks every fifth."""
_NEWCOMERS_RANK = 60
"""What is newly listed is traded like a coin that people have heard of."""
_FLAGGED_RANKS = 150
_CAUTIONED, _WARNED = 0.03, 0.04
"""Venues flag small coins only, so that a scripted one never carries a flag by chance."""
CAUTIONS = (
    "PRICE_FLUCTUATIONS",
    "TRADING_VOLUME_SOARING",
    "DEPOSIT_AMOUNT_SOARING",
    "GLOBAL_PRICE_DIFFERENCES",
    "CONCENTRATION_OF_SMALL_ACCOUNTS",
)


class Place(Struct, frozen=True):
    """A coin in a pit, and the rank by which it is traded there."""

    coin: Coin
    quote: str
    rank: int


def listings(exchange: str, seed: int) -> tuple[Listing, ...]:
    """All markets of a venue: the main pit's busiest first, the extras last."""
    common, pace, places = common_waves(seed), _pace(exchange), _places(exchange)
    return tuple(_listing(exchange, index, place, pace, seed, common) for index, place in enumerate(places))


def newcomer(exchange: str, seed: int, instrument: Instrument, index: int) -> Listing:
    """A market that was not there in the beginning; ValueError for a quote currency the venue does not have."""
    floor = FLOORS[exchange]
    if instrument.quote not in floor.pits or instrument.kind != "spot":
        raise ValueError(f"{instrument} cannot be listed: expected a spot market in {', '.join(floor.quotes)}")
    place = Place(named(instrument.base), instrument.quote, _NEWCOMERS_RANK)
    return _listing(exchange, index, place, _pace(exchange), seed, common_waves(seed))


Action = Literal["list", "delist", "suspend", "caution"]
"""What can happen to a market while a venue is open."""


def after(action: Action, entry: Entry) -> Entry | None:
    """How a market stands in the catalogue after that: None when it is not there any more."""
    if action == "delist":
        return None
    if action == "suspend":
        return replace(entry, suspended=True)
    if action == "caution":
        return replace(entry, warning=True, cautions=CAUTIONS[:1])
    return replace(entry, suspended=False)


def _pace(exchange: str) -> float:
    """Trades a second of a market with weight 1."""
    floor = FLOORS[exchange]
    return floor.trades_per_s / sum([_weight(exchange, place) for place in _places(exchange)])


def _listing(exchange: str, index: int, place: Place, pace: float, seed: int, common: tuple[Wave, ...]) -> Listing:
    coin, rank = place.coin, place.rank
    instrument = Instrument(coin.code, place.quote)
    own = seed_of(seed, instrument)
    level = coin.krw / _KRW_PER[place.quote]
    piece = FLOORS[exchange].pits[place.quote].piece
    return Listing(
        index=index,
        instrument=instrument,
        entry=Entry(instrument, coin.name, coin.korean, *_flags(coin, rank)),
        path=pegged(level, own) if coin in DOLLARS else path(level, own, common),
        trades_per_s=_weight(exchange, place) * pace,
        ticket=_ticket(rank) * piece / _KRW_PER[place.quote],
        seed=own,
    )


@cache
def _places(exchange: str) -> tuple[Place, ...]:
    floor = FLOORS[exchange]
    ranked = [Place(WORLD[rank], quote, rank) for quote in floor.pits for rank in _ranks(exchange, quote)]
    return (*ranked, *(Place(coin, floor.main, rank) for coin, rank in floor.extras))


def _ranks(exchange: str, quote: str) -> list[int]:
    pit = FLOORS[exchange].pits[quote]
    return [
        rank
        for rank, coin in enumerate(WORLD[: pit.coins])
        if coin.code != quote and _is_listed(exchange, rank, coin) and _has_ticks(coin, quote, pit)
    ][: pit.markets]


def _is_listed(exchange: str, rank: int, coin: Coin) -> bool:
    return rank < COMMON_RANKS or seed_of(exchange, coin.code) % 5 > 0


def _has_ticks(coin: Coin, quote: str, pit: Pit) -> bool:
    price = coin.krw / _KRW_PER[quote]
    return tick_for(quote, price).size / price <= pit.coarsest_tick


def _weight(exchange: str, place: Place) -> float:
    """Zipf's law with a slightly flattened top."""
    return float(FLOORS[exchange].pits[place.quote].share * (place.rank + 2) ** -1.2)


def _ticket(rank: int) -> float:
    """Big coins are traded in bigger pieces: 1.3 M KRW at the top, 0.3 M KRW at the bottom."""
    return float(1_300_000 * (rank + 1) ** -0.25)


def _flags(coin: Coin, rank: int) -> tuple[bool, tuple[str, ...]]:
    if rank < _FLAGGED_RANKS:
        return False, ()
    dice = seed_of("flags", coin.code)
    cautions = tuple(flag for place, flag in enumerate(CAUTIONS) if unit(dice, place) < _CAUTIONED)
    return unit(dice, 99) < _WARNED, cautions
