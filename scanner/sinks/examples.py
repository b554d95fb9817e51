"""One of each kind of news, made up: templates are tried with them before anything happens."""

from __future__ import annotations

from msgspec.structs import replace

from scanner.model.alert import Alert
from scanner.model.instrument import Instrument
from scanner.model.news import Group, News, Notification, Trouble

_NOON = 1_790_337_600_000_000_000

OPENED = Alert(
    id="0123456789abcdef",
    rule="pump",
    stage="pump",
    instrument=Instrument("WAVE", "KRW"),
    exchanges=("upbit", "bithumb"),
    severity="warning",
    score=68,
    headline="WAVE/KRW +5.1 % in 4 s, 185 trades, 90 % buys, 17\N{MULTIPLICATION SIGN} volume; upbit led bithumb",
    price=1_234.5,
    change=0.051,
    window_s=4.0,
    volume_ratio=17.3,
    facts={"turnover": 1.2e9, "reference_price": 1_174.6, "trades": 185, "buy_share": 0.9, "leader": "upbit"},
    at=_NOON,
    turnover_24h=4.8e10,
    link="https://example.org/exchange?code=KRW-WAVE",
)
ESCALATED = replace(OPENED, kind="escalated", number=1, severity="critical", change=0.142, price=1_341.2, window_s=62.0)
REPEATED = replace(ESCALATED, kind="repeated", number=2)
CLOSED = replace(
    ESCALATED,
    kind="closed",
    number=3,
    headline="WAVE/KRW is over after 24 min: +14.2 % at its peak, 61 % of it given back",
    facts={
        "peak_price": 1_341.2,
        "peak_change": 0.142,
        "peak_after_s": 62.0,
        "duration_s": 1_440.0,
        "retrace": 0.61,
        "turnover": 9.7e9,
        "escalations": 1,
    },
)
GROUPED = Group(
    tuple(replace(OPENED, instrument=Instrument(base, "KRW"), id=base) for base in ("WAVE", "TIDE", "FOAM"))
)
TROUBLE = Trouble(
    id="fedcba9876543210",
    rule="venue_silent",
    severity="high",
    headline="upbit has been silent for 2 min",
    facts={"silent_s": 120.0, "connections": 6},
    at=_NOON,
    exchange="upbit",
)

_NEWS: tuple[News, ...] = (OPENED, ESCALATED, REPEATED, CLOSED, GROUPED, TROUBLE)
EXAMPLES = tuple(Notification(news, _NOON) for news in _NEWS)
