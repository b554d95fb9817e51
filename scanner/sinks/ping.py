"""A sign of life: one GET of an address that somebody outside watches."""

from __future__ import annotations

from scanner.sinks.base import Outcome
from scanner.sinks.http import HttpSettings, Poster, judge


class Ping:
    """Called like a function; the address is a secret, as it is all that such services ask for."""

    def __init__(self, url: str) -> None:
        self._url = url
        # It is the operator's own watch, and may well stand in the next room: private addresses are no surprise here.
        self._poster = Poster(HttpSettings(allow_private=True))

    async def __call__(self) -> Outcome:
        """One attempt, within 15 s."""
        return judge(await self._poster.send("GET", self._url))
