"""The outbox: no letter twice, none lost, each receiver's in order."""

import pytest

from scanner.store import outbox
from scanner.store.outbox import Tally
from tests.store.letters import SECOND, START, letter, notification, states, waiting


def test_a_letter_comes_out_as_it_went_in(db):
    """Every number of the alert, its course and its place are the same after a restart; only the seq is new."""
    given = letter(1, group="upbit:opened", due=START + 10 * SECOND)
    (added,) = outbox.add(db, [given])
    assert added.seq > 0
    assert outbox.waiting(db, "phone") == [added]
    assert added.notification == given.notification
    assert (added.due, added.group, added.attempts, added.revived) == (START + 10 * SECOND, "upbit:opened", 0, 0)


def test_a_letter_that_is_there_already_is_left_alone(db):
    """A job that runs again, or an alert that is decided again after a restart, sends nothing twice."""
    first = outbox.add(db, [letter(1), letter(1, "desk")])
    outbox.settle(db, [first[0].seq], "delivered", START)
    assert outbox.add(db, [letter(1), letter(1, "desk"), letter(2)]) == outbox.waiting(db, "phone")
    assert states(db) == {(1, "phone"): "delivered", (1, "desk"): "waiting", (2, "phone"): "waiting"}


def test_letters_wait_in_the_order_in_which_they_are_due(db):
    """What was gathered for ten seconds comes after what was due meanwhile, and equals keep the order they came in."""
    outbox.add(db, [letter(1, due=START + 10), letter(2, due=START), letter(3, due=START + 5), letter(4, due=START)])
    assert waiting(db) == [2, 4, 3, 1]


def test_one_receiver_never_sees_another_ones_letters(db):
    """Each has its own line."""
    outbox.add(db, [letter(1), letter(2, "desk"), letter(3)])
    assert waiting(db) == [1, 3]
    assert waiting(db, "desk") == [2]
    assert waiting(db, "nobody") == []


def test_pages_leave_out_what_is_in_hand(db):
    """A receiver with little memory reads the rest of a long line page by page, and nothing is passed over."""
    outbox.add(db, [letter(number, due=START - number) for number in range(7)])
    hand = outbox.waiting(db, "phone", limit=3)
    assert [each.due for each in hand] == [START - 6, START - 5, START - 4]
    assert waiting(db, limit=3, without=[each.seq for each in hand]) == [3, 2, 1]
    assert waiting(db, after_seq=hand[-1].seq) == [6, 5]


def test_what_is_settled_waits_no_more(db):
    """Each end is one state, with when and why."""
    added = outbox.add(db, [letter(number) for number in range(4)])
    for each, state in zip(added, outbox.ENDS, strict=True):
        outbox.settle(db, [each.seq], state, START, why=f"because {state}")
    assert waiting(db) == []
    assert list(states(db).values()) == list(outbox.ENDS)


def test_what_was_delivered_stays_delivered(db):
    """A late word of another kind, a pruning for one, does not make it unsent; nor is its first reference lost."""
    (added,) = outbox.add(db, [letter()])
    outbox.settle(db, [added.seq], "delivered", START, reference="message 7")
    outbox.settle(db, [added.seq], "dropped", START, why="too many")
    assert states(db) == {(0, "phone"): "delivered"}
    assert outbox.thread(db, "phone", added.notification.news.id) == "message 7"
    assert outbox.revive(db, START, states=outbox.ENDS[1:]) == 0


def test_failures_are_counted_over_restarts(db):
    """A receiver that is down through three lives of the scanner still comes to its last attempt."""
    (added,) = outbox.add(db, [letter()])
    for _ in range(3):
        outbox.failed(db, [added.seq], START, "500")
    assert outbox.waiting(db, "phone")[0].attempts == 3


def test_the_dead_can_be_revived(db):
    """By id or by receiver; they wait again with all their attempts, and their age counts from now."""
    added = outbox.add(db, [letter(1), letter(1, "desk"), letter(2)])
    outbox.failed(db, [added[0].seq], START, "500")
    outbox.settle(db, [each.seq for each in added], "dead", START)
    assert outbox.revive(db, START + 9, ids=[notification(1).id], receiver="phone") == 1
    (revived,) = outbox.waiting(db, "phone")
    assert (revived.notification, revived.attempts, revived.revived) == (notification(1), 0, START + 9)
    assert outbox.revive(db, START + 9) == 2
    assert waiting(db) == [1, 2]
    assert waiting(db, "desk") == [1]


@pytest.mark.parametrize(("state", "count"), [("waiting", 0), ("delivered", 0), ("expired", 1), ("dead", 1)])
def test_only_what_came_to_a_bad_end_is_revived(db, state, count):
    """Asked to try again, the scanner sends nothing that has arrived."""
    (added,) = outbox.add(db, [letter()])
    if state != "waiting":
        outbox.settle(db, [added.seq], state, START)
    assert outbox.revive(db, START) == count


def test_only_the_dead_are_revived_where_only_they_are_meant(db):
    """`retry --dead` does not send last week's expired news."""
    added = outbox.add(db, [letter(1), letter(2)])
    outbox.settle(db, [added[0].seq], "expired", START)
    outbox.settle(db, [added[1].seq], "dead", START)
    assert outbox.revive(db, START, states=["dead"]) == 1
    assert waiting(db) == [2]


def test_a_story_is_continued_under_its_first_message(db):
    """The reference is that of the first message of this story that arrived at this receiver."""
    told = [letter(1, number=number) for number in range(3)] + [letter(1, "desk")]
    added = outbox.add(db, told)
    story = added[0].notification.news.id
    assert outbox.thread(db, "phone", story) == ""
    outbox.settle(db, [added[0].seq], "dead", START)
    outbox.settle(db, [added[1].seq], "delivered", START, reference="17")
    outbox.settle(db, [added[2].seq], "delivered", START, reference="18")
    assert outbox.thread(db, "phone", story) == "17"
    assert outbox.thread(db, "desk", story) == ""


def test_letters_that_were_sent_from_memory_are_found_by_what_they_said(db):
    """While nothing could be written they had no place yet; once they have one, it is settled and not sent again."""
    outbox.add(db, [letter(1), letter(2), letter(1, "desk")])
    outbox.settle(db, outbox.seqs(db, "phone", [notification(1).id]), "delivered", START)
    assert states(db) == {(1, "phone"): "delivered", (2, "phone"): "waiting", (1, "desk"): "waiting"}


def test_a_letter_that_cannot_be_read_holds_up_nobody(db):
    """What another version wrote becomes a dead letter that says why; those behind it are read."""
    outbox.add(db, [letter(1), letter(2)])
    db.execute("UPDATE notifications SET body = '{\"news\": 7}' WHERE story = ?", (f"{1:016x}",))
    assert waiting(db) == [2]
    assert states(db) == {(1, "phone"): "dead", (2, "phone"): "waiting"}
    ((why,),) = db.execute("SELECT why FROM letters WHERE state = 'dead'")
    assert why.startswith("this version cannot read it: ")


def test_tallies_count_each_receivers_letters_by_state(db):
    """With the oldest of each: what a dashboard shows as depth and age."""
    added = outbox.add(db, [letter(3), letter(1), letter(2), letter(1, "desk")])
    outbox.settle(db, [added[2].seq], "dead", START)
    assert outbox.tallies(db) == [
        Tally("phone", "dead", 1, START + 2 * SECOND),
        Tally("desk", "waiting", 1, START + SECOND),
        Tally("phone", "waiting", 2, START + SECOND),
    ]
    assert outbox.tallies(db, ["dead", "expired"]) == [Tally("phone", "dead", 1, START + 2 * SECOND)]


def test_all_that_waits_for_a_receiver_is_buried_at_once(db):
    """However much it is, and whether or not this version can read it; what waits for others goes on waiting."""
    added = outbox.add(db, [letter(1), letter(2, due=START + 60 * SECOND), letter(3), letter(1, "desk")])
    outbox.settle(db, [added[2].seq], "delivered", START)
    db.execute("UPDATE notifications SET body = '{}' WHERE id = ?", (added[1].notification.id,))
    assert outbox.bury(db, "phone", START, "it left") == 2
    assert states(db) == {(1, "phone"): "dead", (2, "phone"): "dead", (3, "phone"): "delivered", (1, "desk"): "waiting"}


def test_who_has_heard_of_a_story_is_known_whatever_became_of_its_letters(db):
    """By receiver and by story; a letter that is dead was meant for it all the same."""
    (added,) = outbox.add(db, [letter(1)])
    outbox.settle(db, [added.seq], "dead", START)
    story = added.notification.news.id
    assert outbox.heard(db, "phone", story)
    assert not outbox.heard(db, "desk", story)
    assert not outbox.heard(db, "phone", "another")
