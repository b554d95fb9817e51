"""A small picture of what happened: the price as a line, what was traded as bars, the peak marked; PNG bytes out.

A pure function, for a thread: the calls that take long, of five milliseconds at most, let go of Python's lock, and the
rest is ordinary Python, which lets others in every few milliseconds. So what is received does not wait for it.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo
from functools import cache
from io import BytesIO
from zoneinfo import ZoneInfo

from msgspec import Struct
from PIL import Image, ImageDraw, ImageFont

from scanner.model.moments import SECOND
from scanner.model.news import Point
from scanner.sinks.figures import Figures

WIDTH, HEIGHT = 600, 300
FINER = 2
"""It is drawn so many times larger, and made smaller, because Pillow's lines have teeth."""
COLUMNS = 160
"""A course with more points is gathered into so many: an eye sees no more on this width."""
MOST_POINTS = 5_000
"""Of a course that are looked at, the newest."""
LARGEST = 1e30
"""A price or a turnover beyond is nonsense, and left out."""

LEFT, RIGHT, TOP, BOTTOM = 12, 528, 34, 276
"""Of all that is drawn; labels stand to the right and below."""
PRICES_END, BARS_TOP = 208, 220
"""Where prices end and turnovers begin, downwards."""

PAPER, INK, FAINT = "#ffffff", "#24292f", "#6e7781"
GRID, LINE, FILL, BAR, MARK = "#e6e9ed", "#1f6feb", "#e8f1ff", "#9db8dd", "#d1242f"

_STEPS_S = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200),
    *(86_400, 172_800, 604_800),
)
_FIGURES = Figures("en")


class Course(Struct, frozen=True):
    """What is drawn: the same number of each, oldest first."""

    at: tuple[float, ...]
    """Unix seconds, each later than the one before."""
    prices: tuple[float, ...]
    turnovers: tuple[float, ...]


class Scale(Struct, frozen=True):
    """From values to pixels along one axis."""

    low: float
    high: float
    first: float
    last: float
    """Pixels of the lowest and the highest value."""

    def __call__(self, value: float) -> float:
        """Where it stands."""
        return self.first + (value - self.low) / (self.high - self.low) * (self.last - self.first)


def draw(course: Sequence[Point], timezone: str = "UTC", title: str = "") -> bytes:
    """A PNG of 600 by 300 pixels; nothing where fewer than two moments can be shown. Only ASCII of the title is."""
    gathered = gather(course)
    if len(gathered.at) < 2:  # noqa: PLR2004  # one point is no line
        return b""
    image = Image.new("RGB", (WIDTH * FINER, HEIGHT * FINER), PAPER)
    _Sheet(ImageDraw.Draw(image), gathered, ZoneInfo(timezone)).fill(title)
    out = BytesIO()
    image.reduce(FINER).save(out, "PNG")
    return out.getvalue()


def gather(course: Sequence[Point]) -> Course:
    """In order of time, one point for each moment, at most COLUMNS of them; highest and lowest prices stay."""
    known = sorted(
        (at / SECOND, price, max(turnover, 0.0) if turnover < LARGEST else 0.0)
        for at, price, turnover in course[-MOST_POINTS:]
        if 0 < price < LARGEST and not math.isnan(turnover)
    )
    if not known:
        return Course((), (), ())
    first, span = known[0][0], known[-1][0] - known[0][0]
    extremes = {max(known, key=lambda point: point[1]), min(known, key=lambda point: point[1])}
    columns: dict[int, tuple[float, float, float]] = {}
    for point in known:
        column = int((point[0] - first) / span * (COLUMNS - 1)) if span else 0
        before = columns.get(column)
        kept = before if before in extremes and point not in extremes else point
        columns[column] = (*kept[:2], point[2] + (before[2] if before else 0.0))
        if kept in extremes:
            extremes.add(columns[column])
    at, prices, turnovers = zip(*columns.values(), strict=True)
    return Course(at, prices, turnovers)


class _Sheet:
    """One picture in the making."""

    def __init__(self, pen: ImageDraw.ImageDraw, course: Course, zone: tzinfo) -> None:
        low, high = min(course.prices), max(course.prices)
        margin = (high - low) * 0.08 or high * 0.01
        self._pen = pen
        self._course = course
        self._zone = zone
        self._x = Scale(course.at[0], course.at[-1], LEFT, RIGHT)
        self._unit = 1.0 if 1e-3 <= high < 1e7 else 10.0 ** (3 * math.floor(math.log10(high) / 3))  # noqa: PLR2004
        """What the labels count in, where prices have too many noughts to be written beside the lines."""
        self._y = Scale(low - margin, high + margin, PRICES_END, TOP)

    def fill(self, title: str) -> None:
        """Everything, from the back to the front."""
        self._price_lines()
        self._time_lines()
        self._bars()
        self._line()
        self._peak()
        words = "".join(letter for letter in title if " " <= letter <= "~")
        self._text(LEFT, 17, words, INK, 14, "lm")

    def _price_lines(self) -> None:
        for price in nice(self._y.low, self._y.high, 5):
            y = self._y(price)
            self._rule(LEFT, y, RIGHT, y)
            self._text(RIGHT + 8, y, _FIGURES.price(round(price / self._unit, 9)), FAINT, 12, "lm")
        if self._unit != 1:
            self._text(RIGHT + 8, TOP - 17, f"x {self._unit:.0e}", FAINT, 12, "lm")

    def _time_lines(self) -> None:
        for at in moments(self._x.low, self._x.high, 5):
            x = self._x(at)
            self._rule(x, TOP, x, BOTTOM)
            form = "%H:%M" if at % 60 == 0 else "%H:%M:%S"
            self._text(
                max(x, LEFT + 16), BOTTOM + 12, datetime.fromtimestamp(at, UTC).astimezone(self._zone).strftime(form)
            )

    def _bars(self) -> None:
        most = max(self._course.turnovers)
        self._rule(LEFT, BOTTOM, RIGHT, BOTTOM)
        if not most:
            return
        wide = max(1.0, (RIGHT - LEFT) / max(len(self._course.at), 40) * 0.35)
        y = Scale(0.0, most, BOTTOM, BARS_TOP)
        for at, turnover in zip(self._course.at, self._course.turnovers, strict=True):
            x = self._x(at)
            if turnover > 0:
                left, right = max(x - wide, LEFT), min(x + wide, RIGHT)
                self._pen.rectangle(_fine(left, y(turnover), right, BOTTOM), fill=BAR)
        self._text(RIGHT + 8, BARS_TOP + 4, _FIGURES.money(most), FAINT, 12, "lm")

    def _line(self) -> None:
        points = [(self._x(at), self._y(price)) for at, price in zip(self._course.at, self._course.prices, strict=True)]
        edge = [*points, (points[-1][0], PRICES_END), (points[0][0], PRICES_END)]
        self._pen.polygon(_fine(*(number for point in edge for number in point)), fill=FILL)
        self._price_lines()
        self._pen.line(_fine(*(number for point in points for number in point)), LINE, 2 * FINER, joint="curve")

    def _peak(self) -> None:
        """The highest price, or the lowest where it fell further than it rose; with its distance from the first."""
        prices = self._course.prices
        first, high, low = prices[0], max(prices), min(prices)
        price = high if high - first >= first - low else low
        if price == first:
            return
        index = prices.index(price)
        x, y = self._x(self._course.at[index]), self._y(price)
        self._pen.ellipse(_fine(x - 4, y - 4, x + 4, y + 4), PAPER, MARK, 2 * FINER)
        side, offset = ("rm", -9) if x > (LEFT + RIGHT) / 2 else ("lm", 9)
        change = _FIGURES.percent(price / first - 1)
        self._text(x + offset, y + (-10 if price == high else 10), f"{_FIGURES.price(price)}  {change}", MARK, 13, side)

    def _rule(self, *ends: float) -> None:
        self._pen.line(_fine(*ends), GRID, FINER)

    def _text(self, x: float, y: float, words: str, ink: str = FAINT, size: int = 12, anchor: str = "mm") -> None:
        self._pen.text((x * FINER, y * FINER), words, ink, _font(size * FINER), anchor)


def nice(low: float, high: float, most: int) -> list[float]:
    """At most so many round values in between, evenly."""
    rough = (high - low) / most
    if not rough > 0 or math.isinf(rough):
        return []
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    start = math.ceil(low / step)
    return [number * step for number in range(start, min(math.floor(high / step), start + most) + 1)]


def moments(start: float, end: float, most: int) -> Iterator[int]:
    """At most so many round times in between, in Unix seconds."""
    index = bisect_left(_STEPS_S, (end - start) / most)
    if index < len(_STEPS_S):
        step = _STEPS_S[index]
        yield from range(math.ceil(start / step) * step, math.floor(end) + 1, step)


def _fine(*numbers: float) -> list[float]:
    return [number * FINER for number in numbers]


@cache
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """Pillow's own, which has the letters of English and no others."""
    return ImageFont.load_default(size)
