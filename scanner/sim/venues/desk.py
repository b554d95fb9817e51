"""The desk of the ticket family: reads requests, remembers what is subscribed, answers PING and mistakes."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from scanner.sim.venues.base import Frame, Heard, StreamKey
from scanner.sim.venues.spelling import LIST_SUBSCRIPTIONS, LISTED, whole
from scanner.sim.venues.tickets import Asked, Refused, Rules, Stream, read


class TicketDesk:
    """One connection's requests. A good request is not acknowledged, and replaces everything before it."""

    def __init__(self, rules: Rules, *, binary: bool) -> None:
        self._rules = rules
        self._binary = binary
        self._streams: dict[StreamKey, Stream] = {}
        self.form = rules.formats[0]

    @property
    def streams(self) -> Collection[StreamKey]:
        """(type, code), known to the venue or not, in the order of asking."""
        return self._streams.keys()

    @property
    def wanted(self) -> Collection[Stream]:
        """The same with all that was asked about them."""
        return self._streams.values()

    def hear(self, message: Frame) -> Heard:
        """Take one message in."""
        if message in {"PING", b"PING"}:
            return Heard((self.beat(),), beats=True)
        try:
            asked = read(message, self._rules)
        except Refused as refusal:
            return Heard((self._error(refusal.name, str(refusal)),), refused=True)
        self.form = asked.form  # even a question about subscriptions changes the spelling of all that follows
        if asked.method:
            return Heard((self._list(asked),))
        self._streams = {(stream.type, stream.code): stream for stream in asked.streams}
        return Heard(subscribed=True)

    def greeting(self) -> tuple[Frame, ...]:
        """Nothing: these venues wait to be spoken to."""
        return ()

    def farewell(self) -> None:
        """They go without a notice."""

    def beat(self) -> Frame:
        """The sign of life."""
        return self.encode({"status": "UP"})

    def over_limit(self) -> Frame:
        """What a client hears that sends too many messages."""
        return self._error("Too Many Requests", "요청 수 제한을 초과했습니다.")

    def encode(self, message: object) -> Frame:
        """A frame as this venue sends it."""
        frame = msgspec.json.encode(message)
        return frame if self._binary else frame.decode()

    def _error(self, name: str, text: str) -> Frame:
        return self.encode({"error": {"name": name, "message": text}})

    def _list(self, asked: Asked) -> Frame:
        groups: dict[tuple[str, float], list[str]] = {}
        for stream in self._streams.values():
            groups.setdefault((stream.type, stream.level), []).append(stream.code)
        result = []
        for (kind, level), codes in groups.items():
            listed = LISTED.spell((kind, codes, whole(level)), asked.form)
            if kind != "orderbook":
                listed.popitem()
            result.append(listed)
        return self.encode(LIST_SUBSCRIPTIONS.spell((asked.method, result, asked.ticket), asked.form))
