"""Somebody to post alerts to: a process of its own that reads each request to its end, says yes, and keeps nothing.

A receiver elsewhere would take no processor of this machine, so this one takes as little as it can: it is no web
server, it understands what our own client sends.
"""

from __future__ import annotations

import os
import re
from functools import partial

import trio

from scanner.bench import child

LAST = 19
"""Niceness: it pushes nobody off a processor."""
MOST_BYTES = 1024 * 1024
"""Of a request."""
YES = b"HTTP/1.1 204 No Content\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


def serve() -> None:
    """Say where it listens, and serve until nobody wants it any more."""
    os.nice(LAST)
    trio.run(_serve)


async def _serve() -> None:
    async with trio.open_nursery() as nursery:
        listeners = await nursery.start(partial(trio.serve_tcp, _answer, 0, host="127.0.0.1"))
        port = listeners[0].socket.getsockname()[1]
        child.say({"url": f"http://127.0.0.1:{port}/hook"})
        await child.until_unwanted()
        nursery.cancel_scope.cancel()


async def _answer(stream: trio.SocketStream) -> None:
    """One request after the other, for as long as the client likes."""
    said = b""
    try:
        while piece := await stream.receive_some(MOST_BYTES):
            said += piece
            while (length := whole(said)) and len(said) >= length:
                said = said[length:]
                await stream.send_all(YES)
            if len(said) > MOST_BYTES:
                return
    except trio.BrokenResourceError:
        return


def whole(said: bytes) -> int:
    """How long the first request is with its body; 0 while its head is not complete."""
    head, end, _ = said.partition(b"\r\n\r\n")
    if not end:
        return 0
    found = _LENGTH.search(head + b"\r\n")
    return len(head) + len(end) + (int(found[1]) if found else 0)
