"""The store is bounded: by age, by count, and in bytes on the disk."""

import pytest

from scanner.model.decision import Decision
from scanner.model.silence import Silence
from scanner.store import archive, decisions, outbox, silences, upkeep
from scanner.store.database import DATABASE, LOG_BYTES
from scanner.store.upkeep import Pruned
from tests.store.letters import DAY, SECOND, START, database, letter, notification, states


def settle_all(db):
    outbox.settle(db, range(1, 1000), "delivered", START)


def test_what_is_old_goes_with_its_letters(db):
    """And nothing newer."""
    outbox.add(db, [letter(1), letter(1, "desk"), letter(2), letter(3)])
    settle_all(db)
    assert upkeep.prune(db, START + 3 * SECOND + DAY, DAY, keep_count=100) == Pruned(2, 0, 0, 0)
    assert states(db) == {(3, "phone"): "delivered"}
    assert [each.id for each in archive.listed(db, limit=9)] == [notification(3).id]


@pytest.mark.parametrize(("count", "kept"), [(0, []), (2, [3, 4]), (4, [1, 2, 3, 4]), (9, [1, 2, 3, 4])])
def test_only_the_newest_so_many_are_kept(db, count, kept):
    """Counted in notifications, however many were to hear each; those of the same moment count singly."""
    outbox.add(db, [letter(story, receiver, made=START) for story in range(1, 5) for receiver in ("phone", "desk")])
    settle_all(db)
    assert upkeep.prune(db, START, DAY, keep_count=count).notifications == 4 - len(kept)
    assert list(states(db)) == [(story, receiver) for story in kept for receiver in ("phone", "desk")]


def test_what_still_waits_beyond_the_bounds_is_dropped_and_can_be_read_once_more(db):
    """A receiver that is down for weeks fills no disk; what it missed is counted, and named until the next pruning."""
    added = outbox.add(db, [letter(1), letter(1, "desk"), letter(2), letter(3)])
    outbox.settle(db, [added[0].seq], "delivered", START)
    assert upkeep.prune(db, START, DAY, keep_count=1) == Pruned(0, 2, 0, 0)
    assert states(db) == {
        (1, "phone"): "delivered",
        (1, "desk"): "dropped",
        (2, "phone"): "dropped",
        (3, "phone"): "waiting",
    }
    assert archive.listed(db, limit=9, state="dropped")[0].letters[0].why == "beyond the bounds of the store"
    assert upkeep.prune(db, START, DAY, keep_count=1) == Pruned(2, 0, 0, 0)
    assert states(db) == {(3, "phone"): "waiting"}


def test_one_pruning_takes_a_moment_and_says_whether_there_is_more(db, monkeypatch):
    """New letters do not wait behind it."""
    monkeypatch.setattr(upkeep, "AT_ONCE", 3)
    outbox.add(db, [letter(story) for story in range(5)])
    settle_all(db)
    taken = [upkeep.prune(db, START, DAY, keep_count=0) for _ in range(2)]
    assert [(each.notifications, each.more) for each in taken] == [(3, True), (2, False)]


def test_decisions_and_ended_silences_go_too(db):
    """One pruning for the whole store."""
    decisions.add(
        db, [Decision(START, "upbit", "ABC/KRW", "pump", "missed", ""), Decision(START + DAY, "", "", "", "", "")]
    )
    silences.add(db, Silence("a", ("rule=pump",), START, "", START))
    assert upkeep.prune(db, START + DAY + 1, DAY, keep_count=9) == Pruned(0, 0, 1, 1)


def test_the_file_stays_as_small_as_what_is_kept(tmp_path):
    """Ten times as much as is kept goes through, and the file is a little larger than what is kept; nor does the log
    grow beyond its bound."""
    db = database(tmp_path)
    sizes = []
    for turn in range(30):
        db.execute("BEGIN IMMEDIATE")
        stories = range(turn * 300, turn * 300 + 300)
        added = outbox.add(db, [letter(story, headline="ABC" * 500) for story in stories])
        outbox.settle(db, [each.seq for each in added], "delivered", START)
        upkeep.prune(db, START, DAY, keep_count=900)
        db.execute("COMMIT")
        sizes.append((tmp_path / DATABASE).stat().st_size)
        assert (tmp_path / f"{DATABASE}-wal").stat().st_size <= LOG_BYTES + 4 * 1024 * 1024
    assert max(sizes[-10:]) <= 1.5 * max(sizes[:5])
    before = sizes[-1]
    db.execute("BEGIN IMMEDIATE")
    assert upkeep.prune(db, START, DAY, keep_count=0).notifications == 900
    db.execute("COMMIT")
    db.close()
    assert (tmp_path / DATABASE).stat().st_size < before / 10
