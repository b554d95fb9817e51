"""What a glob means, against a slow and obvious reading of it; and which coins a mute list hides."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.globs import LONGEST, SymbolGlob, fits, fits_symbol
from scanner.alerts.mute import muted
from scanner.model.instrument import Instrument
from scanner.model.news import Trouble
from tests.alerts.signals import alert

DOGE = Instrument("DOGE", "KRW")
PERPETUAL = Instrument("DOGE", "USDT", "perpetual")
MARKET = Instrument("*", "KRW")


def slowly(glob, text):
    """Stars and question marks, letter by letter."""
    if not glob:
        return not text
    if glob[0] == "*":
        return slowly(glob[1:], text) or (bool(text) and slowly(glob, text[1:]))
    return bool(text) and glob[0] in {"?", text[0]} and slowly(glob[1:], text[1:])


@given(st.text("AB/*?", max_size=8), st.text("AB/", max_size=8))
def test_a_glob_means_what_it_says(glob, text):
    # Promise: * is anything, ? is one character, the rest is itself, and the whole text has to fit.
    assert fits(glob, text) is slowly(glob, text)


@given(st.text(min_size=1, max_size=20))
def test_any_text_is_compared_without_failing(text):
    # Promise: whatever a coin is called, no glob and no name breaks the comparison.
    assert fits("*", text)
    fits(text, "DOGE/KRW")


@pytest.mark.parametrize(
    ("glob", "fitting"),
    [
        ("DOGE/KRW", {DOGE}),
        ("doge/krw", {DOGE}),
        ("DOGE/*", {DOGE, PERPETUAL}),
        ("DOGE", {DOGE, PERPETUAL}),
        ("D?GE", {DOGE, PERPETUAL}),
        ("D[AO]GE/KRW", {DOGE}),
        ("D[!O]GE/KRW", set()),
        ("*/KRW", {DOGE, MARKET}),
        ("*:USDT", set()),
        ("*/*:USDT", {PERPETUAL}),
        ("[*]/KRW", {MARKET}),
        ("*", {DOGE, PERPETUAL, MARKET}),
        ("DOG", set()),
        ("KRW", set()),
    ],
)
def test_a_symbol_is_meant_whole_or_by_its_base(glob, fitting):
    # Promise: DOGE is every DOGE market, DOGE/KRW that one, in any case.
    assert {each for each in (DOGE, PERPETUAL, MARKET) if fits_symbol(glob, each)} == fitting


@pytest.mark.parametrize("glob", ["DOGE/*", "*/KRW", "DOGE", "1000*", "BTC/USDT:USDT", "코인/KRW", "[A-D]*/KRW", "*"])
def test_what_can_fit_a_symbol_is_accepted(glob):
    assert msgspec.convert(glob, SymbolGlob) == glob


@pytest.mark.parametrize(
    "glob", ["", " ", "KRW-BTC", "BTC_USDT", "/KRW", "BTC/", "A/B/C", "BTC /KRW", "[", "x" * (LONGEST + 1)]
)
def test_what_could_never_fit_a_symbol_is_refused(glob):
    # Promise: a slip of the pen is no rule that silently does nothing.
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(glob, SymbolGlob)


@given(st.tuples(st.text("ABC1", min_size=1), st.text("KR", min_size=1)))
def test_every_symbol_is_a_glob_of_itself(pair):
    # Promise: what the scanner prints can be muted by copying it.
    for kind in ("spot", "perpetual"):
        instrument = Instrument(*pair, kind)
        if len(str(instrument)) <= LONGEST:
            assert fits_symbol(msgspec.convert(str(instrument), SymbolGlob), instrument)


def test_the_mute_list_names_the_glob_that_hides_a_coin():
    # Promise: nobody hears of a muted coin, and explain can say which entry did it.
    assert muted(["ABC/USDT", "ABC/*", "*"], alert()) == "ABC/*"
    assert muted(["DOGE/*"], alert()) is None
    assert muted([], alert()) is None


def test_the_scanner_s_own_troubles_cannot_be_muted():
    # Promise: a mute list is about coins; `*` does not hide that a venue is silent.
    assert muted(["*"], Trouble("1", "venue_silent", "high", "upbit is silent", {}, 1)) is None
