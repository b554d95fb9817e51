"""The smaller tables: silences, open stories, disabled receivers, decisions."""

from scanner.model.decision import Decision
from scanner.model.silence import Silence
from scanner.store import decisions, receivers, silences, stories
from scanner.store.receivers import Disabled
from tests.store.letters import SECOND, START


def silence(name, until):
    return Silence(name, ("symbol=KAVA/*", "rule=pump"), until, "an airdrop, leave me alone", START, "ada")


def test_a_silence_holds_until_it_ends(db):
    """At its very end it is over; who ends first stands first."""
    for name, until in (("late", START + 9), ("soon", START + 5), ("over", START)):
        silences.add(db, silence(name, until))
    assert silences.active(db, START) == [silence("soon", START + 5), silence("late", START + 9)]
    assert silences.active(db, START + 5) == [silence("late", START + 9)]
    assert [each.id for each in silences.all(db)] == ["over", "soon", "late"]


def test_a_silence_can_be_removed_and_replaced(db):
    """Whether there was one is said, so that a mistyped id is noticed."""
    silences.add(db, silence("a", START + 1))
    silences.add(db, silence("a", START + 2))
    assert silences.all(db) == [silence("a", START + 2)]
    assert [silences.remove(db, "a"), silences.remove(db, "a")] == [True, False]
    assert silences.all(db) == []


def test_silences_that_ended_long_ago_are_forgotten(db):
    """And no other."""
    for name, until in (("gone", START - 11), ("recent", START - 10), ("on", START + 1)):
        silences.add(db, silence(name, until))
    assert silences.prune(db, START, keep_ns=10) == 1
    assert [each.id for each in silences.all(db)] == ["recent", "on"]


def test_open_stories_outlive_the_process(db):
    """The newest state of each, byte for byte; an ended one is forgotten, unless it has begun again."""
    stories.save(db, {"a": b"\x00\xff one", "b": b"", "c": b"three"})
    stories.save(db, {"a": b"more", "c": b"anew"}, drop={"b", "c", "unknown"})
    assert stories.load(db) == {"a": b"more", "c": b"anew"}


def test_a_disabled_receiver_stays_so_until_it_is_enabled(db):
    """With why, since when and under which settings."""
    receivers.disable(db, "phone", "f00d", "410 Gone", START)
    receivers.disable(db, "phone", "beef", "410 Gone again", START + 1)
    assert receivers.disabled(db) == {"phone": Disabled("beef", "410 Gone again", START + 1)}
    assert [receivers.enable(db, "phone"), receivers.enable(db, "phone")] == [True, False]
    assert receivers.disabled(db) == {}


def decision(number, symbol="ABC/KRW", story=""):
    why = f"4.2 % in 60 s; the same was told {number} s ago"
    facts = {"change": 0.042, "told": number}
    return Decision(START + number * SECOND, "upbit", symbol, "pump", "cooling", why, story, facts=facts)


def test_decisions_are_found_by_coin_story_and_time(db):
    """The newest so many, told in the order in which they fell; both ends of the time are included."""
    decisions.add(db, [decision(1), decision(2, "XYZ/KRW"), decision(3, story="s"), decision(4, story="s")])
    assert decisions.find(db, limit=9) == [
        decision(1),
        decision(2, "XYZ/KRW"),
        decision(3, story="s"),
        decision(4, story="s"),
    ]
    assert decisions.find(db, symbol="ABC/KRW", limit=2) == [decision(3, story="s"), decision(4, story="s")]
    assert decisions.find(db, story="s", until=START + 3 * SECOND, limit=9) == [decision(3, story="s")]
    since, until = START + 1 * SECOND, START + 2 * SECOND
    assert decisions.find(db, since=since, until=until, limit=9) == [decision(1), decision(2, "XYZ/KRW")]
    assert decisions.find(db, symbol="NOBODY/KRW", limit=9) == []


def test_decisions_are_bounded_by_age_and_count(db, monkeypatch):
    """The oldest go; one pruning takes so many at most and says how many it took."""
    decisions.add(db, [decision(number) for number in range(10)])
    assert decisions.prune(db, START + 9 * SECOND, keep_ns=7 * SECOND, keep_count=100) == 2
    assert decisions.prune(db, START, keep_ns=SECOND, keep_count=5) == 3
    monkeypatch.setattr(decisions, "AT_ONCE", 2)
    assert decisions.prune(db, START, keep_ns=SECOND, keep_count=0) == 2
    assert [each.facts["told"] for each in decisions.find(db, limit=9)] == [7, 8, 9]
