"""Some hundred services that have no sink of their own here, through the package `apprise` (an extra: `[apprise]`).

It says only whether a message went out, never why it did not: every failure is tried again until the attempts are used
up. One receiver is one service, so that a second try brings nobody the same message twice. It connects by itself: what
this house promises about redirects and private addresses does not hold for it.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Any

import trio

from scanner.model.news import Notification
from scanner.sinks.base import Delivered, Kit, Outcome, ReceiverSettings, Retry, Secret, Timeout
from scanner.sinks.figures import Language
from scanner.sinks.limits import Limits
from scanner.sinks.markup import PLAIN
from scanner.sinks.wording import Voice, Wording, check_voice

PACE = ((1, 1.0), (20, 60.0))
"""What the strictest of the usual services take."""
LINE_END = 2
"""Units that apprise puts between a title and a body where a service knows no titles."""
COLOURS: Mapping[str, str] = {"info": "info", "warning": "warning", "high": "failure", "critical": "failure"}
"""Severity → what apprise calls it; an end is `success`."""


class AppriseSettings(ReceiverSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Settings of one receiver of kind `apprise`; needs `pip install 'market-scanner[apprise]'`."""

    url: Secret
    """Of one service, as https://github.com/caronc/apprise/wiki spells it, such as `ntfy://topic`."""
    timeout: Timeout = 15.0
    """For one attempt; `?cto=` and `?rto=` in the url bound its parts."""
    language: Language = "en"
    """Of the scanner's own templates: en or ko."""
    template: str = ""
    """A Jinja2 template of your own for all occasions: its first line is the title. Empty means the scanner's."""
    template_file: str = ""
    """Or the file that holds it."""

    def __post_init__(self) -> None:
        if find_spec("apprise") is None:
            raise ValueError("the package apprise is not installed: pip install 'market-scanner[apprise]'")
        check_voice(self.voice)
        if len(_library(self.url)) != 1:
            raise ValueError("url: expected the address of one service, as apprise spells it")

    @property
    def voice(self) -> Voice:
        """How this receiver is spoken to."""
        return Voice(
            language=self.language,
            timezone=self.timezone,
            template=self.template,
            template_file=self.template_file,
        )


class Apprise:
    """Hands each notification to one service of apprise's, in a thread."""

    def __init__(self, settings: AppriseSettings, kit: Kit) -> None:
        self._timeout_s = settings.timeout
        self._library = _library(settings.url)
        self._wording = Wording(settings.voice, PLAIN, kit.degraded)
        self._turn = trio.CapacityLimiter(1)
        """One thread at a time, also where one was abandoned."""

    async def deliver(self, notification: Notification, earlier: str = "") -> Outcome:  # noqa: ARG002  # it keeps no thread
        """One attempt. A thread that outlasts it is left behind, and nothing else is sent until it ends."""
        name = self._library[0].service_name
        taken = False
        with trio.move_on_after(self._timeout_s) as patience:
            taken = await trio.to_thread.run_sync(self._send, notification, limiter=self._turn, abandon_on_cancel=True)
        if patience.cancelled_caught:
            return Retry(f"{name} did not answer within {self._timeout_s:g} s")
        return Delivered() if taken else Retry(f"{name} did not take it, and apprise does not tell why")

    async def aclose(self) -> None:
        """Each message has a connection of its own."""

    def _send(self, notification: Notification) -> bool:
        from apprise import NotifyFormat  # noqa: PLC0415  # an extra, and slow to load

        words = self._wording.tell(notification, _limits(self._library[0]))
        over = notification.news.kind == "closed"
        return bool(
            self._library.notify(
                title=words.title,
                body=words.body or words.title,
                body_format=NotifyFormat.TEXT,
                notify_type="success" if over else COLOURS[notification.news.severity],
            )
        )


def _library(url: str) -> Any:
    """Apprise with this one service, or with none where it does not know it. It keeps nothing on disk, and is mute."""
    from apprise import Apprise as Library  # noqa: PLC0415  # an extra, and slow to load
    from apprise import AppriseAsset, PersistentStoreMode  # noqa: PLC0415  # as above

    for name in ("apprise", "urllib3", "requests"):  # they write whole addresses into the log
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    library = Library(asset=AppriseAsset(app_id="scanner", async_mode=False, storage_mode=PersistentStoreMode.MEMORY))
    with warnings.catch_warnings():  # it imports what newer Pythons do without, which is not the operator's concern
        warnings.simplefilter("ignore", DeprecationWarning)
        library.add(url)
    return library


def _limits(service: Any) -> Limits:
    """Of a service; one that knows no titles puts them above its body."""
    body = int(service.body_maxlen)
    title = int(service.title_maxlen)
    return Limits(title=title or body, body=body, whole=title + body if title else body - LINE_END)
