"""Three openings on one venue are told at once, the rest of a burst in one message; a story keeps its order."""

from hypothesis import given
from hypothesis import strategies as st

from scanner.delivery.bursts import WINDOW, Bursts, Slot
from tests.delivery.office import SECOND, START, alert


def slots(*openings, receiver="hook"):
    """Of openings that are given as (seconds, changes)."""
    bursts = Bursts()
    found = []
    for number, (at, changes) in enumerate(openings):
        slot = bursts.slot(receiver, alert(number, **changes), START + round(at * SECOND))
        found.append(((slot.due - START) / SECOND, bool(slot.group)))
    return found


def test_three_openings_go_out_at_once_and_the_others_ten_seconds_after_the_first():
    assert slots(*[(at, {}) for at in (0, 1, 2, 3, 9.5)]) == [
        (0, False),
        (1, False),
        (2, False),
        (10, True),
        (10, True),
    ]


def test_a_fourth_after_ten_seconds_is_no_burst():
    assert slots(*[(at, {}) for at in (0, 1, 2, 10)])[-1] == (10, False)


def test_a_burst_that_goes_on_is_told_in_one_message_after_the_other():
    """No three single ones in between: an opening a second is one message every seven seconds."""
    found = slots(*[(at, {}) for at in range(25)])
    assert [slot for slot in found if not slot[1]] == [(0, False), (1, False), (2, False)]
    assert sorted({due for due, grouped in found if grouped}) == [10, 17, 24, 31]


def test_each_venue_and_each_receiver_has_its_own_bursts():
    openings = [(at, {"exchanges": (venue,)}) for at in range(3) for venue in ("upbit", "bithumb")]
    assert not any(grouped for _, grouped in slots(*openings))
    bursts = Bursts()
    for number in range(3):
        bursts.slot("hook", alert(number), START)
    assert bursts.slot("chat", alert(3), START) == Slot(START)


def test_closings_are_gathered_among_themselves():
    found = slots(*[(0, {"kind": kind}) for kind in ("opened",) * 3 + ("closed",) * 4])
    assert [grouped for _, grouped in found] == [False] * 6 + [True]


def test_what_is_critical_is_never_gathered():
    assert slots(*[(0, {})] * 5, (0, {"severity": "critical"}))[-1] == (0, False)


def test_an_escalation_waits_for_the_gathered_opening_of_its_story():
    """And only then: one of another story goes out at once."""
    bursts = Bursts()
    gathered = [bursts.slot("hook", alert(number), START) for number in range(4)][-1]
    later = START + SECOND
    assert bursts.slot("hook", alert(3, kind="escalated", number=1), later) == Slot(gathered.due)
    assert bursts.slot("hook", alert(3, kind="closed", number=2), later) == Slot(gathered.due)
    assert bursts.slot("hook", alert(0, kind="escalated", number=1), later) == Slot(later)


def test_a_closing_is_not_gathered_where_it_would_come_before_its_story_s_opening():
    """Closings are being gathered for one moment, openings for a later one."""
    bursts = Bursts()
    for number in range(10, 14):
        bursts.slot("hook", alert(number, kind="closed"), START)
    openings = [bursts.slot("hook", alert(number), START + 5 * SECOND) for number in range(4)]
    closing = bursts.slot("hook", alert(3, kind="closed", number=1), START + 6 * SECOND)
    assert openings[3].due == START + 15 * SECOND
    assert closing == Slot(START + 15 * SECOND)


def test_when_the_burst_is_over_nothing_waits_for_it():
    bursts = Bursts()
    for number in range(4):
        bursts.slot("hook", alert(number), START)
    after = START + WINDOW
    assert bursts.slot("hook", alert(3, kind="escalated", number=1), after) == Slot(after)
    assert not bursts._held


TELLINGS = st.lists(
    st.tuples(
        st.integers(0, 8 * SECOND),
        st.integers(0, 9),
        st.sampled_from(["opened", "escalated", "repeated", "closed"]),
        st.sampled_from(["warning", "high", "critical"]),
        st.sampled_from(["upbit", "bithumb"]),
    ),
    max_size=60,
)


@given(TELLINGS)
def test_no_telling_of_a_story_is_due_before_an_earlier_one(tellings):
    """And nothing is due in the past, or more than one window ahead."""
    bursts = Bursts()
    now, last = START, {}
    for number, (later, story, kind, severity, venue) in enumerate(tellings):
        now += later
        slot = bursts.slot("hook", alert(story, kind=kind, number=number, severity=severity, exchanges=(venue,)), now)
        assert now <= slot.due <= now + WINDOW
        assert slot.due >= last.get(story, 0)
        last[story] = slot.due
