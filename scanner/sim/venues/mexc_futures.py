"""MEXC's futures from their own side: JSON numbers, sizes in contracts, all tickers in one stream.

The simulated coins are spot coins. Whatever is quoted in USDT is taken for a perpetual here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

import msgspec

from scanner.model.instrument import Instrument
from scanner.model.market import Level
from scanner.sim.chance import seed_of
from scanner.sim.ledger import Fill
from scanner.sim.listing import Entry
from scanner.sim.market import BookChange, Happening, SimulatedMarket
from scanner.sim.venues.base import Answer, Frame, MarketView, VenueLimits, Window
from scanner.sim.venues.mexc_futures_desk import INTERVALS_MS, FuturesDesk, Stream, code_of

LIMITS = VenueLimits(
    connects=Window(100, 1.0),
    messages=(Window(100, 1.0),),
    requests=Window(20, 2.0),
    origin=None,
    idle_s=60.0,
    idle_code=1006,
)
SIZES = (0.0001, 0.01, 1.0, 10.0)
"""Coins in a contract."""
PACES_MS = {"deal": 50, "depth.full": 300, "kline": 1_000, "ticker": 1_000, "tickers": 2_000}
"""Streams speak no more often than this."""

Params = Mapping[str, str]


def size_of(instrument: Instrument) -> float:
    """How many coins one contract is, the same in every market and at every time."""
    return SIZES[seed_of("contract", instrument.base) % len(SIZES)]


def contracts(instrument: Instrument, coins: float) -> int:
    """The nearest whole number of contracts, at least one."""
    return max(1, round(coins / size_of(instrument)))


def perpetuals(view: MarketView) -> dict[str, Instrument]:
    """All of them by their codes."""
    usdt = (entry.instrument for entry in view.entries if entry.instrument.quote == "USDT")
    return {code_of(instrument): instrument for instrument in usdt}


def ticker(view: MarketView, instrument: Instrument) -> dict[str, object]:
    """One contract, as a row of the stream of all."""
    summary = view.ticker(instrument)
    price = summary.last.price
    return {
        "symbol": code_of(instrument),
        "lastPrice": price,
        "riseFallRate": round(price / summary.previous_close - 1, 4),
        "fairPrice": price,
        "indexPrice": price,
        "volume24": contracts(instrument, summary.volume_24h),
        "amount24": summary.turnover_24h,
        "maxBidPrice": price * 1.1,
        "minAskPrice": price * 0.9,
        "lower24Price": summary.low,
        "high24Price": summary.high,
        "timestamp": summary.last.at_ms,
    }


class FuturesTeller:
    """Tells one connection what its desk has granted."""

    def __init__(self, market: SimulatedMarket, desk: FuturesDesk) -> None:
        self._market = market
        self._desk = desk
        self._listed: dict[str, Instrument] = {}
        self._stirred: dict[Instrument, None] = {}
        """Who traded or changed since the tickers of all were told."""
        self._fills: dict[Instrument, list[Fill]] = {}
        self._due: dict[Stream, bool] = {}
        """What is carried, and whether there is something to say."""
        self._slots: dict[Stream, int] = {}
        self._alone = False
        self._say: dict[str, Callable[[Stream, Instrument], object]] = {
            "deal": self._deals,
            "depth.full": self._book,
            "kline": self._bar,
            "ticker": lambda _, instrument: ticker(self._market, instrument),
        }

    def snapshots(self) -> list[Frame]:
        """Nothing is told at once; the first message of all tickers has every contract."""
        self._listed = perpetuals(self._market)
        self._due = {stream: self._due.get(stream, not stream.code) for stream in self._desk.wanted.values()}
        self._slots = {stream: slot for stream, slot in self._slots.items() if stream in self._due}
        self._stirred |= dict.fromkeys(self._listed.values()) if not self._slots.keys() & {_ALL} else {}
        return []

    def tell(self, happenings: Iterable[Happening]) -> list[Frame]:
        """Each stream at its own pace."""
        books: set[Instrument] = set()
        traded: set[Instrument] = set()
        for happening in happenings:
            if isinstance(happening, BookChange):
                books.add(happening.instrument)
            else:
                traded.add(happening.instrument)
                self._fills.setdefault(happening.instrument, []).append(happening)
        self._stirred |= dict.fromkeys(one for one in traded if self._listed.get(code_of(one)) == one)
        frames = [self._frame(stream) for stream in self._due if self._is_due(stream, books, traded)]
        self._fills.clear()
        return frames

    def books(self) -> Collection[Instrument]:
        """Whose book changes this connection wants to hear of."""
        wanted = {stream.code for stream in self._due if stream.kind == "depth.full"}
        return [instrument for code, instrument in self._listed.items() if code in wanted]

    def _is_due(self, stream: Stream, books: Collection[Instrument], traded: Collection[Instrument]) -> bool:
        about = self._listed.get(stream.code)
        if stream.code and about is None:
            return False  # it is gone, and was wanted until then
        stirred = about in (books if stream.kind == "depth.full" else traded) if stream.code else bool(self._stirred)
        self._due[stream] = self._due[stream] or stirred
        slot = self._market.now_ms // PACES_MS[stream.kind]
        if not self._due[stream] or slot == self._slots.get(stream):
            return False
        self._slots[stream], self._due[stream] = slot, False
        return True

    def _frame(self, stream: Stream) -> Frame:
        now_ms = self._market.now_ms
        if not stream.code:
            rows = [ticker(self._market, each) for each in self._stirred]
            self._stirred.clear()
            return self._desk.encode({"channel": "push.tickers", "data": rows, "ts": now_ms})
        data = self._say[stream.kind](stream, self._listed[stream.code])
        return self._desk.encode({"symbol": stream.code, "data": data, "channel": f"push.{stream.kind}", "ts": now_ms})

    def _deals(self, _stream: Stream, instrument: Instrument) -> object:
        """A list, but for now and then a single one as the older pages show it."""
        deals = [
            {
                "p": fill.price,
                "v": contracts(instrument, fill.size),
                "T": 1 if fill.side == "buy" else 2,
                "O": 3,
                "M": 2,
                "t": fill.at_ms,
            }
            for fill in self._fills[instrument]
        ]
        self._alone = not self._alone
        return deals[0] if self._alone and len(deals) == 1 else deals

    def _book(self, stream: Stream, instrument: Instrument) -> object:
        at_ms = self._market.changed_ms(instrument)
        book = self._market.book(instrument, at_ms, stream.levels)

        def side(levels: Iterable[Level]) -> list[tuple[float, int, int]]:
            return [(price, contracts(instrument, size), 1) for price, size in levels]

        return {"cts": at_ms, "asks": side(book.asks), "bids": side(book.bids), "version": at_ms}

    def _bar(self, stream: Stream, instrument: Instrument) -> object:
        (bar,) = self._market.candles(instrument, 1, unit_ms=INTERVALS_MS[stream.interval])
        prices = {"o": bar.open, "h": bar.high, "l": bar.low, "c": bar.close}
        real = {f"r{name}": price for name, price in prices.items()}
        return {
            "symbol": stream.code,
            "interval": stream.interval,
            "t": bar.start_ms // 1_000,
            **prices,
            **real,
            "a": bar.turnover,
            "q": contracts(instrument, bar.volume),
        }


_ALL = Stream("tickers", "")
_ENABLED, _PAUSED = 0, 4


class FuturesRest:
    """Contracts and their tickers."""

    def __init__(self, view: MarketView) -> None:
        self._view = view

    def group(self, path: str) -> str:
        """Every path counts for itself."""
        return path

    def weight(self, path: str, params: Params) -> int:
        """The catalogue is asked for half as often as anything else."""
        del params
        return 2 if path.endswith("/detail") else 1

    def answer(self, path: str, params: Params) -> Answer:
        """Answer a GET, about all contracts or about one."""
        said = {"/api/v1/contract/detail": self._line, "/api/v1/contract/ticker": self._ticker}.get(path)
        if said is None:
            return Answer(404, b'{"success":false,"code":404,"message":"Not Found"}')
        listed = {code_of(one.instrument): one for one in self._view.entries if one.instrument.quote == "USDT"}
        if "symbol" not in params:
            return _answered([said(entry) for entry in listed.values()])
        if params["symbol"] not in listed:
            return Answer(200, b'{"success":false,"code":1001,"message":"Contract not exists"}')
        return _answered(said(listed[params["symbol"]]))

    def over_limit(self) -> Answer:
        """Too many requests."""
        return Answer(429, b'{"success":false,"code":510,"message":"Requests are too frequent"}')

    def remaining(self, _group: str, _left: int) -> dict[str, str]:
        """Nobody counts aloud."""
        return {}

    def _line(self, entry: Entry) -> dict[str, object]:
        instrument = entry.instrument
        return {
            "symbol": code_of(instrument),
            "displayName": f"{code_of(instrument)} PERPETUAL",
            "baseCoin": instrument.base,
            "quoteCoin": instrument.quote,
            "settleCoin": instrument.quote,
            "contractSize": size_of(instrument),
            "volUnit": 1,
            "state": _PAUSED if entry.suspended else _ENABLED,
            "apiAllowed": True,
        }

    def _ticker(self, entry: Entry) -> dict[str, object]:
        instrument = entry.instrument
        best = self._view.book(instrument, depth=1)
        return ticker(self._view, instrument) | {
            "bid1": best.bids[0][0],
            "ask1": best.asks[0][0],
            "fundingRate": 0.0001,
        }


class MexcFutures:
    """The venue. `gzip`: whether frames come compressed, which one author says and another did not see."""

    name = "mexc-futures"
    ws_path = "/edge"
    binary = False
    limits = LIMITS

    def __init__(self, *, gzip: bool = False) -> None:
        self._gzip = gzip

    def desk(self, path: str = "") -> FuturesDesk:
        """For one new connection to a recording."""
        del path
        return FuturesDesk(gzip=self._gzip)

    def converse(self, market: SimulatedMarket, path: str = "") -> tuple[FuturesDesk, FuturesTeller]:
        """For one new connection to a simulated market."""
        del path
        desk = FuturesDesk(lambda: perpetuals(market), gzip=self._gzip)
        return desk, FuturesTeller(market, desk)

    def rest(self, view: MarketView) -> FuturesRest:
        """Its REST side over this market."""
        return FuturesRest(view)


def _answered(data: object) -> Answer:
    return Answer(200, msgspec.json.encode({"success": True, "code": 0, "data": data}))
