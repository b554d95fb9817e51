"""Faults of the real world: a disk that is full to the last byte, and another process that keeps the file locked."""

import json
import subprocess
import sys

import pytest
import trio

from scanner.store import outbox, silences, writer
from scanner.store.database import DATABASE
from scanner.store.writer import Writer
from tests.conftest import ROOT
from tests.store import on_a_full_disk
from tests.store.letters import letter, waiting

PRIVATELY = ("unshare", "--user", "--map-root-user", "--mount")
SMALL_DISK = "mount -t tmpfs -o size=2m none {folder} && exec {python} -m tests.store.on_a_full_disk {folder}"
LOCKS = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("locked", flush=True)
sys.stdin.read()
db.execute("COMMIT")
"""
WRITES = """
import sys
from pathlib import Path
from scanner.model.silence import Silence
from scanner.store import silences
from scanner.store.database import connect
db = connect(Path(sys.argv[1]))
for number in range(200):
    silences.add(db, Silence(str(number), ("rule=pump",), 1, "", 0))
print("done")
"""


@pytest.mark.system("util-linux")
def test_a_full_disk_stops_no_letter(tmp_path):
    """Each is told either committed or to go on from memory; what is there can be read; with room, all are written."""
    folder = tmp_path / "disk"
    folder.mkdir()
    done = subprocess.run(
        [*PRIVATELY, "sh", "-c", SMALL_DISK.format(folder=folder, python=sys.executable)],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr
    full, meanwhile, end = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert full["why"] == f"{folder / DATABASE} cannot be used: no space is left on its disk"
    assert not full["writable"]
    assert full["told"]["from memory"] > 0
    assert meanwhile["read"] == list(range(1 + full["told"]["committed"]))
    assert end == {"waiting": list(range(on_a_full_disk.LETTERS)), "told": full["told"]}


async def test_a_file_that_is_locked_for_long_stops_no_letter(tmp_path, monkeypatch):
    """After the patience the letter goes on from memory, and it is written when the other process lets go."""
    monkeypatch.setattr(writer, "PATIENCE_S", 0.05)
    monkeypatch.setattr(writer, "LOOK_S", 0.05)
    told = []
    serving = Writer(tmp_path / DATABASE)
    async with trio.open_nursery() as nursery:
        await nursery.start(serving.run)
        other = subprocess.Popen(  # noqa: ASYNC220 - it starts in a moment
            [sys.executable, "-c", LOCKS, tmp_path / DATABASE], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        with other:
            assert await trio.to_thread.run_sync(other.stdout.readline) == b"locked\n"
            serving.put(lambda db: outbox.add(db, [letter(1)]), told.append)
            while serving.writable:
                await trio.sleep(0.01)
            assert told == [None]
            assert serving.why == f"{tmp_path / DATABASE} cannot be used: another process keeps it locked"
            assert await serving.read(waiting) == []
            other.communicate()
        while not serving.writable:
            await trio.sleep(0.01)
        assert await serving.read(waiting) == [1]
        serving.close()
    assert told == [None]


async def test_commands_write_beside_a_running_scanner(tmp_path):
    """Both write all the time: neither loses a word or fails, and the scanner hears that the other has written."""
    heard = []
    serving = Writer(tmp_path / DATABASE)
    async with trio.open_nursery() as nursery:
        await nursery.start(serving.run)
        serving.changed_outside(lambda: heard.append(True))
        with subprocess.Popen([sys.executable, "-c", WRITES, tmp_path / DATABASE], stdout=subprocess.PIPE) as command:  # noqa: ASYNC220
            for story in range(200):
                await serving.do(lambda db, story=story: outbox.add(db, [letter(story)]))
            assert (await trio.to_thread.run_sync(command.communicate))[0] == b"done\n"
        assert serving.writable
        while not heard:
            await trio.sleep(0.01)
        assert await serving.read(waiting) == list(range(200))
        assert len(await serving.read(silences.all)) == 200
        serving.close()
