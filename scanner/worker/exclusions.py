"""Which listed markets are left out unless somebody names them: prices that only mirror another, or stand still.

A leveraged token repeats its coin's every move three times as loud; two coins of one currency never move until
something breaks; a foreign currency is no coin. Pure: a table of currencies and what a symbol says by itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Literal

from scanner.model.instrument import Instrument
from scanner.model.market import Market

Exclusion = Literal["leveraged", "stable", "fiat"]

STATES = (
    "AED ARS AUD BRL CAD CHF COP CZK EUR GBP HKD IDR INR JPY KES KRW KZT "
    "MXN NGN NZD PHP PLN RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR"
)
"""Currencies that venues quote in. RON is missing on purpose: under that name a coin is traded, too."""

COINS_OF = {
    "USD": "USDT USDC FDUSD DAI TUSD USDP BUSD GUSD PYUSD RLUSD USDD USDE USDG USDS USD1 AUSD BFUSD LUSD SUSD XUSD",
    "EUR": "EURC EURI EURQ EURR EURS EURT AEUR",
    "GBP": "GBPT",
    "JPY": "GYEN JPYC",
    "SGD": "XSGD",
    "IDR": "BIDR IDRT IDRX",
    "TRY": "TRYB",
    "BRL": "BRZ",
    "MXN": "MXNB",
    "AUD": "AUDD",
}
"""Currency → coins that are worth one of it, by promise. Coins whose price grows by interest are none of these."""

FIAT = frozenset(STATES.split())
CURRENCY = {name: name for name in FIAT} | {coin: of for of, coins in COINS_OF.items() for coin in coins.split()}

RATES = frozenset({"USDT", "USDC"})
"""Against a state's currency these tell what a dollar costs there, by which venues are compared: they stay."""

MULTIPLES = tuple(f"{times}{side}" for times in "2345" for side in "LS")
WORDS = ("UP", "DOWN", "BULL", "BEAR")
SHORTEST_STEM = 3
"""Letters before a word: with fewer, an honest coin's name is as likely (S is listed, and SUP is no leveraged S)."""


def excluded(markets: Iterable[Market], kinds: Collection[Exclusion]) -> dict[Instrument, Exclusion]:
    """Those of one venue's markets that are of these kinds, and of which."""
    instruments = [market.instrument for market in markets]
    coins = {coin for instrument in instruments for coin in (instrument.base, instrument.quote)}
    found = ((instrument, kind_of(instrument, coins)) for instrument in instruments)
    return {instrument: kind for instrument, kind in found if kind is not None and kind in kinds}


def kind_of(instrument: Instrument, coins: Collection[str]) -> Exclusion | None:
    """What speaks against watching it, at a venue that lists these coins; None for an ordinary market."""
    base, quote = instrument.base, instrument.quote
    if _is_leveraged(base, coins):
        return "leveraged"
    if base not in CURRENCY or quote not in CURRENCY:
        return None
    if CURRENCY[base] == CURRENCY[quote]:
        return "stable"
    return None if base in RATES and quote in FIAT else "fiat"


def _is_leveraged(base: str, coins: Collection[str]) -> bool:
    """Whether it is called like a leveraged token of a coin that is listed beside it; JUP and SYRUP are not."""
    by_multiple = any(base.endswith(end) and base.removesuffix(end) in coins for end in MULTIPLES)
    stems = (base.removesuffix(word) for word in WORDS if base.endswith(word))
    return by_multiple or any(len(stem) >= SHORTEST_STEM and stem in coins for stem in stems)
