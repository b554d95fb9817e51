"""How what was said about a scene is counted: small scenes, each number known."""

import pytest

from scanner.bench.detection.synthetic.labels import Label
from scanner.bench.detection.synthetic.scoring import Claim, score_scenes
from scanner.model.instrument import Instrument

SECOND = 1_000_000_000
ABC, XYZ, BTC = (Instrument(base, "KRW") for base in ("ABC", "XYZ", "BTC"))
ALL = Instrument("*", "KRW")


def label(kind, instrument, onset_s, stage, early_s=120, late_s=300):
    span = [(onset_s + each) * SECOND for each in (0, -early_s, late_s)]
    return Label(kind, instrument, stage, *span)


def claim(second, instrument=ABC, stage="pump", story="a"):
    return Claim(instrument, stage, story, round(second * SECOND))


PUMP = label("pump", ABC, 1000, "pump")
DUMP = label("dump", ABC, 1000, "dump")
BLOCK = label("block", XYZ, 1000, "")
MARKET = label("market_move", ALL, 5000, "market")


def counted(labels, *claims):
    """Hits, false alerts and misses of one scene."""
    score = score_scenes([(labels, claims)])
    return score.hits, score.false, score.positives - score.hits


@pytest.mark.parametrize("second", [880, 1000, 1300])
def test_an_alert_from_two_minutes_before_to_five_after_is_a_hit(second):
    # Promise: both ends of the span are in it.
    assert counted([PUMP], claim(second)) == (1, 0, 0)


def test_an_alert_that_is_too_early_is_false_and_its_pump_missed():
    # Promise: whoever cries long enough is not right in the end.
    assert counted([PUMP], claim(879.9)) == (0, 1, 1)


@pytest.mark.parametrize("stage", ["pump", "dump", "peak"])
def test_what_is_said_too_late_is_aftermath(stage):
    # Promise: for two hours it is neither right nor wrong; then it is wrong.
    assert counted([PUMP], claim(1301, stage=stage)) == (0, 0, 1)
    assert counted([PUMP], claim(1000 + 7201, stage=stage)) == (0, 1, 1)


def test_a_dump_wants_to_be_called_a_dump():
    # Promise: a rebound's pump does not tell a fall, and is not held against anybody.
    assert counted([DUMP], claim(1001, stage="pump")) == (0, 0, 1)
    assert counted([DUMP], claim(1001, stage="dump")) == (1, 0, 0)


@pytest.mark.parametrize("stage", ["spike", "watch"])
def test_what_claims_no_move_is_never_right_or_wrong(stage):
    # Promise: much turnover in one block is much turnover; saying so is no false alarm, and tells no pump.
    assert counted([PUMP, BLOCK], claim(1001, stage=stage), claim(1001, XYZ, stage)) == (0, 0, 1)


def test_a_story_is_false_once_and_charged_to_the_trap_it_fell_into():
    # Promise: escalations of a false alert are the same false alert; another story is another one.
    claims = [claim(1001, XYZ), claim(1002, XYZ), claim(1003, XYZ, "dump", story="b"), claim(3000, BTC, story="c")]
    score = score_scenes([([PUMP, BLOCK], claims)])
    assert (score.false, score.kinds["block"].false, score.kinds["background"].false) == (3, 2, 1)


def test_a_second_story_of_one_pump_is_a_duplicate():
    # Promise: duplicates are counted, and cost no precision.
    claims = [claim(1001), claim(1002), claim(1003, story="b"), claim(1004, story="b")]
    score = score_scenes([([PUMP], claims)])
    assert (score.hits, score.false, score.kinds["pump"].duplicates) == (1, 0, 1)


def test_one_pump_after_another_wants_two_tellings():
    # Promise: what was told of the first does not tell the second, though it may be the same story that goes on.
    again = label("pump", ABC, 2200, "pump")
    assert counted([PUMP, again], claim(1001)) == (1, 0, 1)
    assert counted([PUMP, again], claim(1001), claim(2201)) == (2, 0, 0)


def test_a_market_wide_move_is_one_alert_and_no_coins_fault():
    # Promise: the first story about all is right and no hit; a second one is false, and so is every coin's own.
    assert counted([MARKET], claim(5001, ALL, "market")) == (0, 0, 0)
    assert counted([MARKET]) == (0, 0, 0)
    claims = [claim(5001, ALL, "market"), claim(5002, ALL, "market", "b"), claim(5003, XYZ, "dump", "c")]
    score = score_scenes([([MARKET], claims)])
    assert score.kinds["market_move"].hits == 1
    assert score.kinds["market_move"].false == score.false == 2


def test_a_market_wide_alert_without_such_a_move_is_false():
    # Promise: silence by shouting about everything is no way out.
    assert counted([PUMP, MARKET], claim(1001, ALL, "market")) == (0, 1, 1)


def test_the_same_coin_and_story_in_another_scene_is_another_one():
    # Promise: scenes are scored each by itself.
    score = score_scenes([([PUMP], [claim(1001)]), ([PUMP], []), ([BLOCK], [claim(1001)])])
    assert (score.hits, score.positives, score.false) == (1, 2, 1)


def test_the_ratios_are_those_of_the_books():
    # Promise: precision 2/3, recall 1/2, F1 their harmonic mean; delays from onset to first alert.
    pumps = [label("pump", Instrument(base, "KRW"), 1000, "pump") for base in "ABCD"]
    claims = [claim(1002, pumps[0].instrument), claim(999, pumps[1].instrument), claim(1001, XYZ, story="x")]
    score = score_scenes([(pumps, claims)])
    assert (score.precision, score.recall, score.f1) == (0.6667, 0.5, 0.5714)
    assert score.kinds["pump"].delay_p50_s == 0.5


def test_nothing_at_all_has_no_ratio():
    # Promise: where nothing was asked or said there is no number to be proud of.
    score = score_scenes([([BLOCK], [])])
    assert (score.precision, score.recall, score.f1) == (None, None, None)
