"""Market data as Upbit sends it, put together from pieces that are written once, so that one core makes plenty. Pure.

A trade and the beginning of a book, in SIMPLE format; in DEFAULT the keys are long:

    {"ty":"trade","cd":"KRW-Q007","tms":1790000000112,"td":"2026-09-21","ttm":"14:13:20","ttms":1790000000112,
     "tp":3120.0,"tv":52.75,"ab":"BID","pcp":3001.0,"c":"RISE","cp":119.0,"sid":1790000000112345678,"st":"REALTIME"}
    {"ty":"orderbook","cd":"KRW-Q007","tms":1790000000112,"tas":5121.5,"tbs":4388.25,"obu":[{"ap":3121.0, …

A `sid` is the moment at which its frame was made, in nanoseconds: unique, growing, and telling how late a reader is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from scanner.bench.coin import VARIANTS, Coin, Levels, Print
from scanner.sim.venues import upbit
from scanner.sim.venues.spelling import UNIT, Keys, ask_bid, date

_MARK = '"~"'
"""Stands in a frame where something is filled in."""
_PIECE = "~"


def _plain_trade() -> Keys:
    """A trade without the best prices: 230 bytes, as they were until those were added."""
    kept = [place for place, key in enumerate(upbit.TRADE.long) if not key.startswith("best_")]
    return Keys(*(tuple(keys[place] for place in kept) for keys in (upbit.TRADE.long, upbit.TRADE.short)))


TRADE = _plain_trade()


class Moment:
    """A venue time as it stands in frames."""

    __slots__ = ("ms", "stamps")

    def __init__(self, now_ns: int) -> None:
        self.ms = now_ns // 1_000_000
        day, time = date(self.ms), date(self.ms, form="%H:%M:%S")
        self.stamps = {
            short: f'{self.ms},"{keys[3]}":"{day}","{keys[4]}":"{time}","{keys[5]}":{self.ms}'
            for short, keys in ((False, TRADE.long), (True, TRADE.short))
        }
        """From a trade's first time to its last; by whether keys are short."""


class Stream(Protocol):
    """What a client has asked for, of one coin."""

    @property
    def coin(self) -> Coin:
        """Whose it is."""
        ...

    def frame(self, moment: Moment, number: int) -> str:
        """Its next frame, of this moment; `number` is its own if it has one."""
        ...

    def snapshot(self, moment: Moment, number: int) -> str:
        """The same as what a client hears first."""
        ...


class TradeStream:
    """A coin's trades in one format."""

    def __init__(self, coin: Coin, form: str) -> None:
        self.coin = coin
        self._form = form
        self._short = form.startswith("SIMPLE")
        self._price = 0.0
        self._turn = 0
        self._head = self._tail = ""
        self._middles: list[str] = []

    def frame(self, moment: Moment, number: int) -> str:
        """One of the coin's ordinary trades."""
        coin = self.coin
        if self._price != coin.price:
            self._write()
        turn = self._turn = (self._turn + 1) % VARIANTS
        coin.last = (moment.ms, number, coin.prints[turn])
        return f"{self._head}{moment.stamps[self._short]}{self._middles[turn]}{number}{self._tail}"

    def extraordinary(self, moment: Moment, number: int, said: Print) -> str:
        """This trade."""
        self.coin.last = (moment.ms, number, said)
        head, middle, tail = self._pieces(said, "REALTIME")
        return f"{head}{moment.stamps[self._short]}{middle}{number}{tail}"

    def snapshot(self, moment: Moment, number: int) -> str:
        """The latest trade there was."""
        at_ms, sid, said = self.coin.last
        head, middle, tail = self._pieces(said, "SNAPSHOT")
        then = Moment(at_ms * 1_000_000) if at_ms else moment
        return f"{head}{then.stamps[self._short]}{middle}{sid or number}{tail}"

    def _write(self) -> None:
        """All that stays the same while the price does."""
        pieces = [self._pieces(said, "REALTIME") for said in self.coin.prints]
        self._head, _, self._tail = pieces[0]
        self._middles = [middle for _, middle, _ in pieces]
        self._price = self.coin.price

    def _pieces(self, said: Print, kind: str) -> tuple[str, str, str]:
        change = said.price - self.coin.close
        values = (
            *("trade", self.coin.code, _PIECE, _PIECE, _PIECE, _PIECE, said.price, said.size, ask_bid(said.side)),
            *(self.coin.close, "RISE" if change > 0 else "FALL" if change else "EVEN", abs(change), _PIECE, kind),
        )
        pieces = _written(TRADE.spell(values, self._form), self._form)
        return pieces[0], pieces[-2], pieces[-1]


class BookStream:
    """A coin's books in one format, so many levels deep."""

    def __init__(self, coin: Coin, form: str, depth: int) -> None:
        self.coin = coin
        self._form = form
        self._depth = depth
        self._price = 0.0
        self._turn = 0
        self._pieces: list[list[str]] = []

    def frame(self, moment: Moment, number: int) -> str:
        """The next book."""
        del number
        if self._price != self.coin.price:
            self._pieces = [self._write(levels, "REALTIME") for levels in self.coin.books]
            self._price = self.coin.price
        turn = self._turn = (self._turn + 1) % VARIANTS
        head, tail = self._pieces[turn]
        return f"{head}{moment.ms}{tail}"

    def snapshot(self, moment: Moment, number: int) -> str:
        """The book as it stands."""
        del number
        head, tail = self._write(self.coin.books[self._turn], "SNAPSHOT")
        return f"{head}{moment.ms}{tail}"

    def _write(self, levels: Levels, kind: str) -> list[str]:
        asks, bids = levels.asks[: self._depth], levels.bids[: self._depth]
        units = [UNIT.spell((ask[0], bid[0], ask[1], bid[1]), self._form) for ask, bid in zip(asks, bids, strict=True)]
        asked, offered = (round(sum(size for _, size in side), 8) for side in (asks, bids))
        values = ("orderbook", self.coin.code, _PIECE, asked, offered, units, kind, 0)
        return _written(upbit.ORDERBOOK.spell(values, self._form), self._form)


def _written(message: Mapping[str, object], form: str) -> list[str]:
    """The text between the marks."""
    text = msgspec.json.encode(message).decode()
    return (f"[{text}]" if form.endswith("LIST") else text).split(_MARK)
