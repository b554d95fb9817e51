"""What a worker knows about itself: counters that only grow, the state of its links, and the trouble it is in."""

from __future__ import annotations

import os
import resource
from collections import defaultdict
from pathlib import Path
from time import process_time

from scanner.model.pulse import Link, Pulse

PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class Ledger:
    """Written by every actor of the worker, read once a second for the pulse."""

    def __init__(self) -> None:
        self._counters: defaultdict[str, defaultdict[str, int]] = defaultdict(lambda: defaultdict(int))
        self._links: dict[str, Link] = {}
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

    def pulse(self, now: int) -> Pulse:
        """All of it as a value."""
        links = tuple(self._links.values())
        return Pulse(
            at=now,
            counters={name: dict(labels) for name, labels in self._counters.items()},
            links=links,
            last_data=self.last_data,
            problem=self.problem or next((link.reason for link in links if link.state != "live" and link.reason), ""),
            cpu_s=process_time(),
            rss_bytes=_resident_bytes(),
        )


def _resident_bytes() -> int:
    """Memory held now (Linux), or the most ever held where /proc is missing (macOS, in bytes there)."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_BYTES
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
