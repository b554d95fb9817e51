"""One conversation with a venue: a socket and a session, from connecting to the end that one of them finds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import trio

from scanner.actors.backoff import Backoff, uniform
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Endpoint, Fetch, RemoteNonsense, Send, SessionBroken, Window
from scanner.exchanges.refusal import TurnedAway
from scanner.model.market import Subscription
from scanner.model.web import address_of
from scanner.net.failure import Unreachable, leaves
from scanner.net.websocket import Disconnected, WebSocket, open_websocket
from scanner.telemetry import log
from scanner.worker.kit import Kit
from scanner.worker.parser import Parser

OPERATIONS_WAIT_S = 10.0
"""When a change of subscriptions has to wait longer for the venue's limits, a successor says it all at once."""
ORDERS = 1_024
"""Changes of subscriptions that may wait for the venue's limits: ten times the streams of an ordinary connection."""
RETIREMENT = (0.90, 0.97)
"""The share of a venue's lifetime after which a connection asks for its successor: drawn, so that they do not all
roll over in one moment."""

Refused = Callable[[tuple[Subscription, ...]], None]


class Conversation:
    """Begins with `run` and never begins again; `run` ends with Unreachable or SessionBroken, or by `leave`."""

    def __init__(self, kit: Kit, link: str, endpoint: Endpoint, on_refused: Refused) -> None:
        self._kit = kit
        self._endpoint = endpoint
        self._address = address_of(endpoint.url)
        self._session = kit.exchange.open(endpoint)
        self._on_refused = on_refused
        limits = kit.exchange.limits
        self._messages = _limiter(limits.messages)
        self._operations = _limiter(limits.operations)
        self._scope = trio.CancelScope()
        self._broken: SessionBroken | None = None
        self._wanted: tuple[Subscription, ...] | None = None
        """The latest wish that has not been said yet."""
        self._orders: deque[Send] = deque()
        self._something_to_say = trio.Event()
        self._log = log.get(exchange=kit.exchange.name, link=link)
        self._trouble = log.Seldom(self._log, trio.current_time)
        self._context = {"exchange": kit.exchange.name, "link": link}
        self.live = trio.Event()
        """Connected, and everything has been asked for."""
        self.fed = trio.Event()
        """Data came."""
        self.retiring = trio.Event()
        """It will end soon: time for a successor."""
        self.ended = trio.Event()
        self.last_data = 0
        """When data was last seen, nanoseconds UTC; 0 before the first."""

    @property
    def carries(self) -> bool:
        """Whether everything flows, or would if there were any."""
        return self.live.is_set() and not self.ended.is_set()

    async def run(self) -> None:
        """Connect, subscribe, read until it ends."""
        try:
            with self._scope:
                await self._converse()
            if self._broken is not None:
                raise self._broken
        finally:
            self.ended.set()

    def leave(self) -> None:
        """End it politely; `run` returns."""
        self._scope.cancel()

    def break_off(self, reason: str, text: str) -> None:
        """End it as broken: `run` raises SessionBroken."""
        self._broken = SessionBroken(reason, f"{self._address}: {text}")
        self._scope.cancel()

    def want(self, subscriptions: tuple[Subscription, ...]) -> None:
        """Carry these instead; the last wish counts, however many come while one is being said."""
        self._wanted = subscriptions
        self._something_to_say.set()

    async def _converse(self) -> None:
        try:
            async with open_websocket(self._endpoint.url, timeout_s=self._kit.settings.connect_timeout) as socket:
                self._log.info("connected", address=self._address, streams=len(self._endpoint.subscriptions))
                await self._serve(socket)
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

    async def _serve(self, socket: WebSocket) -> None:
        async with trio.open_nursery() as nursery:

            async def send(text: str) -> None:
                await self._messages.acquire()
                await socket.send(text)

            async def answer(ask: Fetch) -> None:
                await self._answer(ask, parser)

            parser = Parser(
                self._session,
                self._kit,
                send=send,
                operate=self._operate,
                fetch=lambda ask: nursery.start_soon(answer, ask),
                on_events=self._fed,
                on_refused=self._on_refused,
                on_retiring=self._retire,
                context=self._context,
            )
            nursery.start_soon(self._keep_alive, socket)
            nursery.start_soon(self._speak, socket)
            nursery.start_soon(self._grow_old)
            await parser.run(socket)

    async def _speak(self, socket: WebSocket) -> None:
        """Ask for everything; then, in one line, whatever changes what is asked for, as fast as the venue allows."""
        self._orders.extend(Send(frame) for frame in self._session.subscribe())
        await self._say(socket)
        self.live.set()
        while True:
            await self._something_to_say.wait()
            self._something_to_say = trio.Event()
            await self._say(socket)

    async def _say(self, socket: WebSocket) -> None:
        while self._orders or self._wanted is not None:
            if self._orders:
                if self.live.is_set() and self._operations.wait() > OPERATIONS_WAIT_S:
                    self.retiring.set()
                await self._operations.acquire()
                await self._messages.acquire()
                await socket.send(self._orders.popleft().frame)
            elif self._wanted is not None:
                wanted, self._wanted = self._wanted, None
                self._orders.extend(Send(frame) for frame in self._session.update(wanted))

    def _operate(self, order: Send) -> None:
        """The session itself wants to change what flows, to get a broken book whole again."""
        if len(self._orders) >= ORDERS:
            raise SessionBroken("overwhelmed", f"{self._address}: {ORDERS} changes wait for the venue's limits")
        self._orders.append(order)
        self._something_to_say.set()

    def _fed(self, seen: int) -> None:
        """Data came: not a pong and not an error message, so the venue really has let us in."""
        self.last_data = self._kit.ledger.last_data = seen
        self.fed.set()

    def _retire(self, text: str) -> None:
        self._log.info("the venue is going to close this connection", text=text)
        self.retiring.set()

    async def _grow_old(self) -> None:
        """A connection that the venue will close at a known age makes room before."""
        lifetime_s = self._kit.exchange.limits.lifetime_s
        if lifetime_s:
            await trio.sleep(lifetime_s * uniform(*RETIREMENT))
            self.retiring.set()

    async def _keep_alive(self, socket: WebSocket) -> None:
        """Signs of life out; SessionBroken when none come back. Whether data comes is for the watchdog to say."""
        keepalive = self._session.keepalive
        while True:
            await trio.sleep(keepalive.every_s)
            if keepalive.frame is None:
                with trio.move_on_after(keepalive.patience_s) as patience:
                    await socket.ping()
                if patience.cancelled_caught:
                    raise SessionBroken("no_pong", f"{self._address}: no answer for {keepalive.patience_s:g} s")
            else:
                await self._messages.acquire()
                await socket.send(keepalive.frame)
                if trio.current_time() - socket.last_received > keepalive.patience_s:
                    raise SessionBroken("no_pong", f"{self._address}: no byte for {keepalive.patience_s:g} s")

    async def _answer(self, ask: Fetch, parser: Parser) -> None:
        """Bring the REST answer that the session asked for, however long it takes: the streams beside it flow on."""
        settings, limits = self._kit.settings, self._kit.exchange.limits
        backoff = Backoff(settings.reconnect_min, settings.reconnect_max)
        while True:
            wish = 0.0
            try:
                body = await self._kit.rest.get(ask.request)
                events = parser.take(self._session.parse_fetched(ask.tag, body))
            except Unreachable as error:
                problem, wish = str(error), min(error.retry_after or 0.0, limits.block_s)
            except TurnedAway as error:
                self._kit.rest.turned_away()
                problem = str(error)
            except RemoteNonsense as error:
                self._kit.ledger.count("parse_errors")
                problem = f"{address_of(ask.request.url)}: {error}"
            else:
                await self._kit.publisher.put(events)
                return
            self._trouble.warning("an answer is missing", what=ask.tag, why=problem[:300])
            await trio.sleep(max(backoff.next(), wish))


def _limiter(windows: tuple[Window, ...]) -> Limiter:
    return Limiter(tuple((window.count, window.seconds) for window in windows))
