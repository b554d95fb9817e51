"""Globs, as mute lists, routes and silences write them: `*` is anything, `?` one character, `[abc]` one of these."""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import translate
from functools import lru_cache
from typing import Annotated

from msgspec import Meta

from scanner.model.instrument import Instrument

LONGEST = 100
"""Characters; no symbol has half as many."""

_PART = r"(?:[^\W_]|[*?]|\[!?[^\]\s]+\])+"
SYMBOL = rf"\A{_PART}(?:/{_PART}(?::{_PART})?)?\Z"
"""What a symbol's glob looks like. A venue's own code, `KRW-BTC`, would never fit anything: it is refused."""
SYMBOL_WORDS = "a symbol or glob such as DOGE/*, */KRW, or DOGE for all that DOGE is traded against"

REMEMBERED = 4096
"""Globs whose reading is kept: those of all routes, silences and mute lists."""

SymbolGlob = Annotated[str, Meta(pattern=SYMBOL, max_length=LONGEST, description=SYMBOL_WORDS)]


def fits(glob: str, text: str) -> bool:
    """Whether the whole text fits, in any case."""
    return _fitting(glob)(text.casefold()) is not None


def fits_symbol(glob: str, instrument: Instrument) -> bool:
    """Whether an instrument is meant: by its whole symbol, or by its base where the glob has no slash.

    A whole market is written `*/KRW`: whatever hides all coins of KRW hides the market's own alert, too.
    """
    return fits(glob, str(instrument) if "/" in glob else instrument.base)


@lru_cache(REMEMBERED)
def _fitting(glob: str) -> Callable[[str], object]:
    """Asked with a text in small letters, it gives None where that does not fit."""
    return re.compile(translate(glob.casefold())).match
