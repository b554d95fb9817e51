"""`scanner sim`: says what it will do, listens, says where, leaves when told, and explains what it cannot."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from scanner.cli.sim import command
from scanner.sim.faults import FAULTS
from scanner.sim.scenario import SCENARIOS, describe

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments):
    return CliRunner().invoke(command, arguments)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_description_is_one_json_line(scenario):
    # Promise: type and data, the scripted coin by its symbol, exit 0, nothing served.
    result = run("--describe", scenario, "--seed", "7", "--json")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    told = json.loads(line)
    assert told["type"] == "scenario"
    assert told["data"] == json.loads(json.dumps(describe(scenario, 7)))


def test_a_description_for_people_names_the_coin():
    # Promise: without --json a sentence.
    result = run("--describe", "pump")
    assert result.exit_code == 0
    krw, usdt = describe("pump", 1)["symbols"]
    assert f"it happens to {krw} and {usdt} 10 s after" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["pumpp"], "'pumpp' is no scenario: expected one of quiet, pump, dump, volume, crash; did you mean pump?"),
        (["--describe", "crush"], "did you mean crash?"),
        (["--exchange", "upbitt"], "'upbitt' is no exchange: expected one of upbit, bithumb, "),
        (["--exchange", "upbitt"], "did you mean upbit?"),
        (["--fault", "upbit:stal"], "'stal' is no fault: expected one of stall, close, refuse, half-frame"),
        (["--fault", "upbt:stall"], "did you mean upbit?"),
        (["--fault", "stall"], "expected VENUE:FAULT"),
        (["--fault", "upbit:stall@soon"], "expected a duration"),
        (["--fault", "upbit:stall@5s+"], "expected a duration"),
        (["--fault", "upbit:stall", "--exchange", "bithumb"], "expected one of the exchanges served, bithumb"),
        (["--speed", "fast"], "expected max, or a number above 0"),
        (["--speed", "0"], "expected max, or a number above 0"),
        (["--replay", "file"], "expected exactly one --exchange"),
        (["--exchange", "upbit", "--replay", "/nowhere/capture"], "/nowhere/capture: No such file"),
        (["--duration", "long"], "expected a duration"),
        (["--port", "99999"], "99999"),
        (["--tls-cert", "/nowhere/cert"], "expected both --tls-cert and --tls-key"),
        (["--tls-cert", "/nowhere/cert", "--tls-key", "key"], "/nowhere/cert with key: No such file"),
        (["--host", "256.1.1.1"], "256.1.1.1"),
    ],
)
def test_a_mistake_is_told_in_one_message_with_what_was_expected(arguments, named):
    # Promise: exit code 2, the value, what was expected, the nearest known name.
    result = run(*arguments)
    assert result.exit_code == 2
    assert named in result.stderr.replace("\n", " ")
    assert result.stdout == ""


def test_help_says_what_every_fault_does():
    # Promise: each name with its description, in the words of the table that the venues obey.
    result = run("--help")
    told = " ".join(result.stdout.split())
    assert result.exit_code == 0
    for name, text in FAULTS.items():
        assert f"{name} {text}" in told


def test_it_listens_says_where_and_leaves_after_its_time():
    # Promise: one JSON line with every address; exit 0 after --duration.
    result = run("pump", "--exchange", "bithumb", "--duration", "50ms", "--json")
    assert result.exit_code == 0
    (line,) = result.stdout.splitlines()
    told = json.loads(line)
    assert told["type"] == "listening"
    assert told["data"].keys() == {"bithumb"}
    assert told["data"]["bithumb"].keys() == {"rest_url", "ws_url"}


def test_people_get_the_line_that_points_a_scanner_here():
    # Promise: without --json the addresses, and a command that can be copied.
    venues = ("--exchange", "upbit", "--exchange", "bithumb")
    result = run("pump", *venues, "--duration", "50ms", "--fault", "upbit:stall@5s+10s")
    assert result.exit_code == 0
    assert "scanner start --exchange upbit --exchange bithumb --set exchanges.upbit.rest_url=http://127.0.0.1:" in (
        result.stdout
    )
    assert describe("pump", 1)["symbol"] in result.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_leaves_cleanly_when_told(number):
    # Promise: the line is flushed once it listens; Ctrl-C and SIGTERM end it with code 0 and no traceback.
    process = subprocess.Popen(
        [sys.executable, "-c", "from scanner.cli.sim import command; command()", "quiet", "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert json.loads(process.stdout.readline())["type"] == "listening"
    process.send_signal(number)
    rest, problems = process.communicate(timeout=20)
    assert (process.returncode, rest, problems) == (0, "", "")
