"""What each simulated venue lists, and how busy and how dear each market is when nothing happens."""

from __future__ import annotations

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.sim.chance import seed_of, unit
from scanner.sim.coins import COINS, KRW_PER_BTC, KRW_PER_USDT, Coin
from scanner.sim.prices import Path, Wave, common_waves, path
from scanner.sim.ticks import tick_for

TRADES_PER_SECOND = 27.0
"""Over a whole venue in quiet times."""
DAY = 86_400


class Floor(Struct, frozen=True):
    """A venue as a place of trade."""

    quotes: tuple[str, ...]
    day_starts_s: int
    """Seconds after 00:00 UTC at which its day, and all figures of the day, begin."""


FLOORS: dict[str, Floor] = {
    "upbit": Floor(("KRW", "BTC", "USDT"), 0),
    "bithumb": Floor(("KRW", "BTC"), 15 * 3_600),
    "binance": Floor(("USDT", "BTC"), 0),
    "okx": Floor(("USDT", "BTC"), 0),
    "mexc": Floor(("USDT", "BTC"), 0),
    "weex": Floor(("USDT", "BTC"), 0),
}


class Entry(Struct, frozen=True):
    """One line of a venue's catalogue."""

    instrument: Instrument
    name: str
    korean: str
    warning: bool = False
    """The venue's serious, manual designation."""
    cautions: tuple[str, ...] = ()
    """Its automatic flags that are up, in Upbit's words."""


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
_SHARE = {"KRW": 1.0, "BTC": 0.02, "USDT": 0.05}
"""How much of a coin's KRW trade rate its other markets see."""
_PIECE = {"KRW": 1.0, "BTC": 0.3, "USDT": 0.3}
"""And how large a trade there is, compared with a KRW one."""
_COINS_QUOTED = {"KRW": len(COINS), "BTC": 55, "USDT": 20}
"""Only the busiest coins are quoted in BTC and USDT, and of those the ones whose price has enough ticks."""
_COARSEST_TICK = 0.01

COMMON_RANKS = 200
"""Coins above this rank are listed everywhere; below, each venue lacks every fifth."""
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


def listings(exchange: str, seed: int) -> tuple[Listing, ...]:
    """All markets of a venue, busiest KRW market first."""
    common = common_waves(seed)
    places = [(quote, rank) for quote in FLOORS[exchange].quotes for rank in _ranks(exchange, quote)]
    weights = [_SHARE[quote] * _weight(rank) for quote, rank in places]
    pace = TRADES_PER_SECOND / sum(weights)
    return tuple(
        _listing(index, Instrument(COINS[rank].code, quote), rank, weight * pace, seed, common)
        for index, ((quote, rank), weight) in enumerate(zip(places, weights, strict=True))
    )


def _listing(
    index: int, instrument: Instrument, rank: int, rate: float, seed: int, common: tuple[Wave, ...]
) -> Listing:
    coin = COINS[rank]
    own = seed_of(seed, instrument)
    level = coin.krw / _KRW_PER[instrument.quote]
    return Listing(
        index=index,
        instrument=instrument,
        entry=Entry(instrument, coin.name, coin.korean, *_flags(coin, rank)),
        path=path(level, own, common),
        trades_per_s=rate,
        ticket=_ticket(rank) * _PIECE[instrument.quote] / _KRW_PER[instrument.quote],
        seed=own,
    )


def _ranks(exchange: str, quote: str) -> list[int]:
    return [
        rank
        for rank, coin in enumerate(COINS[: _COINS_QUOTED[quote]])
        if coin.code != quote and _is_listed(exchange, rank, coin) and _has_ticks(coin, quote)
    ]


def _is_listed(exchange: str, rank: int, coin: Coin) -> bool:
    return rank < COMMON_RANKS or seed_of(exchange, coin.code) % 5 > 0


def _has_ticks(coin: Coin, quote: str) -> bool:
    price = coin.krw / _KRW_PER[quote]
    return tick_for(quote, price).size / price <= _COARSEST_TICK


def _weight(rank: int) -> float:
    """Zipf's law with a slightly flattened top."""
    return float((rank + 2) ** -1.2)


def _ticket(rank: int) -> float:
    """Big coins are traded in bigger pieces: 1.3 M KRW at the top, 0.3 M KRW at the bottom."""
    return float(1_300_000 * (rank + 1) ** -0.25)


def _flags(coin: Coin, rank: int) -> tuple[bool, tuple[str, ...]]:
    if rank < _FLAGGED_RANKS:
        return False, ()
    dice = seed_of("flags", coin.code)
    cautions = tuple(flag for place, flag in enumerate(CAUTIONS) if unit(dice, place) < _CAUTIONED)
    return unit(dice, 99) < _WARNED, cautions
