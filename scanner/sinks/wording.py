"""What people read: a notification as a title and a body, from templates, in a language, in a service's own markup.

A template's first line is the title, the rest the body. One that fails, and a message that a service would not take,
become plain words: the headline and the facts, cut where they must be. Counted, and never lost.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Struct

from scanner.model.alert import Alert
from scanner.model.news import Group, News, Notification
from scanner.sinks.base import Degraded
from scanner.sinks.examples import EXAMPLES
from scanner.sinks.figures import Figures, Language
from scanner.sinks.limits import Limits, cut
from scanner.sinks.markup import PLAIN, Markup, one_line
from scanner.sinks.names import names_of
from scanner.sinks.vocabulary import label, mark, occasion, word

LARGEST_TEMPLATE = 64 * 1024
"""Characters."""
_OURS = re.compile(r"[a-z]+/[a-z]+\.j2")
"""What ours are called: nothing else may be read by including it."""
_OWN = "own"
"""What the operator's template is called among the others."""


class Voice(Struct, frozen=True, kw_only=True):
    """How one receiver is spoken to."""

    language: Language = "en"
    timezone: str = "UTC"
    template: str = ""
    """The operator's own words for all occasions; empty for ours."""
    template_file: str = ""
    """Or where they stand."""


class Words(Struct, frozen=True):
    """A message in a service's markup, within its limits."""

    title: str
    """One line, never blank."""
    body: str
    plain: bool = False
    """It is plainer than it was meant to be."""

    @property
    def whole(self) -> str:
        """Both, one under the other."""
        return f"{self.title}\n{self.body}" if self.body else self.title


class Wording:
    """Writes for one receiver."""

    def __init__(self, voice: Voice, markup: Markup, degraded: Degraded = lambda _: None) -> None:
        """ValueError names what is wrong with the voice."""
        from scanner.sinks import sandbox  # noqa: PLC0415  # jinja2 takes 50 ms, which only those who write should pay

        language = voice.language
        self._figures = Figures(language, _zone(voice.timezone))
        filters: dict[str, Callable[..., object]] = {
            **self._figures.filters(),
            "word": partial(word, language=language),
        }
        filters["label"] = partial(label, language=language)
        self._own = _own(voice)
        self._faults, self._too_long, self._place_of = sandbox.FAULTS, sandbox.TooLong, sandbox.place_of
        self._sandbox = sandbox.Sandbox(self._load, markup, filters)
        self._language = language
        self._markup = markup
        self._degraded = degraded
        self._prepare()

    def _prepare(self) -> None:
        """Compile ours now: that takes some milliseconds each, which the first alert should not wait for."""
        for example in () if self._own else EXAMPLES:
            self.rendered(example)

    def tell(self, notification: Notification, limits: Limits) -> Words:
        """From its template, or plainly where that fails or is too long."""
        try:
            title, body = self.rendered(notification)
        except self._faults as fault:
            self._degraded("too_long" if isinstance(fault, self._too_long) else "template")
            return self.plain(notification, limits)
        if not limits.hold(title, body):
            self._degraded("too_long")
            return self.plain(notification, limits)
        return Words(title, body)

    def plain(self, notification: Notification, limits: Limits) -> Words:
        """Headline and facts, with an ellipsis where there is no room for more."""
        news = notification.news
        fit = partial(cut, escape=self._markup.escape)
        title = fit(f"{mark(news)} {one_line(news.headline)}".rstrip(), min(limits.title, limits.whole))
        room = min(limits.body, limits.whole - len(title.encode("utf-16-le")) // 2 - 1)
        return Words(title, fit("\n".join(map(one_line, self._facts(news))), room), plain=True)

    def rendered(self, notification: Notification) -> tuple[str, str]:
        """Title and body as the template has them; what fails is raised."""
        name = _OWN if self._own else f"{self._language}/{occasion(notification.news)}.j2"
        builtin = f"{self._language}/{occasion(notification.news)}.j2"
        names = names_of(notification) | {"builtin": builtin, "language": self._language}
        text = self._sandbox.render(self._sandbox.get_template(name), names)
        title, _, body = "\n".join(line.rstrip() for line in text.strip().splitlines()).partition("\n")
        if not title:
            raise ValueError("it says nothing")
        return title, body.strip("\n")

    def check(self) -> None:
        """ValueError with file, line and reason unless the operator's template can tell one of each kind of news."""
        for example in EXAMPLES:
            try:
                self.rendered(example)
            except self._faults as error:
                file, line = self._place_of(error)
                place = ", line ".join(filter(None, (file or "template", str(line or ""))))
                raise ValueError(f"{place}: {error} (tried with {example.type})") from None

    def _facts(self, news: News) -> Iterator[str]:
        """One line for each."""
        if isinstance(news, Group):
            yield from (alert.headline for alert in news.alerts)
            return
        if isinstance(news, Alert):
            yield f"{news.instrument}, {word(news.severity, self._language)}, {', '.join(news.exchanges)}"
            yield f"{word('price', self._language)} {self._figures.price(news.price)}"
        for name, value in news.facts.items():
            yield f"{label(name, self._language)} {self._figures.fact(value, name)}"
        if isinstance(news, Alert) and news.link:
            yield news.link

    def _load(self, name: str) -> tuple[str, str | None, Callable[[], bool]] | None:
        """Source and file of a template by name; None where there is none."""
        if name == _OWN:
            source, file = self._own or ("", "")
            return source, file, _never_changed
        if not _OURS.fullmatch(name):
            return None
        found = resources.files("scanner.sinks").joinpath("templates", *name.split("/"))
        return (found.read_text("utf-8"), name, _never_changed) if found.is_file() else None


def check_voice(voice: Voice) -> None:
    """ValueError with file, line and reason where this cannot be spoken."""
    _zone(voice.timezone)
    if voice.template or voice.template_file:
        Wording(voice, PLAIN).check()


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # OSError: the name of a folder, such as Asia
        raise ValueError(f"timezone {name!r}: expected a name such as Asia/Seoul") from None


def _never_changed() -> bool:
    return True


def _own(voice: Voice) -> tuple[str, str] | None:
    """The operator's template and where it stands, where there is one."""
    if voice.template and voice.template_file:
        raise ValueError("template and template_file: expected one of them, not both")
    if not voice.template_file:
        return (voice.template, "template") if voice.template else None
    try:
        source = Path(voice.template_file).read_text("utf-8")
    except OSError as error:
        raise ValueError(f"template_file {voice.template_file}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError(f"template_file {voice.template_file}: expected text in UTF-8") from None
    if len(source) > LARGEST_TEMPLATE:
        raise ValueError(f"template_file {voice.template_file}: expected at most {LARGEST_TEMPLATE:,} characters")
    return source, f"template_file {voice.template_file}"
