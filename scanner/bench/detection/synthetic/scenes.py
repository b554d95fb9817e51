"""Scenes: an hour at one venue in which something happens to a few coins, told beforehand to nobody but the scorer.

A scene is 40 thin coins and BTC, seen from the start of the scanner on. First come a ticker of each and the closed
minute candles of the four hours before, as a warm-up brings them. Live trades begin at once; for 20 minutes they are
ordinary ones. Then come the acts, each with a coin of its own, and at last, in some scenes, the whole market moves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from heapq import merge
from operator import attrgetter
from random import Random

from msgspec import Struct

from scanner.bench.detection.synthetic.act import Act, Kind
from scanner.bench.detection.synthetic.chance import dice
from scanner.bench.detection.synthetic.coins import VENUES, Coin, Venue, bitcoin, coins
from scanner.bench.detection.synthetic.course import Course, Move, tide
from scanner.bench.detection.synthetic.labels import EARLY_S, EVERYONE, LATE_S, Label
from scanner.bench.detection.synthetic.orders import Source, Trickle
from scanner.bench.detection.synthetic.place import Place
from scanner.bench.detection.synthetic.programme import PROGRAMMES, Which
from scanner.bench.detection.synthetic.stream import stream
from scanner.bench.detection.synthetic.swing import MARKET_MOVE, followers, swing
from scanner.model.instrument import Instrument
from scanner.model.market import Event
from scanner.model.moments import SECOND

PAST_S = 4 * 3600
"""How far back the candles go."""
EARLIEST_S, LATEST_S = 1200.0, 2940.0
"""Between them the acts begin …"""
SWINGS_S = 3180.0
"""… and the market moves when the last of them is four minutes old."""
ENDS_S = 3600
FIRST_DAY = 1_790_000_060 * SECOND
"""Of the first scene: 20 s after a whole minute, since nobody starts a scanner on the minute."""
HOUR = 3600 * SECOND


class Scene(Struct, frozen=True):
    """An hour at one venue."""

    name: str
    """`standard-3`: its set, and its place in it."""
    labels: tuple[Label, ...]
    """In order of onset. Not for the detectors' eyes."""
    events: Callable[[], Iterator[Event]]
    """Everything that is seen in it, in order of `seen`: made anew at each call, and the same each time."""


class Part(Struct, frozen=True):
    """A coin and what is staged with it."""

    coin: Coin
    kind: str = ""
    act: Act = Act("", (), ())


def scenes(seed: int, which: Which) -> Iterator[Scene]:
    """All scenes of a set. Each wants an engine of its own, for each begins with the start of the scanner."""
    return (scene(seed, which, number) for number in range(PROGRAMMES[which].scenes))


def scene(seed: int, which: Which, number: int) -> Scene:
    """One scene of a set, counted from 0."""
    random = dice(seed, which, number)
    venue = VENUES[number // 2 % len(VENUES)]  # in pairs, since odd and even scenes stage different kinds
    hour = random.randrange(24)
    place = Place(venue.exchange, FIRST_DAY + (number * 24 + hour) * HOUR, f"{seed}/{which}/{number}")
    parts = _cast(venue, PROGRAMMES[which].bill(number), random)
    swings = (swing(SWINGS_S, random),) if PROGRAMMES[which].swings(number) else ()
    labels = [label for part in parts for label in _labels(place, part)]
    labels += [_market_label(place, venue, each) for each in swings]
    return Scene(
        name=f"{which}-{number}",
        labels=tuple(sorted(labels, key=attrgetter("onset"))),
        events=partial(_events, place, venue, parts, swings, float(hour)),
    )


def _cast(venue: Venue, bill: Iterator[tuple[str, Kind]], random: Random) -> tuple[Part, ...]:
    """Every coin, the first ones with an act."""
    parts = [Part(bitcoin(venue))]
    for coin in coins(venue, random):
        name, kind = next(bill, ("", None))
        if kind is None:
            parts.append(Part(coin))
        else:
            begins_s = random.uniform(EARLIEST_S, LATEST_S - kind.lasts_s)
            parts.append(Part(coin, name, kind.stage(coin, begins_s, random)))
    return tuple(parts)


def _labels(place: Place, part: Part) -> Iterator[Label]:
    act = part.act
    for onset_s in act.onsets:
        yield Label(
            kind=part.kind,
            instrument=part.coin.instrument,
            stage=act.stage,
            onset=place.moment(onset_s),
            since=place.moment(onset_s - act.early_s),
            until=place.moment(onset_s + act.late_s),
        )


def _market_label(place: Place, venue: Venue, move: Move) -> Label:
    return Label(
        kind=MARKET_MOVE,
        instrument=Instrument(EVERYONE, venue.quote),
        stage="market",
        onset=place.moment(move.onset_s),
        since=place.moment(move.onset_s - EARLY_S),
        until=place.moment(move.onset_s + LATE_S),
    )


def _events(
    place: Place, venue: Venue, parts: Sequence[Part], swings: tuple[Move, ...], hour: float
) -> Iterator[Event]:
    """All coins' streams, the busiest coin's candles first."""
    beneath = tide(-PAST_S, ENDS_S, swings, dice(place.name, "tide"))
    trickle = Trickle(-PAST_S, hour)
    ranked = sorted(parts, key=lambda part: -part.coin.usual)
    streams = []
    for rank, part in enumerate(ranked):
        crowds: list[Source] = [followers(part.coin, each) for each in swings]
        course = Course(part.coin, beneath, part.act.moves)
        sources = (*part.act.sources, *crowds, *(() if part.act.new else (trickle,)))
        streams.append(stream(place, venue, course, part.act, sources, ENDS_S, rank))
    return merge(*streams, key=attrgetter("seen"))
