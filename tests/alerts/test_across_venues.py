"""A coin that goes on several venues at once is one story: who led, who followed, by how much, and nothing twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.episodes import Episodes, Settings
from scanner.model.alert import SEVERITIES
from scanner.model.instrument import Instrument
from tests.alerts.signals import ABC, SECOND, START, signal

VENUES = ("upbit", "bithumb", "okx")
HOLD = round(1.5 * SECOND)
TURN = ["closed", "opened"]


class Around:
    """Surroundings made by hand."""

    def __init__(self, venues=3, *, stirs=False, explained=()):
        self.count = venues
        self.stirs = stirs
        self.explained = explained
        """Coins that only go along."""

    def venues(self, _):
        return self.count

    def stirring(self, *_):
        return self.stirs

    def explains(self, said):
        return said.instrument in self.explained


def episodes_in(around, **settings):
    episodes = Episodes(Settings(**settings))
    episodes.surroundings = around
    return episodes


def test_the_venues_that_fire_together_stand_in_one_alert():
    """Held for a second and a half from the first signal, by our clock, and not a nanosecond longer."""
    episodes = episodes_in(Around())
    assert episodes.hear(signal(change=0.06), START) == []
    assert episodes.hear(signal(exchange="bithumb", change=0.055), START + 400_000_000) == []
    assert episodes.release(START + HOLD - 1) == []
    (alert,) = episodes.release(START + HOLD)
    assert alert.kind == "opened"
    assert alert.exchanges == ("upbit", "bithumb")
    assert alert.headline == "ABC/KRW +6.0 % in 1 s; upbit led bithumb (+5.5 %) by 0.4 s"
    assert alert.facts == {
        "trades": 4,
        "leader": "upbit",
        "lead_s": 0.4,
        "upbit_after_s": 0.0,
        "upbit_change": 0.06,
        "bithumb_after_s": 0.4,
        "bithumb_change": 0.055,
    }
    assert episodes.decisions == {("pump", "first"): 1, ("pump", "joined"): 1}


def test_a_coin_of_one_venue_is_told_at_once():
    (alert,) = episodes_in(Around(1)).hear(signal(), START)
    assert alert.exchanges == ("upbit",)


def test_what_is_critical_is_told_at_once():
    """And so is what becomes critical while it is held, with those who have come so far."""
    assert episodes_in(Around()).hear(signal(severity="critical"), START)
    episodes = episodes_in(Around())
    episodes.hear(signal(), START)
    (alert,) = episodes.hear(signal(exchange="okx", severity="critical", change=0.3), START + 1)
    assert alert.exchanges == ("upbit", "okx")
    assert alert.severity == "critical"
    assert episodes.due is None


def test_nobody_is_waited_for_when_all_have_spoken():
    episodes = episodes_in(Around(2))
    assert episodes.hear(signal(), START) == []
    assert len(episodes.hear(signal(exchange="okx"), START + 1)) == 1


def test_holding_can_be_switched_off():
    assert episodes_in(Around(), hold=0.0).hear(signal(), START)


def test_a_later_signal_releases_what_is_due_before_it_is_judged():
    """A venue that comes when the moment is over was not there in time, whoever looks first."""
    episodes = episodes_in(Around())
    episodes.hear(signal(), START)
    (alert,) = episodes.hear(signal(exchange="bithumb"), START + HOLD)
    assert alert.exchanges == ("upbit",)
    assert episodes.decisions == {("pump", "first"): 1, ("pump", "joined"): 1}


def test_who_joins_later_opens_nothing_and_is_listed_when_the_story_goes_on():
    episodes = episodes_in(Around())
    episodes.hear(signal(), START)
    (opened,) = episodes.tick(START + HOLD)
    assert episodes.hear(signal(exchange="bithumb", change=0.07), START + 20 * SECOND) == []
    (escalated,) = episodes.hear(signal(severity="high", change=0.11), START + 30 * SECOND)
    assert (opened.exchanges, escalated.exchanges) == (("upbit",), ("upbit", "bithumb"))
    assert escalated.id == opened.id
    assert escalated.facts["lead_s"] == 20.0


def test_a_follower_may_tell_the_worst_of_it():
    """The leader leads all the same; the numbers say whose they are."""
    episodes = episodes_in(Around(1))
    episodes.hear(signal(), START)
    worse = signal(
        exchange="okx",
        severity="high",
        price=9.9,
        change=0.2,
        instrument=Instrument("ABC", "USDT"),
        headline="ABC/USDT +20.0 % in 8 s",
    )
    (alert,) = episodes.hear(worse, START + SECOND)
    assert alert.exchanges == ("upbit", "okx")
    assert (str(alert.instrument), alert.price) == ("ABC/USDT", 9.9)
    assert alert.facts["exchange"] == "okx"
    assert alert.headline == "ABC/USDT +20.0 % in 8 s on okx; upbit led okx (+20.0 %) by 1.0 s"


def test_a_headline_names_three_followers_and_counts_the_rest():
    episodes = episodes_in(Around(9))
    for place, venue in enumerate("abcdef"):
        episodes.hear(signal(exchange=venue), START + place * 100_000_000)
    (alert,) = episodes.release(START + HOLD)
    assert alert.headline.endswith("; a led b (+6.0 %) by 0.1 s, c (+6.0 %) by 0.2 s, d (+6.0 %) by 0.3 s, 2 more")
    assert alert.facts["f_after_s"] == 0.5


@pytest.mark.parametrize("skew", [-5 * SECOND, 5 * SECOND])
def test_venues_whose_clocks_differ_are_compared_by_ours(skew):
    """Who came first to us led; `at` stays the time of the venue that decided."""
    episodes = episodes_in(Around(2))
    episodes.hear(signal(START), START)
    (alert,) = episodes.hear(signal(START + skew, exchange="bithumb"), START + 300_000_000)
    assert alert.exchanges == ("upbit", "bithumb")
    assert alert.facts["lead_s"] == 0.3
    assert alert.at == START


def test_of_two_in_the_same_moment_the_name_decides():
    """Not who happened to be read first."""
    alerts = []
    for order in (("okx", "bithumb"), ("bithumb", "okx")):
        episodes = episodes_in(Around(2))
        for venue in order:
            alerts += episodes.hear(signal(exchange=venue), START)
    assert alerts[0].exchanges == ("bithumb", "okx")
    assert alerts[0] == alerts[1]


def test_who_led_stays_the_leader_once_it_was_told():
    """Another venue's earlier signal may be read later, when its pipe was slow: it follows all the same."""
    episodes = episodes_in(Around(1))
    (opened,) = episodes.hear(signal(), START)
    episodes.hear(signal(exchange="bithumb"), START - 300_000_000)
    (escalated,) = episodes.hear(signal(severity="high"), START + SECOND)
    assert (opened.exchanges, escalated.exchanges) == (("upbit",), ("upbit", "bithumb"))
    assert escalated.facts["lead_s"] == 0.0


def test_within_a_minute_others_join_however_short_the_cooldown():
    """The same venue may tell anew, another one does not open a second story beside it: the first goes on with it."""
    episodes = episodes_in(Around(1), cooldown=5.0)
    episodes.hear(signal(), START)
    assert episodes.hear(signal(exchange="okx"), START + 59 * SECOND) == []
    assert [alert.kind for alert in episodes.hear(signal(exchange="bithumb"), START + 64 * SECOND)] == TURN
    episodes = episodes_in(Around(1), cooldown=5.0)
    episodes.hear(signal(), START)
    assert [alert.kind for alert in episodes.hear(signal(), START + 5 * SECOND)] == TURN


def test_a_story_that_others_may_join_is_not_closed_before():
    episodes = episodes_in(Around(1), cooldown=5.0)
    episodes.hear(signal(), START)
    assert episodes.tick(START + 60 * SECOND - 1) == []
    assert [alert.kind for alert in episodes.tick(START + 60 * SECOND)] == ["closed"]


def test_of_two_that_say_the_same_the_leader_s_numbers_are_told():
    """A few points more are no reason to speak for the leader."""
    episodes = episodes_in(Around(2))
    episodes.hear(signal(score=50), START)
    (alert,) = episodes.hear(signal(exchange="bithumb", score=60), START + 1)
    assert (alert.exchange, alert.score) == ("upbit", 50)


def test_a_moment_that_came_to_nothing_releases_nobody_else():
    """The story was told early; the coin's next one waits its own time out."""
    episodes = episodes_in(Around(2), cooldown=0.5, together=0.0)
    episodes.hear(signal(), START)
    assert episodes.hear(signal(exchange="okx"), START + 1)
    assert [alert.kind for alert in episodes.hear(signal(window_s=0.5), START + SECOND)] == ["closed"]
    assert episodes.release(START + HOLD) == []
    assert len(episodes.release(START + SECOND + HOLD)) == 1


def test_what_rises_while_it_is_held_is_told_as_it_stands():
    """One opening of the most that was said, no opening and escalation in one breath."""
    episodes = episodes_in(Around())
    for place, (stage, severity) in enumerate([("spike", "info"), ("pump", "warning"), ("pump", "high")]):
        episodes.hear(signal(stage=stage, severity=severity), START + place)
    (alert,) = episodes.release(START + 1 + HOLD)
    assert (alert.kind, alert.stage, alert.severity) == ("opened", "pump", "high")
    assert episodes.hear(signal(severity="high"), START + 1 + HOLD) == []


def test_trading_that_moves_a_price_waits_for_the_move_that_it_announces():
    """Ten seconds by itself; the pump that comes of it waits for the other venues only, and is the opening."""
    spike = signal(stage="spike", severity="info", change=0.012)
    episodes = episodes_in(Around(1))
    assert episodes.hear(spike, START) == []
    assert episodes.release(START + 10 * SECOND - 1) == []
    (alert,) = episodes.release(START + 10 * SECOND)
    assert (alert.kind, alert.stage) == ("opened", "spike")
    alone, among = episodes_in(Around(1)), episodes_in(Around(3))
    for each in (alone, among):
        each.hear(spike, START)
    (alert,) = alone.hear(signal(), START + 2 * SECOND)
    assert (alert.kind, alert.stage) == ("opened", "pump")
    assert among.hear(signal(), START + 2 * SECOND) == []
    (alert,) = among.release(START + 2 * SECOND + HOLD)
    assert (alert.kind, alert.stage) == ("opened", "pump")


def test_trading_at_a_steady_price_announces_nothing_and_waits_for_nothing():
    """Nor does it when nobody wants to wait, or when it is critical."""
    still = signal(stage="spike", change=0.009)
    assert episodes_in(Around(1)).hear(still, START)
    moving = signal(stage="spike", change=-0.02)
    assert episodes_in(Around(1), ripen=0.0).hear(moving, START)
    assert episodes_in(Around(1)).hear(signal(stage="spike", change=-0.02, severity="critical"), START)


def test_the_end_of_a_run_tells_what_is_held():
    episodes = episodes_in(Around())
    episodes.hear(signal(), START)
    episodes.hear(signal(instrument=Instrument("XYZ", "KRW")), START + 1)
    assert [str(alert.instrument) for alert in episodes.end()] == ["ABC/KRW", "XYZ/KRW"]
    assert episodes.end() == []


def test_coins_that_go_along_with_their_market_are_not_told():
    """Known at once, or only when the moment is over: either way nothing opens, and nothing cools."""
    around = Around(1, explained=(ABC,))
    episodes = episodes_in(around)
    assert episodes.hear(signal(), START) == []
    around.stirs, around.explained = True, ()
    assert episodes.hear(signal(), START + 1) == []
    around.explained = (ABC,)
    assert episodes.release(START + 1 + HOLD) == []
    assert episodes.decisions == {("pump", "market"): 2}
    around.stirs, around.explained = False, ()
    assert episodes.hear(signal(), START + 2 * SECOND)[0].kind == "opened"


def test_a_coin_that_was_told_may_fall_in_a_falling_market():
    """Who heard of its pump wants to hear of its dump, whatever pulls it down."""
    around = Around(1)
    episodes = episodes_in(around)
    episodes.hear(signal(), START)
    around.explained = (ABC,)
    assert [alert.stage for alert in episodes.hear(signal(stage="dump"), START + 1)] == ["dump"]


def test_a_market_always_waits_and_is_one_across_venues():
    """Critical or not: when it is found it has only begun, and on other venues it is just being found."""
    episodes = episodes_in(Around(1))
    crash = {"stage": "market", "rule": "market_move", "instrument": Instrument("*", "KRW"), "change": -0.03}
    assert episodes.hear(signal(severity="critical", **crash), START) == []
    assert episodes.hear(signal(exchange="bithumb", **crash), START + SECOND) == []
    (alert,) = episodes.tick(START + HOLD)
    assert (str(alert.instrument), alert.exchanges) == ("*/KRW", ("upbit", "bithumb"))


@given(
    st.lists(
        st.tuples(
            st.integers(0, 3 * SECOND),
            st.sampled_from(VENUES),
            st.sampled_from(["spike", "pump", "dump"]),
            st.sampled_from(SEVERITIES),
            st.integers(-5 * SECOND, 5 * SECOND),
        ),
        min_size=1,
        max_size=40,
    ),
    st.integers(1, 3),
)
def test_nothing_is_held_longer_than_its_moment_and_nothing_is_lost(steps, venues):
    """Whatever comes, in whatever clock: each signal is settled, and openings are at most a hold apart from theirs."""
    episodes, now, alerts = episodes_in(Around(venues), ripen=1.5), START, []
    for pause, venue, stage, severity, skew in steps:
        now += pause
        alerts += episodes.hear(signal(now + skew, exchange=venue, stage=stage, severity=severity), now)
        assert episodes.due is None or now < episodes.due <= now + HOLD
    alerts += episodes.tick(now + HOLD)
    assert episodes.due is None
    assert sum(episodes.decisions.values()) == len(steps)
    assert alerts
    assert alerts[0].kind == "opened"
    assert len({alert.id for alert in alerts if alert.kind == "opened"}) == len(
        [a for a in alerts if a.kind == "opened"]
    )
    assert all(len(set(alert.exchanges)) == len(alert.exchanges) for alert in alerts)
