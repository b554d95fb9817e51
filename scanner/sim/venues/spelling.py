"""How values become frames in the ticket family: one table of keys per message, in long and short spelling."""

from __future__ import annotations

from collections.abc import Sequence
from time import gmtime, strftime

from msgspec import Struct

from scanner.model.instrument import Instrument
from scanner.sim.ledger import Summary

KST_S = 9 * 3_600
"""Korean time is so many seconds ahead of UTC, without summer time."""


class Keys(Struct, frozen=True):
    """The keys of one kind of message, in the order in which its values are given."""

    long: tuple[str, ...]
    short: tuple[str, ...]

    @classmethod
    def of(cls, *pairs: str) -> Keys:
        """Each pair is `long_key short`."""
        long, short = zip(*(pair.split() for pair in pairs), strict=True)
        return cls(long, short)

    def spell(self, values: Sequence[object], form: str) -> dict[str, object]:
        """An object with these values, in the spelling of `form`."""
        return dict(zip(self.short if form.startswith("SIMPLE") else self.long, values, strict=True))


UNIT = Keys.of("ask_price ap", "bid_price bp", "ask_size as", "bid_size bs")
LIST_SUBSCRIPTIONS = Keys.of("method mthd", "result rslt", "ticket tckt")
LISTED = Keys.of("type ty", "codes cds", "level lv")


def code_of(instrument: Instrument) -> str:
    """`KRW-BTC`."""
    return f"{instrument.quote}-{instrument.base}"


def date(ms: int, ahead_s: int = 0, form: str = "%Y-%m-%d") -> str:
    """A moment as text, that many seconds ahead of UTC."""
    return strftime(form, gmtime(ms // 1_000 + ahead_s))


def whole(number: float) -> int | float:
    """Without a decimal point where it needs none."""
    return int(number) if number == int(number) else number


class Change(Struct, frozen=True):
    """A price against the close of the day before."""

    word: str
    price: float
    """Signed, as is the rate."""
    rate: float


def change(summary: Summary, price: float) -> Change:
    """How `price` stands against the previous close, with the rate rounded as far as the venues show it."""
    difference = round(price - summary.previous_close, 8)
    word = "RISE" if difference > 0 else "FALL" if difference < 0 else "EVEN"
    return Change(word, difference, round(difference / summary.previous_close, 10))


def ask_bid(side: str) -> str:
    """The taker's side in the venue's words."""
    return "BID" if side == "buy" else "ASK"
