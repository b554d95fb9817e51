"""One decision about one piece of news, with its reason: what `scanner alerts explain` reads."""

from __future__ import annotations

from msgspec import Struct

from scanner.model.alert import Fact


class Decision(Struct, frozen=True):
    """Somebody decided something; why stands beside it."""

    at: int
    """Our own clock, nanoseconds UTC."""
    exchange: str
    symbol: str
    """As `BTC/KRW`; empty where no instrument is meant."""
    rule: str
    outcome: str
    """In one word: `first`, `escalated`, `cooling`, `silenced`, `quiet`, `grouped`, `routed`, `missed` …"""
    why: str
    """In a sentence, with the numbers that decided."""
    story: str = ""
    """The id of the story it was about, where there is one."""
    receiver: str = ""
    """For whom it was decided, where it was not for all."""
    facts: dict[str, Fact] = {}
