"""Whatever happens to the outbox, in whatever order, it holds what a plain dict of letters would hold."""

import shutil
import tempfile
from pathlib import Path

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from scanner.store import archive, outbox, upkeep
from scanner.store.outbox import ENDS
from tests.store.letters import DAY, SECOND, START, database, letter, notification

RECEIVERS = ("phone", "desk", "slack")
STORIES = st.integers(0, 12)


class Outbox(RuleBasedStateMachine):
    """`model` is (story, receiver) → the letter and its state, in the order of their seqs."""

    def __init__(self):
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.db = database(self.folder)
        self.model = {}
        self.noted = []

    def teardown(self):
        self.db.close()
        shutil.rmtree(self.folder)

    def chosen(self, data):
        return data.draw(st.lists(st.sampled_from(list(self.model)), unique=True))

    @rule(stories=st.lists(STORIES, max_size=4), receiver=st.sampled_from(RECEIVERS), due=st.integers(0, 3))
    def add(self, stories, receiver, due):
        given = [letter(story, receiver, due=START + due) for story in stories]
        fresh = {story for story in stories if (story, receiver) not in self.model}
        added = outbox.add(self.db, given)
        assert {int(each.notification.news.id, 16) for each in added} == fresh
        for each in added:
            self.model[int(each.notification.news.id, 16), receiver] = (each, "waiting")
        self.noted += [story for story in dict.fromkeys(stories) if story not in self.noted]

    @precondition(lambda self: self.model)
    @rule(data=st.data(), state=st.sampled_from(ENDS))
    def settle(self, data, state):
        keys = self.chosen(data)
        outbox.settle(self.db, [self.model[key][0].seq for key in keys], state, START)
        for key in keys:
            found, before = self.model[key]
            self.model[key] = (found, before if before == "delivered" else state)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def fail(self, data):
        keys = self.chosen(data)
        outbox.failed(self.db, [self.model[key][0].seq for key in keys], START, "500")
        for key in keys:
            found, state = self.model[key]
            if state == "waiting":
                self.model[key] = (msgspec.structs.replace(found, attempts=found.attempts + 1), state)

    @rule(receiver=st.none() | st.sampled_from(RECEIVERS), stories=st.none() | st.lists(STORIES), at=st.integers(1, 9))
    def revive(self, receiver, stories, at):
        meant = [
            key
            for key, (_, state) in self.model.items()
            if state in {"dead", "expired"} and receiver in {None, key[1]} and (stories is None or key[0] in stories)
        ]
        ids = None if stories is None else [notification(story).id for story in stories]
        assert outbox.revive(self.db, at, ids=ids, receiver=receiver) == len(meant)
        for key in meant:
            self.model[key] = (msgspec.structs.replace(self.model[key][0], attempts=0, revived=at), "waiting")

    @rule(count=st.integers(3, 15), age=st.integers(0, 20))
    def prune(self, count, age):
        beyond = self.noted[: max(0, len(self.noted) - count)]
        beyond += [story for story in self.noted if story < age and story not in beyond]
        waits = {story for (story, _), (_, state) in self.model.items() if state == "waiting"}
        pruned = upkeep.prune(self.db, START + age * SECOND + DAY, DAY, count)
        assert pruned.notifications == len(set(beyond) - waits)
        gone = set(beyond) - waits
        self.noted = [story for story in self.noted if story not in gone]
        self.model = {
            key: (found, "dropped" if state == "waiting" and key[0] in beyond else state)
            for key, (found, state) in self.model.items()
            if key[0] not in gone
        }

    @rule()
    def restart(self):
        self.db.close()
        self.db = database(self.folder)

    @rule()
    def roll_back(self):
        """A transaction that fails leaves nothing behind, and may be run again."""
        self.db.execute("BEGIN IMMEDIATE")
        outbox.add(self.db, [letter(99, receiver) for receiver in RECEIVERS])
        outbox.revive(self.db, START)
        upkeep.prune(self.db, START, DAY, 0)
        self.db.execute("ROLLBACK")

    @invariant()
    def every_line_is_whole_and_in_order(self):
        for receiver in RECEIVERS:
            line = [found for (_, to), (found, state) in self.model.items() if to == receiver and state == "waiting"]
            line.sort(key=lambda each: (each.due, each.seq))
            assert outbox.waiting(self.db, receiver) == line
            assert outbox.waiting(self.db, receiver, limit=2) == line[:2]
            assert outbox.waiting(self.db, receiver, without=[each.seq for each in line[:2]]) == line[2:]

    @invariant()
    def the_list_shows_each_letter_in_its_state(self):
        shown = {
            (int(each.story, 16), standing.receiver): standing.state
            for each in archive.listed(self.db, limit=100)
            for standing in each.letters
        }
        assert shown == {key: state for key, (_, state) in self.model.items()}
        assert sum(tally.letters for tally in outbox.tallies(self.db)) == len(self.model)


TestOutbox = Outbox.TestCase
TestOutbox.settings = settings(max_examples=30, stateful_step_count=20)
