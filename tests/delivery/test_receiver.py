"""Each receiver gets its letters in order, at its own pace, with bounded patience, and what it does not get is kept."""

import pytest
import structlog
import trio

from scanner.delivery import receiver as module
from scanner.delivery.hand import MOST
from scanner.sinks.base import Delivered, Gone, Refused, Retry
from scanner.store import outbox, receivers
from tests.delivery.office import SECOND, START, Office, Sink, alert, quiet, scattered

NO = Retry("busy")


async def test_alerts_arrive_in_order_at_every_receiver(autojump_clock, tmp_path):
    one, two = Sink(), Sink()
    office = Office(tmp_path, {"one": one, "two": two})
    await office.serve(*scattered(3))
    assert one.stories == two.stories == [(f"story-{number}", "opened") for number in range(3)]
    assert office.outcomes("one") == office.outcomes("two") == {"delivered": 3}
    assert office.states("one") == {"delivered": 3}


async def test_a_retry_waits_longer_each_time_and_the_next_alert_begins_anew(autojump_clock, tmp_path):
    """1, 2, 4 s; then the second alert's first wait is 1 s again."""
    sink = Sink(NO, NO, NO, Delivered(), NO)
    office = Office(tmp_path, {"one": sink})
    await office.serve(*scattered(2))
    assert sink.moments == [0, 1, 3, 7, 7, 8]
    assert office.outcomes("one") == {"retried": 4, "delivered": 2}
    assert office.dispatcher.tallies.attempts == {"one": 6}


async def test_after_five_failures_it_is_only_probed(autojump_clock, tmp_path):
    """1, 2, 4, 8 s; then the circuit is open: 16, 32 and 60 s lie between probes, until one comes through."""
    sink = Sink(*[NO] * 8)
    office = Office(tmp_path, {"one": sink}, attempts=20)
    async with office.open():
        office.offer(*scattered(2))
        await trio.sleep(7)
        assert office.dispatcher.states() == {"one": "failing"}
        await trio.sleep(10)
        assert office.dispatcher.states() == {"one": "open"}
    assert sink.moments == [0, 1, 3, 7, 15, 31, 63, 123, 183, 183]
    assert office.dispatcher.states() == {"one": "up"}


async def test_after_the_last_attempt_an_alert_is_a_dead_letter_and_the_next_has_its_turn(autojump_clock, tmp_path):
    sink = Sink(*[NO] * 3)
    office = Office(tmp_path, {"one": sink}, attempts=3)
    await office.serve(*scattered(2))
    assert sink.moments == [0, 1, 3, 7]
    assert sink.stories == [("story-1", "opened")]
    assert office.outcomes("one") == {"retried": 2, "given_up": 1, "delivered": 1}
    assert office.dispatcher.tallies.dead_letters() == {"one": 1}
    assert office.states("one") == {"dead": 1, "delivered": 1}


@pytest.mark.parametrize(("asked", "waited"), [(30.0, 30.0), (0.0, 1.0), (0.5, 1.0), (None, 1.0), (86_400.0, 300.0)])
async def test_a_receiver_s_wish_to_wait_is_honoured_within_reason(asked, waited, autojump_clock, tmp_path):
    """Never sooner than our own manners, never later than five minutes: an alert is news."""
    sink = Sink(Retry("busy", asked))
    await Office(tmp_path, {"one": sink}).serve(alert())
    assert sink.moments == [0, waited]


async def test_what_is_refused_is_not_tried_again(autojump_clock, tmp_path):
    """It is a dead letter, and the receiver counts as failing until something arrives."""
    sink = Sink(Refused("answered 404"))
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        office.offer(alert(0))
        await quiet()
        (failing,) = office.dispatcher.failing().values()
        assert (failing.since, failing.why) == (START, "answered 404")
        office.offer(alert(1))
        await quiet()
        assert office.dispatcher.failing() == {}
    assert office.outcomes("one") == {"refused": 1, "delivered": 1}
    assert office.states("one") == {"dead": 1, "delivered": 1}


async def test_how_long_it_has_been_failing_counts_from_the_first_failure(autojump_clock, tmp_path):
    office = Office(tmp_path, {"one": Sink(*[NO] * 6)}, attempts=20)
    async with office.open(grace_s=0):
        await trio.sleep(5)
        office.offer(alert())
        await trio.sleep(20)
        assert office.dispatcher.failing()["one"].since == START + 5 * SECOND


async def test_a_slow_receiver_delays_nobody(autojump_clock, tmp_path):
    """Neither whoever offers nor the other receiver: it has its alerts at once, the slow one takes an hour each."""
    slow, quick = Sink(takes=3600.0), Sink()
    office = Office(tmp_path, {"slow": slow, "quick": quick})
    async with office.open(grace_s=0):
        began = trio.current_time()
        office.offer(*scattered(10))
        await quiet()
        assert trio.current_time() == began
        assert (len(quick.got), len(slow.got)) == (10, 0)


async def test_a_pace_is_kept_in_every_window(autojump_clock, tmp_path):
    """Two a second: never a third within any second, however long nothing was sent before."""
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    office.change("one", pace=((2, 1.0),))
    async with office.open():
        await trio.sleep(60)
        office.offer(*scattered(5))
    assert sink.moments == [60, 60, 61, 61, 62]


async def test_an_operator_s_pace_takes_the_place_of_the_documented_one(autojump_clock, tmp_path):
    sink = Sink()
    office = Office(tmp_path, {"one": sink}, per_minute=1)
    office.change("one", pace=((2, 1.0),))
    await office.serve(*scattered(3))
    assert sink.moments == [0, 60, 120]


async def test_what_is_older_than_its_receiver_s_max_age_is_not_sent_as_news(autojump_clock, tmp_path):
    """The receiver was away for too long; the alert is marked expired, with the reason, and the next one is sent."""
    sink = Sink(Retry("busy", 100.0))
    office = Office(tmp_path, {"one": sink}, max_age=60.0)
    async with office.open():
        office.offer(alert(0))
        await trio.sleep(90)
        office.offer(alert(1))
    assert sink.stories == [("story-1", "opened")]
    assert sink.moments == [0, 100]
    assert office.outcomes("one") == {"retried": 1, "expired": 1, "delivered": 1}
    assert office.states("one") == {"expired": 1, "delivered": 1}


async def test_an_alert_that_an_operator_revives_is_news_again(autojump_clock, tmp_path):
    """`scanner alerts retry` beside a running scanner: within a second it is sent, with all its attempts."""
    sink = Sink(Refused("answered 400"), NO)
    office = Office(tmp_path, {"one": sink}, max_age=60.0, attempts=2)
    async with office.open():
        office.offer(alert())
        await trio.sleep(600)
        assert office.ask(lambda database: outbox.revive(database, office.clock())) == 1
        await trio.sleep(5)
        assert office.outcomes("one") == {"refused": 1, "retried": 1, "delivered": 1}
    assert [notification.id for _, notification, _ in sink.attempts] == [sink.got[0].id] * 3


async def test_a_receiver_that_is_gone_is_not_asked_again_and_what_waited_is_dead(autojump_clock, tmp_path):
    """What comes later too; an operator can have all of it sent again."""
    sink = Sink(Delivered(), Gone("answered 410"))
    office = Office(tmp_path, {"one": sink, "two": Sink()})
    async with office.open():
        office.offer(*scattered(4))
        await quiet()
        office.offer(alert(9))
        await trio.sleep(3600)
        assert office.dispatcher.states() == {"one": "disabled", "two": "up"}
        assert office.dispatcher.failing()["one"].why == "answered 410"
    assert len(sink.attempts) == 2
    assert office.outcomes("one") == {"delivered": 1, "gone": 4}
    assert office.states("one") == {"delivered": 1, "dead": 4}
    assert office.outcomes("two") == {"delivered": 5}


async def test_a_receiver_that_is_gone_stays_so_after_a_restart_until_it_is_enabled(autojump_clock, tmp_path):
    await Office(tmp_path, {"one": Sink(Gone("answered 410"))}).serve(alert(0))
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        office.offer(alert(1))
        await trio.sleep(10)
        assert office.dispatcher.states() == {"one": "disabled"}
        office.ask(lambda database: (receivers.enable(database, "one"), outbox.revive(database, office.clock())))
        await trio.sleep(1)
        assert office.dispatcher.states() == {"one": "up"}
    assert sink.stories == [("story-0", "opened"), ("story-1", "opened")]


async def test_what_the_store_was_asked_before_a_receiver_was_gone_does_not_bring_it_back(autojump_clock, tmp_path):
    office = Office(tmp_path, {"one": Sink(Gone("answered 410"))})
    async with office.open():
        await trio.sleep(5)
        office.offer(alert(0))
        await quiet()
        receiver = office.dispatcher._receivers["one"]
        receiver.obey(None, 0, office.clock() - 1)
        assert receiver.state == "disabled"
        receiver.obey(None, 0, office.clock() + 1)
        assert receiver.state == "up"


async def test_a_receiver_with_new_settings_is_another_one(autojump_clock, tmp_path):
    """What its predecessor wanted no more says nothing about it."""
    await Office(tmp_path, {"one": Sink(Gone("answered 410"))}).serve(alert(0))
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    office.change("one", fingerprint="another")
    await office.serve(alert(1))
    assert sink.stories == [("story-1", "opened")]
    assert office.ask(receivers.disabled) == {}


async def test_a_burst_is_one_message_of_its_own_id(autojump_clock, tmp_path):
    """Three at once, four together ten seconds after the first; each is marked as delivered."""
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        for number in range(7):
            office.offer(alert(number))
            await trio.sleep(1)
        await trio.sleep(10)
    assert sink.moments == [0, 1, 2, 10]
    assert [len(getattr(each.news, "alerts", "1")) for each in sink.got] == [1, 1, 1, 4]
    assert sink.got[-1].type == "alert.grouped"
    assert office.outcomes("one") == {"delivered": 7}
    assert office.states("one") == {"delivered": 7}


async def test_a_burst_that_memory_does_not_hold_is_several_messages(autojump_clock, tmp_path):
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        office.offer(*[alert(number) for number in range(MOST + 103)])
        await trio.sleep(15)
        assert [len(getattr(each.news, "alerts", "1")) for each in sink.got] == [1, 1, 1, MOST, 100]
    assert len({each.id for each in sink.got}) == 5
    assert office.states("one") == {"delivered": MOST + 103}


async def test_a_group_that_is_tried_again_is_the_very_same_message(autojump_clock, tmp_path):
    sink = Sink(Delivered(), Delivered(), Delivered(), NO, NO)
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        office.offer(*[alert(number) for number in range(6)])
        await trio.sleep(10.5)
        office.offer(*[alert(number) for number in range(6, 9)])
    groups = [notification for _, notification, _ in sink.attempts[3:6]]
    assert groups[0] == groups[1] == groups[2]
    assert len({group.id for group in groups}) == 1


async def test_an_escalation_comes_after_the_gathered_opening_of_its_story(autojump_clock, tmp_path):
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        office.offer(*[alert(number) for number in range(5)])
        office.offer(alert(4, kind="escalated", number=1), alert(0, kind="escalated", number=1))
        await trio.sleep(11)
    kinds = [(each.news.kind, each.type) for each in sink.got]
    assert kinds == [
        *[("opened", "alert.opened")] * 3,
        ("escalated", "alert.escalated"),
        ("opened", "alert.grouped"),
        ("escalated", "alert.escalated"),
    ]
    assert sink.got[3].news.id == "story-0"


async def test_a_receiver_that_wants_no_groups_gets_each_at_once(autojump_clock, tmp_path):
    sink = Sink()
    await Office(tmp_path, {"one": sink}, group=False).serve(*[alert(number) for number in range(6)])
    assert sink.moments == [0] * 6


async def test_a_receiver_that_hears_no_old_news_is_not_kept_waiting_for_a_burst_to_end(autojump_clock, tmp_path):
    """Gathered for ten seconds, an alert would be too old for it."""
    sink = Sink()
    await Office(tmp_path, {"one": sink}, max_age=5.0).serve(*[alert(number) for number in range(6)])
    assert sink.moments == [0] * 6


async def test_what_follows_in_a_story_is_given_what_its_first_message_is_called(autojump_clock, tmp_path):
    sink = Sink(Delivered("message-1"), Delivered("other"), Delivered("ignored"))
    office = Office(tmp_path, {"one": sink})
    await office.serve(alert(0), alert(1), alert(0, kind="escalated", number=1), alert(0, kind="closed", number=2))
    assert [earlier for _, _, earlier in sink.attempts] == ["", "", "message-1", "message-1"]


async def test_the_first_message_of_a_story_is_known_after_a_restart(autojump_clock, tmp_path):
    await Office(tmp_path, {"one": Sink(Delivered("message-1"))}).serve(alert(0))
    sink = Sink()
    await Office(tmp_path, {"one": sink}).serve(alert(0, kind="closed", number=1))
    assert [earlier for _, _, earlier in sink.attempts] == ["message-1"]


async def test_a_message_about_a_burst_is_nobody_s_first_message(autojump_clock, tmp_path):
    """To edit it would take away what it says of the others: the story goes on in a message of its own."""
    sink = Sink(*[Delivered(f"message-{number}") for number in range(9)])
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        office.offer(*[alert(number) for number in range(5)])
        await trio.sleep(11)
        office.offer(alert(4, kind="escalated", number=1), alert(4, kind="closed", number=2))
    assert [earlier for _, _, earlier in sink.attempts[3:]] == ["", "", "message-4"]


async def test_however_many_wait_few_are_in_memory_and_all_arrive_in_order(autojump_clock, tmp_path):
    sink = Sink(Retry("busy", 30.0))
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        for number in range(4 * MOST):
            office.offer(alert(number, exchanges=(f"venue-{number}",)))
        await trio.sleep(20)
        waiting = office.dispatcher.waiting()["one"]
        assert (waiting.letters, waiting.oldest_s) == (4 * MOST, 20)
        assert len(office.dispatcher._receivers["one"]._shelf.hand) == MOST
    assert sink.stories == [(f"story-{number}", "opened") for number in range(4 * MOST)]
    assert office.states("one") == {"delivered": 4 * MOST}


async def test_trouble_is_said_every_ten_seconds_with_what_was_left_out(autojump_clock, tmp_path):
    """Retries at 0, 1, 3, 7, 15 s are lines at 0 and 15 s; giving up is a line of its own."""
    with structlog.testing.capture_logs() as lines:
        await Office(tmp_path, {"one": Sink(*[NO] * 6)}, attempts=6).serve(alert())
    assert [(line["event"], line["why"], line["left_out"]) for line in lines] == [
        ("alert retried", "busy", 0),
        ("alert retried", "busy", 3),
        ("alert given_up", "given up after 6 attempts: busy", 0),
    ]


async def test_closing_delivers_what_waits_within_its_grace_and_keeps_the_rest(autojump_clock, tmp_path):
    """Five at 2 s each within 7 s: three arrive, two are in the outbox for the next start, in which they arrive."""
    sink = Sink(takes=2.0)
    office = Office(tmp_path, {"one": sink})
    await office.serve(*scattered(5), grace_s=7)
    assert len(sink.got) == 3
    assert sink.closed_at == 7
    assert office.outcomes("one") == {"delivered": 3, "kept": 2}
    after = Sink()
    await Office(tmp_path, {"one": after}).serve()
    assert after.stories == [("story-3", "opened"), ("story-4", "opened")]


async def test_at_closing_a_burst_does_not_wait_for_its_end(autojump_clock, tmp_path):
    sink = Sink()
    await Office(tmp_path, {"one": sink}).serve(*[alert(number) for number in range(5)])
    assert sink.moments == [0] * 4
    assert sink.got[-1].type == "alert.grouped"


async def test_attempts_of_an_earlier_life_count(autojump_clock, tmp_path):
    await Office(tmp_path, {"one": Sink(*[NO] * 2)}, attempts=3).serve(alert(), grace_s=2)
    sink = Sink(NO)
    office = Office(tmp_path, {"one": sink}, attempts=3)
    await office.serve()
    assert sink.moments == [0]
    assert office.states("one") == {"dead": 1}


async def test_a_clock_that_is_set_back_holds_up_nothing(autojump_clock, tmp_path):
    """Alerts keep their order, and a burst that seems to lie an hour ahead is sent."""
    sink = Sink()
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        office.offer(*[alert(number) for number in range(5)])
        office.step = -3600 * SECOND
        office.offer(alert(4, kind="escalated", number=1))
        await trio.sleep(15)
        assert [each.type for each in sink.got] == [*["alert.opened"] * 3, "alert.grouped", "alert.escalated"]


async def test_a_story_keeps_its_order_when_the_clock_is_set_back_in_its_middle(autojump_clock, tmp_path):
    sink = Sink(takes=5.0)
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        office.offer(alert(1))
        await quiet()
        office.offer(alert(0))
        await trio.sleep(1)
        office.step = -3600 * SECOND
        office.offer(alert(0, kind="escalated", number=1))
    assert sink.stories == [("story-1", "opened"), ("story-0", "opened"), ("story-0", "escalated")]


async def test_a_clock_that_is_set_forward_marks_as_expired_what_it_made_old(autojump_clock, tmp_path):
    sink = Sink(NO)
    office = Office(tmp_path, {"one": sink})
    async with office.open():
        office.offer(alert())
        await quiet()
        office.step = 3600 * SECOND
    assert office.outcomes("one") == {"retried": 1, "expired": 1}


async def test_how_long_a_delivery_took_is_counted_from_the_decision(autojump_clock, tmp_path):
    office = Office(tmp_path, {"one": Sink(NO, NO)})
    await office.serve(alert())
    seconds = office.dispatcher.tallies.seconds["one"]
    assert (sum(seconds.counts), seconds.sum) == (1, 3.0)


async def test_a_sink_that_cannot_let_go_does_not_hold_up_the_end(autojump_clock, tmp_path):
    """Closing it has two seconds."""

    class Clinging(Sink):
        async def aclose(self):
            await trio.sleep_forever()

    began = trio.current_time()
    await Office(tmp_path, {"one": Clinging()}).serve()
    assert trio.current_time() - began == module.FAREWELL_S


async def test_a_bug_in_a_sink_falls_loudly(autojump_clock, tmp_path):
    """It is no outcome: nobody must mistake it for a receiver's refusal."""
    with pytest.RaisesGroup(TypeError, flatten_subgroups=True):
        await Office(tmp_path, {"one": Sink(takes="no number")}).serve(alert())
