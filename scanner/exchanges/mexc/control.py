"""What is said about the conversation itself, in text frames: requests, and answers that hide a no behind `code: 0`.

{"id":4,"code":0,"msg":"spot@public.aggre.deals.v3.api.pb@100ms@WAVEUSDT"}
{"id":5,"code":0,"msg":"Not Subscribed successfully! [spot@public.miniTicker.v3.api@24H].  Reason\uff1a Blocked! "}
{"id":0,"code":0,"msg":"PONG"}
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec
from msgspec import Struct

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.mexc.streams import Method, frames_of, request
from scanner.exchanges.nonsense import UNREADABLE, bounded, nonsense

PING = '{"method":"PING"}'

_REFUSED = "Not Subscribed successfully!"
_MALFORMED = "msg format invalid"
_BAD_KEY = "Invalid listen key"
"""The one reply that is no JSON. Only an operator's own `ws_url` can hold such a key."""
_FULL_WIDTH_COLON = "\uff1a"
_AROUND_A_REASON = f" :.!{_FULL_WIDTH_COLON}"


class Heard(Struct, frozen=True):
    """What one text frame said; names of streams are those that we asked for, never others."""

    accepted: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    reason: str = ""
    """In a word or two of the venue's, where something is refused."""
    text: str = ""
    everything: bool = False
    """All of the conversation is refused."""


class Requests:
    """What was asked for and not yet answered, on one connection.

    A name that no answer mentions is refused too, but another answer may still name it. The PONG to a ping that was
    sent after the request settles it; which that is cannot be told, but the second one certainly is.
    """

    def __init__(self) -> None:
        self._number = 0
        self.open: dict[int, dict[str, None]] = {}
        """Request → names without an answer."""
        self._aged: frozenset[int] = frozenset()
        """Requests that were open at the last PONG already."""

    def subscribe(self, names: Iterable[str]) -> list[str]:
        """Frames that ask for these."""
        frames = []
        for batch in frames_of(names):
            frames.append(self._frame("SUBSCRIPTION", batch))
            self.open[self._number] = dict.fromkeys(batch)
        return frames

    def unsubscribe(self, names: Collection[str]) -> list[str]:
        """Frames that give these up; no answer about them matters any more."""
        for name in names:
            self.flows(name)
        return [self._frame("UNSUBSCRIPTION", batch) for batch in frames_of(names)]

    def flows(self, name: str) -> None:
        """It needs no answer any more, such as a stream that brings data; the first data may come before the answer."""
        for waiting in self.open.values():
            waiting.pop(name, None)

    def hear(self, text: str) -> Heard:
        """Read a text frame; RemoteNonsense when it says nothing that is known."""
        try:
            reply = _REPLY.decode(text)
        except UNREADABLE as error:
            if text.strip().lower().startswith(_BAD_KEY.lower()):
                return Heard(reason=_BAD_KEY, text=bounded(text), everything=True)
            raise nonsense(str(error), text) from None
        if reply.msg == "PONG":
            return self._settle()
        if reply.msg.startswith(_REFUSED):
            return self._refused(reply)
        return self._echoed(reply)

    def _frame(self, method: Method, batch: list[str]) -> str:
        self._number += 1
        return request(method, batch, self._number)

    def _settle(self) -> Heard:
        """What was open two PONGs ago, and still is, was refused in silence."""
        silent = tuple(name for number in self._aged for name in self.open.pop(number, ()))
        self.open = {number: names for number, names in self.open.items() if names}
        self._aged = frozenset(self.open)
        return Heard(refused=silent, reason="unanswered", text="no answer named it") if silent else Heard()

    def _refused(self, reply: _Reply) -> Heard:
        """The names in brackets; without any that we know, all that the request still waits for."""
        inside, _, tail = reply.msg.partition("[")[2].rpartition("]")
        named = self._take(name.strip() for name in inside.split(","))
        refused = named or tuple(self.open.pop(reply.id or 0, ()))
        if not refused and not inside:
            raise nonsense("a refusal of nothing", reply.msg)
        reason = tail.partition("Reason")[2].strip(_AROUND_A_REASON)
        return Heard(refused=refused, reason=bounded(reason) or "refused", text=bounded(reply.msg))

    def _echoed(self, reply: _Reply) -> Heard:
        """What comes back as it was said is accepted. Names that are not waited for were given up, or confirmed."""
        names = reply.msg.split(",")
        accepted = self._take(name.strip() for name in names)
        if accepted or all(name.strip().startswith("spot@") for name in names):
            return Heard(accepted=accepted)
        refused = tuple(self.open.pop(reply.id or 0, ()))
        if not refused:
            raise RemoteNonsense(f"a reply to nothing that was asked: {bounded(repr(reply.msg))}")
        reason = _MALFORMED if _MALFORMED in reply.msg else "refused"
        return Heard(refused=refused, reason=reason, text=bounded(reply.msg))

    def _take(self, names: Iterable[str]) -> tuple[str, ...]:
        """Those of the names that wait for an answer, which they have now."""
        found = tuple(name for name in names if any(name in waiting for waiting in self.open.values()))
        for name in found:
            self.flows(name)
        return found


class _Reply(Struct):
    msg: str
    id: int | None = 0
    code: int = 0
    """0 even for a refusal."""


_REPLY = msgspec.json.Decoder(_Reply)
