"""Slack: by an incoming webhook, or by a bot, whose messages can be edited (https://api.slack.com/methods).

Pictures are left out: uploading one takes a further permission and three more calls, and an edit cannot replace it.
"""

from __future__ import annotations

import re
from typing import Annotated, Any

from msgspec import Meta, Struct

from scanner.sinks.base import Delivered, Gone, Kit, Outcome, Refused, Secret
from scanner.sinks.chat import Chat, ChatSettings, Message, Missing, Unreadable
from scanner.sinks.http import Answer, Poster, SecretUrl, check_place, judge
from scanner.sinks.limits import Limits
from scanner.sinks.markup import SLACK, Markup
from scanner.sinks.slack_errors import FINE, blame
from scanner.sinks.vocabulary import colour
from scanner.sinks.wording import Words

PACE = ((1, 1.0),)
"""One message a second in a channel: https://api.slack.com/apis/rate-limits"""
BLOCK = Limits(title=2_900, body=3_000, whole=3_900)
"""A section's text holds 3,000 characters; what is shown in notifications should stay below 4,000."""

_TOKEN = re.compile(r"[\x21-\x7e]{8,400}")


class SlackSettings(ChatSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `slack`: the url of a webhook, or the token of a bot and a channel."""

    url: SecretUrl = ""
    """Of an incoming webhook. It can only post: nothing is edited, each telling is a message."""
    token: Secret = ""
    """Of a bot that may write (`chat:write`); its messages are edited."""
    channel: Annotated[str, Meta(description="the id of a channel, such as C0123456789")] = ""
    """Where the bot writes."""
    api_url: str = "https://slack.com/api"
    """Or that of a stand-in; one in your own network needs allow_private = true."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if bool(self.url) == bool(self.token):
            raise ValueError("expected either url, of an incoming webhook, or token and channel, of a bot")
        if self.url:
            check_place("url", self.url, allow_private=self.allow_private)
            return
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("token: expected a bot's token, printable characters without spaces")
        if not self.channel.strip():
            raise ValueError("channel: expected the id of a channel, such as C0123456789")
        check_place("api_url", self.api_url, allow_private=self.allow_private)


class Reply(Struct, frozen=True):
    """What every method answers."""

    ok: bool
    error: str = ""
    ts: str = ""
    channel: str = ""


class Hook:
    """An incoming webhook."""

    markup: Markup = SLACK
    gap_s = 1.0

    def __init__(self, settings: SlackSettings) -> None:
        self._poster = Poster(settings)
        self._url = settings.url

    def limits(self, reference: str = "") -> Limits:
        """Of a section."""
        del reference
        return BLOCK

    def takes_picture(self, words: Words, reference: str = "") -> bool:
        """Never."""
        del words, reference
        return False

    async def post(self, message: Message, answering: str = "") -> Outcome | Unreadable:
        """A new message, of which nobody tells us where it stands."""
        del answering
        answer = await self._poster.send("POST", self._url, json=_body(message))
        if not isinstance(answer, Answer):
            return answer
        told = blame(answer, answer.body.decode("utf-8", "replace").strip()) if answer.status != FINE else judge(answer)
        return Refused("the service lost a message that is new") if isinstance(told, Missing) else told

    async def edit(self, reference: str, message: Message) -> Outcome | Unreadable | Missing:
        """It cannot."""
        del reference, message
        return Missing()

    async def aclose(self) -> None:
        """Close what connections are left."""
        await self._poster.aclose()


class Bot:
    """A bot in one channel."""

    markup: Markup = SLACK
    gap_s = 1.0

    def __init__(self, settings: SlackSettings) -> None:
        self._poster = Poster(settings, {"Authorization": f"Bearer {settings.token}"})
        self._base = settings.api_url.rstrip("/")
        self._channel = settings.channel.strip()

    def limits(self, reference: str = "") -> Limits:
        """Of a section."""
        del reference
        return BLOCK

    def takes_picture(self, words: Words, reference: str = "") -> bool:
        """Never."""
        del words, reference
        return False

    async def post(self, message: Message, answering: str = "") -> Outcome | Unreadable:
        """chat.postMessage; what answers is in the thread, and in the channel too."""
        _, _, ts = answering.partition(" ")
        thread = {"thread_ts": ts, "reply_broadcast": True} if ts else {}
        told = await self._call("chat.postMessage", {"channel": self._channel, **_body(message), **thread})
        return Refused("the service lost a message that is new") if isinstance(told, Missing) else told

    async def edit(self, reference: str, message: Message) -> Outcome | Unreadable | Missing:
        """chat.update. A channel that is closed to it may not be ours any more: a new message will tell."""
        channel, _, ts = reference.partition(" ")
        if not channel or not ts:
            return Missing()
        told = await self._call("chat.update", {"channel": channel, "ts": ts, **_body(message)})
        if isinstance(told, Delivered | Gone):
            return Delivered(reference) if isinstance(told, Delivered) else Missing()
        return told

    async def aclose(self) -> None:
        """Close what connections are left."""
        await self._poster.aclose()

    async def _call(self, method: str, fields: dict[str, Any]) -> Outcome | Unreadable | Missing:
        answer = await self._poster.send("POST", f"{self._base}/{method}", json=fields)
        reply = answer.read(Reply) if isinstance(answer, Answer) else None
        if not isinstance(answer, Answer) or reply is None:
            return judge(answer)
        if reply.ok:
            return Delivered(f"{reply.channel or self._channel} {reply.ts}")
        return blame(answer, reply.error)


def _body(message: Message) -> dict[str, Any]:
    """The title is what notifications show; the body stands beside a bar in the colour of the severity."""
    words = message.words
    body: dict[str, Any] = {
        "text": f"*{words.title}*",
        "unfurl_links": False,
        "unfurl_media": False,
        "attachments": [],
    }
    if words.body:
        section = {"type": "section", "text": {"type": "mrkdwn", "text": words.body, "verbatim": True}}
        bar = {"color": f"#{colour(message.notification.news)}", "blocks": [section], "fallback": words.title}
        body["attachments"] = [bar]
    return body


def build(settings: SlackSettings, kit: Kit) -> Chat:
    """The sink of one receiver."""
    return Chat(settings, kit, Bot(settings) if settings.token else Hook(settings))
