"""How CoinGecko says no: in one of several shapes of JSON, as a page of HTML, and not always with a status that fits.

{"status":{"error_code":10002,"error_message":"API Key Missing."}}
{"timestamp":"2026-09-21T13:33:20.000Z","error_code":10011,"status":{"error_message":"please change your root URL"}}
{"error":"coin not found"}
"""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.nonsense import bounded, nonsense
from scanner.exchanges.refusal import TurnedAway

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What the decoders raise; a ValidationError is a DecodeError."""

LASTING = {
    10002: "it wants an API key",
    10005: "this is not part of the key's plan",
    10010: 'the key is a paid one, which needs region = "pro"',
    10011: 'the key is a free one, which needs region = "public"',
}
"""Codes that stay until somebody changes the settings, in our words."""
PASSING = {
    429: "it is asked too often, or the month's credits are used up",
    1020: "it has shut out our address",
}
_WORDS = {**LASTING, **PASSING}

Code = Annotated[int, Meta(ge=0, le=999_999)]


class _Status(Struct):
    code: Code | None = field(default=None, name="error_code")
    text: str | None = msgspec.field(default=None, name="error_message")


class _Complaint(Struct):
    status: _Status | int | None = None
    code: Code | None = field(default=None, name="error_code")
    error: str | dict[str, Any] | None = None


_COMPLAINT = msgspec.json.Decoder(_Complaint)


def blame(error: Exception, body: bytes) -> RemoteNonsense:
    """What to raise for a body that is not the answer: its own complaint, or else what is wrong with it."""
    if body.lstrip()[:1] == b"<":  # its gate speaks HTML, and mostly about too many calls
        return TurnedAway(f"turned away with a page instead of an answer: {bounded(repr(body[:60]))}")
    try:
        complaint = _COMPLAINT.decode(body)
    except UNREADABLE:
        return nonsense(str(error), body)
    status = complaint.status if isinstance(complaint.status, _Status) else _Status()
    code, text = status.code or complaint.code, status.text or complaint.error
    if not (code or text):
        return nonsense(str(error), body)
    return _refusal(code or 0, bounded(str(text or "")))


def _refusal(code: int, text: str) -> RemoteNonsense:
    ours = f" ({_WORDS[code]})" if code in _WORDS else ""
    number = f" with {code}" if code else ""
    return TurnedAway(f"refused{number}{ours}: {text}", lasting=code in LASTING)
