"""What a synthetic scene promises whoever plays it: order, candles, clean numbers, and the same again for a seed."""

import os
import subprocess
import sys
from collections import Counter
from functools import cache
from hashlib import blake2b
from itertools import islice, pairwise
from math import isfinite

import msgspec
import pytest

from scanner.bench.detection.synthetic import negatives, positives
from scanner.bench.detection.synthetic.programme import PROGRAMMES
from scanner.bench.detection.synthetic.scenes import scene, scenes
from scanner.bench.detection.synthetic.swing import MARKET_MOVE
from scanner.model.market import Candle, Gap, Ticker, Trade

SECOND = 1_000_000_000
SHOWN = [("standard", 0), ("standard", 2), ("hard", 3), ("hard", 4)]
"""Both sets, both venues; in two of them the market moves."""


@cache
def played(which, number):
    return list(scene(1, which, number).events())


def digest(events):
    taken = blake2b()
    for event in events:
        taken.update(msgspec.msgpack.encode(event))
    return taken.hexdigest()


def of_kind(events, kind):
    return [event for event in events if type(event) is kind]


def by_instrument(events):
    tapes = {}
    for event in events:
        tapes.setdefault(event.instrument, []).append(event)
    return tapes


def test_a_seed_gives_the_same_bytes_and_another_seed_others():
    # Promise: whoever names the seed names the data, and a scene can be played twice.
    shown, other = scene(1, "hard", 3), scene(2, "hard", 3)
    assert digest(shown.events()) == digest(shown.events()) == digest(played("hard", 3))
    assert digest(islice(other.events(), 1_000)) != digest(islice(shown.events(), 1_000))
    assert shown.labels == scene(1, "hard", 3).labels != other.labels


def test_another_process_gives_the_same_bytes():
    # Promise: no order of a set or a hash leaks into the data.
    code = (
        "from tests.bench.detection.test_synthetic_scenes import digest, played, scene\n"
        "print(digest(played('standard', 0)), scene(1, 'standard', 0).labels)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == f"{digest(played('standard', 0))} {scene(1, 'standard', 0).labels}"


@pytest.mark.parametrize(("which", "number"), SHOWN)
def test_events_come_in_the_order_in_which_they_are_seen(which, number):
    # Promise: a virtual clock that follows `seen` never runs backwards.
    events = played(which, number)
    assert all(one.seen <= later.seen for one, later in pairwise(events))


@pytest.mark.parametrize(("which", "number"), SHOWN)
def test_trades_are_late_now_and_then_but_never_by_much(which, number):
    # Promise: a few are out of order, a few come twice, none is seen before it happened or long after.
    late = twice = trades = 0
    for tape in by_instrument(of_kind(played(which, number), Trade)).values():
        assert all(0 <= trade.seen - trade.at <= 1.75 * SECOND for trade in tape)
        late += sum(later.at < one.at for one, later in pairwise(tape))
        twice += sum(count - 1 for count in Counter(trade.id for trade in tape).values())
        trades += len(tape)
    assert 0 < late < 0.02 * trades
    assert 0 < twice < 0.01 * trades


@pytest.mark.parametrize(("which", "number"), SHOWN)
def test_every_number_is_a_number_above_zero(which, number):
    # Promise: what detectors do with nonsense is tested elsewhere; here is none.
    for event in played(which, number):
        match event:
            case Trade():
                values = event.price, event.size
            case Ticker():
                values = event.price, event.volume_24h, event.turnover_24h
            case Candle():
                assert event.low <= min(event.open, event.close) <= max(event.open, event.close) <= event.high
                assert event.buy_turnover is None or 0 <= event.buy_turnover <= event.turnover * (1 + 1e-9)
                values = event.low, event.volume, event.turnover
            case Gap():
                values = event.at, event.seen
        assert all(isfinite(value) and value > 0 for value in values)


@pytest.mark.parametrize(("which", "number"), SHOWN)
def test_candles_are_a_warm_up_s(which, number):
    # Promise: closed minutes of the four hours before, each once, oldest first, none that a live trade is in; takers'
    # sides only where the venue tells them.
    events = played(which, number)
    began = events[0].seen
    for tape in by_instrument(of_kind(events, Candle)).values():
        assert all(one.at < later.at for one, later in pairwise(tape))
        assert len({candle.seen for candle in tape}) == 1
        assert all(candle.at + 60 * SECOND <= began and candle.at >= began - 14_460 * SECOND for candle in tape)
        assert all((candle.buy_turnover is None) == (candle.exchange == "upbit") for candle in tape)
    assert len(by_instrument(of_kind(events, Candle))) > 35


@pytest.mark.parametrize(("which", "number"), SHOWN)
def test_bitcoin_trades_in_every_scene_and_is_left_alone(which, number):
    # Promise: there is something to compare with, and at least 20 ordinary minutes before anything happens.
    shown = scene(1, which, number)
    events = played(which, number)
    bases = [event.instrument.base for event in of_kind(events, Trade)]
    assert 600 < bases.count("BTC") < len(bases) / 4
    assert all(label.instrument.base != "BTC" for label in shown.labels)
    assert min(label.onset for label in shown.labels) >= events[0].seen + 1_200 * SECOND
    assert max(label.until for label in shown.labels) <= events[-1].seen + 60 * SECOND


@pytest.mark.parametrize("which", ["standard", "hard"])
def test_every_kind_is_staged_and_traps_are_no_fewer_than_pumps(which):
    # Promise: no line of the tables is forgotten, and each coin has one act at most.
    staged = [shown.labels for shown in scenes(3, which)]
    kinds = Counter(label.kind for labels in staged for label in labels)
    told = {"standard": positives.ORDINARY, "hard": positives.HARD}[which]
    assert kinds.keys() == told.keys() | negatives.HARD.keys() | {MARKET_MOVE}
    assert sum(kinds[name] for name in told) <= sum(count for name, count in kinds.items() if name not in told)
    assert len(staged) == PROGRAMMES[which].scenes
    for labels in staged:
        acts = {(label.kind, label.instrument) for label in labels}
        assert len({instrument for _, instrument in acts}) == len(acts)
