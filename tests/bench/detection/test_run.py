"""The whole benchmark on tiny folders: what is run, what comes out, and that it comes out the same again."""

import json
import pickle

import pytest

from scanner.bench.detection import run as runs
from scanner.bench.detection.reading import BadData
from scanner.bench.detection.run import Plan, run
from tests.bench.detection.hand_made import HOUR, START, candles, fresh_engine, pumps_folder, quiet_folder, tape

ONSET = 7 * HOUR
KEYS = {
    *("events", "positives", "hits", "recall", "precision_strict", "precision_lenient", "f1_strict"),
    *("delay_p50_s", "delay_p90_s", "noise_per_symbol_day", "duplicates_per_event"),
}
WOLF = {"symbol_days", "alerts_per_symbol_day", "genuine_share"}


class Listener:
    def __init__(self):
        self.lines = []
        self.notes = []
        self.parts = {}

    def progress(self, part, done, total):
        assert 0 < done <= total
        self.parts[part] = done / total

    def told(self, alert):
        self.lines.append(alert)

    def note(self, text):
        self.notes.append(text)


@pytest.fixture
def folder(tmp_path):
    """Two pumps that look alike, a control, and some calm hours."""
    labels = [f"{name}_1,{name},0,{START + ONSET}.0,True" for name in ("ABC", "XYZ")] + ["LOL_1,LOL,0,,False"]
    calm = [row for row in tape("LOL_1", 100 * HOUR) if int(row.split(",")[1]) < START + 8 * HOUR]
    pumps_folder(tmp_path, labels, [*tape("ABC_1", ONSET), *calm, *tape("XYZ_1", ONSET)])
    quiet_folder(tmp_path, candles("bnspot:ADA_BTC", 600), candles("1ST", 600))
    return tmp_path


@pytest.fixture(autouse=True)
def few_scenes(monkeypatch):
    """One scene of each set: enough to see that they are played."""
    scenes = runs.scenes
    monkeypatch.setattr(runs, "scenes", lambda seed, which: list(scenes(seed, which))[:1])


def measured(plan, listener=None):
    return run(plan, fresh_engine, listener or Listener())


def test_the_pumps_are_found_and_the_control_is_not(folder):
    # Promise: the real engine on the tapes, scored by the protocol.
    report = measured(Plan(folder, synthetic=False))
    assert (report.pumps.events, report.pumps.positives, report.pumps.hits) == (3, 2, 2)
    assert report.pumps.precision_strict == 1.0
    assert 0 <= report.pumps.delay_p50_s < 3
    assert {name: score.alerts_per_symbol_day for name, score in report.quiet.items()} == {"binance": 0, "bittrex": 0}


def test_the_json_has_the_keys_that_were_agreed_on(folder):
    # Promise: to the letter, and in an order that does not change.
    told = json.loads(json.dumps(measured(Plan(folder)).as_json(peers=False)))
    assert list(told) == ["pumps", "high", "quiet", "synthetic", "us_per_trade"]
    assert told["pumps"].keys() == told["high"].keys() == KEYS
    assert told["quiet"].keys() == {"binance", "bittrex"}
    assert told["quiet"]["binance"].keys() == WOLF
    assert told["synthetic"].keys() == {"standard", "hard"}
    assert "f1" in told["synthetic"]["hard"]
    assert told["us_per_trade"] > 0


def test_peers_stand_in_the_json_only_when_asked_for(folder):
    told = measured(Plan(folder, synthetic=False)).as_json(peers=True)
    assert told["peers"]["binance-pump-alerts"].keys() == KEYS


def test_without_data_only_the_scenes_are_run(monkeypatch):
    # Promise: what was not run is null, and what was run is not.
    monkeypatch.setattr(runs, "scenes", lambda *_: [])
    told = measured(Plan(None)).as_json(peers=False)
    assert (told["pumps"], told["high"], told["quiet"]) == (None, None, None)
    assert told["synthetic"]["standard"]["positives"] == 0


@pytest.mark.parametrize("feed", ["trades", "tickers"])
def test_a_second_run_and_more_processes_tell_the_same(folder, feed):
    # Promise: every alert in the same order with the same numbers.
    lines = []
    for jobs in (1, 1, 2):
        listener = Listener()
        measured(Plan(folder, feed, synthetic=False, jobs=jobs, peers=False), listener)
        lines.append(listener.lines)
    assert lines[0] == lines[1] == lines[2]
    assert {line.event for line in lines[0]} >= {"ABC_1", "XYZ_1"}


def test_a_scene_can_be_handed_to_another_process():
    # Promise: --jobs shares the scenes out, too.
    (scene,) = runs.scenes(3, "hard")
    copy = pickle.loads(pickle.dumps(scene))  # noqa: S301  # made on the line itself
    assert next(iter(copy.events())) == next(iter(scene.events()))


def test_every_part_comes_to_its_end(folder):
    # Promise: progress reaches the whole of each part.
    listener = Listener()
    measured(Plan(folder), listener)
    assert listener.parts == dict.fromkeys(("pumps", "binance", "bittrex", "standard", "hard"), 1.0)


def test_a_folder_that_is_not_there_is_left_out_and_named(folder):
    # Promise: data of pumps alone are enough, and nobody thinks that quiet days were measured.
    (folder / "quiet").rename(folder / "elsewhere")
    listener = Listener()
    report = measured(Plan(folder, synthetic=False), listener)
    assert report.quiet is None
    assert listener.notes == [f"{folder} has no folder quiet: that part is left out"]


def test_a_coin_that_never_traded_counts_for_nothing(folder):
    # Promise: a series without any volume is no error, and no day in which nothing was told.
    rows = [f"{minute},1,1,1,1,0,bnspot:ADA_BTC" for minute in range(1_600_000_020, 1_600_001_020, 60)]
    quiet_folder(folder, rows, [])
    for feed in ("trades", "tickers"):
        report = measured(Plan(folder, feed, synthetic=False))
        assert (report.quiet["binance"].symbol_days, report.planted["binance"].series) == (0, 0)
        assert report.quiet["bittrex"].alerts_per_symbol_day is None


@pytest.mark.parametrize(
    ("name", "problem"), [("nowhere", "no such folder"), (".", "expected a folder pumps or quiet in it")]
)
def test_a_folder_without_data_is_refused(tmp_path, name, problem):
    with pytest.raises(BadData, match=problem):
        measured(Plan(tmp_path / name))


def test_labels_stay_with_the_judge(folder, monkeypatch):
    # Promise: other labels change the score and not one alert.
    told = []
    for onset in (ONSET, HOUR * 6):
        labels = folder / "pumps" / "labels.csv"
        labels.write_text(labels.read_text().replace(str(START + ONSET), str(START + onset)))
        listener = Listener()
        measured(Plan(folder, synthetic=False), listener)
        told.append(listener.lines)
    assert told[0] == told[1] != []
    assert measured(Plan(folder, synthetic=False)).pumps.hits == 0
