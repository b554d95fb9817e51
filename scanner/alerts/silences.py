"""Silences: what an operator does not want to hear for a while, written as matchers such as `symbol=DOGE/*`.

Something is silenced when all matchers of one silence fit it. A matcher fits only what has its key at all:
`symbol!=BTC/*` speaks of coins, and hides nothing that the scanner says about itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from operator import attrgetter
from typing import Literal

from msgspec import Struct

from scanner.alerts.globs import LONGEST, SYMBOL, SYMBOL_WORDS, fits, fits_symbol
from scanner.model.alert import SEVERITIES, Alert
from scanner.model.instrument import Instrument
from scanner.model.news import Trouble, digest
from scanner.model.silence import Silence

Key = Literal["symbol", "exchange", "rule", "severity", "stage", "market", "kind", "receiver"]
EXPECTED = "a matcher such as symbol=DOGE/*, exchange=upbit or severity!=critical"
MOST = 16
"""Matchers of one silence: more than there are keys, for a key may be matched twice."""
REMEMBERED = 1024
"""Silences whose reading is kept: they are asked about every alert, once for each receiver."""

_MATCHER = re.compile(r"\s*(?P<key>\w+)\s*(?P<sign>!?=)\s*(?P<glob>.*?)\s*", re.DOTALL)
_WILD = frozenset("*?[")


class Matcher(Struct, frozen=True):
    """`key=glob`, or `key!=glob` for all that has the key and does not fit."""

    key: Key
    glob: str
    negated: bool = False


class _Sounds(Struct, frozen=True):
    """What matchers look at."""

    news: Alert | Trouble
    receiver: str


def parse(text: str) -> Matcher:
    """Read one matcher; ValueError says in a sentence what is wrong with it."""
    match = _MATCHER.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r}: expected {EXPECTED}")
    key, glob = match["key"].lower(), match["glob"]
    if key not in _VALUES:
        raise ValueError(f"{text!r}: there is no {key!r}, expected one of {', '.join(_VALUES)}{_guess(key, _VALUES)}")
    if not glob or len(glob) > LONGEST or glob.startswith("~"):
        raise ValueError(f"{text!r}: expected a glob of 1 to {LONGEST} characters after the sign, {EXPECTED}")
    if key == "symbol" and re.match(SYMBOL, glob) is None:
        raise ValueError(f"{text!r}: expected {SYMBOL_WORDS}")
    words = _WORDS.get(key, ())
    if words and _WILD.isdisjoint(glob) and glob.lower() not in words:
        raise ValueError(f"{text!r}: expected one of {', '.join(words)}{_guess(glob, words)}")
    return Matcher(key, glob, negated=match["sign"] == "!=")  # type: ignore[arg-type]  # the table's keys are the words


def silence(matchers: Sequence[str], *, until: int, comment: str, created: int, by: str = "") -> Silence:
    """A silence that can be kept; times are nanoseconds UTC. ValueError says which matcher, or what else, is wrong."""
    if not 1 <= len(matchers) <= MOST:
        raise ValueError(f"{len(matchers)} matchers: expected 1 to {MOST}, {EXPECTED}")
    for text in matchers:
        parse(text)
    if until <= created:
        raise ValueError("it would be over already: expected a time that is still to come")
    name = digest("silence", *matchers, str(until), str(created))
    return Silence(name, tuple(text.strip() for text in matchers), until, comment.strip(), created, by)


def complaint(silence: Silence) -> str:
    """Why a silence from the store has no effect, in a sentence; empty for one that has."""
    read = _read(silence.matchers)
    return f"silence {silence.id} hides nothing: {read}" if isinstance(read, str) else ""


def matching(silences: Iterable[Silence], news: Alert | Trouble, now: int, receiver: str = "") -> Silence | None:
    """Of the silences that hide this now (nanoseconds UTC), the one that lasts longest; None when it is to be heard.

    A silence that names a `receiver` hides from that one only: it counts when `receiver` says who would hear this.
    """
    sounds = _Sounds(news, receiver)
    fitting = (silence for silence in silences if now < silence.until and _hides(silence, sounds))
    return max(fitting, key=attrgetter("until"), default=None)


def _hides(silence: Silence, sounds: _Sounds) -> bool:
    matchers = _read(silence.matchers)
    return not isinstance(matchers, str) and all(_fits(matcher, sounds) for matcher in matchers)


@lru_cache(REMEMBERED)
def _read(matchers: tuple[str, ...]) -> tuple[Matcher, ...] | str:
    """All matchers of a silence, or why they cannot be read."""
    try:
        return tuple(map(parse, matchers)) or "it has no matcher"
    except ValueError as error:
        return str(error)


def _fits(matcher: Matcher, sounds: _Sounds) -> bool:
    value = _VALUES[matcher.key](sounds)
    if not value:
        return False
    found = fits_symbol(matcher.glob, value) if isinstance(value, Instrument) else fits(matcher.glob, value)
    return found is not matcher.negated


def _guess(word: str, known: Iterable[str]) -> str:
    near = get_close_matches(word.lower(), known, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _of_alert(read: Callable[[Alert], str | Instrument]) -> Callable[[_Sounds], str | Instrument]:
    """Word of the scanner about itself has no such thing."""
    return lambda sounds: read(sounds.news) if isinstance(sounds.news, Alert) else ""


_VALUES: Mapping[str, Callable[[_Sounds], str | Instrument]] = {
    "symbol": _of_alert(lambda alert: alert.instrument),
    "exchange": lambda sounds: sounds.news.exchange,
    "rule": lambda sounds: sounds.news.rule,
    "severity": lambda sounds: sounds.news.severity,
    "stage": _of_alert(lambda alert: alert.stage),
    "market": _of_alert(lambda alert: alert.instrument.quote),
    "kind": lambda sounds: "alert" if isinstance(sounds.news, Alert) else "ops",
    "receiver": lambda sounds: sounds.receiver,
}
"""Key → what a matcher with that key looks at; empty where there is no such thing, and then nothing fits."""
_WORDS: Mapping[str, tuple[str, ...]] = {"severity": SEVERITIES, "kind": ("alert", "ops")}
"""Keys whose values are all known: another word would never fit."""
