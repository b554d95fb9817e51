"""How every sink that speaks HTTP does: one attempt, in time, bounded, and judged by what came back.

    answer = await self._poster.send("POST", url, json={"text": "…"})
    return judge(answer)

Nothing that comes out of here holds more of an address than scheme, host and port: paths, queries, credentials and
header values are secrets.
"""

from __future__ import annotations

import re
import ssl
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any, TypeVar
from urllib.parse import unquote, urlsplit

import msgspec
import trio
from msgspec import Meta, Struct

from scanner.model.web import address_of, check_url, retry_after
from scanner.sinks import guard
from scanner.sinks.base import Delivered, Gone, Outcome, ReceiverSettings, Refused, Retry, Timeout

T = TypeVar("T")

ANSWER_MAX = 64 * 1024
"""Bytes of an answer's body that are read."""
ANSWER_MAX_S = 2.0
"""And how long that may take: the status has said what matters."""

ACCEPTED = range(200, 300)
MOVED = range(300, 400)
GONE = 410
NOT_NOW = frozenset({408, 425, 429, *range(500, 600)})
"""Statuses by which a receiver says not now; every other one outside of 2xx means never."""

OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
"""Headers that belong to the request itself."""
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")

SecretUrl = Annotated[str, Meta(description="an http:// or https:// address", extra={"secret": True})]
"""A secret, because services put tokens into it; given in TOML all the same by those who like."""
Headers = Annotated[dict[str, str], Meta(description="a table of header names and values", extra={"secret": True})]


class HttpSettings(ReceiverSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every receiver that is posted to can be told."""

    timeout: Timeout = 15.0
    """For one attempt, from name lookup to the answer's status."""
    allow_private: bool = False
    """Whether it may be on this machine or in its own network; otherwise only public addresses are connected to."""


class Answer(Struct, frozen=True):
    """What a service answered."""

    place: str
    """Scheme, host and port of who answered."""
    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    retry_after: float | None = None
    """Seconds that its `Retry-After` asks for."""
    body: bytes = b""
    """At most ANSWER_MAX bytes; shorter, or nothing, where it broke off."""

    def read(self, kind: type[T]) -> T | None:
        """The body as JSON of this type; None where it is not."""
        try:
            return msgspec.json.decode(self.body, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return None


class Poster:
    """Sends requests for one receiver, one after the other or side by side."""

    def __init__(
        self,
        settings: HttpSettings,
        headers: Mapping[str, str] | None = None,
        *,
        clock: Callable[[], float] = time.time,
        resolve: Callable[[str, int], Awaitable[list[str]]] | None = None,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`headers` go with each request. `clock`: Unix seconds; `resolve` and `trust` take the machine's places."""
        from scanner.sinks import transport  # noqa: PLC0415  # 0.2 s, which only those who post should pay

        self._timeout_s = settings.timeout
        self._headers = {"user-agent": "market-scanner", "accept-encoding": "identity", **_lowered(headers)}
        self._clock = clock
        self._transport = transport.Transport(allow_private=settings.allow_private, resolve=resolve, trust=trust)
        self._failures, self._broken, self._judged = transport.FAILURES, transport.BROKEN, transport.judged

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, **body: Any
    ) -> Answer | Retry | Refused:
        """One attempt. A body that is slow or breaks off takes nothing from an answer whose status was read.

        `body` is what httpx.Request takes: `content=bytes`, `json=`, or `data=` and `files=` for a form.
        """
        place = address_of(url)
        answer: Any = None
        said = bytearray()
        with trio.move_on_after(self._timeout_s):
            try:
                own = {**_credentials(url), **self._headers, **_lowered(headers)}
                answer = await self._transport.exchange(method, url, own, body)
            except self._failures as error:
                return self._judged(place, error)
            await self._listen(answer, said)
        if answer is None:
            return Retry(f"{place} did not answer within {self._timeout_s:g} s")
        told = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
        return Answer(place, answer.status, told, retry_after(told, self._clock()), bytes(said[:ANSWER_MAX]))

    async def aclose(self) -> None:
        """Close what connections are left."""
        await self._transport.aclose()

    async def _listen(self, answer: Any, said: bytearray) -> None:
        """Read a body to its end, which frees its connection for the next message, or as far as is sensible."""
        with suppress(*self._broken):
            with trio.move_on_after(ANSWER_MAX_S) as patience:
                async for chunk in answer.stream:
                    said += chunk
                    if len(said) > ANSWER_MAX:
                        patience.cancel()  # leaving the loop would drop httpcore's generators unended
            await answer.aclose()


def judge(answer: Answer | Outcome) -> Outcome:
    """What an answer's status means; where there was none, that has been judged already."""
    if not isinstance(answer, Answer):
        return answer
    why = f"{answer.place} answered {answer.status}"
    if answer.status in ACCEPTED:
        return Delivered()
    if answer.status in NOT_NOW:
        return Retry(why, answer.retry_after)
    if answer.status == GONE:
        return Gone(f"{why}: it wants nothing any more")
    if answer.status in MOVED:
        return Refused(f"{why}: redirects are not followed, name the final address")
    return Refused(why)


def check_place(what: str, url: str, *, allow_private: bool) -> None:
    """ValueError unless this can be posted to: it says what `what` should be, and nothing of what it is."""
    try:
        check_url(url, ("http", "https"))
    except ValueError as error:
        raise ValueError(f"{what}: expected {error}") from None
    if not allow_private:
        try:
            guard.check_spelling(url)
        except guard.Forbidden as error:
            raise ValueError(f"{what}: {error}") from None


def check_headers(headers: Mapping[str, str], ours: frozenset[str] = OURS) -> None:
    """ValueError where a header cannot be sent, or is not an operator's to set; nothing that may be a secret in it."""
    for name, value in headers.items():
        if not _HEADER_NAME.fullmatch(name):
            raise ValueError("headers: expected names of letters, digits and -, such as Authorization")
        if not _HEADER_VALUE.fullmatch(value):
            raise ValueError(f"the header {name!r} holds characters that no header may hold")
        if name.lower() in ours:
            raise ValueError(f"the header {name!r} is set by the scanner itself")


def _lowered(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Names in lower case, so that the more special takes the place of the more general."""
    return {name.lower(): value for name, value in (headers or {}).items()}


def _credentials(url: str) -> dict[str, str]:
    """What stands before the `@` of an address, as the header that says it."""
    user, password = urlsplit(url).username, urlsplit(url).password
    if user is None and password is None:
        return {}
    told = f"{unquote(user or '')}:{unquote(password or '')}".encode()
    return {"authorization": f"Basic {b64encode(told).decode()}"}
