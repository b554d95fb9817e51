"""Who hears of an alert: for now every receiver hears of every one. Rules that choose will stand here."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.model.alert import Alert


class Routing:
    """Knows the receivers, in the order in which they were named."""

    def __init__(self, receivers: Iterable[str]) -> None:
        self._receivers = tuple(receivers)

    def route(self, alert: Alert) -> tuple[str, ...]:  # noqa: ARG002  # the seam: rules will look at it
        """Names of the receivers that are to hear of this alert."""
        return self._receivers
