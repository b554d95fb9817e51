"""A file holds whole JSON lines, each on disk before it counts as delivered, and never grows beyond its bound."""

import json
import os
import resource
import stat
import threading
from contextlib import contextmanager

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from scanner.sinks import file
from scanner.sinks.base import Delivered, Kit, Refused, Retry, bulletin
from scanner.sinks.file import File, FileSettings
from tests.sinks.notices import group, notice, trouble


async def nowhere(line):
    """Where this sink writes its lines for people: nowhere."""


def sink(path, **settings):
    return File(FileSettings(path=str(path), **settings), Kit("archive", nowhere))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "alerts.jsonl"


def lines(path):
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def size(notification):
    """Of its line."""
    return len(json.dumps({"id": notification.id, **bulletin(notification)}, separators=(",", ":")).encode()) + 1


async def test_each_notification_is_one_line_with_the_id_of_its_message(path):
    """The body that everyone gets, and the id by which a line that came twice is known."""
    told = [notice(), notice(kind="closed", number=1), group(), notice(trouble())]
    out = sink(path)
    assert [await out.deliver(each) for each in told] == [Delivered()] * 4
    await out.aclose()
    assert lines(path) == [{"id": each.id, **bulletin(each)} for each in told]


async def test_nobody_else_may_read_it(path):
    out = sink(path)
    await out.deliver(notice())
    await out.aclose()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_what_is_there_already_stays(path):
    path.write_text('{"id":"before"}\n')
    out = sink(path)
    await out.deliver(notice())
    await out.aclose()
    assert [line["id"] for line in lines(path)] == ["before", notice().id]


async def test_a_line_that_was_torn_when_the_machine_fell_spoils_no_other(path):
    path.write_text('{"id":"tor')
    out = sink(path)
    await out.deliver(notice())
    await out.aclose()
    assert path.read_text().splitlines()[0] == '{"id":"tor'
    assert json.loads(path.read_text().splitlines()[1])["id"] == notice().id


@pytest.mark.parametrize(("sync", "times"), [("always", 2), ("never", 0)])
async def test_a_line_counts_when_the_disk_has_it_unless_told_otherwise(path, sync, times, monkeypatch):
    """`always` asks the disk for every line, `never` leaves it to the kernel."""
    asked = []
    monkeypatch.setattr(os, "fdatasync", asked.append)
    out = sink(path, sync=sync)
    await out.deliver(notice())
    await out.deliver(notice())
    await out.aclose()
    assert len(asked) == times


@contextmanager
def disk_of(size):
    """No file may grow beyond this many bytes: the kernel takes what fits and refuses the rest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_a_full_disk_is_worth_another_try_and_leaves_no_half_line(path):
    """What fitted of the line is taken back; when there is room again it is written once, whole."""
    out = sink(path)
    await out.deliver(notice())
    with disk_of(path.stat().st_size + 10):
        outcome = await out.deliver(notice(number=1))
    assert outcome == Retry(f"{path} cannot be written: file too large")
    assert len(lines(path)) == 1
    assert await out.deliver(notice(number=1)) == Delivered()
    await out.aclose()
    assert [line["id"] for line in lines(path)] == [notice().id, notice(number=1).id]


async def test_a_disk_that_does_not_keep_it_is_worth_another_try(path, monkeypatch):
    """The line is taken back, so that a second try is no second line."""

    def fails(_):
        raise OSError(5, "Input/output error")

    out = sink(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", fails)
        assert await out.deliver(notice()) == Retry(f"{path} cannot be written: input/output error")
    assert await out.deliver(notice()) == Delivered()
    await out.aclose()
    assert len(lines(path)) == 1


async def test_a_file_that_was_moved_away_is_begun_anew(path):
    """As logrotate does it: no signal, no restart, nothing lost on either side."""
    out = sink(path)
    await out.deliver(notice())
    path.rename(path.with_suffix(".old"))
    await out.deliver(notice(number=1))
    path.unlink()
    await out.deliver(notice(number=2))
    await out.aclose()
    assert [line["id"] for line in lines(path.with_suffix(".old"))] == [notice().id]
    assert [line["id"] for line in lines(path)] == [notice(number=2).id]


async def test_a_folder_that_is_not_there_yet_may_come(tmp_path):
    """An unmounted disk is mended by mounting it."""
    path = tmp_path / "disk" / "alerts.jsonl"
    out = sink(path)
    assert await out.deliver(notice()) == Retry(f"{path} cannot be written: no such file or directory")
    path.parent.mkdir()
    assert await out.deliver(notice()) == Delivered()
    await out.aclose()


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
async def test_what_is_no_file_is_refused_and_left_as_it_is(path, make):
    """A pipe that nobody reads would hold the line for ever."""
    make(path)
    out = sink(path)
    assert await out.deliver(notice()) == Refused(f"{path} is there and is no ordinary file")
    await out.aclose()


async def test_a_file_that_is_full_becomes_an_older_one(path, monkeypatch):
    """Exactly as many bytes as were allowed, exactly as many files as were asked for."""
    monkeypatch.setattr(file, "MEGABYTE", 2 * size(notice()))
    out = sink(path, rotate_mb=1, keep=2)
    for number in range(9):
        await out.deliver(notice(number=number))
    await out.aclose()
    found = {each.name: [line["id"] for line in lines(each)] for each in path.parent.iterdir()}
    ids = [notice(number=number).id for number in range(9)]
    assert found == {"alerts.jsonl": ids[8:], "alerts.jsonl.1": ids[6:8], "alerts.jsonl.2": ids[4:6]}


async def test_a_line_that_is_larger_than_a_file_has_one_for_itself(path, monkeypatch):
    monkeypatch.setattr(file, "MEGABYTE", 10)
    out = sink(path, rotate_mb=1, keep=3)
    assert [await out.deliver(notice(number=number)) for number in range(2)] == [Delivered()] * 2
    await out.aclose()
    assert [len(lines(each)) for each in sorted(path.parent.iterdir())] == [1, 1]


async def test_a_disk_that_hangs_costs_the_attempt_and_nobody_else(path, monkeypatch):
    """A thread is left behind, one only; when the disk wakes up, lines go on."""
    wakes = threading.Event()
    write = os.write

    def hangs(descriptor, data):
        wakes.wait()
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", hangs)
    monkeypatch.setattr(file, "TIMEOUT_S", 0.05)
    out = sink(path)
    assert await out.deliver(notice()) == Retry(f"{path} was not written within 0.05 s")
    assert await out.deliver(notice()) == Retry(f"{path} was not written within 0.05 s")
    wakes.set()
    monkeypatch.setattr(file, "TIMEOUT_S", 15.0)
    assert await out.deliver(notice(number=1)) == Delivered()
    await out.aclose()
    assert [line["id"] for line in lines(path)] == [notice().id, notice(number=1).id]


async def test_the_home_folder_may_be_meant(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    out = sink("~/alerts.jsonl")
    await out.deliver(notice())
    await out.aclose()
    assert len(lines(tmp_path / "alerts.jsonl")) == 1


@given(st.lists(st.text(), min_size=1, max_size=5))
def test_whatever_is_told_is_one_line(tmp_path_factory, headlines):
    """No headline breaks a line, or the next one."""
    path = tmp_path_factory.mktemp("files") / "alerts.jsonl"

    async def tell():
        out = sink(path, sync="never")
        for headline in headlines:
            assert await out.deliver(notice(headline=headline)) == Delivered()
        await out.aclose()

    trio.run(tell)
    assert [json.loads(line)["data"]["headline"] for line in path.read_bytes().split(b"\n")[:-1]] == headlines
