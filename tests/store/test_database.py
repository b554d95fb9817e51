"""Opening the database: an older one is brought up to date, and one that cannot be used is named with the reason."""

import sqlite3
import stat
import subprocess
import sys
import threading

import pytest

from scanner.store import database, outbox
from scanner.store.database import DATABASE, connect, migrate
from scanner.store.folder import StoreUnusable
from scanner.store.schema import MIGRATIONS
from tests.store.letters import alert, letter, notification, waiting


def refusal(path, **options):
    with pytest.raises(StoreUnusable) as refused:
        connect(path, **options)
    return str(refused.value)


def version(db):
    return db.execute("PRAGMA user_version").fetchone()[0]


def test_a_new_database_is_durable_and_private(tmp_path):
    """Write-ahead log, foreign keys, pages that go back to the disk; all files for this user only."""
    db = connect(tmp_path / DATABASE, create=True)
    outbox.add(db, [letter()])
    asked = ("journal_mode", "synchronous", "foreign_keys", "auto_vacuum", "user_version", "busy_timeout")
    assert [db.execute(f"PRAGMA {name}").fetchone()[0] for name in asked] == ["wal", 1, 1, 2, len(MIGRATIONS), 5000]
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert files == dict.fromkeys([DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"], 0o600)
    db.close()


@pytest.mark.parametrize("steps", range(len(MIGRATIONS)))
def test_an_older_file_is_brought_up_to_date(tmp_path, steps):
    """Whatever version wrote it, its letters are still there and everything newer works."""
    path = tmp_path / DATABASE
    old = sqlite3.connect(path, isolation_level=None)
    migrate(old, path, MIGRATIONS[:steps])
    assert version(old) == steps
    if steps:
        outbox.add(old, [letter(1)])
    old.close()
    db = connect(path)
    assert version(db) == len(MIGRATIONS)
    assert waiting(db) == ([1] if steps else [])
    for table in ("letters", "silences", "stories", "disabled", "decisions"):
        assert db.execute(f"SELECT count(*) FROM {table}").fetchone() == (int(bool(steps) and table == "letters"),)  # noqa: S608
    db.close()


def test_a_migration_happens_whole_or_not_at_all(tmp_path):
    """A step that fails in its middle leaves the file as the older version knew it."""
    path = tmp_path / DATABASE
    db = connect(path, create=True)
    with pytest.raises(sqlite3.OperationalError, match="nonsense"):
        migrate(db, path, [*MIGRATIONS, ("CREATE TABLE later (x)", "nonsense")])
    assert version(db) == len(MIGRATIONS)
    assert db.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'later'").fetchone() == (0,)
    db.close()


def test_a_newer_file_is_refused(tmp_path):
    """With both versions and the two ways out; nothing in it is touched."""
    path = tmp_path / DATABASE
    db = connect(path, create=True)
    db.execute("PRAGMA user_version = 99")
    db.close()
    assert refusal(path, create=True) == (
        f"{path} was written by a newer scanner (schema 99, this one knows {len(MIGRATIONS)}):"
        " update this scanner, or give it another folder with --state"
    )


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    """A command beside the scanner makes no empty database where none is."""
    assert refusal(tmp_path / DATABASE) == (
        f"there is no {DATABASE} in {tmp_path}: no scanner has run with this state folder yet"
    )
    assert not list(tmp_path.iterdir())


def test_a_file_that_is_no_database_is_refused(tmp_path):
    """By name, with what to do; and it is left as it is."""
    path = tmp_path / DATABASE
    path.write_bytes(b"a shopping list, by mistake\n" * 100)
    assert refusal(path, create=True) == (
        f"{path} cannot be used: it is no SQLite database; move it away and start again"
        " (what waited in it can be rescued with: sqlite3 FILE .recover)"
    )
    assert path.read_bytes().startswith(b"a shopping list")


def test_a_damaged_file_is_refused(tmp_path):
    """Damage beyond the first page too: it is found at the start, not in the night."""
    path = tmp_path / DATABASE
    db = connect(path, create=True)
    outbox.add(db, [letter(number) for number in range(500)])
    db.close()
    body = bytearray(path.read_bytes())
    for page in range(2 * 4096, len(body), 4096):
        body[page : page + 64] = b"\xa5" * 64
    path.write_bytes(body)
    assert refusal(path, create=True).startswith(f"{path} cannot be used: it is damaged; move it away and start again")


def test_a_folder_in_place_of_the_file_is_refused(tmp_path):
    """In a sentence, as everything else."""
    (tmp_path / DATABASE).mkdir()
    assert refusal(tmp_path / DATABASE) == (
        f"{tmp_path / DATABASE} cannot be used: it cannot be opened by this user, or is no file"
    )
    assert refusal(tmp_path / DATABASE, create=True) == f"{tmp_path / DATABASE} cannot be made: Is a directory"


def test_a_locked_file_is_refused_after_its_patience(tmp_path):
    """Another process that never ends its transaction is named as what it is."""
    path = tmp_path / DATABASE
    connect(path, create=True).close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN EXCLUSIVE")
    assert refusal(path, patience_s=0.05) == f"{path} cannot be used: another process keeps it locked"
    other.execute("ROLLBACK")
    other.close()


def test_several_may_begin_at_once(tmp_path):
    """A scanner and commands beside it that all find a file without tables: each ends with a whole one."""
    path = tmp_path / DATABASE
    script = "import sys\nfrom pathlib import Path\nfrom scanner.store.database import connect\n"
    script += "db = connect(Path(sys.argv[1]), create=True)\nprint(db.execute('PRAGMA user_version').fetchone()[0])"
    together = [subprocess.Popen([sys.executable, "-c", script, path], stdout=subprocess.PIPE) for _ in range(4)]
    said = [process.communicate(timeout=60)[0] for process in together]
    assert said == [b"%d\n" % len(MIGRATIONS)] * 4


def test_who_comes_second_to_a_migration_finds_nothing_to_do(tmp_path):
    """Another process may bring the file up to date after we have read its version and before our turn."""
    path = tmp_path / DATABASE
    db, other = (sqlite3.connect(path, isolation_level=None) for _ in range(2))

    def overtake(statement):
        if statement == "BEGIN IMMEDIATE":
            db.set_trace_callback(None)
            migrate(other, path)

    db.set_trace_callback(overtake)
    migrate(db, path)
    assert version(db) == version(other) == len(MIGRATIONS)
    db.close()
    other.close()


def test_two_processes_write_by_turns(tmp_path):
    """Neither fails, and neither loses a word of the other."""
    path = tmp_path / DATABASE
    connect(path, create=True).close()
    script = """
import sys
from pathlib import Path
from scanner.store.database import connect
db = connect(Path(sys.argv[1]))
for number in range(200):
    db.execute("BEGIN IMMEDIATE")
    db.execute("INSERT INTO stories VALUES (?, x'00')", (f"{sys.argv[2]}-{number}",))
    db.execute("COMMIT")
"""
    together = [subprocess.Popen([sys.executable, "-c", script, path, name]) for name in ("a", "b")]
    assert [process.wait(60) for process in together] == [0, 0]
    db = connect(path)
    assert db.execute("SELECT count(*) FROM stories").fetchone() == (400,)
    db.close()


def test_a_connection_may_be_handed_from_thread_to_thread(tmp_path):
    """The writer's thread comes from a pool and is another one each time; SQLite itself is built for that."""
    assert sqlite3.threadsafety == 3
    db = connect(tmp_path / DATABASE, create=True)
    thread = threading.Thread(target=outbox.add, args=(db, [letter(1)]))
    thread.start()
    thread.join()
    assert waiting(db) == [1]
    db.close()


def test_bodies_can_be_read_with_the_shell(db):
    """JSON, so that `sqlite3 scanner.db` shows a person what was said, and can be asked about it."""
    outbox.add(db, [letter(1)])
    asked = db.execute(
        "SELECT body ->> '$.news.headline', body ->> '$.news.facts.coin', body ->> '$.made' FROM notifications"
    )
    assert asked.fetchone() == (alert(1).headline, "오리", notification(1).made)


@pytest.mark.parametrize(
    ("error", "blame"),
    [
        (sqlite3.OperationalError("database or disk is full"), "database or disk is full"),
        (sqlite3.IntegrityError("UNIQUE"), ""),
    ],
)
def test_the_world_is_told_from_our_bugs(error, blame):
    """Waiting helps against a full disk, and never against a bug."""
    assert database.unusable(error) == blame


@pytest.mark.parametrize("sql", ["SELECT x FROM nowhere", "INSERT INTO stories VALUES (1)", "no sql"])
def test_wrong_sql_is_no_fault_of_the_disk(db, sql):
    """SQLite raises the same exception for both; the code behind it tells."""
    with pytest.raises(sqlite3.OperationalError) as wrong:
        db.execute(sql)
    assert database.unusable(wrong.value) == ""
