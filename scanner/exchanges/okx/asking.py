"""What is asked of the venue, and whom its refusals mean: an error names no stream, at best the request.

    {"id":"s3","op":"subscribe","args":[{"channel":"trades","instId":"WAVE-USDT"},{"channel":"trades","instId":"NOPE-X"}]}
    {"id":"s3","event":"error","code":"60018","msg":"Wrong URL or channel:trades,instId:NOPE-X doesn't exist.",
     "connId":"5be1f07c"}

Whether the other streams of such a request flow is not documented, so whatever has not been confirmed is asked for
again; where nothing says which one was meant, in two halves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from scanner.exchanges.base import Rejected, RemoteNonsense, SessionBroken
from scanner.exchanges.batches import batches
from scanner.exchanges.nonsense import bounded
from scanner.exchanges.okx.frames import Envelope
from scanner.exchanges.okx.streams import arg_of, code_of
from scanner.model.market import Channel, Subscription

MOST_ARGS = 100
"""Streams in one request: few requests an hour, and few to ask again when one of them is refused."""
MOST_BYTES = 48 * 1024
"""Of one request, where the venue hangs up above 64 KB."""
MOST_AGAIN = 64
"""Requests that one conversation repeats in parts: enough to find five bad names among a hundred, and an eighth of
the 480 that the venue allows in an hour."""

MOST_OPEN = 1_024
"""Requests that wait for an answer: more than two hours of operations. A venue that answers none fills no memory; the
oldest are forgotten, so that an error about them is blamed."""

THROTTLED = frozenset({"60014"})
TRANSIENT = frozenset({"63999", "64007"})
"""Faults of the venue's own: it says to try again."""
BARRED = frozenset({"60004", "60005", "60006", "60007", "60009", "60011", "60024", "60031", "60032"})
"""It is not satisfied with who we are, whatever we ask for."""

_NAMED = re.compile(r"channel:\s*([\w-]+)\s*,\s*instId:\s*([^\s,\"'}]+)")

Key = tuple[str, str]
"""The venue's channel and code."""


class Asking:
    """One conversation's requests: writes them, and remembers what has not been confirmed."""

    def __init__(self, names: Mapping[Channel, str]) -> None:
        self._names = names
        self._count = 0
        self._again = 0
        self._open: dict[str, dict[Key, Subscription]] = {}
        """Request → what of it waits for an answer."""
        self._repeated: set[str] = set()
        """Requests whose rest was asked for again, so that further errors about them are old; no more than repeats."""

    def subscribe(self, wanted: Iterable[Subscription]) -> list[str]:
        """Requests for all of these, as few as fit."""
        return list(self._requests("subscribe", wanted))

    def unsubscribe(self, gone: Iterable[Subscription]) -> list[str]:
        """Requests that end these."""
        return list(self._requests("unsubscribe", gone))

    def settle(self, key: Key) -> None:
        """The venue confirmed it, in answer to whichever request."""
        for number, waiting in list(self._open.items()):
            if waiting.pop(key, None) is not None and not waiting:
                del self._open[number]

    def waits_for(self, one: Subscription) -> bool:
        """Whether it has been asked for and not been confirmed."""
        key = self._key(one)
        return any(key in waiting for waiting in self._open.values())

    def refused(self, error: Envelope, wanted: Collection[Subscription]) -> tuple[list[Rejected], list[str]]:
        """Whom an error means, and what to ask again; RemoteNonsense when it means nothing that waits."""
        if error.code in TRANSIENT:
            raise SessionBroken("venue_error", f"{error.code} {bounded(error.msg)}")
        if error.code in THROTTLED | BARRED:
            return [Rejected(error.code, bounded(error.msg), error.code in THROTTLED)], []
        meant, parts = self._meant(error, wanted)
        again = [part for part in ([one for one in part if one in wanted] for part in parts) if part]
        self._again += len(again)
        if self._again > MOST_AGAIN:
            meant, again = [*meant, *(one for part in again for one in part)], []
        meant = [one for one in meant if one in wanted]
        rejected = [Rejected(error.code, bounded(error.msg), subscriptions=tuple(meant))] if meant else []
        return rejected, [frame for part in again for frame in self.subscribe(part)]

    def _meant(
        self, error: Envelope, wanted: Collection[Subscription]
    ) -> tuple[list[Subscription], list[list[Subscription]]]:
        """Those that are refused, and the others, in the parts in which to ask for them again."""
        named: list[Key] = _NAMED.findall(error.msg)
        meant = self._waiting(named)
        rest = self._take(error.id)
        if not meant and not rest:
            left = bool(named) and {self._key(one) for one in wanted}.isdisjoint(named)
            if left or error.id in self._repeated:
                return [], []
            raise RemoteNonsense(f"an error about nothing that was asked for: {error.code} {error.msg}")
        if len(self._repeated) < MOST_AGAIN:
            self._repeated.add(error.id)
        if named:
            return meant, [rest]
        if len(rest) == 1:
            return rest, []
        return [], [rest[: len(rest) // 2], rest[len(rest) // 2 :]]

    def _waiting(self, keys: Iterable[Key]) -> list[Subscription]:
        """Those of these that wait for an answer; they do not any more."""
        found = []
        for key in keys:
            found += [waiting[key] for waiting in self._open.values() if key in waiting][:1]
            self.settle(key)
        return found

    def _take(self, number: str) -> list[Subscription]:
        """What that request still waits for; without a number, what any does."""
        numbers = [number] if number else list(self._open)
        return list(dict.fromkeys(one for each in numbers for one in self._open.pop(each, {}).values()))

    def _requests(self, op: str, streams: Iterable[Subscription]) -> Iterator[str]:
        args = {arg_of(self._names, one): one for one in streams}
        for batch in batches(args, MOST_ARGS, MOST_BYTES, _bytes):
            self._count += 1
            number = f"{op[0]}{self._count}"
            if op == "subscribe":
                self._open[number] = {self._key(args[arg]): args[arg] for arg in batch}
                if len(self._open) > MOST_OPEN:
                    del self._open[next(iter(self._open))]
            yield f'{{"id":"{number}","op":"{op}","args":[{",".join(batch)}]}}'

    def _key(self, one: Subscription) -> Key:
        return self._names[one.channel], code_of(one.instrument)


def _bytes(arg: str) -> int:
    """With the comma behind it."""
    return len(arg.encode()) + 1
