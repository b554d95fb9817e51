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


@pytest.mark.parametrize(("later", "second"), [(COOLDOWN - 1, ""), (COOLDOWN, "opened pump")])
def test_the_cooldown_is_exact_to_the_nanosecond(later, second):
    assert told(signal(START), signal(START + later)) == ["opened pump", second]


def test_what_is_cooling_does_not_prolong_the_cooldown():
    """Else a coin that never rests would be told of once and never again."""
    minutes = [signal(START + minute * 60 * SECOND) for minute in range(11)]
    assert [number for number, said in enumerate(told(*minutes)) if said] == [0, 5, 10]
    assert reasons(*minutes) == {"first": 3, "cooling": 8}


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
        ("opened", "pump"),
    ]
    assert alerts[0].id == alerts[1].id != alerts[2].id


def test_the_cooldown_runs_from_the_last_telling():
    """What goes on is one story, however long."""
    falls = signal(START + COOLDOWN - 1, stage="dump")
    assert told(signal(START), falls, signal(START + COOLDOWN)) == ["opened pump", "escalated dump", ""]


def test_a_story_rises_by_stage_and_by_severity():
    """And one id goes through all of it."""
    steps = [("spike", "info"), ("pump", "info"), ("pump", "high"), ("peak", "info"), ("dump", "info")]
    times = [START + second * SECOND for second in (0, 1, 2, 7, 8)]
    episodes = Episodes()
    alerts = [
        alert
        for at, (stage, severity) in zip(times, steps, strict=True)
        for alert in episodes.hear(signal(at, stage=stage, severity=severity), at)
    ]
    assert [alert.kind for alert in alerts] == ["opened", *["escalated"] * 4]
    assert [(alert.stage, alert.severity) for alert in alerts] == steps
    assert len({alert.id for alert in alerts}) == 1


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
    assert told(signal(START, stage="watch"), signal(START + 1, stage=stage)) == ["", f"opened {stage}"]


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
    assert episodes.hear(signal(START + jump), START + COOLDOWN)


@pytest.mark.parametrize("jump", [7 * 86_400 * SECOND, -7 * 86_400 * SECOND])
def test_a_clock_of_ours_that_jumps_silences_nobody(jump):
    """An alert dated next week must not keep its coin quiet until then."""
    episodes = Episodes()
    assert episodes.hear(signal(START), START + jump)
    assert episodes.hear(signal(START), START)


def test_the_cooldown_is_a_setting():
    said = [signal(START), signal(START + 1_499_999_999), signal(START + 1_500_000_000)]
    assert told(*said, settings=Settings(cooldown=1.5)) == ["opened pump", "", "opened pump"]


def test_memory_ends_with_the_cooldown():
    """A month of new coins every second leaves five minutes of them behind, and of watches two."""
    episodes = Episodes()
    for second in range(3_000):
        now = START + second * SECOND
        episodes.hear(signal(now, instrument=Instrument(f"C{second}", "KRW")), now)
        episodes.hear(signal(now, instrument=Instrument(f"W{second}", "KRW"), stage="watch"), now)
        episodes.tick(now)
    assert len(episodes._stories) == episodes.stages["pump"] == 300
    assert len(episodes.watches) == episodes.stages["watch"] == WATCHED_S


def test_a_story_that_goes_on_keeps_no_other_in_memory():
    episodes = Episodes()
    episodes.hear(signal(), START)
    episodes.hear(signal(instrument=XYZ), START + SECOND)
    episodes.hear(signal(severity="high"), START + 200 * SECOND)
    episodes.tick(START + 310 * SECOND)
    assert len(episodes._stories) == 1


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
def test_no_sequence_of_signals_opens_one_story_twice(steps):
    """After an opening, whatever follows within the cooldown of the last telling bears its id; later, never again."""
    episodes, now, last = Episodes(), START, {}
    used = set()
    for pause, stage, severity, coin, venue in steps:
        now += pause * SECOND
        said = signal(now, stage=stage, severity=severity, instrument=coin, exchange=venue)
        for alert in episodes.hear(said, now):
            before = last.get(coin)
            lives = before is not None and now - before[1] < COOLDOWN
            assert alert.kind == ("escalated" if lives else "opened")
            assert alert.id == before[0] if lives else alert.id not in used
            last[coin] = alert.id, now
            used.add(alert.id)
    assert sum(episodes.decisions.values()) == len(steps)


@given(STEPS)
def test_a_dump_is_never_swallowed(steps):
    """By no watch, spike, pump or peak: it is told, unless this story has told one."""
    episodes, now, dumped = Episodes(), START, set()
    for pause, stage, severity, coin, venue in steps:
        now += pause * SECOND
        said = signal(now, stage=stage, severity=severity, instrument=coin, exchange=venue)
        alerts = episodes.hear(said, now)
        if any(alert.kind == "opened" for alert in alerts):
            dumped.discard(coin)
        if stage == "dump":
            assert alerts or coin in dumped
            dumped.add(coin)
