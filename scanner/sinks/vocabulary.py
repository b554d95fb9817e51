"""Words of the scanner's own, in the languages it writes: what a rule or a stage is called among people."""

from __future__ import annotations

from scanner.model.alert import Severity
from scanner.model.news import Group, News, Trouble
from scanner.sinks.figures import Language

_KOREAN = {
    "pump": "급등",
    "dump": "급락",
    "crash": "급락",
    "peak": "고점 반락",
    "spike": "거래 급증",
    "watch": "관찰",
    "market": "시장 전체",
    "market_move": "시장 전체 움직임",
    "volume_spike": "거래량 급증",
    "info": "참고",
    "warning": "주의",
    "high": "높음",
    "critical": "위급",
    "opened": "발생",
    "escalated": "격상",
    "repeated": "지속",
    "closed": "종료",
    "told": "알림",
    "several": "여러 규칙",
    "price": "가격",
    "turnover": "거래대금",
    "trades": "체결",
    "buy_share": "매수 비중",
    "leader": "선도 거래소",
    "duration": "기간",
    "retrace": "되돌림",
    "escalations": "격상",
    "peak_price": "고점",
    "peak_change": "고점 변화",
    "peak_after": "고점까지",
    "worker_quarantined": "수집 프로세스 격리",
    "venue_silent": "거래소 무응답",
    "receiver_failing": "수신처 전송 실패",
    "receiver_disabled": "수신처 중지",
    "clock_skew": "시계 오차",
    "state_unwritable": "상태 저장 불가",
    "started": "스캐너 시작",
    "stopped": "스캐너 종료",
    "reloaded": "설정 다시 적용",
}

MARKS: dict[Severity, str] = {
    "info": "\N{MEDIUM WHITE CIRCLE}",
    "warning": "\N{LARGE YELLOW CIRCLE}",
    "high": "\N{LARGE ORANGE CIRCLE}",
    "critical": "\N{LARGE RED CIRCLE}",
}
OVER = "\N{WHITE HEAVY CHECK MARK}"
COLOURS: dict[Severity, str] = {"info": "8e9aaf", "warning": "e6b800", "high": "f08020", "critical": "d62839"}
"""For the bar beside a message, as hexadecimal RGB."""
OVER_COLOUR = "3a9d5d"


def word(value: object, language: Language) -> str:
    """A key as people say it: `volume spike`, `거래량 급증`; what is not known stays, without underscores."""
    plain = str(value)
    told = _KOREAN.get(plain) if language == "ko" else None
    return told or plain.replace("_", " ")


def label(name: object, language: Language) -> str:
    """What a fact is called: without the unit in its name."""
    return word(str(name).removesuffix("_s"), language)


def is_over(news: News) -> bool:
    """Whether this says that something has ended."""
    return news.kind == "closed"


def mark(news: News) -> str:
    """A coloured dot that says how severe it is, from afar; a tick for what is over."""
    return OVER if is_over(news) and not isinstance(news, Group) else MARKS[news.severity]


def colour(news: News) -> str:
    """The same for a bar."""
    return OVER_COLOUR if is_over(news) else COLOURS[news.severity]


def occasion(news: News) -> str:
    """Which template tells it."""
    if isinstance(news, Group):
        return "grouped"
    return "ops" if isinstance(news, Trouble) else news.kind
