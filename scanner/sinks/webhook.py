"""A webhook by the Standard Webhooks specification: one POST of JSON per notification, signed where a secret is given.

Every attempt at one notification bears the same `webhook-id`: who has read one answers 2xx to the next and forgets it.
The signature covers id, timestamp and body, so a receiver knows who spoke, when, and that nobody changed a word.
"""

from __future__ import annotations

import time
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import msgspec
from msgspec import field
from standardwebhooks import Webhook as Signer

from scanner.model.news import Notification
from scanner.sinks.base import Kit, Outcome, Secret, bulletin
from scanner.sinks.http import OURS, Headers, HttpSettings, Poster, SecretUrl, check_headers, check_place, judge

PREFIX = "whsec_"
"""How a secret begins, in the specification; it may be left out."""
SECRET_BYTES = range(24, 65)
"""How long a secret may be, decoded, by the specification."""
SPOKEN_FOR = OURS | {"webhook-id", "webhook-timestamp", "webhook-signature"}
"""Headers that an operator cannot set."""


class WebhookSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `webhook`."""

    url: SecretUrl
    """Where to post. A secret: many services put a token into it."""
    headers: Headers = field(default_factory=dict)
    """Sent along, such as `Authorization`. Secrets too."""
    secret: Secret = ""
    """Signs each message: `whsec_` and 24 to 64 random bytes in base64. Several, with spaces or line ends between them,
    sign each, so that a receiver can change over from an old one to a new one."""

    def __post_init__(self) -> None:
        check_place("a webhook's url", self.url, allow_private=self.allow_private)
        check_headers(self.headers, SPOKEN_FOR)
        if self.secret and not (self.secret.split() and all(map(_is_secret, self.secret.split()))):
            raise ValueError("a webhook's secret: expected whsec_ and 24 to 64 bytes in base64")


class Webhook:
    """Posts `sinks.base.bulletin(notification)`."""

    def __init__(self, settings: WebhookSettings, kit: Kit, *, clock: Callable[[], float] = time.time) -> None:  # noqa: ARG002  # it has all it needs
        self._url = settings.url
        self._clock = clock
        self._signers = [Signer(secret) for secret in settings.secret.split()]
        self._poster = Poster(settings, settings.headers, clock=clock)

    async def deliver(self, notification: Notification, earlier: str = "") -> Outcome:  # noqa: ARG002  # it keeps no thread
        """One attempt, signed with the time of this very attempt."""
        body = msgspec.json.encode(bulletin(notification))
        return judge(
            await self._poster.send("POST", self._url, headers=self._told(notification.id, body), content=body)
        )

    async def aclose(self) -> None:
        """Close what connections are left."""
        await self._poster.aclose()

    def _told(self, message: str, body: bytes) -> Mapping[str, str]:
        """The headers that make it a Standard Webhook."""
        at = datetime.fromtimestamp(int(self._clock()), UTC)
        told = {
            "content-type": "application/json",
            "webhook-id": message,
            "webhook-timestamp": str(int(at.timestamp())),
        }
        if self._signers:
            told["webhook-signature"] = " ".join(each.sign(message, at, body.decode()) for each in self._signers)
        return told


def _is_secret(text: str) -> bool:
    """Whether it is as the specification wants it; the package itself would make something of anything."""
    try:
        return len(b64decode(text.removeprefix(PREFIX), validate=True)) in SECRET_BYTES
    except (NotBase64, ValueError):
        return False
