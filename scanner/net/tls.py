"""TLS over a byte stream, for one who reads much: every record that has come is decrypted in one wake-up.

trio's own SSLStream reads one record at a time, which at a venue's pace costs more than all parsing. Certificates and
host names are checked by the context that `connect` makes; nothing here can be told not to.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trio

from scanner.net.tcp import READ_BYTES

RECORD_BYTES = 16 * 1024
"""The largest plain text of one record."""
FAREWELL_S = 0.1
"""How long the close notice may take to leave."""


async def connect(transport: trio.abc.Stream, host: str, context: ssl.SSLContext | None = None) -> TlsStream:
    """Shake hands over an open stream; ssl.SSLError or trio.BrokenResourceError when that fails, and it is closed."""
    stream = TlsStream(transport, context or ssl.create_default_context(), host)
    agreed = False
    try:
        await stream.shake_hands()
        agreed = True
    finally:
        if not agreed:
            await trio.aclose_forcefully(transport)
    return stream


class TlsStream(trio.abc.Stream):
    """One task reads, any task may send. The end of the stream is an end, with a close notice or without."""

    def __init__(self, transport: trio.abc.Stream, context: ssl.SSLContext, host: str) -> None:
        self._transport = transport
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._turn = trio.Lock()
        """What is encrypted leaves in that order."""

    async def shake_hands(self) -> None:
        """Agree on keys and check who it is."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._read():
                    raise trio.BrokenResourceError("the connection was closed during the TLS handshake") from None
            except ssl.SSLError:
                await self._flush()  # the alert tells the other side why
                raise
            else:
                await self._flush()
                return

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        """All that has come, decrypted; empty at the end."""
        del max_bytes  # whoever reads from here takes all
        while True:
            data, over = self._decrypted()
            if self._outgoing.pending:
                await self._flush()  # new keys are answered
            if data or over:
                return data
            if not await self._read():
                return b""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Encrypt and send."""
        with _broken():
            self._tls.write(data)
        await self._flush()

    async def wait_send_all_might_not_block(self) -> None:
        """As the stream beneath."""
        await self._transport.wait_send_all_might_not_block()

    async def aclose(self) -> None:
        """Say that it is over, if that takes no time, and close the stream beneath."""
        with suppress(ssl.SSLError, ValueError):  # the answer is not waited for
            self._tls.unwrap()
        try:
            with suppress(trio.BrokenResourceError, trio.ClosedResourceError), trio.move_on_after(FAREWELL_S):
                await self._flush()
        finally:
            await self._transport.aclose()

    def _decrypted(self) -> tuple[bytes, bool]:
        """What the records hold that are complete, and whether it was the last."""
        parts = []
        over = False
        with _broken():
            try:
                while part := self._tls.read(RECORD_BYTES):
                    parts.append(part)
                over = True
            except ssl.SSLWantReadError:
                pass
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                over = True
        return b"".join(parts), over

    async def _read(self) -> bool:
        """More from the network; False at its end."""
        data = await self._transport.receive_some(READ_BYTES)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        return bool(data)

    async def _flush(self) -> None:
        async with self._turn:
            if pending := self._outgoing.read():
                await self._transport.send_all(pending)


@contextmanager
def _broken() -> Iterator[None]:
    """Records that cannot be read break the stream."""
    try:
        yield
    except ssl.SSLError as error:
        raise trio.BrokenResourceError(f"TLS: {error.reason or error}") from error
