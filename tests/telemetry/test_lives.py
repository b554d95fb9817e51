"""Workers die and start from nothing; what the scanner tells of them only grows."""

from collections import defaultdict
from unittest.mock import patch

from hypothesis import given
from hypothesis import strategies as st

from scanner.telemetry.lives import MOST_LABELS, OTHER, Lives
from tests.telemetry.standins import NOW, SECOND, link, pulse


def only(lives):
    (worker,) = lives
    return worker


def test_totals_add_up_over_lives():
    # Promise: a restart is no reset.
    lives = Lives()
    lives.started("upbit", 0)
    lives.pulse("upbit", 0, pulse({"messages": {"": 10}, "reconnects": {"closed": 1}}, cpu_s=2.0))
    lives.ended("upbit", 0)
    lives.started("upbit", 0)
    lives.pulse("upbit", 0, pulse({"messages": {"": 3}, "reconnects": {"silent": 2}}, cpu_s=0.5))
    worker = only(lives)
    assert worker.totals("messages") == {"": 13}
    assert worker.totals("reconnects") == {"closed": 1, "silent": 2}
    assert worker.cpu_s == 2.5
    assert worker.restarts == 1
    assert lives.total("reconnects") == 3


def test_a_death_keeps_the_totals_and_drops_the_present():
    # Promise: a dead worker has no connections and no memory, but its past.
    lives = Lives()
    lives.started("upbit", 0)
    warmth = {"instruments_to_warm": 236, "instruments_warming": 116}
    lives.pulse("upbit", 0, pulse({"messages": {"": 10}}, links=[link()], rss_bytes=1000, last_data=NOW, **warmth))
    assert (only(lives).to_warm, only(lives).warming) == (236, 116)
    lives.ended("upbit", 0)
    worker = only(lives)
    assert (worker.up, worker.links, worker.rss_bytes, worker.to_warm, worker.warming) == (False, (), 0, 0, 0)
    assert worker.totals("messages") == {"": 10}
    assert (worker.pulse_at, worker.last_data) == (NOW, NOW)


def test_a_new_life_has_not_forgotten_when_data_was_last_seen():
    # Promise: the age of the last data goes on growing over a restart.
    lives = Lives()
    lives.started("upbit", 0)
    lives.pulse("upbit", 0, pulse(last_data=NOW))
    lives.started("upbit", 0)
    lives.pulse("upbit", 0, pulse(at=NOW + SECOND, last_data=0))
    assert only(lives).last_data == NOW


def test_shards_are_workers_of_their_own():
    # Promise: the restart of one shard leaves the other's counters alone.
    lives = Lives()
    for shard, count in ((0, 5), (1, 7)):
        lives.started("upbit", shard)
        lives.pulse("upbit", shard, pulse({"messages": {"": count}}))
    lives.started("upbit", 0)
    assert lives.total("messages") == 12


def test_words_of_a_venue_do_not_fill_our_memory():
    # Promise: a counter has a bounded number of labels, and nothing is lost from its sum.
    lives = Lives()
    for life in range(3):
        lives.started("upbit", 0)
        lives.pulse("upbit", 0, pulse({"rejected": {f"error {life} {n}": 1 for n in range(100)}}))
    totals = only(lives).totals("rejected")
    assert len(totals) == MOST_LABELS + 1
    assert totals[OTHER] == 300 - MOST_LABELS
    assert totals.total() == 300


SHARD = st.integers(0, 1)
STEPS = st.one_of(
    st.tuples(st.just("started"), SHARD),
    st.tuples(st.just("ended"), SHARD),
    st.tuples(st.just("count"), SHARD, st.sampled_from(["messages", "rejected"]), st.integers(0, 5), st.integers(0, 9)),
)


@patch("scanner.telemetry.lives.MOST_LABELS", 2)
@given(st.lists(STEPS, max_size=60))
def test_no_total_ever_falls_however_workers_come_and_go(steps):
    # Promise: Prometheus never sees a counter fall or vanish, whatever is restarted when, also beyond the bound.
    lives = Lives()
    counters = defaultdict(lambda: defaultdict(lambda: defaultdict(int)))
    before = {}
    for kind, shard, *rest in steps:
        if kind == "started":
            counters[shard] = defaultdict(lambda: defaultdict(int))
            lives.started("upbit", shard)
        elif kind == "ended":
            lives.ended("upbit", shard)
        else:
            name, label, more = rest
            counters[shard][name][f"label {label}"] += more
            lives.pulse("upbit", shard, pulse({n: dict(labels) for n, labels in counters[shard].items()}))
        after = {
            (number, name, label): total
            for number, worker in enumerate(lives)
            for name in ("messages", "rejected")
            for label, total in worker.totals(name).items()
        }
        assert all(after.get(key, -1) >= total for key, total in before.items())
        before = after
