"""One conversation with OKX: what to ask for, and what the answers mean.

A change of a book, as a text frame:

    {"arg":{"channel":"books","instId":"WAVE-USDT"},"action":"update","data":[{"asks":[["0.6131","0","0","0"]],
     "bids":[["0.6125","912.5","0","3"]],"ts":"1790000000200","checksum":0,"prevSeqId":5531207,"seqId":5531219}]}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from scanner.exchanges.base import (
    Accepted,
    Endpoint,
    Keepalive,
    RemoteNonsense,
    Result,
    Retiring,
    Send,
)
from scanner.exchanges.books import shown
from scanner.exchanges.codes import Codes
from scanner.exchanges.lacking import unfetched
from scanner.exchanges.nonsense import UNREADABLE, bounded, nonsense
from scanner.exchanges.okx.asking import Asking
from scanner.exchanges.okx.frames import BOOKS, ENVELOPE, Envelope
from scanner.exchanges.okx.numbered import NumberedBook
from scanner.exchanges.okx.readings import READINGS
from scanner.exchanges.okx.streams import NAME, code_of, require
from scanner.exchanges.times import nanoseconds
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Gap, Subscription

KEEPALIVE = Keepalive(every_s=20.0, frame="ping", patience_s=30.0)
"""A text, not JSON and no PING frame. The venue's own patience is 30 s, after which it closes with 4004."""
PONGS = ("pong", b"pong")

UPGRADE = "64008"
"""Code of the notice that this connection will be closed within a minute."""


class OkxSession:
    """A conversation over one of the venue's sockets; knows nothing of any earlier one."""

    def __init__(self, names: Mapping[Channel, str], endpoint: Endpoint) -> None:
        self._asking = Asking(names)
        self._wanted = frozenset(endpoint.subscriptions)
        self._codes = Codes(code_of, self._wanted)
        self._books: dict[Instrument, NumberedBook] = {}
        self._channels = {name: channel for channel, name in names.items()}
        self._words: dict[str, Callable[[Envelope], list[Result]]] = {
            "subscribe": self._accept,
            "unsubscribe": lambda _: [],
            "error": self._refuse,
            "notice": self._notice,
        }

    @property
    def keepalive(self) -> Keepalive:
        """The text `ping`, often enough for a socket on which nothing else happens."""
        return KEEPALIVE

    def subscribe(self) -> list[str]:
        """Requests for everything, in batches."""
        return self._asking.subscribe(_sorted(self._wanted))

    def update(self, wanted: Iterable[Subscription]) -> list[str]:
        """Requests for what goes and what comes; none when the set is the same."""
        wanted = frozenset(wanted)
        require(wanted)
        gone, new = _sorted(self._wanted - wanted), _sorted(wanted - self._wanted)
        self._want(wanted)
        return self._asking.unsubscribe(gone) + self._asking.subscribe(new)

    def parse(self, frame: bytes | str, seen: int) -> list[Result]:
        """What one frame means; [] for what nobody wants any more, and for numbers that do not apply yet."""
        if frame in PONGS:
            return [Accepted()]
        try:
            envelope = ENVELOPE.decode(frame)
            return self._data(envelope, seen) if envelope.data else self._word(envelope)
        except (RemoteNonsense, *UNREADABLE) as problem:
            raise nonsense(str(problem), frame) from None

    def parse_fetched(self, tag: str, body: bytes) -> list[Result]:
        """Nothing is ever fetched here, so any answer is nonsense."""
        raise unfetched("OKX", tag, body)

    def _want(self, wanted: frozenset[Subscription]) -> None:
        self._wanted = wanted
        self._codes.want(wanted)
        for instrument in [one for one in self._books if Subscription("orderbook", one) not in wanted]:
            del self._books[instrument]

    # ---- market data

    def _data(self, envelope: Envelope, seen: int) -> list[Result]:
        arg = envelope.arg
        if arg is None or arg.channel not in self._channels:
            raise RemoteNonsense("data of a channel that was never asked for")
        instrument = self._codes.get(self._channels[arg.channel], arg.code)
        if instrument is None:
            return []
        read = READINGS.get(arg.channel)
        return self._changes(instrument, envelope, seen) if read is None else read(instrument, envelope.data, seen)

    def _changes(self, instrument: Instrument, envelope: Envelope, seen: int) -> list[Result]:
        results: list[Result] = []
        for row in BOOKS.read(envelope.data):
            book = self._books.get(instrument)
            if book is None:
                book = self._books[instrument] = NumberedBook()
            whole = envelope.action == "snapshot"
            if whole and envelope.arg is not None:  # as good as a confirmation, which may have been lost
                self._asking.settle((envelope.arg.channel, envelope.arg.code))
            verdict = book.take(row, nanoseconds(row.ts), whole=whole)
            if verdict == "merged":
                results += shown(book.levels, NAME, instrument, book.at, seen)
            elif verdict == "broken":
                results.append(Gap(NAME, "orderbook", (instrument,), book.at, seen, "sequence"))
                results += self._anew(instrument)
            elif verdict == "lost" and not self._asking.waits_for(Subscription("orderbook", instrument)):
                results += self._anew(instrument)
        return results

    def _anew(self, instrument: Instrument) -> list[Result]:
        """The venue sends a whole book only to who subscribes, and has none by REST that bears a number."""
        one = [Subscription("orderbook", instrument)]
        frames = self._asking.unsubscribe(one) + self._asking.subscribe(one)
        return [Send(frame, operation=True) for frame in frames]

    # ---- word about the conversation

    def _word(self, envelope: Envelope) -> list[Result]:
        if envelope.event not in self._words:
            raise RemoteNonsense("neither market data nor an event that is known")
        return self._words[envelope.event](envelope)

    def _accept(self, envelope: Envelope) -> list[Result]:
        arg = envelope.arg
        if arg is None or arg.channel not in self._channels:
            raise RemoteNonsense("a confirmation of what was never asked for")
        self._asking.settle((arg.channel, arg.code))
        channel = self._channels[arg.channel]
        instrument = self._codes.get(channel, arg.code)
        return [] if instrument is None else [Accepted((Subscription(channel, instrument),))]

    def _refuse(self, envelope: Envelope) -> list[Result]:
        rejected, again = self._asking.refused(envelope, self._wanted)
        for one in rejected:
            self._want(self._wanted - frozenset(one.subscriptions))
        return [*rejected, *(Send(frame, operation=True) for frame in again)]

    def _notice(self, envelope: Envelope) -> list[Result]:
        if envelope.code != UPGRADE:
            raise RemoteNonsense("a notice that is not documented")
        return [Retiring(bounded(envelope.msg))]


def _sorted(wanted: Iterable[Subscription]) -> list[Subscription]:
    """In an order that is the same in every process, so that the same wants make the same requests."""
    return sorted(wanted, key=lambda one: (one.channel, one.instrument))
