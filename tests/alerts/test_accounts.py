"""Every decision can be explained afterwards, in a sentence with its numbers; the same one is not written twice."""

from scanner.alerts.accounts import APART_NS
from scanner.alerts.episodes import Episodes, Settings
from tests.alerts.signals import SECOND, START, signal

SAID = "+6.0 % in 1 s, a pump of severity warning"


def written(*heard, settings=None):
    """What was written down of signals heard at so many seconds."""
    episodes = Episodes(settings)
    for second, said in heard:
        episodes.hear(said, START + round(second * SECOND))
    return episodes.ledger.take()


def test_each_reason_is_told_in_a_sentence_with_its_numbers():
    heard = [
        (0, signal(stage="watch", severity="info")),
        (1, signal()),
        (32, signal()),
        (33, signal(exchange="okx")),
        (34, signal(severity="high")),
        (35, signal(stage="spike")),
        (36, signal(severity="critical")),
        (46, signal(stage="peak")),
    ]
    decisions = written(*heard)
    assert [(each.outcome, each.why) for each in decisions] == [
        ("watched", "+6.0 % in 1 s, a watch of severity info; an early sign is watched and not told"),
        ("first", f"{SAID}; nothing was told of this coin within 5 min"),
        ("cooling", f"{SAID}; the same was told 31 s ago, cooldown 5 min, repeat 15 min"),
        ("joined", f"{SAID}; the same story, told 32 s ago, on upbit, okx"),
        ("escalated", "+6.0 % in 1 s, a pump of severity high; more than what was told 33 s ago"),
        (
            "outranked",
            "+6.0 % in 1 s, a spike of severity warning; says less than what is known: its story stands at pump",
        ),
        ("escalated", "+6.0 % in 1 s, a pump of severity critical; more than what was told 2 s ago"),
        ("kept", "+6.0 % in 1 s, a peak of severity warning; the story has escalated 2 times, its closing will tell"),
    ]
    first = decisions[1]
    assert (first.at, first.exchange, first.symbol, first.rule) == (START + SECOND, "upbit", "ABC/KRW", "pump")
    assert {each.story for each in decisions[2:]} == {first.story} != {""}


def test_a_closing_is_written_down_with_its_summary():
    episodes = Episodes()
    episodes.hear(signal(), START)
    (closing,) = episodes.tick(START + 300 * SECOND)
    _, closed = episodes.ledger.take()
    assert (closed.outcome, closed.story, closed.facts) == ("closed", closing.id, closing.facts)
    assert closed.why.startswith("ABC/KRW is over: +6.0 % at the most")


def test_a_busy_story_does_not_flood_the_ledger():
    """A hundred a second, and one every ten seconds is written down, with how many were not."""
    decisions = written((0, signal()), *((1 + place / 100, signal()) for place in range(2_500)))
    cooling = [each for each in decisions if each.outcome == "cooling"]
    assert [(each.at - START) / SECOND for each in cooling] == [1.0, 11.0, 21.0]
    assert [each.facts for each in cooling] == [{}, {"unwritten": 999}, {"unwritten": 999}]


def test_a_change_of_reason_is_written_down_at_once():
    spike = signal(stage="spike")
    decisions = written((0, signal()), (1, signal()), (1.1, spike), (1.2, signal()), (1.3, signal(exchange="okx")))
    assert [each.outcome for each in decisions] == ["first", "cooling", "outranked", "joined"]


def test_what_somebody_was_told_is_always_written_down():
    """However soon one follows the other."""
    said = [(place * 0.1, signal(severity=severity)) for place, severity in enumerate(("info", "warning", "high"))]
    assert [each.outcome for each in written(*said)] == ["first", "escalated", "escalated"]
    often = [(second, signal(window_s=0.1)) for second in (0, 1, 2)]
    settings = Settings(cooldown=1.0, together=0.0)
    assert [each.outcome for each in written(*often, settings=settings)] == ["first", *["closed", "first"] * 2]
    assert APART_NS > 2 * SECOND
