"""What has come to its end is not read again, however long its mark is on the way into the store."""

import pytest

from scanner.delivery import records as module
from scanner.delivery.records import Records
from scanner.model.news import Notification
from scanner.store import outbox
from scanner.store.database import DATABASE, connect
from scanner.store.outbox import Letter
from tests.delivery.office import START, alert


class Desk:
    """A writer that does the next job when it is told to, or says that it cannot now."""

    def __init__(self, folder):
        self.database = connect(folder / DATABASE, create=True)
        self.jobs = []
        self.writable = True

    def put(self, job, then=None, **_):
        self.jobs.append((job, then))

    def work(self, *, well=True):
        job, then = self.jobs.pop(0)
        result = job(self.database) if well else None
        if then is not None:
            then(result)


@pytest.fixture
def desk(tmp_path):
    desk = Desk(tmp_path)
    yield desk
    desk.database.close()


@pytest.fixture
def records(desk):
    return Records("one", desk, "")


@pytest.fixture
def letter(desk):
    (added,) = outbox.add(desk.database, [Letter(Notification(alert(), START), "one", START)])
    return added


def read(desk, records):
    """What a page holds that is asked for now, and is answered after all that was put before."""
    pages = []
    records.read(pages.append)
    while desk.jobs:
        desk.work()
    return pages[0][0]


def test_what_ended_while_a_page_was_being_read_is_not_in_it(desk, records, letter):
    pages = []
    records.read(pages.append)
    records.settle([letter], "delivered", START)
    desk.work()
    assert pages == [([], 1, True)]


def test_a_mark_that_was_postponed_or_lost_keeps_its_letter_away(desk, records, letter):
    """Until an operator asks for the letter again."""
    records.settle([letter], "dead", START)
    desk.work(well=False)
    assert read(desk, records) == []
    outbox.settle(desk.database, [letter.seq], "dead", START)
    outbox.revive(desk.database, START + 1)
    assert [each.seq for each in read(desk, records)] == [letter.seq]


def test_a_mark_that_is_written_is_forgotten_here(desk, records, letter):
    records.settle([letter], "delivered", START)
    assert read(desk, records) == []
    assert records._unmarked == {}


def test_what_is_remembered_is_bounded(desk, records, monkeypatch):
    monkeypatch.setattr(module, "UNMARKED", 3)
    monkeypatch.setattr(module, "REFERENCES", 3)
    for number in range(9):
        records.settle([Letter(Notification(alert(number), START), "one", START)], "dead", START)
        records.refer(f"story-{number}", f"message-{number}")
    assert len(records._unmarked) == len(records._references) == 3


def test_the_first_message_of_a_story_counts(desk, records):
    found = []
    records.refer("story", "first")
    records.refer("story", "second")
    records.reference("story", found.append)
    assert found == ["first"]


def test_a_question_that_was_given_up_is_not_asked_again(desk, records, letter):
    """A disk that is full for an hour leaves no hour of reading behind."""
    pages = []
    records.read(pages.append)
    job, then = desk.jobs.pop()
    then(None)
    assert pages == [None]
    assert job(desk.database) is None
    desk.writable = False
    records.read(pages.append)
    assert (pages, desk.jobs) == ([None, None], [])
