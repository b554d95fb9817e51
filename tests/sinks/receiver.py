"""A receiver of our own on loopback: it keeps every request and answers with whatever bytes a test writes down."""

import ssl
from collections.abc import Awaitable, Callable
from functools import partial

import trio

Answer = Callable[[trio.abc.Stream], Awaitable[None]]
Request = tuple[str, dict[str, str], bytes]
"""Request line, headers in lower case, body."""


def says(text: str) -> Answer:
    """Sends exactly this, with line ends as HTTP wants them, and keeps the connection open."""

    async def answer(stream: trio.abc.Stream) -> None:
        await stream.send_all(text.replace("\n", "\r\n").encode())

    return answer


def status(code: int, *headers: str, body: str = "") -> Answer:
    """A whole answer: status, headers, body."""
    return says("\n".join([f"HTTP/1.1 {code} Word", *headers, f"Content-Length: {len(body.encode())}", "", body]))


async def hangs_up(stream: trio.abc.Stream) -> None:
    """Closes without a word."""
    await stream.aclose()


async def is_silent(stream: trio.abc.Stream) -> None:
    """Reads and never answers."""


def breaks_off(text: str) -> Answer:
    """Sends this and closes, whatever it has promised."""

    async def answer(stream: trio.abc.Stream) -> None:
        await says(text)(stream)
        await stream.aclose()

    return answer


async def next_request(stream: trio.abc.Stream, buffer: bytes) -> tuple[Request, bytes] | None:
    """The next one on a connection, and what has come after it; None when the other side has left between two."""
    while b"\r\n\r\n" not in buffer:
        chunk = await stream.receive_some()
        if not chunk:
            return None
        buffer += chunk
    head, _, buffer = buffer.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = {name.lower(): value.strip() for name, value in (field.split(":", 1) for field in fields)}
    length = int(headers.get("content-length", 0))
    while len(buffer) < length:
        buffer += await stream.receive_some()
    return (line, headers, buffer[:length]), buffer[length:]


class HookReceiver:
    """One request at a time on each connection; answers are used up in order, the last one for ever."""

    def __init__(self, *answers: Answer, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.connections = 0
        self.port = 0
        self._answers = list(answers)
        self._tls = tls

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        self.port = listeners[0].socket.getsockname()[1]
        await trio.serve_listeners(self._meet, listeners, task_status=task_status)

    async def _meet(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        if self._tls is None:
            await self._converse(stream)
        else:
            secure = partial(trio.SSLStream, ssl_context=self._tls, server_side=True, https_compatible=True)
            await self._converse(secure(stream))

    async def _converse(self, stream: trio.abc.Stream) -> None:
        buffer = b""
        try:
            while (found := await next_request(stream, buffer)) is not None:
                request, buffer = found
                self.requests.append(request)
                await (self._answers.pop(0) if len(self._answers) > 1 else self._answers[0])(stream)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            return
