"""An operator's settings, held against what one venue knows: each is taken, or refused in the same words everywhere."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal, TypeVar

from msgspec.structs import replace

from scanner.exchanges.base import Limits, Settings
from scanner.exchanges.sites import Region
from scanner.model.web import check_url, redacted

Word = TypeVar("Word", bound=str)

Turned = Literal["region", "format", "poll"]
"""What some venues let nobody turn."""

_WHY: dict[Turned, str] = {
    "region": "it has one site only",
    "format": "its frames are written in one way only",
    "poll": "all that there is comes by socket",
}


class Checked:
    """`[exchanges.NAME]`, where empty means the venue's own; each ValueError names key, value and what was expected."""

    def __init__(self, name: str, settings: Settings) -> None:
        self._name = name
        self._settings = settings

    def rest_url(self, own: str) -> str:
        """The base address of the REST side, without a slash at the end."""
        return self._address("rest_url", self._settings.rest_url or own, "http", "https").rstrip("/")

    def ws_url(self, own: str, end: str = "") -> str:
        """The address of the socket, path included, which has to end in `end`."""
        url = self._address("ws_url", self._settings.ws_url or own, "ws", "wss")
        if not url.endswith(end):
            expected = f"an address that ends in {end}, beside which the venue has others"
            raise self.wrong("ws_url", redacted(url), expected)
        return url

    def region(self, offered: Mapping[str, Region]) -> Region:
        """One of these, by its name in any case; the first one is the venue's own."""
        return offered[self._choice("region", self._settings.region, offered) or next(iter(offered))]

    def format(self, offered: Collection[Word], own: Word) -> Word:
        """One of these, in any case."""
        return self._choice("format", self._settings.format, offered) or own

    def limits(self, own: Limits, most_streams: int | None = None) -> Limits:
        """With the number of streams on a connection, which the venue may bound, and of trades that are worth one."""
        streams = self._settings.streams_per_connection or own.streams_per_connection
        if streams < 0 or (most_streams is not None and streams > most_streams):
            bound = "above 0" if most_streams is None else f"up to {most_streams}"
            raise self.wrong("streams_per_connection", streams, f"a whole number {bound}, or 0 for the default")
        return replace(own, streams_per_connection=streams, trades_top=self._settings.trades_top or own.trades_top)

    def poll_s(self, own: float, shortest: float) -> float:
        """How often to ask, in seconds; never more often than every `shortest`."""
        said = self._settings.poll
        if said and said < shortest:
            raise self.wrong("poll", said, f"at least {shortest:g} s, or 0 for the default")
        return said or own

    def unturned(self, *keys: Turned) -> None:
        """These have to be empty, for here there is nothing to turn."""
        for key in keys:
            if value := getattr(self._settings, key):
                raise self.wrong(key, value, f"nothing, for {_WHY[key]}")

    def wrong(self, key: str, value: object, expected: str) -> ValueError:
        """The one sentence; it may reach a log, so `value` is no credential."""
        return ValueError(f"exchanges.{self._name}.{key} = {value!r}: expected {expected}")

    def _choice(self, key: str, said: str, offered: Collection[Word]) -> Word | None:
        """None where nothing is said."""
        chosen = next((one for one in offered if one.casefold() == said.casefold()), None)
        if said and chosen is None:
            raise self.wrong(key, said, f"one of {', '.join(offered)}")
        return chosen

    def _address(self, key: str, url: str, *schemes: str) -> str:
        try:
            check_url(url, schemes)
        except ValueError as error:
            raise self.wrong(key, redacted(url), str(error)) from None
        return url
