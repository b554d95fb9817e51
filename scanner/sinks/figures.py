"""Numbers as people read them, in each language: prices, shares, money, lengths of time, times of day."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from typing import Literal

from msgspec import Struct

from scanner.model.alert import Fact
from scanner.model.moments import SECOND

Language = Literal["en", "ko"]

UNKNOWN = "–"  # noqa: RUF001  # a dash for the eye, where there is no number to show

DIGITS = 6
"""A price shows so many that count: 106, 98,213.5, 0.0000123457."""
MOST_DECIMALS = 12
"""What is smaller than this shows is as good as nothing."""
HUGE = 1e15
"""From here on digits are noise, and a number is written with an exponent."""

_LARGE = {
    "en": ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")),
    "ko": ((1e12, "조"), (1e8, "억"), (1e4, "만")),
}
"""Korean counts by ten thousands."""
_LENGTHS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_KOREAN_LENGTHS = {"d": "일", "h": "시간", "min": "분", "s": "초"}
_WON = "KRW"
_SHORT_S = 10.0
"""Shorter times show a tenth of a second."""


class Figures(Struct, frozen=True):
    """One language and one time zone."""

    language: Language
    zone: tzinfo = UTC

    def price(self, value: float) -> str:
        """`98,213.5`, `0.0000123457`: six digits that count, and never an exponent below a quadrillion."""
        if not math.isfinite(value):
            return UNKNOWN
        if abs(value) >= HUGE:
            return f"{value:.3g}"
        whole = math.floor(math.log10(abs(value))) + 1 if value else 1
        return _bare(f"{value:,.{max(0, min(MOST_DECIMALS, DIGITS - whole))}f}")

    def percent(self, fraction: float) -> str:
        """A change, always signed: `+5.1 %`, in Korean `+5.1%`."""
        return self._share(fraction, "+")

    def share(self, fraction: float) -> str:
        """A part of a whole: `90 %`."""
        return self._share(fraction, "")

    def times(self, ratio: float) -> str:
        """A multiple: `3.4×`, `1,200×`."""  # noqa: RUF002
        if not math.isfinite(ratio):
            return UNKNOWN
        return f"{self._number(ratio, 1 if abs(ratio) < 9.95 else 0)}\N{MULTIPLICATION SIGN}"  # noqa: PLR2004

    def count(self, number: float) -> str:
        """`1,234`."""
        return self._number(number, 0)

    def money(self, amount: float, currency: str = "") -> str:
        """`1.2B KRW`; in Korean `12억 원`, `340만 USDT`."""
        if not math.isfinite(amount):
            return UNKNOWN
        named = "원" if self.language == "ko" and currency == _WON else currency
        return f"{self._rounded(amount)} {named}".rstrip()

    def duration(self, seconds: float) -> str:
        """The two largest units that are not nought: `0.4 s`, `2 min 5 s`, `1 h 20 min`; `2분 5초`."""
        if not math.isfinite(seconds) or abs(seconds) >= HUGE:
            return UNKNOWN
        if abs(seconds) < _SHORT_S:
            return self._length(_bare(f"{seconds:.1f}"), "s")
        rest, parts = round(abs(seconds)), []
        for unit, size in _LENGTHS:
            number, rest = divmod(rest, size)
            parts.append((number, unit))
        first = next(index for index, (number, _) in enumerate(parts) if number)
        told = [self._length(f"{number:,}", unit) for number, unit in parts[first : first + 2] if number]
        return ("-" if seconds < 0 else "") + " ".join(told)

    def time(self, at: int) -> str:
        """Time of day at the receiver's: `21:03:04 KST`."""
        return self._moment(at, "%H:%M:%S %Z")

    def date(self, at: int) -> str:
        """The same with its day: `2026-11-21 21:03:04 KST`."""
        return self._moment(at, "%Y-%m-%d %H:%M:%S %Z")

    def fact(self, value: Fact, name: str) -> str:
        """A fact by what its name ends with: times, changes, shares and prices are told as such."""
        if isinstance(value, bool | str):
            return str(value)
        told = next((tell for end, tell in _BY_NAME if name.endswith(end)), Figures.price)
        return told(self, value)

    def filters(self) -> dict[str, Callable[..., str]]:
        """All of these by name, as templates call them; what is not there shows as a dash."""
        kinds = ("price", "percent", "share", "times", "count", "money", "duration", "time", "date", "fact")
        return {name: _told(getattr(self, name)) for name in kinds}

    def _share(self, fraction: float, sign: str) -> str:
        if not math.isfinite(fraction) or abs(fraction) >= HUGE:
            return UNKNOWN
        digits = 1 if sign else 0
        return f"{fraction * 100:{sign},.{digits}f}{'' if self.language == 'ko' else ' '}%"

    def _rounded(self, amount: float) -> str:
        if abs(amount) >= HUGE:
            return f"{amount:.3g}"
        scales = _LARGE[self.language]
        for index, (size, unit) in enumerate(scales):
            if abs(amount) < size:
                continue
            told = self._scaled(amount / size)
            if index and abs(float(told.replace(",", ""))) >= scales[index - 1][0] / size:
                return self._scaled(amount / scales[index - 1][0]) + scales[index - 1][1]
            return told + unit
        return self._scaled(amount)

    def _scaled(self, value: float) -> str:
        """Two digits at least: 1.2, 34, 3,400."""
        return _bare(f"{value:,.{1 if abs(value) < 9.95 else 0}f}")  # noqa: PLR2004  # 9.95 is written 10

    def _number(self, number: float, digits: int) -> str:
        if not math.isfinite(number):
            return UNKNOWN
        return f"{number:,.{digits}f}" if abs(number) < HUGE else f"{number:.3g}"

    def _length(self, number: str, unit: str) -> str:
        return f"{number}{_KOREAN_LENGTHS[unit]}" if self.language == "ko" else f"{number} {unit}"

    def _moment(self, at: int, form: str) -> str:
        return datetime.fromtimestamp(at // SECOND, UTC).astimezone(self.zone).strftime(form)


_BY_NAME: tuple[tuple[str, Callable[[Figures, float], str]], ...] = (
    ("_s", Figures.duration),
    ("change", Figures.percent),
    ("rise", Figures.percent),
    ("share", Figures.share),
    ("retrace", Figures.share),
    ("retraced", Figures.share),
    ("turnover", Figures.money),
)


def _told(read: Callable[..., str]) -> Callable[..., str]:
    """What is not there is a dash, and what is text stays: facts are whatever a rule makes them."""

    def tell(value: object, *more: object) -> str:
        if value is None:
            return UNKNOWN
        return value if isinstance(value, str) else read(value, *more)

    return tell


def _bare(number: str) -> str:
    """Without noughts that say nothing; never `-0`."""
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return "0" if number == "-0" else number
