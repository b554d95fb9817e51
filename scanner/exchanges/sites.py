"""Where a venue is and what can be called there, as data for those that have several sites, or several houses."""

from __future__ import annotations

from msgspec import Struct

from scanner.exchanges.base import Request, Window


class Region(Struct, frozen=True):
    """One of a venue's sites, perhaps with listings and books of its own."""

    rest_url: str
    ws_url: str
    quotes: frozenset[str]
    requests: tuple[Window, ...] = ()
    """What it allows by REST in place of the venue's usual `Limits.requests`; empty where that holds."""
    page: str = ""
    """Where people trade, as `pages.page` fills it in; empty where that is not known."""


class Call(Struct, frozen=True):
    """A REST call and what it costs."""

    path: str
    weight: int
    """How much of `Limits.requests` it takes."""
    params: dict[str, str] = {}

    def at(self, rest_url: str, **params: str) -> Request:
        """Ask this of a site, with the call's own parameters and these."""
        return Request(rest_url + self.path, {**self.params, **params}, self.weight)
