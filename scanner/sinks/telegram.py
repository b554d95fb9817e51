"""Telegram, by its Bot API (https://core.telegram.org/bots/api): a message or a photo with a caption, and its edits."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from scanner.model.units import Count
from scanner.sinks.base import Delivered, Gone, Kit, Outcome, Refused, Retry, Secret
from scanner.sinks.chat import Chat, ChatSettings, Message, Missing, Unreadable
from scanner.sinks.http import Answer, Poster, check_place, judge
from scanner.sinks.limits import Limits
from scanner.sinks.markup import TELEGRAM, Markup, quoted
from scanner.sinks.wording import Words

PACE = ((1, 1.0), (20, 60.0))
"""To one chat once a second, to one group twenty times a minute: https://core.telegram.org/bots/faq"""
TEXT = Limits(title=4_000, body=4_000, whole=4_080)
"""Of 4,096: the title is set in bold, which takes a few."""
CAPTION = Limits(title=1_000, body=1_000, whole=1_008)
"""Of 1,024."""

_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{10,200}")
_PHOTO, _TEXT = "photo", "text"
"""What a reference begins with: the message's number follows, and the chat that counts so."""

_UNCHANGED = "message is not modified"
_LOST = ("message to edit not found", "message can't be edited", "message_id_invalid", "message not found")
_NOBODY = ("chat not found", "chat_id is empty", "user not found", "peer_id_invalid", "group chat was deactivated")


class TelegramSettings(ChatSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `telegram`."""

    token: Secret
    """Of the bot, as @BotFather gave it. It stands in addresses, so none of them is ever shown."""
    chat: Annotated[str, Meta(description="the number of a chat, or @name of a channel")]
    thread: Count = 0
    """Topic of a group that has topics; 0 means none."""
    api_url: str = "https://api.telegram.org"
    """Or that of a Bot API server of your own; one in your own network needs allow_private = true."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not _TOKEN.fullmatch(self.token):
            raise ValueError("token: expected the bot's token, digits, a colon and letters")
        if not self.chat.strip():
            raise ValueError("chat: expected the number of a chat, or @name of a channel")
        check_place("api_url", self.api_url, allow_private=self.allow_private)


class Parameters(Struct, frozen=True):
    """Why a request was not fulfilled, for programs."""

    retry_after: float | None = None
    migrate_to_chat_id: int | None = None


class Result(Struct, frozen=True):
    """Of a message, its number."""

    message_id: int = 0


class Reply(Struct, frozen=True):
    """What every method answers."""

    ok: bool
    result: Result | bool = False
    description: str = ""
    parameters: Parameters = Parameters()


class Telegram:
    """One chat."""

    markup: Markup = TELEGRAM
    gap_s = 1.0

    def __init__(self, settings: TelegramSettings) -> None:
        self._poster = Poster(settings)
        self._base = f"{settings.api_url.rstrip('/')}/bot{settings.token}/"
        self._token = settings.token
        self._chat = settings.chat.strip()
        self._thread = settings.thread

    def limits(self, reference: str = "") -> Limits:
        """A caption is shorter than a message."""
        return CAPTION if reference.startswith(_PHOTO) else TEXT

    def takes_picture(self, words: Words, reference: str = "") -> bool:
        """A picture replaces a picture; in a new message, words that need more room than a caption go first."""
        return CAPTION.hold(words.title, words.body) and not reference.startswith(_TEXT)

    async def post(self, message: Message, answering: str = "") -> Outcome | Unreadable:
        """A photo where there is a picture, else a message."""
        target: dict[str, Any] = {"message_thread_id": self._thread} if self._thread else {}
        if answering:
            target["reply_parameters"] = {"message_id": int(answering.split()[1]), "allow_sending_without_reply": True}
        if message.picture:
            told = await self._call("sendPhoto", _PHOTO, {"caption": _text(message), **target}, message.picture)
        else:
            told = await self._call("sendMessage", _TEXT, {"text": _text(message), **_QUIETLY, **target})
        return Refused("the service lost a message that is new") if isinstance(told, Missing) else told

    async def edit(self, reference: str, message: Message) -> Outcome | Unreadable | Missing:
        """Another text, or caption; another picture where there is a new one."""
        kind, number, chat = (*reference.split(), "", "", "")[:3]
        if not number.isdecimal() or chat != self._chat:
            return Missing()
        target = {"message_id": int(number)}
        if kind != _PHOTO:
            told = await self._call("editMessageText", _TEXT, {"text": _text(message), **_QUIETLY, **target})
        elif message.picture:
            media = {"type": "photo", "media": "attach://photo", "caption": _text(message), "parse_mode": "HTML"}
            told = await self._call("editMessageMedia", _PHOTO, {"media": media, **target}, message.picture)
        else:
            told = await self._call("editMessageCaption", _PHOTO, {"caption": _text(message), **target})
        return Delivered(reference) if isinstance(told, Delivered) else told

    async def aclose(self) -> None:
        """Close what connections are left."""
        await self._poster.aclose()

    async def _call(
        self, method: str, kind: str, fields: dict[str, Any], picture: bytes = b""
    ) -> Outcome | Unreadable | Missing:
        fields = {"chat_id": self._chat, "parse_mode": "HTML", **fields}
        if picture:
            form = {name: _written(value) for name, value in fields.items()}
            files = {"photo": ("chart.png", picture, "image/png")}
            answer = await self._poster.send("POST", self._base + method, data=form, files=files)
        else:
            answer = await self._poster.send("POST", self._base + method, json=fields)
        return self._judge(answer, kind)

    def _judge(self, answer: Answer | Retry | Refused, kind: str) -> Outcome | Unreadable | Missing:
        reply = answer.read(Reply) if isinstance(answer, Answer) else None
        if not isinstance(answer, Answer) or reply is None:
            return judge(answer)
        if reply.ok:
            number = reply.result.message_id if isinstance(reply.result, Result) else 0
            return Delivered(f"{kind} {number} {self._chat}" if number else "")
        if reply.parameters.migrate_to_chat_id is not None:
            self._chat = str(reply.parameters.migrate_to_chat_id)
            return Retry("the group has become a supergroup with a number of its own", 0.0)
        return self._blame(answer, reply)

    def _blame(self, answer: Answer, reply: Reply) -> Outcome | Unreadable | Missing:
        said = quoted(reply.description, self._token, self._token.partition(":")[2])
        why, words = f"{answer.place} answered {answer.status}: {said}", said.lower()
        if answer.status == _NO_PATIENCE:
            return Retry(why, reply.parameters.retry_after or answer.retry_after)
        if answer.status in _TURNED_AWAY or any(one in words for one in _NOBODY):
            return Gone(why)
        if answer.status != _BAD:
            return judge(answer)
        if _UNCHANGED in words:
            return Delivered()
        return Missing() if any(one in words for one in _LOST) else Unreadable(why)


_BAD, _NO_PATIENCE = 400, 429
_TURNED_AWAY = frozenset({401, 403, 404})
"""The token is not valid, or the bot was blocked, or thrown out."""
_QUIETLY: dict[str, Any] = {"link_preview_options": {"is_disabled": True}}


def _text(message: Message) -> str:
    title = f"<b>{message.words.title}</b>"
    return f"{title}\n{message.words.body}" if message.words.body else title


def _written(value: object) -> str:
    """A field of a form: structures are JSON in it."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def build(settings: TelegramSettings, kit: Kit) -> Chat:
    """The sink of one receiver."""
    return Chat(settings, kit, Telegram(settings))
