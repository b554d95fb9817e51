"""The writer: committed before it is told, many jobs in one transaction, and no fault of a disk loses a job."""

import sqlite3
import threading
from contextlib import asynccontextmanager

import pytest
import trio

from scanner.store import outbox, queue, writer
from scanner.store.away import thread
from scanner.store.database import DATABASE, connect
from scanner.store.folder import StoreUnusable
from scanner.store.writer import FAREWELL_S, LOOK_S, Writer
from tests.store.inline import inline
from tests.store.letters import letter, waiting


class Disk:
    """Stands in a job's way: while `full`, whatever is to be written fails as SQLite fails on a full disk."""

    def __init__(self):
        self.full = False
        self.runs = []

    def job(self, name):
        def job(db):
            self.runs.append(name)
            db.execute("INSERT INTO stories VALUES (?, ?)", (name, b""))
            if self.full:
                raise sqlite3.OperationalError("database or disk is full")
            return name

        return job


@asynccontextmanager
async def writing(folder, **options):
    """A writer that runs, and is closed in order."""
    serving = Writer(folder / DATABASE, clock=lambda: int(trio.current_time() * 1e9), **{"away": inline, **options})
    async with trio.open_nursery() as nursery:
        await nursery.start(serving.run)
        yield serving
        serving.close()


def kept(folder):
    """Names that are committed, in their order."""
    with_file = connect(folder / DATABASE)
    names = [name for (name,) in with_file.execute("SELECT key FROM stories ORDER BY rowid")]
    with_file.close()
    return names


async def test_nothing_is_told_before_it_is_committed(tmp_path, autojump_clock):
    """Whoever hears `then` can read the letter through another connection: kill -9 would not lose it any more."""
    seen = []

    def then(letters):
        with_file = connect(tmp_path / DATABASE)
        seen.append((letters[0].seq, waiting(with_file)))
        with_file.close()

    async with writing(tmp_path) as serving:
        serving.put(lambda db: outbox.add(db, [letter(1)]), then)
        assert seen == []
    assert seen == [(1, [1])]


async def test_many_jobs_are_one_transaction_in_their_order(tmp_path, autojump_clock):
    """A burst of alerts costs one commit, and each is told its own result."""
    commits, results = [], []
    async with writing(tmp_path, away=counted(commits)) as serving:
        before = len(commits)
        for number in range(50):
            serving.put(Disk().job(f"{number:02}"), results.append)
        await serving.do(lambda _: None)
        assert [name for name in commits[before:] if name == "commit"] == ["commit"]
    assert results == kept(tmp_path) == [f"{number:02}" for number in range(50)]


def counted(calls):
    """An `away` that notes which method it was asked for."""

    async def away(function):
        calls.append(getattr(function, "func", function).__name__)
        return await inline(function)

    return away


async def test_a_letter_goes_on_from_memory_when_its_commit_fails(tmp_path, autojump_clock):
    """`then(None)` comes once and without waiting; the jobs stay, and are written in their order when there is room."""
    disk, told = Disk(), []
    async with writing(tmp_path) as serving:
        disk.full = True
        for name in ("a", "b"):
            serving.put(disk.job(name), lambda result, name=name: told.append((name, result, trio.current_time())))
        await trio.sleep(LOOK_S * 3)
        serving.put(disk.job("c"), lambda result: told.append(("c", result, trio.current_time())))
        await trio.sleep(0.1)
        assert told == [("a", None, 0), ("b", None, 0), ("c", None, LOOK_S * 3)]
        assert serving.why == f"{tmp_path / DATABASE} cannot be used: database or disk is full"
        assert (serving.writable, serving.since, serving.waiting) == (False, 0, 3)
        disk.full = False
        await trio.sleep(LOOK_S)
        assert (serving.writable, serving.why, serving.waiting, serving.lost) == (True, "", 0, 0)
    assert len(told) == 3
    assert kept(tmp_path) == ["a", "b", "c"]


async def test_a_failed_transaction_leaves_nothing_behind(tmp_path, autojump_clock):
    """The jobs before the one that failed are rolled back with it: run again, they find the database as it was."""
    disk = Disk()
    async with writing(tmp_path) as serving:
        serving.put(disk.job("a"))
        disk.full = True
        serving.put(disk.job("b"))
        await trio.sleep(LOOK_S / 2)
        assert kept(tmp_path) == []
        disk.full = False
    assert kept(tmp_path) == ["a", "b"]
    assert disk.runs[-2:] == ["a", "b"]


async def test_do_waits_for_the_commit_however_long(tmp_path, autojump_clock):
    """Its result is never a guess: a disk that is full for ten seconds costs it ten seconds."""
    disk = Disk()
    disk.full = True

    async def make_room():
        await trio.sleep(9.5)
        disk.full = False

    async with writing(tmp_path) as serving, trio.open_nursery() as nursery:
        nursery.start_soon(make_room)
        assert await serving.do(disk.job("a")) == "a"
        assert trio.current_time() == 10
        assert kept(tmp_path) == ["a"]


async def test_what_is_committed_can_be_read_while_nothing_can_be_written(tmp_path, autojump_clock):
    """A full disk does not keep a receiver from the letters that are there."""
    disk = Disk()
    async with writing(tmp_path) as serving:
        await serving.do(lambda db: outbox.add(db, [letter(1)]))
        disk.full = True
        serving.put(disk.job("a"))
        await trio.sleep(LOOK_S)
        assert not serving.writable
        assert await serving.read(waiting) == [1]
        disk.full = False


async def test_what_is_not_essential_goes_first_when_too_many_wait(tmp_path, autojump_clock, monkeypatch):
    """Letters stay, the oldest decisions go; what went is counted, and whoever asked for it is told."""
    monkeypatch.setattr(writer, "Queue", lambda: queue.Queue(bound=3))
    disk, told = Disk(), []
    disk.full = True
    async with writing(tmp_path) as serving:
        for name, essential in (("a", True), ("b", False), ("c", False), ("d", True), ("e", True), ("f", True)):
            serving.put(disk.job(name), lambda result, name=name: told.append((name, result)), essential=essential)
        assert told == []
        await trio.sleep(LOOK_S / 2)
        assert serving.lost == 3
        assert told[:3] == [("b", None), ("c", None), ("a", None)]
        disk.full = False
    assert kept(tmp_path) == ["d", "e", "f"]
    assert told[3:] == [("d", None), ("e", None), ("f", None)]


async def test_a_bug_in_a_job_falls_loudly(tmp_path, autojump_clock):
    """SQL that is wrong is nothing that waiting mends: it is not taken for a full disk."""
    with pytest.RaisesGroup(pytest.RaisesExc(sqlite3.OperationalError, match="no such table")):
        async with writing(tmp_path) as serving:
            await serving.do(lambda db: db.execute("SELECT nonsense FROM nowhere"))


async def test_closing_writes_all_that_waits(tmp_path, autojump_clock):
    """Also what was put in the same breath."""
    async with writing(tmp_path) as serving:
        for number in range(2_500):
            serving.put(Disk().job(f"{number:04}"))
    assert len(kept(tmp_path)) == 2_500
    assert serving.lost == 0


async def test_cancelled_it_writes_what_waits_and_leaves(tmp_path, autojump_clock):
    """A nursery that falls takes no letter with it that was already handed over, and the file is closed in order."""
    told = []
    serving = Writer(tmp_path / DATABASE, away=inline)
    async with trio.open_nursery() as nursery:
        await nursery.start(serving.run)
        serving.put(Disk().job("a"), told.append)
        nursery.cancel_scope.cancel()
    assert [path.name for path in tmp_path.iterdir()] == [DATABASE]
    assert told == kept(tmp_path) == ["a"]


async def test_cancelled_just_before_a_transaction_it_loses_no_job(tmp_path, autojump_clock):
    """A job that was taken from the queue is in nobody's hand but the thread's, which has not begun: it is written."""
    told = []

    async def dawdle(function):
        await trio.sleep(0.1)
        return function()

    serving = Writer(tmp_path / DATABASE, away=dawdle)
    async with trio.open_nursery() as nursery:
        await nursery.start(serving.run)
        await trio.sleep(LOOK_S / 2)
        serving.put(Disk().job("a"), told.append)
        await trio.sleep(0.05)
        assert serving.waiting == 0
        nursery.cancel_scope.cancel()
    assert told == kept(tmp_path) == ["a"]


async def test_a_job_that_reads_before_it_writes_is_not_overtaken(tmp_path, autojump_clock):
    """What it has read is still so when it writes: another process has to wait from the transaction's first moment."""
    async with writing(tmp_path) as serving:
        other = connect(tmp_path / DATABASE, patience_s=0)

        def job(db):
            before = waiting(db)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                outbox.add(other, [letter(1)])
            outbox.add(db, [letter(2)])
            return before

        assert await serving.do(job) == []
        other.close()
    assert serving.writable


async def test_a_disk_that_stays_full_does_not_hold_up_the_end(tmp_path, autojump_clock):
    """It is tried for the farewell's seconds, then what could not be written is counted and everybody told."""
    disk, told = Disk(), []
    disk.full = True
    async with writing(tmp_path) as serving:
        serving.put(disk.job("a"), told.append)
        await trio.sleep(LOOK_S)
        serving.close()
        with pytest.raises(StoreUnusable, match="disk is full"):
            await serving.do(disk.job("b"))
        assert trio.current_time() == LOOK_S + FAREWELL_S
    assert (told, serving.lost) == ([None], 2)


async def test_put_after_the_end_is_told_so(tmp_path, autojump_clock):
    """Nobody waits for a commit that will never come."""
    async with writing(tmp_path) as serving:
        pass
    told = []
    serving.put(Disk().job("late"), told.append)
    assert (told, serving.lost) == ([None], 1)


async def test_a_change_from_outside_is_noticed_within_a_second(tmp_path, autojump_clock):
    """A silence that `scanner alerts` sets beside a running scanner holds at once; our own writing is no news."""
    changes = []
    async with writing(tmp_path) as serving:
        serving.changed_outside(lambda: changes.append(trio.current_time()))
        for _ in range(3):
            await serving.do(Disk().job(str(trio.current_time())))
            await trio.sleep(LOOK_S * 2)
        assert changes == []
        other = connect(tmp_path / DATABASE)
        outbox.add(other, [letter()])
        other.close()
        changed = trio.current_time()
        await trio.sleep(LOOK_S * 3)
    (noticed,) = changes
    assert noticed - changed <= LOOK_S


async def test_a_folder_that_is_gone_is_noticed(tmp_path, autojump_clock):
    """SQLite would go on writing into a file that nobody finds again: letters go on from memory, and it is said why."""
    told, state = [], tmp_path / "state"
    state.mkdir()
    async with writing(state) as serving:
        await serving.do(Disk().job("a"))
        state.rename(tmp_path / "elsewhere")
        await trio.sleep(LOOK_S + 0.1)
        assert not serving.writable
        assert serving.why.startswith(f"{state / DATABASE} was deleted or replaced while the scanner ran: put it back")
        serving.put(Disk().job("b"), told.append)
        await trio.sleep(0.1)
        assert told == [None]
        (tmp_path / "elsewhere").rename(state)
        await trio.sleep(LOOK_S)
        assert serving.writable
    assert kept(state) == ["a", "b"]


async def test_a_real_thread_holds_nobody_up(tmp_path):
    """While a transaction takes its time the loop goes on, and what is read meanwhile waits for its turn."""
    entered, leave = threading.Event(), threading.Event()
    order = []

    def slow(db):
        entered.set()
        order.append("begun")
        assert leave.wait(60)
        order.append("done")

    async with writing(tmp_path, away=thread()) as serving, trio.open_nursery() as nursery:
        nursery.start_soon(serving.do, slow)
        await trio.to_thread.run_sync(entered.wait)
        nursery.start_soon(serving.read, lambda _: order.append("read"))
        order.append("the loop goes on")
        leave.set()
    assert order == ["begun", "the loop goes on", "done", "read"]


async def test_cancelled_in_the_middle_of_a_transaction_it_knows_how_that_ended(tmp_path):
    """Whoever asked is told the truth: committed, and so not tried again."""
    entered, leave = threading.Event(), threading.Event()
    told = []

    def slow(db):
        entered.set()
        assert leave.wait(60)
        return Disk().job("a")(db)

    serving = Writer(tmp_path / DATABASE)
    async with trio.open_nursery() as nursery:
        await nursery.start(serving.run)
        serving.put(slow, told.append)
        await trio.to_thread.run_sync(entered.wait)
        nursery.cancel_scope.cancel()
        leave.set()
    assert told == kept(tmp_path) == ["a"]
