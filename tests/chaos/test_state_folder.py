"""What outlives a process: open stories go on, letters are brought, and nobody else moves in meanwhile."""

import signal
import sys

import trio

from scanner.cli.main import FAILED
from tests.chaos.house import running

START = ("start", "--market", "KRW", "--json", "--ops-port", "0")


async def test_a_second_scanner_is_sent_away_by_the_name_of_the_first(tmp_path):
    """Exit code 1 and one line: who holds the folder, and what to do."""
    async with running(*START, "--sim", "quiet", "--state", tmp_path) as first:
        await first.line("listening")
        async with running(*START, "--sim", "quiet", "--state", tmp_path) as second:
            assert await second.ended() == FAILED
        text = second.errors.decode()
    assert text.startswith(f"scanner: the state folder {tmp_path} is held by pid {first.pid} (scanner start), since ")
    assert "--state" in text
    assert text.count("\n") == 1


async def test_a_story_goes_on_after_kill_9(tmp_path):
    """The coin that was told of is not told of anew: the next life closes the story, by its id, with its peak."""
    async with running(*START, "--sim", "pump", "--state", tmp_path) as first:
        opened = await first.line("alert.opened")
        await first.line("alert.escalated", id=opened["id"])
        first.signal(signal.SIGKILL)
        await first.ended()
    cooled = ("--set", "alerts.cooldown=5s", "--set", "alerts.together=5s")
    async with running(*START, "--sim", "quiet", "--state", tmp_path, *cooled) as second:
        closed = await second.line("alert.closed")
        second.signal(signal.SIGTERM)
        assert await second.ended() == 0
    same = ("id", "symbol", "exchanges")
    assert [closed[key] for key in same] == [opened[key] for key in same]
    assert closed["facts"]["peak_change"] >= 0.05  # what opened it; a later tier counts from a price of its own
    assert second.of("alert.opened") == []


async def test_the_tools_work_beside_a_running_scanner(tmp_path):
    """`scanner alerts` reads and writes the same folder: a silence is in force at once, explain asks the scanner."""
    async with running(*START, "--sim", "pump", "--state", tmp_path) as house:
        await house.line("listening")
        beside = [sys.executable, "-m", "scanner", "alerts"]
        state = ["--state", str(tmp_path), "--json"]
        silence = [*beside, "silence", "add", "symbol=KAVA/*", "--for", "1h", "--comment", "known", *state]
        await trio.run_process(silence, capture_stdout=True)
        await house.metric_above("scanner_silences", 0)
        await house.metric_above("scanner_notifications_total", 0, outcome="silenced")
        explained = await trio.run_process([*beside, "explain", "KAVA/KRW", *state], capture_stdout=True)
        house.signal(signal.SIGTERM)
        assert await house.ended() == 0
    assert house.of("alert.opened") == []
    assert b'"rule"' in explained.stdout
    assert b"silenced" in explained.stdout
