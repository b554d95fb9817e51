"""A receiver on loopback that fails in every documented way, as the test's plan says, and remembers what it took."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import trio

AWAY_S = 20.0
"""For so long nobody listens, where connections are to be refused."""


class Unreliable:
    """One way of answering for each request, from an endless plan of names of `WAYS`."""

    def __init__(self, plan: Iterator[str], clock) -> None:
        self.plan = plan
        self.clock = clock
        """Nanoseconds UTC."""
        self.requests: list[tuple[str, str]] = []
        """(webhook-id, how it was answered)"""
        self.port = 0
        self._listeners = []
        self._back = trio.Event()

    @property
    def accepted(self) -> list[str]:
        """Ids whose sender has been told a 2xx."""
        return [name for name, way in self.requests if way in ACCEPTING]

    async def run(self, task_status=trio.TASK_STATUS_IGNORED) -> None:
        while True:
            async with trio.open_nursery() as nursery:
                self._back = trio.Event()
                self._listeners = await trio.open_tcp_listeners(self.port, host="127.0.0.1")
                self.port = self._listeners[0].socket.getsockname()[1]
                nursery.start_soon(trio.serve_listeners, self._converse, self._listeners)
                task_status.started()
                task_status = trio.TASK_STATUS_IGNORED
                await self._back.wait()
                nursery.cancel_scope.cancel()
            await trio.sleep(AWAY_S)

    async def _converse(self, stream) -> None:
        buffer = b""
        async with stream:
            while True:
                head, mark, rest = buffer.partition(b"\r\n\r\n")
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
                length = int(fields.get(b"content-length", 0))
                if mark and len(rest) >= length:
                    buffer = rest[length:]
                    way = next(self.plan)
                    self.requests.append((fields[b"webhook-id"].decode(), way))
                    if not await WAYS[way](self, stream):
                        return
                    continue
                try:
                    chunk = await stream.receive_some()
                except trio.BrokenResourceError:
                    return
                if not chunk:
                    return
                buffer += chunk

    def go_away(self) -> None:
        self._back.set()


def _says(status, *headers, body=b"no"):
    """The connection stays open."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]

    async def answer(_, stream):
        await stream.send_all(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        return True

    return answer


async def _is_silent(_, stream):
    """Until the other side has had enough."""
    await stream.receive_some()


async def _hangs_up(_, stream):
    await stream.aclose()


async def _goes_away(receiver, stream):
    """In the middle of it, and then nobody listens for a while."""
    await stream.aclose()
    receiver.go_away()


async def _names_a_time(receiver, stream):
    at = datetime.fromtimestamp(receiver.clock() / 1e9, UTC) + timedelta(seconds=5)
    return await _says(b"429 Too Many Requests", b"Retry-After: " + format_datetime(at, usegmt=True).encode())(
        receiver, stream
    )


async def _has_a_slow_body(_, stream):
    await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nwait")
    await stream.receive_some()


async def _breaks_off(_, stream):
    await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nbut")
    await stream.aclose()


WAYS = {
    "ok": _says(b"200 OK", body=b"ok"),
    "refused": _goes_away,
    "timeout": _is_silent,
    "hang up": _hangs_up,
    "429": _says(b"429 Too Many Requests"),
    "429 in seconds": _says(b"429 Too Many Requests", b"Retry-After: 3"),
    "429 with a date": _names_a_time,
    "500": _says(b"500 Internal Server Error"),
    "301": _says(b"301 Moved Permanently", b"Location: http://127.0.0.1:1/"),
    "slow body": _has_a_slow_body,
    "closed in its body": _breaks_off,
    "410": _says(b"410 Gone"),
}
ACCEPTING = {"ok", "slow body", "closed in its body"}
"""Their status was a 2xx."""
