"""What messengers have in common: a message with a picture, the first of a story edited as the story goes on.

An edit makes no sound. So a story that rises to `high` or `critical` is edited where it stands, and told again in one
short line that answers it; that it goes on, and how it ended, is edited in silence.
"""

from __future__ import annotations

from typing import Protocol

import trio
from msgspec import Struct

from scanner.model.alert import Alert
from scanner.model.news import Notification
from scanner.sinks.base import Delivered, Kit, Outcome, Refused
from scanner.sinks.figures import Language
from scanner.sinks.http import HttpSettings
from scanner.sinks.limits import Limits
from scanner.sinks.markup import Markup
from scanner.sinks.wording import Voice, Wording, Words, check_voice

LOUD = frozenset({"high", "critical"})
"""A rise to one of these is worth a sound of its own."""


class ChatSettings(HttpSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every receiver that people read can be told."""

    language: Language = "en"
    """Of the scanner's own templates: en or ko."""
    template: str = ""
    """A Jinja2 template of your own for all occasions: its first line is the title. Empty means the scanner's."""
    template_file: str = ""
    """Or the file that holds it."""
    edit: bool = True
    """Whether the first message of a story is edited as the story goes on; otherwise each telling is a message."""
    chart: bool = True
    """Whether a picture of price and volume goes along where the service takes one."""

    def __post_init__(self) -> None:
        check_voice(self.voice)

    @property
    def voice(self) -> Voice:
        """How this receiver is spoken to."""
        return Voice(
            language=self.language,
            timezone=self.timezone,
            template=self.template,
            template_file=self.template_file,
        )


class Message(Struct, frozen=True):
    """What is to be sent."""

    notification: Notification
    words: Words
    picture: bytes = b""
    """A PNG, where there is one."""


class Missing(Struct, frozen=True):
    """What should be edited is not there any more, or cannot be edited."""


class Unreadable(Struct, frozen=True):
    """The service cannot read this message; it may take a plainer one."""

    why: str


class Service(Protocol):
    """One messenger, by its own rules."""

    @property
    def markup(self) -> Markup:
        """How it is written."""
        ...

    @property
    def gap_s(self) -> float:
        """How long to wait between two messages that belong together."""
        ...

    def limits(self, reference: str = "") -> Limits:
        """How long a message may be; with a reference, that message when it is edited."""
        ...

    def takes_picture(self, words: Words, reference: str = "") -> bool:
        """Whether a picture can go along with these; with a reference, in place of that message."""
        ...

    async def post(self, message: Message, answering: str = "") -> Outcome | Unreadable:
        """A new message, below the one that it answers where there is one."""
        ...

    async def edit(self, reference: str, message: Message) -> Outcome | Unreadable | Missing:
        """Another text, and where possible another picture, in place of an earlier one."""
        ...

    async def aclose(self) -> None:
        """Close what connections are left."""
        ...


class Chat:
    """A sink for people."""

    def __init__(self, settings: ChatSettings, kit: Kit, service: Service) -> None:
        self._settings = settings
        self._degraded = kit.degraded
        self._service = service
        self._wording = Wording(settings.voice, service.markup, kit.degraded)
        self._edited = ""
        """The notification whose edit has succeeded, so that trying its sound again does not edit again."""

    async def deliver(self, notification: Notification, earlier: str = "") -> Outcome:
        """Edit what was said of this story where that can be done; otherwise say something new."""
        if earlier and self._settings.edit:
            edited = await self._edit(notification, earlier)
            if not isinstance(edited, Missing):
                return edited
        return await self._post(notification)

    async def aclose(self) -> None:
        """Close what connections are left."""
        await self._service.aclose()

    async def _edit(self, notification: Notification, earlier: str) -> Outcome | Missing:
        if self._edited != notification.id:
            edited = await self._replace(notification, earlier)
            if not isinstance(edited, Delivered):
                return edited
            self._edited = notification.id
        if not _is_loud(notification):
            return Delivered(earlier)
        await trio.sleep(self._service.gap_s)
        return await self._sound(notification, earlier)

    async def _replace(self, notification: Notification, earlier: str) -> Outcome | Missing:
        limits = self._service.limits(earlier)
        words = self._wording.tell(notification, limits)
        edited = await self._service.edit(earlier, await self._message(notification, words, earlier))
        if isinstance(edited, Unreadable):
            edited = await self._service.edit(earlier, self._plainer(notification, limits))
        return Refused(edited.why) if isinstance(edited, Unreadable) else edited

    async def _sound(self, notification: Notification, earlier: str) -> Outcome:
        """One short line, for those who are not looking; the story's message stays the first one."""
        title = self._wording.tell(notification, self._service.limits()).title
        told = await self._service.post(Message(notification, Words(title, "")), earlier)
        return Delivered(earlier) if isinstance(told, Delivered | Unreadable) else told

    async def _post(self, notification: Notification) -> Outcome:
        limits = self._service.limits()
        words = self._wording.tell(notification, limits)
        told = await self._service.post(await self._message(notification, words))
        if isinstance(told, Unreadable):
            told = await self._service.post(self._plainer(notification, limits))
        return Refused(told.why) if isinstance(told, Unreadable) else told

    async def _message(self, notification: Notification, words: Words, reference: str = "") -> Message:
        wanted = self._settings.chart and len(notification.course) > 1
        if not wanted or not self._service.takes_picture(words, reference):
            return Message(notification, words)
        drawn = await trio.to_thread.run_sync(_drawn, notification, self._settings.timezone)
        return Message(notification, words, drawn)

    def _plainer(self, notification: Notification, limits: Limits) -> Message:
        self._degraded("markup")
        return Message(notification, self._wording.plain(notification, limits))


def _is_loud(notification: Notification) -> bool:
    news = notification.news
    return isinstance(news, Alert) and news.kind == "escalated" and news.severity in LOUD


def _drawn(notification: Notification, timezone: str) -> bytes:
    """In a thread, the import of Pillow too."""
    from scanner.sinks.chart import draw  # noqa: PLC0415  # who wants no pictures needs no Pillow

    news = notification.news
    title = f"{news.instrument} {news.exchange}" if isinstance(news, Alert) else ""
    return draw(notification.course, timezone, title)
