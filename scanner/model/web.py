"""What everybody who speaks HTTP has to read alike: what an address is, what to call it, how long it bids us wait."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import urlsplit

MOST_CHARACTERS = 8_000
"""In a URL; what is longer is refused by servers, if not by the client before them."""
MOST_OF_A_NAME = 253

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,63}")
_ENCODED = "xn--"
"""A label that starts so holds letters beyond ASCII, in Punycode."""


def check_url(url: str, schemes: tuple[str, ...]) -> None:
    """ValueError unless a client can work with this address; it says what was expected, and nothing of what was given.

    `schemes` are such as `("ws", "wss")`. Whether anybody is there is another matter.
    """
    starts = tuple(f"{scheme}://" for scheme in schemes)
    if not url.startswith(starts):
        raise ValueError(f"an address that starts with {' or '.join(starts)}")
    if not (url.isascii() and url.isprintable()) or " " in url or len(url) > MOST_CHARACTERS:
        raise ValueError(f"at most {MOST_CHARACTERS} printable ASCII characters, without spaces")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError("a port from 1 to 65535, and brackets only around an IPv6 address") from None
    if port == 0:
        raise ValueError("a port from 1 to 65535")
    if not _is_host(parts.hostname or "", bracketed="[" in parts.netloc.rpartition("@")[2]):
        raise ValueError("the name of a host, or its IP address")


def redacted(url: str) -> str:
    """Scheme and authority of what may be no address at all, for messages that refuse it; never a credential."""
    scheme, mark, rest = url.partition("://")
    if not mark or not _SCHEME.fullmatch(scheme):
        scheme, mark, rest = "", "", url
    place = re.split(r"[/?#\\]", rest, maxsplit=1)[0]
    hidden = "@" in rest[len(place) :]  # a password may hold what looks like the end of the host
    return scheme + mark + ("…" if hidden else place.rpartition("@")[2])


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


def _is_host(host: str, *, bracketed: bool) -> bool:
    """Whether a resolver can be asked for it: a name of proper labels, or an address in full."""
    labels = host.removesuffix(".").split(".")
    if bracketed or labels[-1].isdecimal():
        try:
            (IPv6Address if bracketed else IPv4Address)(host)
        except ValueError:
            return False
        return True
    return len(host) <= MOST_OF_A_NAME and all(_is_label(label) for label in labels)


def _is_label(label: str) -> bool:
    """One part of a name; encoded, it must come out as something to read."""
    if not _LABEL.fullmatch(label):
        return False
    if not label.lower().startswith(_ENCODED):
        return True
    try:
        text = label[len(_ENCODED) :].encode("ascii").decode("punycode")
    except UnicodeError:
        return False
    return text.isprintable() and not text.isascii()


def _moment(text: str) -> float | None:
    """An HTTP date as Unix seconds."""
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
