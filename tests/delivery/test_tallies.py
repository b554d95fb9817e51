"""Counters that a graph can rely on."""

from scanner.delivery.tallies import REASONS, Tallies


def test_why_messages_were_sent_plainer_is_counted_by_receiver_and_reason():
    tallies = Tallies(["one", "two"])
    degrade = tallies.degrade("one")
    degrade("template")
    degrade("template")
    tallies.degrade("two")("length")
    assert tallies.degraded == {("one", "template"): 2, ("two", "length"): 1}


def test_reasons_are_bounded_and_the_rest_is_counted_together():
    tallies = Tallies(["one"])
    degrade = tallies.degrade("one")
    for number in range(REASONS + 5):
        degrade(f"reason-{number}")
    degrade("reason-0")
    assert len(tallies.degraded) == REASONS + 1
    assert tallies.degraded["one", "other"] == 5
    assert tallies.degraded["one", "reason-0"] == 2


def test_dead_letters_are_all_that_trying_again_could_not_help():
    tallies = Tallies(["one"])
    for outcome in ("refused", "given_up", "gone", "gone", "expired", "dropped", "delivered", "kept", "retried"):
        tallies.count("one", outcome)
    assert tallies.dead_letters() == {"one": 4}
