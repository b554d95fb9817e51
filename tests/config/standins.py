"""A configuration as real ones are: sections, venues with fixed names, rules and receivers of several kinds."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from scanner.config.schema import Entry, Section, Table
from scanner.model.units import Count, Fraction, Seconds


class Books(Struct, frozen=True):
    top: Count = 30
    wait: Seconds = 5.0
    share: Fraction = 0.5
    ratio: float = 2.0
    deep: bool = False
    side: Literal["bid", "ask"] = "bid"
    coins: tuple[str, ...] = ("BTC",)
    label: str = "books"
    limit: int | None = None
    floors: dict[str, float] = {}


class Venue(Struct, frozen=True):
    url: str = ""
    retry: Seconds = 1.0


class Step(Struct, frozen=True, forbid_unknown_fields=True):
    window: Seconds
    change: Fraction

    def __post_init__(self):
        if self.window == 0:
            raise ValueError("a window is longer than 0 s")


class Move(Struct, frozen=True):
    steps: tuple[Step, ...] = (Step(60.0, 0.05),)
    up: bool = True


class Volume(Struct, frozen=True):
    ratio: float = 10.0


class Post(Struct, frozen=True):
    url: str
    token: Annotated[str, Meta(extra={"secret": True})] = ""
    key: Annotated[str, Meta(extra={"secret": "sealed"})] = ""
    low: int = 0
    high: int = 10

    def __post_init__(self):
        if self.low > self.high:
            raise ValueError("low must not be above high")


SCHEMA = {
    "books": Section(Books),
    "exchanges": Table({"upbit": Venue, "bithumb": Venue}),
    "rules": Table({"move": Move, "volume": Volume}, "detector", {"pump": Entry("move", Move())}),
    "receivers": Table({"post": Post, "print": Volume}, "sink"),
}
