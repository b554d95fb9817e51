"""One story per coin, opened once, told again only when it has risen; each signal has a reason."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.episodes import Episodes, Settings
from scanner.alerts.watches import WATCHED_S
from scanner.model.alert import SEVERITIES
from scanner.model.instrument import Instrument
from tests.alerts.signals import ABC, SECOND, START, signal

COOLDOWN = 300 * SECOND
PERPETUAL = Instrument("ABC", "KRW", "perpetual")
XYZ = Instrument("XYZ", "KRW")


def told(*signals, settings=None):
    """What was told of each, as `opened pump`; empty for what was not. Each is seen at its venue time."""
    episodes = Episodes(settings)
    return [" ".join(f"{a.kind} {a.stage}" for a in episodes.hear(each, each.at)) for each in signals]


def reasons(*signals, settings=None):
    """How often each reason was given."""
    episodes = Episodes(settings)
    for each in signals:
        episodes.hear(each, each.at)
    counts = {}
    for (_, reason), count in episodes.decisions.items():
        counts[reason] = counts.get(reason, 0) + count
    return counts


def test_an_alert_carries_all_that_its_signal_said():
    """And an id of its own, the venue as its only exchange; nothing is added while one venue tells it."""
    said = signal()
    (alert,) = Episodes().hear(said, START)
    assert (alert.kind, alert.exchanges) == ("opened", ("upbit",))
    values = msgspec.structs.asdict(said)
    assert values.pop("exchange") == alert.exchange
    assert {name: getattr(alert, name) for name in values} == values


@pytest.mark.parametrize(("later", "second"), [(COOLDOWN - 1, ""), (COOLDOWN, "closed pump opened pump")])
def test_the_cooldown_is_exact_to_the_nanosecond(later, second):
    assert told(signal(START), signal(START + later)) == ["opened pump", second]


def test_what_says_as_much_keeps_a_story_open():
    """And out of earshot: a coin that never rests is one story, told again every quarter of an hour."""
    minutes = [signal(START + minute * 60 * SECOND) for minute in range(46)]
    spoken = {number: said for number, said in enumerate(told(*minutes)) if said}
    assert spoken == {0: "opened pump", 15: "repeated pump", 30: "repeated pump", 45: "repeated pump"}
    assert reasons(*minutes) == {"first": 1, "cooling": 42, "repeated": 3}


def test_what_says_less_keeps_no_story_open():
    """Nor tells it again: five minutes after the pump its story is over, however much is traded."""
    busy = [signal(START + minute * 60 * SECOND, stage="spike", severity="critical") for minute in range(1, 6)]
    assert told(signal(START), *busy) == ["opened pump", "", "", "", "", "closed pump opened spike"]
    mild = [signal(START + minute * 60 * SECOND) for minute in range(1, 6)]
    assert told(signal(START, severity="high"), *mild)[-1] == "closed pump opened pump"


def test_nothing_is_repeated_when_nobody_wants_that():
    minutes = [signal(START + minute * 60 * SECOND) for minute in range(61)]
    assert [said for said in told(*minutes, settings=Settings(repeat=0.0)) if said] == ["opened pump"]


@pytest.mark.parametrize(("later", "second"), [(COOLDOWN - 1, ""), (COOLDOWN, "repeated pump")])
def test_a_turn_is_told_again_when_the_last_telling_has_cooled(later, second):
    """The second leg of a pump whose dump still goes on is heard."""
    first = signal(START), signal(START + 10 * SECOND, stage="dump")
    goes_on = [signal(START + (10 + 60 * minute) * SECOND, stage="dump", price=99.0) for minute in (1, 2, 3, 4)]
    leg = signal(START + 10 * SECOND + later)
    assert told(*first, *goes_on, leg) == ["opened pump", "escalated dump", *[""] * 4, second]


def test_the_wake_of_a_move_is_no_news():
    """A rule that looks back for long finds the same rise again: it neither keeps the story open nor opens another."""
    again = [signal(START + minute * 60 * SECOND, price=105.0, window_s=minute * 60.0) for minute in range(1, 15)]
    spoken = {place: said for place, said in enumerate(told(signal(START), *again)) if said}
    assert spoken == {0: "opened pump", 5: "closed pump"}
    assert reasons(signal(START), *again) == {"first": 1, "cooling": 4, "wake": 10}


def test_a_rise_that_goes_beyond_its_story_is_news_however_long_it_took():
    slow = signal(START + COOLDOWN, price=107.0, window_s=300.0)
    assert told(signal(START), slow) == ["opened pump", "closed pump opened pump"]


def test_what_is_over_is_remembered_for_a_quarter_of_an_hour():
    """As long as any rule looks back."""
    episodes = Episodes()
    episodes.hear(signal(START), START)
    assert episodes.tick(START + COOLDOWN)
    end = START + COOLDOWN + 900 * SECOND
    back = signal(end, price=100.0, window_s=1200.0)
    episodes.tick(end - 1)
    assert episodes.hear(back, end - 1) == []
    episodes.tick(end)
    assert [alert.kind for alert in episodes.hear(back, end)] == ["opened"]


def test_two_pumps_twenty_minutes_apart_are_two_stories():
    """Of two ids, also when the first one was dumped in between."""
    episodes, stages = Episodes(), [(0, "pump"), (240, "dump"), (1200, "pump")]
    alerts = [
        alert
        for second, stage in stages
        for alert in episodes.hear(signal(START + second * SECOND, stage=stage), START + second * SECOND)
    ]
    assert [(alert.kind, alert.stage) for alert in alerts] == [
        ("opened", "pump"),
        ("escalated", "dump"),
        ("closed", "dump"),
        ("opened", "pump"),
    ]
    assert [alert.number for alert in alerts] == [0, 1, 2, 0]
    assert alerts[0].id == alerts[1].id == alerts[2].id != alerts[3].id


def test_the_cooldown_runs_from_the_last_telling():
    """What goes on is one story, however long."""
    falls = signal(START + COOLDOWN - 1, stage="dump")
    assert told(signal(START), falls, signal(START + COOLDOWN)) == ["opened pump", "escalated dump", ""]


def test_a_story_rises_by_stage_and_by_severity():
    """And one id goes through all of it, with the number of each telling."""
    steps = [("pump", "info"), ("pump", "high"), ("peak", "info"), ("dump", "info")]
    times = [START + second * SECOND for second in (0, 1, 6, 7)]
    episodes = Episodes()
    alerts = [
        alert
        for at, (stage, severity) in zip(times, steps, strict=True)
        for alert in episodes.hear(signal(at, stage=stage, severity=severity), at)
    ]
    assert [alert.kind for alert in alerts] == ["opened", *["escalated"] * 3]
    assert [(alert.stage, alert.severity) for alert in alerts] == steps
    assert len({alert.id for alert in alerts}) == 1
    assert [alert.number for alert in alerts] == [0, 1, 2, 3]


def test_a_story_that_escalated_twice_keeps_its_peak_for_the_closing():
    """But hides no dump, and nothing severe."""
    steps = [("pump", "warning"), ("pump", "high"), ("pump", "critical"), ("peak", "warning"), ("dump", "warning")]
    said = [
        signal(START + place * 10 * SECOND, stage=stage, severity=severity)
        for place, (stage, severity) in enumerate(steps)
    ]
    assert told(*said) == ["opened pump", "escalated pump", "escalated pump", "", "escalated dump"]
    assert reasons(*said) == {"first": 1, "escalated": 3, "kept": 1}


def test_a_price_that_flickers_right_after_a_rise_has_not_peaked():
    """Five seconds must have passed since the rise was told; a dump may come at once."""
    for later, second in ((5 * SECOND - 1, ""), (5 * SECOND, "escalated peak")):
        assert told(signal(START), signal(START + later, stage="peak")) == ["opened pump", second]
    assert told(signal(START), signal(START + 1, stage="dump")) == ["opened pump", "escalated dump"]


@pytest.mark.parametrize("first", ["pump", "dump"])
def test_a_spike_in_the_wake_of_a_move_is_no_news(first):
    """Whatever the rules are called: stages rank."""
    move, spike = signal(START, rule="leap", stage=first), signal(START + 1, rule="busy", stage="spike")
    assert told(move, spike) == [f"opened {first}", ""]
    assert reasons(move, spike) == {"first": 1, "outranked": 1}


def test_another_rule_of_the_same_stage_tells_the_same_story():
    """A second pump rule is no second bell."""
    assert told(signal(START), signal(START + 1, rule="slow_pump")) == ["opened pump", ""]


def test_the_same_coin_for_another_currency_is_the_same_story():
    assert told(signal(START), signal(START + 1, instrument=Instrument("ABC", "BTC"))) == ["opened pump", ""]


@pytest.mark.parametrize("other", [XYZ, PERPETUAL], ids=str)
def test_another_coin_or_contract_is_another_story(other):
    assert told(signal(START), signal(START + 1, instrument=other)) == ["opened pump", "opened pump"]


def test_a_fall_and_a_rise_of_a_whole_market_are_two_stories():
    market = {"rule": "market_move", "stage": "market", "instrument": Instrument("*", "KRW")}
    ways = [signal(START + place, change=change, **market) for place, change in enumerate((-0.04, 0.04, -0.05))]
    assert told(*ways, settings=Settings(hold=0.0)) == ["opened market", "opened market", ""]


def test_a_watch_is_kept_and_never_told():
    """Not even the most severe one; a later one renews it, and two minutes after the last it is forgotten."""
    episodes = Episodes()
    early = signal(START, stage="watch", severity="critical")
    for second in (0, 60):
        assert episodes.hear(early, START + second * SECOND) == []
    last = START + 60 * SECOND
    episodes.tick(last + WATCHED_S * SECOND - 1)
    assert list(episodes.watches) == [early]
    assert episodes.stages["watch"] == 1
    episodes.tick(last + WATCHED_S * SECOND)
    assert list(episodes.watches) == []
    assert episodes.decisions == {("pump", "watched"): 2}


@pytest.mark.parametrize("stage", ["spike", "pump", "dump"])
def test_a_watch_never_starts_the_pump_s_cooldown(stage):
    signs = signal(START, stage="watch"), signal(START + 1, stage=stage)
    assert told(*signs, settings=Settings(ripen=0.0)) == ["", f"opened {stage}"]


def test_what_comes_of_a_watch_ends_it_and_a_watch_is_nothing_beside_a_story():
    episodes = Episodes()
    episodes.hear(signal(START, stage="watch"), START)
    episodes.hear(signal(START + 1), START + 1)
    assert list(episodes.watches) == []
    assert episodes.hear(signal(START + 2, stage="watch"), START + 2) == []
    assert list(episodes.watches) == []
    assert episodes.decisions == {("pump", "watched"): 1, ("pump", "first"): 1, ("pump", "outranked"): 1}


def test_a_price_that_falls_back_without_a_story_is_no_story():
    assert reasons(signal(stage="peak")) == {"outranked": 1}


@pytest.mark.parametrize("jump", [7 * 86_400 * SECOND, -7 * 86_400 * SECOND])
def test_a_venue_s_clock_is_not_asked(jump):
    """Its time may be wrong by a week: the same story is told once, and the next one is told."""
    episodes = Episodes()
    assert episodes.hear(signal(START + jump), START)
    assert episodes.hear(signal(START), START + SECOND) == []
    later = START + SECOND + COOLDOWN
    assert [alert.kind for alert in episodes.hear(signal(START + jump), later)] == ["closed", "opened"]


@pytest.mark.parametrize("jump", [7 * 86_400 * SECOND, -7 * 86_400 * SECOND])
def test_a_clock_of_ours_that_jumps_silences_nobody(jump):
    """An alert dated next week must not keep its coin quiet until then."""
    episodes = Episodes()
    assert episodes.hear(signal(START), START + jump)
    assert episodes.hear(signal(START), START)


def test_the_cooldown_is_a_setting():
    said = [signal(START), signal(START + 1_499_999_999), signal(START + 1_500_000_000)]
    settings = Settings(cooldown=1.5, together=0.0)
    assert told(said[0], said[2], settings=settings) == ["opened pump", "closed pump opened pump"]
    assert told(*said, settings=settings) == ["opened pump", "", ""]


def test_memory_ends_with_the_cooldown():
    """A new coin every second leaves five minutes of stories, fifteen of past ones, and of watches two."""
    episodes = Episodes()
    for second in range(3_000):
        now = START + second * SECOND
        episodes.hear(signal(now, instrument=Instrument(f"C{second}", "KRW")), now)
        episodes.hear(signal(now, instrument=Instrument(f"W{second}", "KRW"), stage="watch"), now)
        episodes.tick(now)
    assert len(episodes._running) == episodes.stages["pump"] == 300
    assert len(episodes._running._sketches) == 301  # of what is over, until the next second
    assert len(episodes._running._past) == 900
    assert len(episodes._accounts._written) == 6_000
    assert len(episodes.watches) == episodes.stages["watch"] == WATCHED_S


def test_a_story_that_goes_on_keeps_no_other_in_memory():
    episodes = Episodes()
    episodes.hear(signal(), START)
    episodes.hear(signal(instrument=XYZ), START + SECOND)
    episodes.hear(signal(severity="high"), START + 200 * SECOND)
    episodes.tick(START + 310 * SECOND)
    assert len(episodes._running) == 1


def test_ids_are_the_same_for_the_same_data_and_never_shared():
    """Derived from what, where and when: not from a clock, a counter or chance."""

    def id_of(**changes):
        (alert,) = Episodes().hear(signal(**changes), START + 5)
        return alert.id

    assert id_of() == id_of(headline="other words", score=1)
    others = [
        {"at": START + 1},
        {"rule": "dump"},
        {"exchange": "bithumb"},
        {"instrument": Instrument("ABC", "USDT")},
        {"instrument": PERPETUAL},
    ]
    assert len({id_of(**each) for each in ({}, *others)}) == 6


STEPS = st.lists(
    st.tuples(
        st.integers(0, 200),
        st.sampled_from(["watch", "spike", "pump", "pump", "peak", "dump"]),
        st.sampled_from(SEVERITIES),
        st.sampled_from([ABC, XYZ]),
        st.sampled_from(["upbit", "bithumb"]),
    ),
    max_size=60,
)


@given(STEPS)
def test_each_story_is_opened_once_and_closed_once(steps):
    """Every telling bears the id of its story and the next number, and none comes after the closing."""
    episodes, now, stories = Episodes(), START, {}

    def note(alerts):
        for alert in alerts:
            tellings = stories.setdefault(alert.id, [])
            assert alert.number == len(tellings)
            assert (alert.kind == "opened") is (not tellings)
            assert "closed" not in tellings
            tellings.append(alert.kind)

    for pause, stage, severity, coin, venue in steps:
        now += pause * SECOND
        said = signal(now, stage=stage, severity=severity, instrument=coin, exchange=venue)
        note(episodes.hear(said, now))
        note(episodes.tick(now))
    note(episodes.end())
    assert sum(episodes.decisions.values()) == len(steps)
    now += round(Settings().ripen * SECOND)  # what was held is dated by its moment
    ends = [alert.id for alert in episodes.tick(now + COOLDOWN)]
    assert sorted(ends) == sorted(story for story, tellings in stories.items() if "closed" not in tellings)


@given(STEPS)
def test_a_dump_is_never_swallowed(steps):
    """By no watch, spike, pump or peak: it is told, unless this story has told one."""
    episodes, now, dumped = Episodes(), START, set()
    for pause, stage, severity, coin, venue in steps:
        now += pause * SECOND
        said = signal(now, stage=stage, severity=severity, instrument=coin, exchange=venue)
        alerts = episodes.hear(said, now)
        dumped -= {alert.instrument for alert in alerts if alert.kind == "opened"}
        if stage == "dump":
            assert alerts or coin in dumped
            dumped.add(coin)
