"""What the venue says about the conversation itself: that it is well, or what it refuses."""

from __future__ import annotations

import re

from scanner.exchanges.base import Accepted, Rejected, RemoteNonsense, Result
from scanner.exchanges.nonsense import bounded
from scanner.exchanges.ticket.frames import Complaint, Envelope

_THROTTLED = re.compile(r"too[ _]many[ _](api[ _])?requests?|teapot|^(418|429)$", re.IGNORECASE)
"""How it is called to ask too often. No page says in which form it reaches a socket, so every known one counts."""


def reply(envelope: Envelope) -> list[Result]:
    """What an object without a type says; RemoteNonsense when it says nothing that is documented."""
    if envelope.error is not None:
        return [_refusal(envelope.error)]
    if envelope.status == "UP":
        return [Accepted()]
    if envelope.method is not None or envelope.mthd is not None:
        return []  # a list of subscriptions that somebody asked for
    raise RemoteNonsense("an object that is neither market data nor a reply")


def throttled(words: str) -> bool:
    """Whether an error's name, or a frame of plain words, says that we ask too often."""
    return _THROTTLED.search(words) is not None


def _refusal(complaint: Complaint) -> Rejected:
    """The REST side writes numbers for names, and so may the socket."""
    reason = bounded(str(complaint.name))
    return Rejected(reason, bounded(str(complaint.message)), throttled(reason))
