"""`[deadman]`: who is told that all is well, so that somebody outside notices when nobody tells it any more."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from scanner.model.web import check_url
from scanner.sinks.base import Secret

Often = Annotated[float, Meta(ge=1, description="a duration of 1s or more, such as 60s", extra={"unit": "duration"})]


class Deadman(Struct, frozen=True, forbid_unknown_fields=True):
    """An address that is called while the scanner is healthy; whoever watches it raises the alarm when that stops."""

    url: Secret = ""
    """Such as a check of healthchecks.io; empty calls nobody."""
    every: Often = 60.0
    """How often it is called."""

    def __post_init__(self) -> None:
        """ValueError unless it can be called; it says nothing of the address, which is a secret."""
        if self.url:
            try:
                check_url(self.url, ("http", "https"))
            except ValueError as error:
                raise ValueError(f"url: expected {error}") from None
