"""What a worker knows about itself: counters that only grow, the state of its links, and the trouble it is in."""

from __future__ import annotations

import os
import resource
from collections import defaultdict
from pathlib import Path
from time import process_time
from typing import Any

from scanner.actors.mailbox import Mailbox
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription
from scanner.model.pulse import STALE_NAMED, Backlog, Link, Pulse

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Ledger:
    """Written by every actor of the worker, read once a second for the pulse."""

    def __init__(self) -> None:
        self._counters: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._links: dict[str, Link] = {}
        self._mailboxes: dict[str, Mailbox[Any]] = {}
        self._drained: dict[str, int] = {}
        """Mailbox → the most that its reader found waiting since the last pulse."""
        self.streams_wanted = 0
        self.instruments_watched = 0
        """Instruments with a stream or a poll that is wanted."""
        self.instruments_heard = 0
        """Those of them that brought an event since this process started."""
        self.instruments_to_warm = 0
        """Instruments whose past minutes are wanted."""
        self.instruments_warming = 0
        """Of these, how many are still to be asked about."""
        self.instruments_warmed = 0
        """Of these, how many had minutes to tell."""
        self.carried: frozenset[Instrument] = frozenset()
        """Instruments with a stream on a live connection."""
        self.polled: frozenset[Instrument] = frozenset()
        """Instruments that a poll answers for."""
        self.stale: tuple[Subscription, ...] = ()
        """Streams that were found to have missed something and have not spoken since."""
        self.last_data = 0
        self.problem = ""
        """Trouble of the whole worker, such as an unreachable catalogue; trouble of one link stands in the link."""

    def count(self, counter: str, label: str = "", n: int = 1) -> None:
        """Add to a counter."""
        self._counters[counter][label] += n

    def total(self, counter: str) -> int:
        """Sum of a counter over its labels."""
        return sum(self._counters[counter].values()) if counter in self._counters else 0

    def link(self, link: Link) -> None:
        """The present state of one connection."""
        self._links[link.name] = link

    def forget(self, link: str) -> None:
        """This connection is gone for good; nothing where it was never known."""
        self._links.pop(link, None)

    def watch(self, mailbox: Mailbox[Any]) -> None:
        """Every pulse is to say how much waits in it."""
        self._mailboxes[mailbox.name] = mailbox

    def drained(self, mailbox: str, items: int) -> None:
        """Its reader has taken so many at once: between two pulses they would be seen by nobody."""
        self._drained[mailbox] = max(items, self._drained.get(mailbox, 0))

    def pulse(self, now: int) -> Pulse:
        """All of it as a value; how full mailboxes were is counted anew from here."""
        links = tuple(self._links.values())
        drained, self._drained = self._drained, {}
        return Pulse(
            at=now,
            counters={name: dict(labels) for name, labels in self._counters.items()},
            links=links,
            last_data=self.last_data,
            problem=self.problem or next((link.reason for link in links if link.state != "live" and link.reason), ""),
            cpu_s=process_time(),
            rss_bytes=_resident_bytes(),
            streams_wanted=self.streams_wanted,
            streams_stale=len(self.stale),
            instruments_watched=self.instruments_watched,
            instruments_live=len(self.carried | self.polled),
            instruments_heard=self.instruments_heard,
            instruments_to_warm=self.instruments_to_warm,
            instruments_warming=self.instruments_warming,
            instruments_warmed=self.instruments_warmed,
            instruments_stale=len({one.instrument for one in self.stale}),
            stale=tuple(f"{one.channel} {one.instrument}" for one in self.stale[:STALE_NAMED]),
            mailboxes={
                name: Backlog(max(len(mailbox), drained.get(name, 0)), mailbox.capacity)
                for name, mailbox in self._mailboxes.items()
            },
        )


def _resident_bytes() -> int:
    """Memory held now (Linux), or the most ever held where /proc is missing (macOS, in bytes there)."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_BYTES
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
