"""What everybody who speaks HTTP has to read alike: how long the other side asks us to wait, and what to call it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit


def address_of(url: str) -> str:
    """Scheme, host and port: what an operator needs to know of an address, and never a path, query or credential."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


def retry_after(headers: Mapping[str, str], now: float) -> float | None:
    """Seconds that a `Retry-After` asks for, in either of its forms; None without one that can be read.

    `headers` is asked in lower case, `now` is Unix seconds. A date is held against the answer's own `Date` where there
    is one: the other side's clock may be wrong, but only once.
    """
    wish = headers.get("retry-after", "").strip()
    if wish.isdecimal():
        return float(wish)
    until = _moment(wish)
    if until is None:
        return None
    return max(0.0, until - (_moment(headers.get("date", "")) or now))


def _moment(text: str) -> float | None:
    """An HTTP date as Unix seconds."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
