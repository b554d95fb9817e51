"""`scanner bench detection` as it is typed."""

import json

import pytest
from click.testing import CliRunner

from scanner.bench.detection import run as runs
from scanner.cli.main import scanner
from tests.bench.detection.hand_made import HOUR, START, candles, pumps_folder, quiet_folder, tape

ONSET = 7 * HOUR


@pytest.fixture
def folder(tmp_path):
    """One pump, and some calm hours."""
    pumps_folder(tmp_path, [f"ABC_1,ABC,0,{START + ONSET}.0,True"], tape("ABC_1", ONSET))
    quiet_folder(tmp_path, candles("bnspot:ADA_BTC", 600), candles("1ST", 600))
    return tmp_path


def bench(*options):
    return CliRunner().invoke(scanner, ["bench", "detection", *map(str, options)], catch_exceptions=False)


def test_json_is_one_object_on_standard_output(folder):
    result = bench("--data", folder, "--no-synthetic", "--json")
    assert result.exit_code == 0
    told = json.loads(result.stdout)
    assert told["pumps"]["recall"] == 1.0
    assert told["synthetic"] is None
    assert "peers" not in told


def test_people_see_tables_with_the_peers(folder):
    result = bench("--data", folder, "--no-synthetic")
    assert result.exit_code == 0
    for word in ("announced pumps, as trades", "ours", "binance-pump-alerts", "quiet days", "bittrex", "1/1", "CPU"):
        assert word in result.stdout


def test_synthetic_needs_no_data(monkeypatch):
    # Promise: --synthetic --seed N alone; the seed reaches the scenes.
    seeds = []
    monkeypatch.setattr(runs, "scenes", lambda seed, _: seeds.append(seed) or [])
    result = bench("--synthetic", "--seed", 7, "--json")
    assert json.loads(result.stdout)["pumps"] is None
    assert seeds == [7, 7]


def test_every_alert_is_written_as_a_line(folder, tmp_path):
    # Promise: exactly these keys, times within the recording, and a first alert about the pump.
    file = tmp_path / "alerts.jsonl"
    assert bench("--data", folder, "--no-synthetic", "--alerts", file).exit_code == 0
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert {tuple(line) for line in lines} == {("event", "ts_ms", "rule", "kind", "stage", "severity", "score")}
    assert {line["kind"] for line in lines} <= {"opened", "escalated"}
    assert lines[0]["event"] == "ABC_1"
    assert START + ONSET <= lines[0]["ts_ms"] < START + ONSET + 3_000


def test_a_rule_of_ones_own_can_be_measured(folder):
    # Promise: --set changes what is measured.
    off = [f"--set=rules.{rule}.enabled=false" for rule in ("pump", "volume_spike", "dump")]
    result = bench("--data", folder, "--no-synthetic", "--json", *off)
    assert json.loads(result.stdout)["pumps"]["recall"] == 0.0


def test_the_environment_changes_nothing(folder, monkeypatch):
    # Promise: the numbers in the README are those of the defaults, whatever somebody's shell says.
    monkeypatch.setenv("SCANNER__RULES__PUMP__ENABLED", "nonsense")
    assert bench("--data", folder, "--no-synthetic", "--json").exit_code == 0


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--no-synthetic"], "nothing to measure: expected --data DIR or --synthetic"),
        (["--data", "nowhere"], "nowhere: no such folder"),
        (["--alerts", "no/such/place", "--synthetic"], "no/such/place"),
        (["--jobs", "0"], "0 is not in the range"),
        (["--feed", "books"], "'books' is not one of 'trades', 'tickers'"),
    ],
)
def test_a_mistake_is_told_in_one_line(options, complaint):
    result = bench(*options)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert complaint in line


def test_bad_data_are_told_in_one_line(folder):
    path = folder / "pumps" / "labels.csv"
    path.write_text(path.read_text().replace("True", "perhaps"))
    result = bench("--data", folder, "--no-synthetic")
    assert result.exit_code == 2
    assert result.stderr == f"scanner: {path}:2: is_pump is 'perhaps', expected True or False or true or false\n"
