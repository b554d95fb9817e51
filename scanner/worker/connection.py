"""The connection: keeps one endpoint connected, subscribed and honest for as long as the worker lives.

Each round is one conversation: connect, subscribe, read until it ends. Every end is given a reason, a `Gap` in the
stream where data had flowed, and a wait before the next round.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import time_ns

import trio

from scanner.actors.backoff import Backoff, Breaker
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Endpoint, Exchange, Fetch, RemoteNonsense, Session, SessionBroken, Settings
from scanner.model.instrument import Instrument
from scanner.model.market import Channel, Event, Gap
from scanner.model.pulse import Link, LinkState
from scanner.model.web import address_of
from scanner.net.failure import Unreachable, leaves
from scanner.net.websocket import Disconnected, WebSocket, open_websocket
from scanner.telemetry import log
from scanner.worker.ledger import Ledger
from scanner.worker.parser import Parser
from scanner.worker.publisher import Publisher
from scanner.worker.rest import Rest

Sender = Callable[[str], Awaitable[None]]

LAST_WORDS_S = 1.0
"""What a venue said before it hung up is parsed and handed over, if that takes no longer than this."""
THROTTLED = frozenset({"throttled", "rejected"})
"""Ways to end that the venue chose: they count as refusals for the breaker."""


class Connection:
    """One endpoint of one exchange. `run` returns only by cancellation."""

    def __init__(
        self,
        name: str,
        exchange: Exchange,
        endpoint: Endpoint,
        *,
        settings: Settings,
        connects: Limiter,
        door: Breaker,
        rest: Rest,
        publisher: Publisher,
        ledger: Ledger,
    ) -> None:
        self._name = name
        self._exchange = exchange
        self._endpoint = endpoint
        self._settings = settings
        self._address = address_of(endpoint.url)
        self._connects = connects
        self._door = door
        """Shared by all connections: the venue refuses an address, not a socket."""
        self._messages = Limiter(tuple((w.count, w.seconds) for w in exchange.limits.messages))
        self._rest = rest
        self._publisher = publisher
        self._ledger = ledger
        self._backoff = Backoff(settings.reconnect_min, settings.reconnect_max)
        self._rejections = Breaker(rest_s=exchange.limits.block_s)
        """This connection's own: what it asks for is refused, whoever else is let in."""
        self._log = log.get(exchange=exchange.name, link=name)
        self._last_data = 0
        self._fed_at = 0.0
        """The same moment on trio's clock, which nobody sets."""

    async def run(self) -> None:
        """Converse, wait, converse again."""
        while True:
            began = trio.current_time()
            self._last_data = 0
            self._state("connecting")
            try:
                await self._connects.acquire()
                await self._converse()
            except Unreachable as error:
                if error.refused:
                    self._door.refused(trio.current_time(), error.retry_after or 0.0)
                wait = self._after(str(error), "refused" if error.refused else "unreachable")
            except SessionBroken as error:
                if error.reason in THROTTLED:
                    self._rejections.refused(trio.current_time())
                lasted = trio.current_time() - began if self._last_data else 0.0
                wait = self._after(str(error), error.reason, lasted=lasted)
                await self._tell_gap(error.reason)
            await trio.sleep(wait)
            await self._wait_at_the_door()

    async def _wait_at_the_door(self) -> None:
        """While this one waited, the venue may have refused another."""
        while wait := self._door.wait(trio.current_time()):
            self._state("blocked", f"{self._address}: refused; next try in {wait:.1f} s")
            await trio.sleep(wait)

    def _after(self, text: str, reason: str, *, lasted: float = 0.0) -> float:
        """Decide how long to stay away, and say why."""
        now = trio.current_time()
        rest = max(self._door.wait(now), self._rejections.wait(now))
        wait = max(rest, self._backoff.next(lasted=lasted))
        self._ledger.count("reconnects", reason)
        self._state("blocked" if rest else "waiting", f"{text}; next try in {wait:.1f} s")
        self._log.warning(
            "not connected", reason=reason, text=text, next_try_in_s=round(wait, 1), failures=self._backoff.failures
        )
        return wait

    async def _converse(self) -> None:
        """One conversation from connecting to its end; always ends with Unreachable or SessionBroken."""
        session = self._exchange.open(self._endpoint)
        try:
            async with open_websocket(self._endpoint.url, timeout_s=self._settings.connect_timeout) as socket:
                self._log.info("connected", address=self._address, streams=len(self._endpoint.subscriptions))
                await self._serve(session, socket)
        except Disconnected as error:
            raise SessionBroken("closed", f"{self._address}: {error}") from None
        except BaseExceptionGroup as group:
            raise self._why(group) from None

    def _why(self, group: BaseExceptionGroup[BaseException]) -> BaseException:
        """Several tasks notice one end: the session's words are the best, then the socket's. Bugs stay loud."""
        found = leaves(group)
        if not all(isinstance(error, (SessionBroken, Unreachable, Disconnected)) for error in found):
            return group
        best = next((error for error in found if not isinstance(error, Disconnected)), None)
        return best or SessionBroken("closed", f"{self._address}: {found[0]}")

    async def _serve(self, session: Session, socket: WebSocket) -> None:
        async with trio.open_nursery() as nursery:

            async def send(text: str) -> None:
                await self._messages.acquire()
                await socket.send(text)

            async def answer(ask: Fetch) -> None:
                await self._answer(ask, session, parser)

            parser = Parser(
                session,
                self._publisher,
                self._ledger,
                send=send,
                fetch=lambda ask: nursery.start_soon(answer, ask),
                on_events=self._fed,
                context={"exchange": self._exchange.name, "link": self._name},
            )
            nursery.start_soon(parser.run)
            nursery.start_soon(self._keep_alive, session, socket, send)
            for text in session.subscribe():
                await send(text)
            self._state("live")
            try:
                await self._read(socket, parser)
            except Disconnected:
                parser.close()
                with trio.move_on_after(LAST_WORDS_S):
                    await parser.finished.wait()
                raise

    async def _read(self, socket: WebSocket, parser: Parser) -> None:
        """Hand every read to the parser, with the moment it came."""
        ledger = self._ledger
        counted = 0
        while True:
            frames = await socket.receive()
            seen = time_ns()
            ledger.count("messages", n=len(frames))
            ledger.count("bytes", n=socket.bytes_received - counted)
            counted = socket.bytes_received
            await parser.put((seen, frames))

    def _fed(self, seen: int) -> None:
        """Data came: not a pong and not an error message, so the venue really has let us in."""
        if not self._last_data:
            self._door.succeeded()
            self._rejections.succeeded()
        self._fed_at = trio.current_time()
        self._last_data = self._ledger.last_data = seen

    async def _keep_alive(self, session: Session, socket: WebSocket, send: Sender) -> None:
        """Signs of life out; SessionBroken when none come back, or when no data does."""
        keepalive = session.keepalive
        began = trio.current_time()
        while True:
            await trio.sleep(keepalive.every_s)
            if keepalive.frame is None:
                with trio.move_on_after(keepalive.patience_s) as patience:
                    await socket.ping()
                if patience.cancelled_caught:
                    raise SessionBroken("no_pong", f"{self._address}: no answer for {keepalive.patience_s:g} s")
            else:
                await send(keepalive.frame)
                if trio.current_time() - socket.last_received > keepalive.patience_s:
                    raise SessionBroken("no_pong", f"{self._address}: no byte for {keepalive.patience_s:g} s")
            if trio.current_time() - max(self._fed_at, began) > self._settings.silence:
                raise SessionBroken("silent", f"{self._address}: no data for {self._settings.silence:g} s")

    async def _answer(self, ask: Fetch, session: Session, parser: Parser) -> None:
        """Bring the REST answer that the session asked for."""
        try:
            body = await self._rest.get(ask.request)
            events = parser.take(session.parse_fetched(ask.tag, body))
        except Unreachable as error:
            raise SessionBroken("fetch_failed", str(error)) from error
        except RemoteNonsense as error:
            raise SessionBroken("fetch_failed", f"{address_of(ask.request.url)}: {error}") from error
        if events:
            await self._publisher.put(events)

    async def _tell_gap(self, reason: str) -> None:
        """Where data had flowed there is a hole now: say so in the stream itself."""
        if not self._last_data:
            return
        now = time_ns()
        by_channel: dict[Channel, list[Instrument]] = {}
        for subscription in self._endpoint.subscriptions:
            by_channel.setdefault(subscription.channel, []).append(subscription.instrument)
        gaps: list[Event] = [
            Gap(self._exchange.name, channel, tuple(instruments), self._last_data, now, reason)
            for channel, instruments in by_channel.items()
        ]
        await self._publisher.put(gaps)

    def _state(self, state: LinkState, reason: str = "") -> None:
        self._ledger.link(Link(self._name, self._address, state, time_ns(), len(self._endpoint.subscriptions), reason))
