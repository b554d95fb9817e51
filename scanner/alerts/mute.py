"""The mute list: coins of which nobody is to hear anything, until the configuration says otherwise."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.alerts.globs import fits_symbol
from scanner.model.alert import Alert
from scanner.model.news import Trouble


def muted(globs: Iterable[str], news: Alert | Trouble) -> str | None:
    """The first glob of `alerts.mute` that this is muted by; None when it may be told. The scanner itself never is."""
    if isinstance(news, Trouble):
        return None
    return next((glob for glob in globs if fits_symbol(glob, news.instrument)), None)
