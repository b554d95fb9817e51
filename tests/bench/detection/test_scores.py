"""From verdicts to numbers, each worked out by hand."""

import pytest

from scanner.bench.detection.protocol import Verdict
from scanner.bench.detection.scores import (
    Pumped,
    Wolf,
    by_stage,
    is_anything,
    is_severe,
    percentile,
    pumped,
    slowest,
    wolf,
)
from tests.bench.detection.hand_made import HOUR, SECOND, outcome

ONSET = 10 * HOUR
HIT, NOISE, GENUINE, WARM, AFTER = (
    Verdict.HIT,
    Verdict.NOISE,
    Verdict.GENUINE,
    Verdict.WARM_UP,
    Verdict.AFTERMATH,
)


def test_four_events_scored_by_hand():
    # Promise: every key of the JSON, from 3 pumps, 2 of them found, a control, and 2 false alerts, 1 of them noise.
    found = outcome(ONSET, (ONSET + SECOND, HIT), (ONSET + 60 * SECOND, HIT), (ONSET + HOUR, AFTER), days=1.5)
    early = outcome(ONSET, (HOUR, WARM), (ONSET - 3 * SECOND, HIT), days=1.5)
    missed = outcome(ONSET, (20 * HOUR, GENUINE), days=1.5)
    control = outcome(None, (ONSET, NOISE), days=0.5)
    assert pumped([found, early, missed, control]) == Pumped(
        events=4,
        positives=3,
        hits=2,
        recall=0.6667,
        precision_strict=0.5,
        precision_lenient=0.6667,
        f1_strict=0.5714,
        delay_p50_s=-1.0,
        delay_p90_s=0.6,
        noise_per_symbol_day=0.2,
        duplicates_per_event=0.3333,
    )


def test_an_escalation_is_no_duplicate_and_yet_an_alert():
    # Promise: duplicates count openings only; a false alert is false however it came.
    twice = outcome(ONSET, (ONSET, HIT), (ONSET + 1, HIT), (20 * HOUR, NOISE), kind="escalated")
    score = pumped([twice])
    assert score.duplicates_per_event == 0
    assert score.precision_strict == 0.5


def test_the_severe_are_scored_as_if_only_they_had_been_told():
    # Promise: a pump that was told as a warning only is a miss of the severe.
    loud = outcome(ONSET, (ONSET, HIT), severity="critical")
    soft = outcome(ONSET, (ONSET, HIT), (20 * HOUR, NOISE), severity="warning")
    assert pumped([loud, soft], is_severe).recall == 0.5
    assert pumped([loud, soft], is_severe).precision_strict == 1.0


def test_only_alerts_that_say_pump_are_scored():
    # Promise: a dump, a peak and a spike of volume claim something else: they neither find a pump nor invent one.
    found = outcome(ONSET, (ONSET + 9 * SECOND, HIT))
    others = [
        outcome(ONSET, (ONSET, HIT), (20 * HOUR, NOISE), stage=stage, severity="critical")
        for stage in ("dump", "peak", "spike")
    ]
    score = pumped([found, *others])
    assert (score.recall, score.precision_strict, score.delay_p50_s) == (0.25, 1.0, 9.0)
    assert pumped(others, is_severe).hits == 0
    assert pumped([found, *others], is_anything).recall == 1.0
    assert pumped([found, *others], is_anything).precision_strict == 0.5714
    assert slowest([found, *others]) == 9.0


def test_every_alert_stands_in_the_table_of_stages():
    # Promise: what is not scored is shown.
    told = by_stage([outcome(ONSET, (ONSET, HIT), stage="dump"), outcome(None, (ONSET, NOISE), (HOUR, WARM))])
    nothing = dict.fromkeys((verdict.value for verdict in Verdict), 0)
    assert told == {"dump": {**nothing, "hit": 1}, "pump": {**nothing, "noise": 1, "warm_up": 1}}


def test_nothing_told_is_no_precision():
    # Promise: what cannot be divided is null in the JSON, never zero or one.
    silent = pumped([outcome(ONSET)])
    assert (silent.recall, silent.precision_strict, silent.f1_strict, silent.delay_p50_s) == (0.0, None, None, None)
    assert pumped([]).recall is None


def test_quiet_days_count_pump_alerts_only():
    # Promise: other stages and the warm-up are left out; the share of genuine ones is of what is left.
    pumps = outcome(None, (HOUR, WARM), (7 * HOUR, NOISE), (8 * HOUR, GENUINE), (9 * HOUR, GENUINE), days=10)
    spikes = outcome(None, (7 * HOUR, NOISE), days=10, stage="spike")
    assert wolf([pumps, spikes]) == Wolf(symbol_days=20, alerts_per_symbol_day=0.15, genuine_share=0.6667)


def test_quiet_days_without_alerts_have_no_share():
    assert wolf([outcome(None, days=3)]) == Wolf(symbol_days=3, alerts_per_symbol_day=0, genuine_share=None)


@pytest.mark.parametrize(
    ("values", "at", "expected"),
    [([], 0.5, None), ([3], 0.9, 3), ([1, 2], 0.5, 1.5), ([4, 1, 3, 2], 0.5, 2.5), (list(range(11)), 0.9, 9)],
)
def test_percentiles_are_interpolated(values, at, expected):
    assert percentile(values, at) == expected
