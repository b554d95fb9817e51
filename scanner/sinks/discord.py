"""Discord, by a channel's webhook (https://discord.com/developers/docs/resources/webhook): an embed, and its edits."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from scanner.model.moments import rfc3339
from scanner.sinks.base import Delivered, Gone, Kit, Outcome, Refused, Retry
from scanner.sinks.chat import Chat, ChatSettings, Message, Missing, Unreadable
from scanner.sinks.http import Answer, Poster, SecretUrl, check_place, judge
from scanner.sinks.limits import Limits
from scanner.sinks.markup import DISCORD, Markup, quoted
from scanner.sinks.vocabulary import colour
from scanner.sinks.wording import Words

PACE = ((5, 2.0), (30, 60.0))
"""Of one webhook, as its answers' headers tell, and of one channel's webhooks together."""
EMBED = Limits(title=256, body=4_096, whole=6_000)
"""https://discord.com/developers/docs/resources/message#embed-object-embed-limits"""

_PICTURE = "chart.png"
_UNKNOWN_MESSAGE = 10_008
_NOBODY = frozenset({10_003, 10_015, 50_027})
"""Channel, webhook, token: no such thing any more."""
_BAD = frozenset({400, 413})
_NO_PATIENCE = 429
_UNAUTHORISED = 401


class DiscordSettings(ChatSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `discord`."""

    url: SecretUrl
    """The webhook's, as the channel's settings give it. A secret: whoever has it can write there."""
    username: str = ""
    """The name that messages bear; empty means the webhook's own."""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_place("url", self.url, allow_private=self.allow_private)
        if urlsplit(self.url).fragment:
            raise ValueError("url: expected an address without a fragment")


class Reply(Struct, frozen=True):
    """What is read of an answer: a message's id, or what was wrong."""

    id: str = ""
    code: int = 0
    message: str = ""
    retry_after: float | None = None


class Discord:
    """One webhook."""

    markup: Markup = DISCORD
    gap_s = 0.0

    def __init__(self, settings: DiscordSettings) -> None:
        self._poster = Poster(settings)
        parts = urlsplit(settings.url)
        self._base = f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"
        self._query = f"{parts.query}&" if parts.query else ""
        self._token = parts.path.rstrip("/").rpartition("/")[2]
        self._username = {"username": settings.username} if settings.username else {}

    def limits(self, reference: str = "") -> Limits:
        """Of an embed, new or edited."""
        del reference
        return EMBED

    def takes_picture(self, words: Words, reference: str = "") -> bool:
        """Always."""
        del words, reference
        return True

    async def post(self, message: Message, answering: str = "") -> Outcome | Unreadable:
        """A new message; a webhook cannot answer one, so what answers merely stands below."""
        del answering
        told = await self._send("POST", "", message, self._username)
        return Refused("the service lost a message that is new") if isinstance(told, Missing) else told

    async def edit(self, reference: str, message: Message) -> Outcome | Unreadable | Missing:
        """Another embed, and another picture where there is one."""
        if not reference.isdecimal():
            return Missing()
        told = await self._send("PATCH", f"/messages/{reference}", message, {})
        return Delivered(reference) if isinstance(told, Delivered) else told

    async def aclose(self) -> None:
        """Close what connections are left."""
        await self._poster.aclose()

    async def _send(
        self, method: str, path: str, message: Message, more: dict[str, Any]
    ) -> Outcome | Unreadable | Missing:
        url = f"{self._base}{path}?{self._query}wait=true"
        body = _body(message) | more
        if message.picture:
            form = {"payload_json": msgspec.json.encode(body).decode()}
            files = {"files[0]": (_PICTURE, message.picture, "image/png")}
            answer = await self._poster.send(method, url, data=form, files=files)
        else:
            answer = await self._poster.send(method, url, json=body)
        return self._judge(answer)

    def _judge(self, answer: Answer | Retry | Refused) -> Outcome | Unreadable | Missing:
        reply = answer.read(Reply) if isinstance(answer, Answer) else None
        if not isinstance(answer, Answer) or reply is None:
            return judge(answer)
        why = f"{answer.place} answered {answer.status}: {quoted(reply.message, self._token)}"
        if answer.status == _NO_PATIENCE:
            return Retry(why, reply.retry_after if reply.retry_after is not None else answer.retry_after)
        if reply.code in _NOBODY or answer.status == _UNAUTHORISED:
            return Gone(why)
        if reply.code == _UNKNOWN_MESSAGE:
            return Missing()
        if answer.status in _BAD:
            return Unreadable(why)
        judged = judge(answer)
        return Delivered(reply.id) if isinstance(judged, Delivered) else judged


def _body(message: Message) -> dict[str, Any]:
    """One embed in the colour of its severity. Nobody is mentioned, whatever the words are."""
    news = message.notification.news
    embed: dict[str, Any] = {
        "title": message.words.title,
        "description": message.words.body,
        "color": int(colour(news), 16),
        "timestamp": rfc3339(news.at),
    }
    body: dict[str, Any] = {"embeds": [embed], "allowed_mentions": {"parse": []}}
    if message.picture:
        embed["image"] = {"url": f"attachment://{_PICTURE}"}
        body["attachments"] = [{"id": 0, "filename": _PICTURE}]
    return body


def build(settings: DiscordSettings, kit: Kit) -> Chat:
    """The sink of one receiver."""
    return Chat(settings, kit, Discord(settings))
