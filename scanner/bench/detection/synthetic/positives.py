"""What is to be told: ordinary pumps, and kinds of pump and dump that are harder to see."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, log1p
from random import Random

from msgspec.structs import replace

from scanner.bench.detection.synthetic.act import Act, Kind
from scanner.bench.detection.synthetic.chance import around
from scanner.bench.detection.synthetic.coins import Coin
from scanner.bench.detection.synthetic.course import Move
from scanner.bench.detection.synthetic.labels import EARLY_S, Stage
from scanner.bench.detection.synthetic.orders import Crowd
from scanner.bench.detection.synthetic.surge import Size, Surge, ordinary, surge

AGAIN_S = 1200.0


def act(stage: Stage, *surges: Surge) -> Act:
    """What these surges are together, with a label for each."""
    return Act(
        stage=stage,
        onsets=tuple(each.move.onset_s for each in surges),
        sources=tuple(each.crowd for each in surges),
        moves=tuple(each.move for each in surges),
    )


def pump(coin: Coin, at_s: float, random: Random) -> Act:
    """An ordinary one."""
    return act("pump", surge(ordinary(random), coin, at_s, random))


def slow_pump(coin: Coin, at_s: float, random: Random) -> Act:
    """One that takes 1 to 5 minutes, straight up, by a tenth of the crowd."""
    size = Size(
        gain=around(0.2, 0.4, 0.12, 0.6, random),
        lasts_s=random.uniform(60, 300),
        rush=around(20, 0.5, 8, 60, random),
        ratio=around(250, 0.6, 60, 1_500, random),
        haste=1.0,
    )
    return act("pump", surge(size, coin, at_s, random))


def leaked_pump(coin: Coin, at_s: float, random: Random) -> Act:
    """An ordinary one that some knew of: for 2 to 8 minutes before it they buy, and the price creeps up 2 to 4 %."""
    lasts_s, gain = random.uniform(120, 480), log1p(random.uniform(0.02, 0.04))
    begins_s = at_s - lasts_s
    per_s = coin.orders_per_min * random.uniform(3, 8) / 60
    insiders = Crowd(begins_s, per_s, coin.ticket * 2, "buy", fade_s=inf, ends_s=at_s, bias=0.4)
    pumped = act("pump", surge(ordinary(random), coin, at_s, random))
    creep = Move(begins_s, gain, lasts_s)
    return replace(
        pumped, sources=(*pumped.sources, insiders), moves=(*pumped.moves, creep), early_s=max(EARLY_S, lasts_s)
    )


def weak_pump(coin: Coin, at_s: float, random: Random) -> Act:
    """Four to eight per cent, by a third of the crowd."""
    size = Size(
        gain=random.uniform(0.04, 0.08),
        lasts_s=around(15, 0.7, 4, 50, random),
        rush=around(35, 0.5, 12, 120, random),
        ratio=around(700, 0.6, 120, 4_000, random),
    )
    return act("pump", surge(size, coin, at_s, random))


def pump_again(coin: Coin, at_s: float, random: Random) -> Act:
    """Two ordinary ones, 20 minutes apart."""
    return act("pump", *(surge(ordinary(random), coin, at_s + wait_s, random) for wait_s in (0.0, AGAIN_S)))


def dump(coin: Coin, at_s: float, random: Random) -> Act:
    """A sudden fall by 10 to 30 % that no pump came before."""
    size = Size(
        gain=1 / (1 - around(0.16, 0.35, 0.1, 0.35, random)) - 1,
        lasts_s=around(30, 0.8, 4, 200, random),
        rush=around(60, 0.6, 15, 300, random),
        ratio=around(1_200, 0.7, 150, 10_000, random),
    )
    return act("dump", surge(size, coin, at_s, random, lead="sell"))


def pump_by_ticker(coin: Coin, at_s: float, random: Random) -> Act:
    """An ordinary one of a coin that shows tickers only, one a second."""
    return replace(pump(coin, at_s, random), by_ticker=True)


ORDINARY: Mapping[str, Kind] = {"pump": Kind(pump)}
HARD: Mapping[str, Kind] = {
    "slow_pump": Kind(slow_pump),
    "leaked_pump": Kind(leaked_pump),
    "weak_pump": Kind(weak_pump),
    "pump_again": Kind(pump_again, lasts_s=AGAIN_S),
    "dump": Kind(dump),
    "pump_by_ticker": Kind(pump_by_ticker),
}
