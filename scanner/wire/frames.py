"""Length-prefixed frames: four bytes little-endian length, then that many bytes. Pure: feed bytes, get payloads."""

from __future__ import annotations

MAX_FRAME = 4 * 1024 * 1024
"""A frame that claims more is nonsense or a bug: a batch of 512 events is about 50 kB, a full catalogue 60 kB."""
HEADER = 4


class BadFrame(Exception):
    """The peer broke the framing; nothing after it can be trusted, so the pipe must be closed."""


def frame(payload: bytes) -> bytes:
    """Prefix `payload` with its length; BadFrame when it is larger than `MAX_FRAME`."""
    if len(payload) > MAX_FRAME:
        raise BadFrame(f"a frame of {len(payload)} bytes is over the limit of {MAX_FRAME}")
    return len(payload).to_bytes(HEADER, "little") + payload


class FrameReader:
    """Cuts a byte stream back into payloads, however it was torn on the way."""

    def __init__(self) -> None:
        self._rest = bytearray()
        """The beginning of a frame whose end has not come yet."""

    def feed(self, data: bytes) -> list[bytes]:
        """Payloads completed by `data`, in order; BadFrame on a length over `MAX_FRAME`."""
        rest = self._rest
        stream: bytes | bytearray = data
        if rest:
            rest += data
            stream = rest
        payloads: list[bytes] = []
        start, end = 0, len(stream)
        while end - start >= HEADER:
            body = start + HEADER
            length = int.from_bytes(stream[start:body], "little")
            if length > MAX_FRAME:
                raise BadFrame(f"a frame claims {length} bytes, over the limit of {MAX_FRAME}")
            if end - body < length:
                break
            start = body + length
            payloads.append(bytes(stream[body:start]))
        if rest:
            del rest[:start]
        elif start < end:  # most reads end where a frame ends: then nothing is copied but the payloads
            rest += stream[start:]
        return payloads

    @property
    def pending(self) -> int:
        """Bytes of an unfinished frame; at end of stream anything but 0 means it was torn."""
        return len(self._rest)
