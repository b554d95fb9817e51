"""What is handed to a sink at a time: one letter, or all of a burst in one message. Pure."""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from scanner.model.alert import Alert
from scanner.model.news import Group, Notification
from scanner.store.outbox import Letter

FIRST = ("opened", "told")
"""Kinds with which a story begins: there is no earlier message of it."""


class Parcel(Struct, frozen=True):
    """Letters that share one message; from its first attempt on it stays as it is."""

    letters: tuple[Letter, ...]
    notification: Notification
    story: str = ""
    """Of which an earlier message may be known there; empty where none can be."""
    earlier: str = ""
    """What that message is called there; empty where none is known."""

    @property
    def is_alone(self) -> bool:
        """Whether what its message is called there is its story's, too."""
        return len(self.letters) == 1

    @property
    def born(self) -> int:
        """From when on its age counts, nanoseconds UTC: the youngest of it."""
        return max(max(letter.notification.made, letter.revived) for letter in self.letters)

    @property
    def attempts(self) -> int:
        """That have failed before."""
        return max(letter.attempts for letter in self.letters)

    def tried(self) -> Parcel:
        """The same after one more attempt has failed."""
        letters = tuple(replace(letter, attempts=letter.attempts + 1) for letter in self.letters)
        return replace(self, letters=letters)


def pack(letters: tuple[Letter, ...]) -> Parcel:
    """One message for these, which are never none; equal letters make an equal message."""
    first = letters[0].notification
    alerts = tuple(letter.notification.news for letter in letters if isinstance(letter.notification.news, Alert))
    if len(letters) > 1 and len(alerts) == len(letters):
        return Parcel(letters, Notification(Group(alerts), made=letters[-1].notification.made))
    news = first.news
    return Parcel(letters[:1], first, "" if news.kind in FIRST else news.id)
