"""The picture beside an alert: a PNG of known size from any course, drawn without failing and without endless work."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from scanner.sinks import chart
from scanner.sinks.chart import COLUMNS, HEIGHT, LINE, MARK, WIDTH, draw, gather, moments, nice

SECOND = 1_000_000_000
START = 1_790_337_600 * SECOND


def course(prices, turnover=1e6):
    return [(START + n * SECOND, price, turnover) for n, price in enumerate(prices)]


def colours(picture):
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    assert image.size == (WIDTH, HEIGHT)
    return {f"#{red:02x}{green:02x}{blue:02x}" for _, (red, green, blue) in image.getcolors(WIDTH * HEIGHT)}


def test_a_course_becomes_a_picture_with_a_line_and_its_peak():
    """PNG, 600 by 300, small enough for any service."""
    picture = draw(course([100 + n % 40 for n in range(120)]), "Asia/Seoul", "WAVE/KRW upbit")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    assert len(picture) < 40_000
    assert {LINE, MARK} <= colours(picture)


def test_a_flat_course_has_no_peak():
    assert MARK not in colours(draw(course([5.0] * 10, turnover=0.0)))


@pytest.mark.parametrize("points", [[], course([1.0]), course([float("nan")] * 9), [(START, 1.0, 1.0)] * 5])
def test_what_cannot_be_drawn_is_no_picture(points):
    """Fewer than two moments are no line."""
    assert draw(points) == b""


def test_the_same_course_is_the_same_picture():
    """A pure function: an edit that changes nothing changes nothing."""
    assert draw(course(range(1, 50))) == draw(course(range(1, 50)))


def test_a_long_course_is_gathered_and_keeps_its_peak_its_depth_and_its_turnover():
    points = course([100.0] * 4_000)
    points[1_234] = (points[1_234][0], 180.0, 1e6)
    points[2_345] = (points[2_345][0], 20.0, 1e6)
    gathered = gather(points)
    assert len(gathered.at) <= COLUMNS
    assert (max(gathered.prices), min(gathered.prices)) == (180.0, 20.0)
    assert sum(gathered.turnovers) == pytest.approx(4_000e6)
    assert list(gathered.at) == sorted(set(gathered.at))


def test_only_the_newest_points_of_an_endless_course_are_looked_at(monkeypatch):
    monkeypatch.setattr(chart, "MOST_POINTS", 10)
    assert max(gather(course(range(1, 1_000))).prices) == 999
    assert min(gather(course(range(1, 1_000))).prices) == 990


def test_labels_are_round_numbers():
    assert nice(1_161, 1_379, 5) == [1_200, 1_250, 1_300, 1_350]
    assert nice(0.0, 0.0, 5) == []
    assert list(moments(1_790_337_590, 1_790_337_830, 5)) == [1_790_337_600 + 60 * n for n in range(4)]


@given(
    st.lists(st.tuples(st.integers(0, 2**62), st.floats(), st.floats()), max_size=30)
    | st.lists(st.tuples(st.integers(START, START + 10**12), st.floats(1e-12, 1e12), st.floats(0, 1e12)), max_size=300),
    st.text(max_size=20),
    st.sampled_from(["UTC", "Asia/Kathmandu"]),
)
@settings(max_examples=60)
def test_any_course_can_be_drawn(points, title, zone):
    """Unsorted, doubled, not a number, far apart, tiny: a picture or none, and never an error."""
    picture = draw(points, zone, title)
    assert not picture or Image.open(io.BytesIO(picture)).size == (WIDTH, HEIGHT)
