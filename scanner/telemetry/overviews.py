"""The last word about all the world's markets together, as numbers to scrape and as a value to show."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from scanner.model.market import Coin, Overview
from scanner.telemetry.metrics import Metrics

_ENVELOPE = {"exchange", "at", "seen"}


class Overviews:
    """Told of each overview; where nobody tells any, its metrics have no values. How old it is stands in its `at`."""

    def __init__(self, metrics: Metrics) -> None:
        self.latest: Overview | None = None
        self._market_cap: dict[str, float] = {}
        self._volume: dict[str, float] = {}
        self._dominance: dict[str, float] = {}
        cap, volume, dominance = self._market_cap, self._volume, self._dominance
        watch, by = metrics.watch, ("exchange",)
        watch("scanner_market_cap_usd", "What all coins of the world are worth.", by, lambda: cap, "gauge")
        watch("scanner_market_volume_usd", "What was traded of them in 24 hours.", by, lambda: volume, "gauge")
        watch("scanner_btc_dominance_ratio", "Bitcoin's part of what all are worth.", by, lambda: dominance, "gauge")

    def take(self, overview: Overview) -> None:
        """This is how it stands now."""
        self.latest = overview
        self._market_cap[overview.exchange] = overview.market_cap_usd
        self._volume[overview.exchange] = overview.volume_24h_usd
        self._dominance[overview.exchange] = overview.btc_dominance


def facts(news: Overview | Coin) -> dict[str, Any]:
    """What it tells, by name; what is not known is left out, and so is who told it when, which stands elsewhere."""
    told = structs.asdict(news)
    return {name: value for name, value in told.items() if value is not None and name not in _ENVELOPE}
