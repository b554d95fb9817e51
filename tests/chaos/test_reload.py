"""A configuration that is read again while all goes on: what is new is in force, and no stream has noticed."""

import json
import os
import shlex
import signal
import subprocess
import sys
import time

import pytest
import trio

from tests.chaos.house import descendants, running
from tests.sinks.receiver import HookReceiver, says, status

START = ("start", "--market", "KRW", "--json", "--ops-port", 0, "--sim", "quiet")
DEAF = """
[rules.pump]
detector = "price_move"
enabled = false
[rules.dump]
detector = "price_move"
enabled = false
[rules.volume_spike]
detector = "volume_spike"
enabled = false
"""
"""Nobody speaks."""
TALKATIVE = """
[rules.pump]
detector = "price_move"
min_trades = 1
floors = {}
times_usual_move = 0
tiers = [{ window = "60s", change = "0.01%", volume_ratio = 0, severity = "critical" }]
[rules.dump]
detector = "price_move"
enabled = false
"""
"""Any rise at all is told, at once."""


def receiver(path):
    return f'[receivers.diary]\nsink = "file"\npath = "{path}"\n'


def log(level):
    return f'[log]\njson = true\nlevel = "{level}"\n'


def told(path):
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


async def reloads(house, outcome):
    return await house.metric_above("scanner_reloads_total", 0, outcome=outcome)


async def test_what_is_new_is_in_force_and_no_stream_has_noticed(tmp_path):
    """Thresholds, a receiver, books and the log level change; connections, processes and windows stay."""
    file, diary = tmp_path / "scanner.toml", tmp_path / "diary.jsonl"
    file.write_text(log("error") + DEAF)
    async with running(*START, "--config", file) as house:
        await house.ready()
        family, streams = descendants(house.pid), await house.metric("scanner_subscriptions_wanted")
        assert not house.logged("catalogue")  # workers speak of errors only
        file.write_text(log("info") + TALKATIVE + receiver(diary) + "[books]\ntop = 2\n")
        house.signal(signal.SIGHUP)
        await reloads(house, "applied")
        await house.until(lambda: any(each["type"] == "alert.opened" for each in told(diary)), "an alert in the file")
        for venue in ("upbit", "bithumb"):
            await house.until(lambda venue=venue: house.logged("revised", exchange=venue), "a worker that says more")
        word = await house.line("ops.told", rule="reloaded")
        for key in ("books.top", "rules.pump.min_trades", "rules.pump.tiers", "receivers.diary (new)", "log.level"):
            assert key in word["facts"]["changed"]
        with trio.fail_after(60):  # the next pulse tells of fewer books
            while await house.metric("scanner_subscriptions_wanted") >= streams:
                await trio.sleep(0.2)
        assert await house.metric("scanner_reconnects_total") == 0
        assert await house.metric("scanner_gaps_total") == 0
        assert await house.metric("scanner_worker_restarts_total") == 0
        assert descendants(house.pid) == family
        house.signal(signal.SIGTERM)
        assert await house.ended() == 0
    assert house.of("summary")[0]["alerts"] > 0


async def test_an_invalid_file_changes_nothing_at_all(tmp_path):
    """Not even what is right in it: one line says what is wrong, and where."""
    file, diary = tmp_path / "scanner.toml", tmp_path / "diary.jsonl"
    file.write_text(log("info") + DEAF)
    async with running(*START, "--config", file) as house:
        await house.ready()
        file.write_text(log("debug") + TALKATIVE + receiver(diary) + "[books]\ntop = -1\n")
        house.signal(signal.SIGHUP)
        await reloads(house, "refused")
        (line,) = await house.until(lambda: house.logged("configuration refused, nothing has changed"))
        assert "books.top" in line["why"]
        assert str(file) in line["why"]
        file.write_text(log("info") + DEAF)
        house.signal(signal.SIGHUP)
        await reloads(house, "unchanged")  # so what was refused has left no trace
        assert not diary.exists()
        assert not house.of("alert.opened")
        assert not house.logged("revised")


async def test_what_needs_a_restart_is_named_and_left(tmp_path):
    """The rest of the same file is in force all the same."""
    file = tmp_path / "scanner.toml"
    file.write_text(log("info") + DEAF)
    async with running(*START, "--config", file) as house:
        await house.ready()
        file.write_text(log("info") + DEAF + '[ops]\nfresh_within = "30s"\n[state]\ndir = "elsewhere"\nkeep = "2d"\n')
        house.signal(signal.SIGHUP)
        await reloads(house, "applied")
        (line,) = await house.until(lambda: house.logged("configuration read again"))
        assert line["changed"] == "state.keep"
        assert line["needs_a_restart"] == "state.dir, ops.fresh_within"


async def test_without_a_file_there_is_nothing_new_to_read():
    """A SIGHUP ends nobody: environment and options are read again, and say what they said."""
    async with running(*START) as house:
        await house.line("listening")
        await house.ready()
        house.signal(signal.SIGHUP)
        await reloads(house, "unchanged")
        assert await house.until(lambda: house.logged("configuration read again, nothing has changed"))
        assert not house.of("ops.told", rule="reloaded")


async def test_other_symbols_are_watched_and_an_unknown_one_ends_nothing(tmp_path):
    """At a start a symbol that nobody lists is a mistake; later the run goes on and says so."""
    file = tmp_path / "scanner.toml"
    file.write_text(log("info") + '[scanner]\nsymbols = ["BTC/KRW"]\n')
    async with running(*START, "--config", file) as house:
        await house.ready()
        file.write_text(log("info") + '[scanner]\nsymbols = ["ETH/KRW", "XRP/KRW", "NOSUCHCOIN/KRW"]\n')
        house.signal(signal.SIGHUP)
        await house.until(lambda: house.logged("revised", exchange="upbit", watched=2))
        (line,) = await house.until(lambda: house.logged("nobody lists a symbol"))
        assert "NOSUCHCOIN/KRW" in line["why"]
        assert await house.metric("scanner_reconnects_total") == 0
        house.signal(signal.SIGTERM)
        assert await house.ended() == 0
    assert house.of("summary")[0]["markets"] == {"upbit": 2, "bithumb": 2}


async def test_everything_is_logged_from_one_sigusr1_to_the_next(tmp_path):
    """No file has to be changed to look closer, and nobody has to remember what the level was."""
    file = tmp_path / "scanner.toml"
    file.write_text(log("warning"))
    async with running(*START, "--config", file) as house:
        await house.ready()
        house.signal(signal.SIGUSR1)
        await house.until(lambda: house.logged("log level changed", now="debug"))
        await house.until(lambda: house.logged("revised", exchange="upbit"))
        house.signal(signal.SIGUSR1)
        await house.until(lambda: house.logged("log level changed", now="warning"))
        assert await house.metric("scanner_reloads_total") == 0


async def test_a_slow_receiver_delays_the_end_by_seconds_and_gets_its_letter_in_the_next_life(tmp_path):
    """SIGTERM gives what is on its way a second; what has not arrived then is kept."""
    slow, patient = HookReceiver(is_slow), HookReceiver(status(204))
    state = tmp_path / "state"
    quiet = ("--set=ops_alerts.shutdown=false", "--set=receivers.webhook.allow_private=true", "--state", state)
    async with trio.open_nursery() as nursery:
        await nursery.start(slow.run)
        await nursery.start(patient.run)
        async with running(*START, *quiet, "--webhook", f"{slow.url}/hook") as house:
            with trio.fail_after(60):
                while not slow.requests:  # the word of the start is on its way, and nobody answers
                    await trio.sleep(0.05)
            house.signal(signal.SIGTERM)
            with trio.fail_after(5):  # a promise to whoever stops us, with room for a busy machine
                assert await house.ended() == 0
        lost = slow.requests[0][1]["webhook-id"]
        async with running(*START, *quiet, "--webhook", f"{patient.url}/hook"):
            with trio.fail_after(60):
                while lost not in {headers["webhook-id"] for _, headers, _ in patient.requests}:
                    await trio.sleep(0.05)
        nursery.cancel_scope.cancel()


async def is_slow(stream):
    """An answer that takes longer than anybody waits at the end."""
    await trio.sleep(30)
    await says("HTTP/1.1 204 No Content\n\n")(stream)


@pytest.mark.parametrize(("before", "last"), [("", "the terminal is gone"), ("nohup", "SIGTERM")])
def test_a_closed_terminal_ends_it_unless_nohup_was_asked_for(tmp_path, before, last):
    """The SIGHUP of a window that is closed is no wish to read anything; one that comes under nohup is."""
    out, err = tmp_path / "out", tmp_path / "err"
    scanner = shlex.join([sys.executable, "-m", "scanner", *map(str, START)])
    master, slave = os.openpty()

    def sit_down():
        """At this terminal, as the leader of a session; whoever runs the tests may have said nohup himself."""
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.login_tty(slave)

    with subprocess.Popen(
        ["sh", "-c", f"exec {before} {scanner} >{out} 2>{err}"],
        preexec_fn=sit_down,  # noqa: PLW1509 - nothing else runs here
    ) as process:
        try:
            os.close(slave)
            _wait_for(err, '"event": "started"')  # from here on it listens for signals
            os.close(master)
            if before:
                _wait_for(err, "configuration read again")
                process.terminate()
            assert process.wait(60) == 0
        finally:
            process.kill()
    ends = [json.loads(line) for line in err.read_text().splitlines() if line.startswith("{")]
    assert [line["reason"] for line in ends if line["event"] == "stopping" and line["actor"] == "app"] == [last]


def _wait_for(file, word):
    until = time.monotonic() + 60
    while not (file.exists() and word in file.read_text()):
        assert time.monotonic() < until, f"{word} did not come"
        time.sleep(0.1)
