"""One conversation with WEEX: streams are asked for by name, and whatever is asked is answered.

    {"method":"SUBSCRIBE","params":["WAVEUSDT@trade","WAVEUSDT@depth15"],"id":3}
    {"result":true,"id":3}

Data may come before the answer. A book opens whole, and then tells what changed:

    {"e":"depthSnapshot","E":1790000000100,"s":"WAVEUSDT","U":7001,"u":7009,"l":15,"d":"SNAPSHOT",
     "b":[["0.8120","4.5"]],"a":[["0.8130","10.5"]]}
    {"e":"depth","E":1790000000600,"s":"WAVEUSDT","U":7009,"u":7012,"l":15,"d":"CHANGED","b":[["0.8120","0"]],"a":[]}
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from msgspec.structs import replace

from scanner.exchanges.base import Accepted, Endpoint, Keepalive, Rejected, RemoteNonsense, Result, Send
from scanner.exchanges.books import shown
from scanner.exchanges.codes import Codes, glued
from scanner.exchanges.lacking import unfetched
from scanner.exchanges.nonsense import UNREADABLE, bounded, nonsense
from scanner.exchanges.times import nanoseconds
from scanner.exchanges.weex.asks import Asks
from scanner.exchanges.weex.books import Books
from scanner.exchanges.weex.dialect import Dialect
from scanner.exchanges.weex.frames import MARKET, TORN_TRADES, WORD, BookFrame, WholeBookFrame, Word
from scanner.exchanges.weex.readings import Reader, Readings
from scanner.exchanges.weex.requests import PING, PING_ID, PONG, PONG_ID, name_of, require
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Subscription

KEEPALIVE = Keepalive(every_s=25.0, frame=PING, patience_s=60.0)
"""Whether a PING counts as an operation is not known: at this pace it leaves 96 an hour to be used even if it does. The
venue pings too, once a minute, but only where something is subscribed."""

_THROTTLED = re.compile(r"(?!.*\binvalid\b).*(too[ _](many|frequent|fast)|limit|exceed)", re.IGNORECASE | re.DOTALL)
"""How it may be said that we ask too often; no page says how it is. What is invalid may be a coin called LIMIT."""
_REASON = re.compile(r"(?P<reason>[A-Z_]{1,40}): (?P<text>.*)", re.DOTALL)
"""A name that is fit for a label, and a sentence: `INVALID_ARGUMENT: invalid symbol : cmt_wavebtc`."""
_SIGNS = frozenset({str(PING_ID), str(PONG_ID)})


class WeexSession:
    """A conversation with one of the two houses; knows nothing of any earlier one."""

    def __init__(self, dialect: Dialect, endpoint: Endpoint) -> None:
        self._dialect = dialect
        self._exchange = dialect.name
        self._names: dict[str, Subscription] = {}
        self._codes = Codes(glued)
        self._asks = Asks()
        self._books = Books()
        self._mending = ""
        self._mended: frozenset[Instrument] = frozenset()
        """Books that the message of this id asks for anew."""
        self._leaving = ""
        self._dead: list[str] = []
        """Streams of markets that are no more, which are given up when the message of that id has been answered."""
        self._want(endpoint.subscriptions)
        self._readings = Readings(dialect.name, self._codes)
        self._readers: dict[type, Reader] = {
            **self._readings.readers,
            BookFrame: self._change,
            WholeBookFrame: self._book,
        }

    @property
    def keepalive(self) -> Keepalive:
        """The venue's own PING, which it answers."""
        return KEEPALIVE

    def subscribe(self) -> list[str]:
        """One message for everything; none when nothing is wanted."""
        return [self._asks.subscribe(self._names)[1]] if self._names else []

    def update(self, wanted: Iterable[Subscription]) -> list[str]:
        """At most two messages: what goes goes first, so that the connection never carries more than it may."""
        wanted = frozenset(wanted)
        require(self._dialect, wanted)
        before = self._names
        self._want(wanted)
        gone = [*self._dead, *(name for name in before if name not in self._names)]
        new = [name for name in self._names if name not in before]
        self._dead = []
        frames = [self._asks.unsubscribe(gone)[1]] if gone else []
        return frames + ([self._asks.subscribe(new)[1]] if new else [])

    def parse(self, frame: bytes | str, seen: int) -> list[Result]:
        """What one frame means; [] for data that nobody wants (any more) and for words that ask for nothing."""
        try:
            message = MARKET.decode(frame)
            return self._readers[type(message)](message, seen)
        except UNREADABLE as error:
            return self._parse_word(frame, seen, str(error))
        except RemoteNonsense as problem:
            raise nonsense(str(problem), frame) from None

    def parse_fetched(self, tag: str, body: bytes) -> list[Result]:
        """Nothing is ever fetched here, so any answer is nonsense."""
        raise unfetched(self._dialect.title, tag, body)

    # ---- books

    def _book(self, message: WholeBookFrame, seen: int) -> list[Result]:
        instrument = self._codes.get("orderbook", message.symbol)
        if instrument is None:
            return []
        at = nanoseconds(message.at)
        if not self._books.replace(instrument, message, at):
            return self._bury(instrument)
        if instrument in self._mended:  # as good as the answer, which may have been lost
            self._mending = ""
        return self._shown(instrument, at, seen)

    def _change(self, message: BookFrame, seen: int) -> list[Result]:
        instrument = self._codes.get("orderbook", message.symbol)
        if instrument is None:
            return []
        at = nanoseconds(message.at)
        match self._books.change(instrument, message, at):
            case "told":
                return self._shown(instrument, at, seen) + self._mend(seen)
            case "broken":
                gap = Gap(self._exchange, "orderbook", (instrument,), self._books.last_at(instrument), seen, "sequence")
                return [gap, *self._mend(seen)]
            case "stray":
                if not self._asks.waits(self._mending):
                    self._books.stray(instrument)
                return self._mend(seen)
            case "same":
                return self._mend(seen)

    def _shown(self, instrument: Instrument, at: int, seen: int) -> list[Result]:
        return shown(self._books.of(instrument), self._exchange, instrument, at, seen)

    # ---- the conversation itself

    def _parse_word(self, frame: bytes | str, seen: int, problem: str) -> list[Result]:
        """A frame that is no market message in order: `problem` says why, if it should have been one."""
        try:
            word = WORD.decode(frame)
        except UNREADABLE as error:
            raise nonsense(str(error), frame) from None
        if word.e not in {None, "trade"}:
            raise nonsense(problem, frame)
        try:
            if word.e:
                return self._readings.torn_trades(TORN_TRADES.decode(frame), seen)
            return self._heed(word, seen)
        except (RemoteNonsense, *UNREADABLE) as error:
            raise nonsense(str(error), frame) from None

    def _heed(self, word: Word, seen: int) -> list[Result]:
        if word.result is not None:
            return self._accept(str(word.id), seen) if word.result else self._refuse(word, seen)
        said = {word.event, word.type}
        if "ping" in said:
            return [Send(PONG)]
        if said & {"connected", "pong"} or word.method == "PONG":
            return []
        raise RemoteNonsense("neither market data nor a word that is known")

    def _accept(self, number: str, seen: int) -> list[Result]:
        if number in _SIGNS:
            return [Accepted()]
        names = self._asks.answered(number)
        if names is None:
            raise RemoteNonsense("an answer to nothing that was asked")
        accepted = Accepted(tuple(self._names[name] for name in names if name in self._names))
        return [accepted, *self._leave(), *self._mend(seen)]

    def _refuse(self, word: Word, seen: int) -> list[Result]:
        """One message was refused; only what is to blame goes, as far as that can be found out."""
        rejected = _rejected(word.msg)
        if rejected.throttled or (word.id is None and self._asks):
            return [rejected]  # without an id there is no telling which one is lost
        names = [name for name in self._asks.answered(str(word.id)) or () if name in self._names]
        if not names:
            raise RemoteNonsense("a refusal of nothing that is wanted")
        refusal = self._asks.refused(names, word.msg)
        again = (Send(frame, operation=True) for frame in refusal.frames)
        return [*self._lose(refusal.given_up, rejected), *again, *self._mend(seen)]

    def _bury(self, instrument: Instrument) -> list[Result]:
        """The market is no more: its streams are confirmed, and bring nothing for ever."""
        lost = [name for name, one in self._names.items() if one.instrument == instrument]
        rejected = Rejected("DELISTED", f"{bounded(glued(instrument))} has an empty book with the id 0")
        self._dead += lost
        return [*self._lose(lost, rejected), *self._leave()]

    def _lose(self, names: Collection[str], rejected: Rejected) -> list[Result]:
        """Want these no longer; what says so, unless there are none."""
        lost = tuple(self._names[name] for name in names)
        self._want(one for one in self._names.values() if one not in lost)
        return [replace(rejected, subscriptions=lost)] if lost else []

    def _leave(self) -> list[Result]:
        """Give up what is dead, all in one go, and the next ones when this has been answered."""
        if not self._dead or self._asks.waits(self._leaving):
            return []
        dead, self._dead = self._dead, []
        self._leaving, end = self._asks.unsubscribe(dead)
        return [Send(end, operation=True)]

    def _mend(self, seen: int) -> list[Result]:
        """Subscribe to broken books anew, all in one go, and to the next ones when this has been answered."""
        broken = [] if self._asks.waits(self._mending) else self._books.mend(seen)
        if not broken:
            return []
        names = [name_of(self._dialect, Subscription("orderbook", each)) for each in broken]
        _, end = self._asks.unsubscribe(names)
        self._mending, begin = self._asks.subscribe(names)
        self._mended = frozenset(broken)
        return [Send(end, operation=True), Send(begin, operation=True)]

    def _want(self, wanted: Iterable[Subscription]) -> None:
        self._names = {name_of(self._dialect, one): one for one in sorted(wanted)}
        self._codes.want(self._names.values())
        self._books.keep(frozenset(one.instrument for one in self._names.values() if one.channel == "orderbook"))


def _rejected(said: str) -> Rejected:
    """The refusal of everything, in the venue's words."""
    match = _REASON.fullmatch(said)
    reason, text = match.group("reason", "text") if match else ("REFUSED", said)
    return Rejected(reason, bounded(text), _THROTTLED.match(said) is not None)
