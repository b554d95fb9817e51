"""What was told can be read again: newest first, with what became of each letter."""

from scanner.model.instrument import Instrument
from scanner.model.news import Group, Notification
from scanner.store import archive, outbox
from scanner.store.archive import Standing
from scanner.store.notifications import note, symbol
from tests.store.letters import SECOND, START, alert, letter, notification, trouble


def numbers(found):
    return [int(each.story, 16) for each in found]


def test_the_newest_comes_first_with_its_letters(db):
    """Who got it, who has not yet, how often it failed and why."""
    outbox.add(db, [letter(1)])
    first, second = outbox.add(db, [letter(2), letter(2, "desk")])
    outbox.settle(db, [first.seq], "delivered", START + 5, reference="17")
    outbox.failed(db, [second.seq], START + 6, "503 Service Unavailable")
    latest, older = archive.listed(db, limit=10)
    assert (latest.id, latest.notification) == (notification(2).id, notification(2))
    due = START + 2 * SECOND
    assert latest.letters == (
        Standing("phone", "delivered", 0, START + 5, "", "17", due, first.seq),
        Standing("desk", "waiting", 1, START + 6, "503 Service Unavailable", "", due, second.seq),
    )
    assert older.letters == (Standing("phone", "waiting", 0, 0, "", "", START + SECOND, 1),)


def test_what_nobody_was_to_hear_is_listed_too(db):
    """A silenced alert has no letters, and can be looked up all the same; noted twice it is there once."""
    note(db, notification(1))
    note(db, notification(1))
    (silenced,) = archive.listed(db, limit=10)
    assert (silenced.notification, silenced.letters) == (notification(1), ())


def test_a_list_can_be_narrowed(db):
    """By time, symbol, rule and what became of it, and to so many."""
    xyz = Instrument("XYZ", "USDT")
    outbox.add(db, [letter(1), letter(2, instrument=xyz), letter(3, rule="dump"), letter(4)])
    outbox.settle(db, [2], "dead", START)
    assert numbers(archive.listed(db, limit=2)) == [4, 3]
    assert numbers(archive.listed(db, limit=9, since=START + 3 * SECOND)) == [4, 3]
    assert numbers(archive.listed(db, limit=9, symbol="XYZ/USDT")) == [2]
    assert numbers(archive.listed(db, limit=9, symbol="ABC")) == [4, 3, 1]
    assert numbers(archive.listed(db, limit=9, symbol="AB")) == numbers(archive.listed(db, limit=9, symbol="KRW")) == []
    assert numbers(archive.listed(db, limit=9, rule="pump")) == [4, 2, 1]
    assert numbers(archive.listed(db, limit=9, state="dead")) == [2]
    assert numbers(archive.listed(db, limit=9, state="waiting", rule="dump")) == [3]
    assert numbers(archive.listed(db, limit=9, state="expired")) == []


def test_the_beginning_of_an_id_is_enough(db):
    """Of one telling or of the whole story; what a shell would take for a pattern means nothing here."""
    told = [notification(0xABC0, number=0), notification(0xABC0, number=1, made=START), notification(0xDEF0)]
    for each in told:
        note(db, each)
    assert [each.id for each in archive.find(db, told[1].id)] == [told[1].id]
    assert [each.id for each in archive.find(db, told[2].id[:6])] == [told[2].id]
    assert numbers(archive.find(db, f"{0xABC0:016x}")) == [0xABC0, 0xABC0]
    assert archive.find(db, "%") == archive.find(db, "*") == archive.find(db, "no") == []
    assert len(archive.find(db, "", limit=2)) == 2


def test_a_notification_says_which_coin_it_is_about():
    """A burst of several coins and word about the scanner are about none."""
    abc, xyz = alert(1), alert(2, instrument=Instrument("XYZ", "KRW"))
    assert [symbol(news) for news in (abc, Group((abc, abc)), Group((abc, xyz)), trouble().news)] == [
        *("ABC/KRW", "ABC/KRW"),
        *("", ""),
    ]


def test_groups_and_troubles_are_kept_as_well(db):
    """Every kind of news comes out as it went in."""
    group = Notification(Group((alert(1), alert(2))), START)
    for each in (group, trouble()):
        note(db, each)
    assert {each.id: each.notification for each in archive.listed(db, limit=9)} == {
        each.id: each for each in (group, trouble())
    }


def test_what_another_version_wrote_is_listed_as_unreadable(db):
    """A list after an update shows that something was there and what this version stumbles over."""
    note(db, notification(1))
    db.execute("UPDATE notifications SET body = '{}'")
    (found,) = archive.listed(db, limit=1)
    assert found.id == notification(1).id
    assert found.notification.news.rule == "unreadable"
    assert "missing required field `news`" in found.notification.news.headline
