"""The REST side of CoinGecko: caches, keys, credits, and mistakes in more than one shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import cycle
from typing import Any

import msgspec
from msgspec import Struct

from scanner.sim.venues.base import Answer, MarketView
from scanner.sim.venues.coingecko_words import (
    CHANGES,
    Payload,
    Row,
    line,
    namesake,
    now_ms,
    overview,
    price,
    rows,
    searched,
)

Params = Mapping[str, str]

ROOT = "/api/v3"
FREE_KEY, PAID_KEY = ("x_cg_demo_api_key", "x-cg-demo-api-key"), ("x_cg_pro_api_key", "x-cg-pro-api-key")
"""As a parameter, and as a header."""
MOST_A_PAGE, USUAL_PAGE = 250, 100
NAMESAKES, NAMESAKES_FROM = 2, 50
"""The symbols of so many of the first coins are those of another coin too, without a rank or a price, down there."""
SLOW_MS, FAST_MS = 600_000, 60_000
"""How long an answer is told again before another is made: prices a minute, the rest ten."""
MONTH_MS = 31 * 86_400_000
CURRENCIES = ("usd", "krw")
EXTRAS = {"include_market_cap": "market_cap", "include_24hr_vol": "24h_vol", "include_24hr_change": "24h_change"}
_LONGEST_NUMBER = 6
_HTML = "text/html; charset=utf-8"


def _refusal(code: int, text: str) -> bytes:
    return msgspec.json.encode({"status": {"error_code": code, "error_message": text}})


TOO_OFTEN = _refusal(429, "You have asked more often than your plan allows.")
FACES = (
    Answer(429, TOO_OFTEN, headers={"Retry-After": "60"}),
    Answer(429, TOO_OFTEN),
    Answer(429, b"<!DOCTYPE html><html><head><title>Slow down</title></head></html>", _HTML),
    Answer(200, TOO_OFTEN),
)
"""How it refuses who asks too often; which of them comes when, nobody knows."""


class Terms(Struct, frozen=True):
    """Whom a simulated CoinGecko serves, and how much."""

    credits: int = 10_000
    """Good answers a month."""
    key: str = ""
    """The only one that it takes; without it, nobody needs one."""
    paid: bool = False
    """It is the address for those who pay."""


class Mistake(Exception):
    """The caller's: an HTTP status and a body that says which."""

    def __init__(self, status: int, body: object) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


class CoinGeckoRest:
    """Answers from a market."""

    def __init__(self, view: MarketView, terms: Terms, faces: tuple[Answer, ...] = FACES) -> None:
        self._view = view
        self._terms = terms
        self._faces = cycle(faces)
        self._month = 0
        self._used = 0
        self._kept: dict[str, tuple[int, object]] = {}
        """What was answered lately, by what was asked, and when that was."""
        self._paths: dict[str, tuple[int, Callable[[Params], object]]] = {
            f"{ROOT}/ping": (0, lambda _: {"gecko_says": "(V3) Hello from the simulated Moon!"}),
            f"{ROOT}/global": (SLOW_MS, self._global),
            f"{ROOT}/coins/markets": (FAST_MS, self._top),
            f"{ROOT}/search/trending": (SLOW_MS, self._trending),
            f"{ROOT}/simple/price": (FAST_MS, self._prices),
        }

    def group(self, path: str) -> str:
        """One purse for everything."""
        del path
        return "minute"

    def weight(self, path: str, params: Params) -> int:
        """All calls count alike, good ones and others."""
        del path, params
        return 1

    def answer(self, path: str, params: Params) -> Answer:
        """Answer a GET; keys are looked for among the parameters, under the names of their headers too."""
        try:
            self._check_key(params)
            self._check_credits()
            body = self._told(path, params)
        except Mistake as mistake:
            return Answer(mistake.status, msgspec.json.encode(mistake.body))
        self._used += 1
        return Answer(200, msgspec.json.encode(body))

    def over_limit(self) -> Answer:
        """Each time another face."""
        return next(self._faces)

    def remaining(self, group: str, left: int) -> dict[str, str]:
        """It tells nobody."""
        del group, left
        return {}

    # ---- who may ask

    def _check_key(self, params: Params) -> None:
        free, paid = (next((params[name] for name in names if name in params), "") for names in (FREE_KEY, PAID_KEY))
        if self._terms.paid and free:
            raise Mistake(400, _elsewhere(10011, "A demo key is taken at the public address only."))
        if paid and not self._terms.paid:
            raise Mistake(400, _elsewhere(10010, "A paid key is taken at the pro address only."))
        if self._terms.key and (free or paid) != self._terms.key:
            text = "API Key Missing or not known."
            raise Mistake(401, {"status": {"timestamp": _HERE, "error_code": 10002, "error_message": text}})

    def _check_credits(self) -> None:
        month = now_ms(self._view) // MONTH_MS
        if month != self._month:
            self._month, self._used = month, 0
        if self._used >= self._terms.credits:
            text = "The calls of this month are used up."
            raise Mistake(429, {"status": {"error_code": 429, "error_message": text}})

    # ---- what is answered

    def _told(self, path: str, params: Params) -> object:
        """Fresh, or as it was a moment ago."""
        if path not in self._paths:
            raise Mistake(404, {"error": "no such path"})
        lasts_ms, tell = self._paths[path]
        question = f"{path} {sorted(params.items())}"
        at_ms, answer = self._kept.get(question, (0, None))
        now = now_ms(self._view)
        if answer is None or now - at_ms >= lasts_ms:
            answer = tell(params)
            self._kept = {asked: kept for asked, kept in self._kept.items() if now - kept[0] < SLOW_MS}
            self._kept[question] = now, answer
        return answer

    def _global(self, _params: Params) -> Payload:
        return overview(rows(self._view), now_ms(self._view))

    def _top(self, params: Params) -> list[Payload]:
        if params.get("vs_currency", "") != "usd":
            raise Mistake(400, {"error": "Missing parameter vs_currency, or another than usd"})
        windows = [window for window in params.get("price_change_percentage", "").split(",") if window]
        if any(window not in CHANGES for window in windows):
            raise Mistake(400, {"error": "Invalid value of price_change_percentage"})
        size = min(_number(params, "per_page", USUAL_PAGE), MOST_A_PAGE)
        start = size * (_number(params, "page", 1) - 1)
        ranked: list[tuple[Row, int | None]] = [(row, rank) for rank, row in enumerate(rows(self._view), 1)]
        ranked[NAMESAKES_FROM:NAMESAKES_FROM] = [(row, None) for row, _ in ranked[:NAMESAKES]]
        return [
            namesake(row) if rank is None else line(self._view, row, rank, windows)
            for row, rank in ranked[start : start + size]
        ]

    def _trending(self, _params: Params) -> Payload:
        return searched(rows(self._view))

    def _prices(self, params: Params) -> Payload:
        """What nobody knows is left out, without a word."""
        currencies = [word for word in params.get("vs_currencies", "").split(",") if word in CURRENCIES]
        if not params.get("vs_currencies"):
            raise Mistake(400, {"error": "Missing parameter vs_currencies"})
        if not params.get("ids"):
            raise Mistake(400, {"error": "Missing parameter ids"})
        extras = [extra for name, extra in EXTRAS.items() if params.get(name) == "true"]
        found = {row.id: row for row in rows(self._view)}
        told: dict[str, Any] = {}
        for name in filter(found.__contains__, params["ids"].split(",")):
            told[name] = {}
            for currency in currencies:
                told[name] |= price(found[name], currency, extras)
            if params.get("include_last_updated_at") == "true":
                told[name]["last_updated_at"] = found[name].summary.last.at_ms // 1_000
        return told


_HERE = "2026-09-21T13:33:20.000+00:00"


def _elsewhere(code: int, text: str) -> dict[str, object]:
    """The one kind of refusal that has its code at the top."""
    return {"timestamp": _HERE, "error_code": code, "status": {"error_message": text}}


def _number(params: Params, name: str, default: int) -> int:
    text = params.get(name, "") or str(default)
    if not (text.isascii() and text.isdigit()) or len(text) > _LONGEST_NUMBER or int(text) < 1:
        raise Mistake(400, {"error": f"Invalid value of {name}"})
    return int(text)
