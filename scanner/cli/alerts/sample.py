"""An alert that nobody had to be pumped for: `test` sends it to a receiver, `route` asks who would hear of it."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp

from scanner.model.alert import Alert, Fact, Severity
from scanner.model.instrument import Instrument
from scanner.model.moments import SECOND
from scanner.model.news import Notification, Point, Trouble, digest

TEST = "this is a test of the scanner"
TEST_SYMBOL = "TEST/KRW"
"""No coin's: Alertmanager takes two alerts with the same labels for one, and would lay a sample over a real pump."""
PRICE, CHANGE, WINDOW_S = 4_298.0, 0.051, 15.0
COURSE_S, EVERY_S = 300, 5
"""How far back the sample's chart goes, and how dense it is."""
STAGES: Mapping[str, str] = {"dump": "dump", "volume_spike": "spike", "market_move": "market"}
"""Rule → stage; all others are pumps."""

_NUMBERS: dict[str, Fact] = {"trades": 29, "buy_share": 0.97, "threshold": 0.05, "threshold_window_s": WINDOW_S}


def sample_alert(
    at: int,
    *,
    rule: str = "pump",
    severity: Severity = "warning",
    exchange: str = "upbit",
    symbol: str = "KAVA/KRW",
    turnover_24h: float = 3.25e9,
    test: bool = False,
) -> Alert:
    """The opening of a story that never was; `at` is nanoseconds UTC. With `test` its headline and facts say so.

    Its id follows from all of this, so no two tests are one story to a receiver. ValueError for what is no symbol.
    """
    instrument = _instrument(symbol)
    change = -CHANGE if rule == "dump" else CHANGE
    told = (
        f"{instrument} {change * 100:+.1f} % in {WINDOW_S:g} s, 29 trades, 97 % buys, 58\N{MULTIPLICATION SIGN} volume"
    )
    return Alert(
        id=digest("sample", rule, severity, exchange, str(instrument), str(at)),
        rule=rule,
        stage=STAGES.get(rule, "pump"),
        instrument=instrument,
        exchanges=(exchange,),
        severity=severity,
        score=60,
        headline=f"{TEST}, nothing happened: {told}" if test else told,
        price=PRICE,
        change=change,
        window_s=WINDOW_S,
        volume_ratio=58.0,
        facts=_NUMBERS | ({"test": True} if test else {}),
        at=at,
        turnover_24h=turnover_24h,
    )


def sample_trouble(
    at: int, *, rule: str = "venue_silent", severity: Severity = "warning", exchange: str = "", test: bool = False
) -> Trouble:
    """Word of the scanner about itself, as true as the alert."""
    about = exchange or "the scanner"
    told = f"{about}: a sample of {rule}"
    return Trouble(
        id=digest("sample", "ops", rule, severity, exchange, str(at)),
        rule=rule,
        severity=severity,
        headline=f"{TEST}, nothing happened: {told}" if test else told,
        facts={"test": True} if test else {},
        at=at,
        exchange=exchange,
    )


def sample_course(at: int) -> tuple[Point, ...]:
    """What the sample's price did before: calm, then up within the window, on much more turnover."""
    return tuple(_point(at, second) for second in range(COURSE_S, -1, -EVERY_S))


def sample_notification(at: int) -> Notification:
    """What `scanner alerts test` sends: the alert with its course, marked as a test."""
    return Notification(sample_alert(at, symbol=TEST_SYMBOL, test=True), at, sample_course(at))


def _instrument(symbol: str) -> Instrument:
    base, _, quote = symbol.strip().partition("/")
    return Instrument("*", quote.upper()) if base == "*" and quote.isalnum() else Instrument.parse(symbol)


def _point(at: int, seconds_ago: int) -> Point:
    risen = 1.0 / (1.0 + exp((seconds_ago - WINDOW_S) / 3.0))
    ripple = ((seconds_ago * 7) % 11 - 5) / 20_000
    price = PRICE * (1.0 - CHANGE / (1.0 + CHANGE) * (1.0 - risen) + ripple)
    return at - seconds_ago * SECOND, round(price, 1), 2.0e6 * (1.0 + 30.0 * risen)
