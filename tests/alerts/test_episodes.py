"""One alert per instrument, venue and rule, then silence for exactly the cooldown, each answer with its reason."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.episodes import Episodes, Reason, Settings, opened
from scanner.model.instrument import Instrument
from tests.alerts.signals import SECOND, START, signal

COOLDOWN = 300 * SECOND


def reasons(*signals, settings=None):
    episodes = Episodes(settings)
    return [episodes.decide(each).reason for each in signals]


def test_an_alert_carries_all_that_its_signal_said():
    """And an id of its own, the venue as its only exchange."""
    told = signal()
    alert = Episodes().decide(told).alert
    assert alert.exchanges == ("upbit",)
    said = msgspec.structs.asdict(told)
    assert said.pop("exchange") == alert.exchange
    assert {name: getattr(alert, name) for name in said} == said


@pytest.mark.parametrize(("later", "reason"), [(COOLDOWN - 1, Reason.COOLING), (COOLDOWN, Reason.FIRST)])
def test_the_cooldown_is_exact_to_the_nanosecond(later, reason):
    assert reasons(signal(START), signal(START + later)) == [Reason.FIRST, reason]


def test_what_is_cooling_does_not_prolong_the_cooldown():
    """Else a coin that never rests would be told of once and never again."""
    minutes = [signal(START + minute * 60 * SECOND) for minute in range(11)]
    assert [number for number, reason in enumerate(reasons(*minutes)) if reason is Reason.FIRST] == [0, 5, 10]


@pytest.mark.parametrize(
    "other",
    [
        {"exchange": "bithumb"},
        {"instrument": Instrument("XYZ", "KRW")},
        {"rule": "dump", "stage": "dump"},
        {"rule": "pump_slow"},
    ],
    ids=str,
)
def test_another_venue_instrument_or_rule_is_news(other):
    assert reasons(signal(START), signal(START + 1, **other)) == [Reason.FIRST, Reason.FIRST]


@pytest.mark.parametrize("stage", ["pump", "dump"])
@pytest.mark.parametrize(("later", "reason"), [(COOLDOWN - 1, Reason.OUTRANKED), (COOLDOWN, Reason.FIRST)])
def test_a_spike_in_the_wake_of_a_move_is_no_news(stage, later, reason):
    """Whatever the rules are called: stages rank."""
    spike = signal(START + later, rule="busy", stage="spike")
    assert reasons(signal(START, rule="leap", stage=stage), spike) == [Reason.FIRST, reason]


def test_a_move_in_the_wake_of_a_spike_is_news():
    assert reasons(signal(START, rule="busy", stage="spike"), signal(START + 1)) == [Reason.FIRST, Reason.FIRST]


@pytest.mark.parametrize("other", [{"exchange": "bithumb"}, {"instrument": Instrument("XYZ", "KRW")}], ids=str)
def test_a_move_elsewhere_does_not_outrank_a_spike_here(other):
    spike = signal(START + 1, rule="busy", stage="spike")
    assert reasons(signal(START, **other), spike) == [Reason.FIRST, Reason.FIRST]


def test_what_is_outranked_starts_no_cooldown_of_its_own():
    spikes = [signal(START + later, rule="busy", stage="spike") for later in (COOLDOWN - 1, COOLDOWN)]
    assert reasons(signal(START), *spikes) == [Reason.FIRST, Reason.OUTRANKED, Reason.FIRST]


@pytest.mark.parametrize("jump", [7 * 86_400 * SECOND, -7 * 86_400 * SECOND])
def test_a_venue_clock_that_jumps_silences_nobody(jump):
    """An alert dated next week must not keep its rule quiet until then."""
    assert reasons(signal(START + jump), signal(START)) == [Reason.FIRST, Reason.FIRST]


def test_one_venue_s_clock_is_no_measure_for_another_s():
    """Bithumb's hour ahead forgets nothing of what Upbit was told."""
    ahead = [
        signal(START + 3600 * SECOND + n, exchange="bithumb", instrument=Instrument(f"X{n}", "KRW")) for n in range(5)
    ]
    assert reasons(signal(START), *ahead, signal(START + 1))[-1] is Reason.COOLING


def test_the_cooldown_is_a_setting():
    settings = Settings(cooldown=1.5)
    told = [signal(START), signal(START + 1_499_999_999), signal(START + 1_500_000_000)]
    assert reasons(*told, settings=settings) == [Reason.FIRST, Reason.COOLING, Reason.FIRST]


def test_memory_ends_with_the_cooldown():
    """A month of new coins every second leaves five minutes of them behind."""
    episodes = Episodes()
    for second in range(3_000):
        episodes.decide(signal(START + second * SECOND, instrument=Instrument(f"C{second}", "KRW")))
    assert [len(memory) for memory in episodes._venues["upbit"]] == [300, 300]


def test_ids_are_the_same_for_the_same_data_and_never_shared():
    """Derived from what, where and when: not from a clock, a counter or chance."""
    assert opened(signal()).id == opened(signal(headline="other words", score=1)).id
    others = [
        signal(START + 1),
        signal(rule="dump"),
        signal(exchange="bithumb"),
        signal(instrument=Instrument("ABC", "USDT")),
        signal(instrument=Instrument("ABC", "KRW", "perpetual")),
    ]
    assert len({opened(each).id for each in (signal(), *others)}) == 6


@given(
    st.lists(
        st.tuples(st.integers(0, 200), st.sampled_from(["pump", "dump", "spike"]), st.sampled_from("AB")), max_size=60
    )
)
def test_no_two_alerts_of_one_kind_are_ever_closer_than_the_cooldown(steps):
    """And whatever is first after a long silence is told."""
    now, told = START, {}
    episodes = Episodes()
    for pause, stage, base in steps:
        now += pause * SECOND
        decision = episodes.decide(signal(now, rule=stage, stage=stage, instrument=Instrument(base, "KRW")))
        last = told.get((stage, base))
        if decision.alert is not None:
            assert last is None or now - last >= COOLDOWN
            told[stage, base] = now
        else:
            moves = [told.get((better, base)) for better in ("pump", "dump", stage)]
            assert any(when is not None and now - when < COOLDOWN for when in moves)
