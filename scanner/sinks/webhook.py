"""A webhook: one POST of JSON per alert, and an honest judgement of what came back."""

from __future__ import annotations

import logging
import re
import ssl
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Annotated, Any

import msgspec
import trio
from msgspec import Meta, Struct

from scanner.model.alert import Alert
from scanner.model.units import Seconds
from scanner.model.web import address_of, check_url, retry_after
from scanner.sinks.base import Delivered, Outcome, Refused, Retry, bulletin

ANSWER_MAX = 64 * 1024
"""So much of an answer's body is read, only to free its connection for the next alert: the status has said it all."""
ANSWER_MAX_S = 1.0
"""And for so long."""

ACCEPTED = range(200, 300)
MOVED = range(300, 400)
NOT_NOW = frozenset({408, 429, *range(500, 600)})
"""Statuses by which a receiver says not now; every other one outside of 2xx means never."""

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")
_SECRET = {"secret": True}


class WebhookSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `webhook`."""

    url: Annotated[str, Meta(description="an http:// or https:// address", extra=_SECRET)]
    """Where to post. A secret: many services put a token into it."""
    timeout: Seconds = 15.0
    """For one attempt, from name lookup to the answer's status."""
    headers: Annotated[dict[str, str], Meta(description="a table of header names and values", extra=_SECRET)] = {}
    """Sent along, such as `Authorization`. Secrets too."""

    def __post_init__(self) -> None:
        try:
            check_url(self.url, ("http", "https"))
        except ValueError as error:
            raise ValueError(f"a webhook's url: expected {error}") from None
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError(f"the header {name!r} holds characters that no header may hold")


class Webhook:
    """Posts `sinks.base.bulletin(alert)`; never follows a redirect."""

    def __init__(self, settings: WebhookSettings, *, clock: Callable[[], float] = time.time) -> None:
        import httpx  # noqa: PLC0415  # 0.2 s to import, which only those who post should pay

        logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes whole addresses
        self._settings = settings
        self._place = address_of(settings.url)
        self._clock = clock
        self._connect_error, self._transport_error = httpx.ConnectError, httpx.TransportError
        self._unusable = (httpx.InvalidURL, ValueError)  # idna and sockets raise UnicodeError, which is a ValueError
        self._client = httpx.AsyncClient(
            headers={"Content-Type": "application/json", "User-Agent": "market-scanner", **settings.headers},
            follow_redirects=False,
            timeout=None,  # noqa: S113  # the attempt as a whole has a deadline, in `deliver`
            trust_env=False,  # straight to the address that was given, as everywhere in this house
            verify=ssl.create_default_context(),
        )

    async def deliver(self, alert: Alert) -> Outcome:
        """One attempt. The answer's status decides, even when its body breaks off."""
        content = msgspec.json.encode(bulletin(alert))
        response: Any = None
        with trio.move_on_after(self._settings.timeout):
            try:
                request = self._client.build_request("POST", self._settings.url, content=content)
                response = await self._client.send(request, stream=True)
            except self._connect_error as error:
                return Retry(f"{self._place} cannot be reached: {error}")
            except self._transport_error:
                return Retry(f"{self._place} hung up before it answered")
            except self._unusable:
                return Refused(f"{self._place} is an address that no request can be sent to")
        if response is None:
            return Retry(f"{self._place} did not answer within {self._settings.timeout:g} s")
        await self._put_away(response)
        return judge(self._place, response.status_code, response.headers, self._clock())

    async def aclose(self) -> None:
        """Close what connections are left."""
        await self._client.aclose()

    async def _put_away(self, response: Any) -> None:
        size = 0
        with suppress(self._transport_error):
            with trio.move_on_after(ANSWER_MAX_S) as patience:
                async for chunk in response.aiter_raw():
                    size += len(chunk)
                    if size > ANSWER_MAX:
                        patience.cancel()  # leaving the loop would drop httpx's generators unended
            await response.aclose()


def judge(who: str, status: int, headers: Mapping[str, str], now: float) -> Outcome:
    """What a status means for this alert; `headers` is asked in lower case, `now` is Unix seconds."""
    if status in ACCEPTED:
        return Delivered()
    if status in NOT_NOW:
        return Retry(f"{who} answered {status}", retry_after(headers, now))
    if status in MOVED:
        return Refused(f"{who} answered {status}: redirects are not followed, name the final address")
    return Refused(f"{who} answered {status}")
