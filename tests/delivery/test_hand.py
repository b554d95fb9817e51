"""The first letters of all that wait are in hand, in order; memory is bounded, and nothing falls between the two."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.delivery.hand import Hand
from scanner.model.news import Notification
from scanner.store.outbox import Letter
from tests.delivery.office import START, alert


def letter(seq, due=0, group=""):
    return Letter(Notification(alert(seq), START), "one", due, group, seq)


def seqs(hand):
    return [held.seq for held in hand.all()]


def test_what_is_due_first_comes_first_then_what_was_written_first():
    hand = Hand(durable=True)
    for seq, due in [(3, 10), (1, 20), (2, 10), (4, 0)]:
        hand.take(letter(seq, due))
    assert seqs(hand) == [4, 2, 3, 1]


def test_what_has_no_room_stays_in_the_store_until_its_page_is_read():
    hand = Hand(durable=True, most=2)
    for seq in (1, 2, 3, 4):
        assert hand.take(letter(seq)) is None
    assert (seqs(hand), hand.beyond) == ([1, 2], 2)
    hand.remove([letter(1)])
    hand.take(letter(5))
    assert (seqs(hand), hand.beyond) == ([2], 3)
    hand.page([letter(2), letter(3)], total=4, complete=False)
    assert (seqs(hand), hand.beyond) == ([2, 3], 2)


def test_what_is_due_before_what_is_in_hand_takes_its_place():
    hand = Hand(durable=True, most=2)
    for seq, due in [(1, 10), (2, 20), (3, 5)]:
        hand.take(letter(seq, due))
    assert (seqs(hand), hand.beyond) == ([3, 1], 1)


def test_a_letter_that_is_there_already_is_not_taken_twice():
    hand = Hand(durable=True)
    hand.take(letter(1))
    hand.take(letter(1))
    hand.page([letter(1)], total=1, complete=True)
    assert seqs(hand) == [1]


def test_a_letter_without_a_number_is_taken_whatever_waits_in_a_store_that_cannot_be_written():
    """After those of the same moment that have one."""
    hand = Hand(durable=True)
    hand.beyond = 7
    hand.take(letter(0, due=5))
    hand.page([letter(9, due=5)], total=1, complete=True)
    assert seqs(hand) == [9, 0]


def test_without_a_store_the_oldest_but_one_is_lost():
    """The oldest may be on its way already."""
    hand = Hand(durable=False, most=2)
    assert [hand.take(letter(seq)) for seq in (1, 2)] == [None, None]
    assert hand.take(letter(3)).seq == 2
    assert seqs(hand) == [1, 3]


STEPS = st.lists(st.one_of(st.tuples(st.just("new"), st.integers(0, 9)), st.tuples(st.sampled_from(["send", "read"]))))


@given(STEPS)
def test_letters_go_out_as_if_all_of_them_were_in_hand(steps):
    """Compared with a plain sorted list: the first is always the first of all, when what lies beyond has been read."""
    hand, store, number = Hand(durable=True, most=3), [], 0
    for step, *due in steps:
        if step == "new":
            number += 1
            store.append(letter(number, *due))
            hand.take(store[-1])
        first = sorted(store, key=lambda each: (each.due, each.seq))
        if step == "read" or (step == "send" and hand.first() is None):
            hand.page(first[:3], total=len(store), complete=len(store) <= 3)
        if step == "send" and store:
            assert hand.first() is first[0]
            hand.remove(first[:1])
            store.remove(first[0])
        assert len(hand) <= 3
        assert len(hand) + hand.beyond == len(store)
