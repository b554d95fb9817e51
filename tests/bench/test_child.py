"""Measured work runs elsewhere: its figures come back, its failures have a name, and nothing of it stays behind."""

import os

import pytest
import trio

from scanner.bench import child
from scanner.bench.child import ChildFailed, serving, work

WORKS = "tests.bench.works"


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_figures_of_another_process_come_back_whatever_else_it_printed():
    """Its last line counts; the options arrive as they were."""
    figures = await work(f"{WORKS}:figures", {"instruments": 3, "name": "Ø"}, patience_s=60)
    assert figures.pop("pid") != os.getpid()
    assert figures == {"instruments": 3, "name": "Ø"}


async def test_work_that_falls_says_why():
    """Its name, its exit code and its last words are in the error."""
    with pytest.raises(ChildFailed, match=rf"{WORKS}:falling: exit code 1:[\s\S]*the venue is on fire"):
        await work(f"{WORKS}:falling", {}, patience_s=60)


async def test_work_without_figures_is_a_failure():
    """An exit code of 0 is not enough."""
    with pytest.raises(ChildFailed, match=f"{WORKS}:silent: exit code 0"):
        await work(f"{WORKS}:silent", {}, patience_s=60)


async def test_work_that_does_not_exist_is_a_failure():
    """A misspelt target is told like any other."""
    with pytest.raises(ChildFailed, match="nothing_of_this_name"):
        await work(f"{WORKS}:nothing_of_this_name", {}, patience_s=60)


async def test_patience_with_work_ends():
    """The child is ended, too: this test would outlive its own limit else."""
    with pytest.raises(ChildFailed, match=f"{WORKS}:endless: no figures within 0.5 s"):
        await work(f"{WORKS}:endless", {}, patience_s=0.5)


async def test_a_server_serves_for_the_block_and_leaves_by_itself(tmp_path):
    """Its first word is its port; its standard input closing is its farewell."""
    trace = tmp_path / "trace"
    async with serving(f"{WORKS}:serve", {"trace": str(trace)}) as word:
        assert word["port"] == 4711
        assert alive(word["pid"])
        assert not trace.exists()
    assert not alive(word["pid"])
    assert trace.read_text() == "left"


async def test_a_server_leaves_when_the_measure_fails(tmp_path):
    """Whatever happens in the block."""
    with pytest.raises(ZeroDivisionError):
        async with serving(f"{WORKS}:serve", {"trace": str(tmp_path / "trace")}) as word:
            _ = 1 / 0
    assert not alive(word["pid"])


async def test_a_server_that_does_not_leave_is_killed(monkeypatch):
    """After its farewell has had its time."""
    monkeypatch.setattr(child, "FAREWELL_S", 0.1)
    async with serving(f"{WORKS}:serve_deaf", {}) as word:
        assert alive(word["pid"])
    assert not alive(word["pid"])


async def test_patience_with_a_server_that_is_never_ready_ends(monkeypatch):
    """Half a word is none; the child goes with it."""
    monkeypatch.setattr(child, "FAREWELL_S", 0.1)
    with pytest.raises(ChildFailed, match=f"{WORKS}:stutter: not ready within 1 s"):
        async with serving(f"{WORKS}:stutter", {}, patience_s=1.0):
            pytest.fail("the block must not begin")


async def test_a_server_that_dies_before_it_is_ready_is_a_failure():
    """Known at once, not after the patience."""
    with trio.fail_after(60), pytest.raises(ChildFailed, match=f"{WORKS}:stumble: it ended before it was ready"):
        async with serving(f"{WORKS}:stumble", {}, patience_s=3600):
            pytest.fail("the block must not begin")
