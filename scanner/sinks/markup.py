"""How each service writes bold and links, and how words that are not ours are kept from being read as either."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from urllib.parse import quote

from msgspec import Struct

_NOT_WORDS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
"""Line breaks and other controls, marks that turn the direction of the text, and halves of letters."""
_IN_URLS = ":/?&=%#+,;@.-_~!$"
"""What an address keeps as it is; all else in it is percent-encoded, so that no service finds an end in it."""

QUOTED = 200
"""Characters of what a service said that are repeated."""


class Safe(str):
    """Text that is in a service's own markup already."""

    __slots__ = ()


class Markup(Struct, frozen=True):
    """One service's way of writing."""

    escape: Callable[[str], str]
    """Makes of one line of words what the service shows as those very words."""
    bold_form: str = "{text}"
    link_form: str = "{text}: {url}"
    entities: bool = False
    """Whether `&` begins something, in addresses too."""

    def safe(self, value: object) -> Safe:
        """As it is where it is markup already; anything else is escaped."""
        return value if isinstance(value, Safe) else Safe(self.escape(one_line(str(value))))

    def bold(self, value: object) -> Safe:
        """Set off from the rest."""
        text = self.safe(value).strip()
        return Safe(self.bold_form.format(text=text)) if text else Safe()

    def link(self, value: object, url: str) -> Safe:
        """A link to this http or https address; the text alone where it is no such address."""
        text = self.safe(value).strip()
        if not text or not url.startswith(("https://", "http://")):
            return Safe(text)
        address = quote(one_line(url), safe=_IN_URLS)
        return Safe(self.link_form.format(text=text, url=html.escape(address) if self.entities else address))


def one_line(text: str) -> str:
    """Words without what breaks lines, turns their direction or cannot be encoded."""
    return _NOT_WORDS.sub(" ", text)


def quoted(text: str, *secrets: str) -> str:
    """A service's own words for a log: one short line, in which no secret is repeated."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return one_line(text)[:QUOTED]


_LOOKALIKES = str.maketrans(
    {
        "&": "&amp;",
        "<": "&lt;",
        ">": "&gt;",
        "*": "\N{ASTERISK OPERATOR}",
        "_": "\N{MODIFIER LETTER LOW MACRON}",
        "~": "\N{TILDE OPERATOR}",
        "`": "\N{MODIFIER LETTER GRAVE ACCENT}",
    }
)
"""Slack knows three entities, and no way to write its other signs: what looks like them stands in their place."""
_DISCORD = re.compile(r"([\\*_~`|<>\[\]()#@-])")


PLAIN = Markup(escape=str)
TELEGRAM = Markup(html.escape, "<b>{text}</b>", '<a href="{url}">{text}</a>', entities=True)
SLACK = Markup(lambda text: text.translate(_LOOKALIKES), "*{text}*", "<{url}|{text}>", entities=True)
DISCORD = Markup(lambda text: _DISCORD.sub(r"\\\1", text), "**{text}**", "[{text}]({url})")
