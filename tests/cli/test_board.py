"""The live board tells how the venues are, what moves and what was said, on any terminal from 80x24 up."""

import io

import pytest
from msgspec.structs import replace
from rich.cells import cell_len
from rich.console import Console

from scanner.cli.board import BoardView, VenueView, render
from scanner.cli.leaderboard import Leader
from scanner.model.alert import Alert
from scanner.model.instrument import Instrument

AT = 1_800_000_000 * 1_000_000_000


def leaders(count):
    return tuple(
        Leader("upbit", Instrument(f"C{n}", "KRW"), 1000.0 / (n + 1), (-1) ** n * 0.3 / (n + 1), 1e6 / (n + 1), 1e9)
        for n in range(count)
    )


def alert(number, headline="C0/KRW +30 % in 15 s on Upbit"):
    return Alert(
        str(number),
        "pump",
        "pump",
        Instrument("C0", "KRW"),
        ("upbit",),
        "high",
        80,
        headline,
        1.0,
        0.3,
        15.0,
        5.0,
        {},
        AT,
    )


LIVE = VenueView(
    title="Upbit",
    state="live",
    fresh=True,
    links_live=5,
    links=5,
    markets=230,
    events_per_s=1234.0,
    data_age_s=0.2,
    restarts=0,
    problem="",
)
DOWN = VenueView(
    title="Bithumb",
    state="waiting",
    fresh=False,
    links_live=0,
    links=5,
    markets=460,
    events_per_s=0.0,
    data_age_s=75.0,
    restarts=3,
    problem="Bithumb is not reachable at wss://x: refused",
)


def board(venues=(LIVE, DOWN), rows=20, alerts=20, **changes):
    told = {
        "markets": ("KRW",),
        "uptime_s": 3725.0,
        "events_per_s": 1234.4,
        "alerts": alerts,
        "dropped": 7,
        "venues": tuple(venues),
        "movers": leaders(rows),
        "volumes": leaders(rows),
        "latest": tuple(alert(number) for number in range(alerts)),
        "note": "metrics at http://127.0.0.1:9108",
    }
    return BoardView(**(told | changes))


def drawn(view, width=80, height=24):
    console = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=None)
    console.print(render(view))
    return console.file.getvalue().splitlines()


def test_everything_that_matters_is_on_the_smallest_terminal():
    # Promise: 80x24 shows health, leaders and alerts together, to the last line and not beyond.
    lines = drawn(board())
    assert len(lines) == 24
    assert lines[0] == "scanner  KRW   up 1h 02m   1,234 events/s   20 alerts   7 dropped"
    assert lines[3].split() == ["Upbit", "live", "5/5", "230", "1,234", "0.2", "s", "0"]
    assert lines[4].split() == ["Bithumb", "waiting", "0/5", "460", "0", "1m", "15s", "3"]
    assert lines[5] == "  Bithumb is not reachable at wss://x: refused"
    assert lines[8].split() == ["upbit", "C0/KRW", "1,000", "+30.0%", "upbit", "C0/KRW", "1M", "1B"]
    assert lines[-2].split(maxsplit=3) == ["08:00:00", "high", "upbit", "C0/KRW +30 % in 15 s on Upbit"]
    assert lines[-1] == "metrics at http://127.0.0.1:9108"


@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (200, 60), (40, 24)])
def test_no_line_is_wider_and_no_board_is_higher_than_its_terminal(width, height):
    # Promise: nothing wraps and nothing scrolls, also with wide Korean letters and endless sentences.
    view = board(latest=tuple(alert(n, "비트코인 " * 40) for n in range(30)))
    lines = drawn(view, width, height)
    assert len(lines) <= height
    assert max(map(cell_len, lines)) <= width


def test_a_larger_terminal_shows_more():
    # Promise: space is used.
    small, large = drawn(board(), 80, 24), drawn(board(), 80, 50)
    assert len(large) > len(small)


def test_a_board_without_news_says_so():
    # Promise: the first second does not look broken.
    lines = drawn(board(venues=[LIVE], rows=0, alerts=0, latest=(), note=""))
    assert any("no trades yet" in line for line in lines)
    assert any("none yet" in line for line in lines)


def test_before_the_first_data_there_is_no_age():
    # Promise: no made-up number.
    waiting = replace(LIVE, state="connecting", fresh=False, data_age_s=None)
    assert drawn(board(venues=[waiting]))[3].split() == ["Upbit", "connecting", "5/5", "230", "1,234", "-", "0"]


def test_a_venue_says_how_warm_it_is_until_it_is():
    # Promise: a line of its own below the venue, above its trouble, that goes when all markets were asked about.
    warming = replace(DOWN, to_warm=236, warming=116)
    lines = drawn(board(venues=[warming, LIVE]))
    assert lines[4:6] == ["  warming 120/236", "  Bithumb is not reachable at wss://x: refused"]
    done = replace(DOWN, to_warm=236, warming=0)
    assert not any("warming" in line for line in drawn(board(venues=[done])))


def test_an_alert_says_how_many_venues_followed_and_whether_it_goes_on():
    # Promise: one line per telling, the leader's name first, and nobody takes the second for a new story.
    told = replace(alert(1), exchanges=("bithumb", "upbit", "okx"))
    lines = drawn(board(latest=(replace(told, kind="escalated", severity="critical"), told)))
    rows = [line.split(maxsplit=3) for line in lines if "bithu+2" in line]
    assert [row[1] for row in rows] == ["critical", "high"]
    assert [row[3] for row in rows] == [f"then {told.headline}", told.headline]


def test_coins_with_early_signs_stand_in_the_heading_of_the_alerts():
    # Promise: who looks can see them; nobody is told.
    lines = drawn(board(watched=("upbit ABC/KRW", "okx XYZ/USDT")))
    assert "alerts (UTC)   watching upbit ABC/KRW, okx XYZ/USDT" in lines
    assert "alerts (UTC)" in drawn(board())


def test_words_from_outside_cannot_steer_the_terminal():
    # Promise: a headline or a reason is shown, not obeyed.
    evil = replace(LIVE, problem="\x1b]0;title\x07")
    text = "\n".join(drawn(board(venues=[evil], latest=(alert(1, "\x1b[2J gone"),))))
    assert "\x1b" not in text
    assert "·]0;title·" in text
