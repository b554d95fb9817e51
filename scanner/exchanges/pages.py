"""Where on a venue's site people trade an instrument, as an address.

None of these addresses has been opened from here: they are general knowledge, as many programs write them. Those of
Upbit (Korea), Bithumb, Binance and OKX have kept their form for years; of MEXC's and WEEX's less is known, and where a
site is not understood, there is no address.
"""

from __future__ import annotations

from urllib.parse import quote

from scanner.model.instrument import Instrument

EVERYTHING = "*"
"""The base of what stands for a whole market, which has no page."""


def page(form: str, instrument: Instrument) -> str:
    """The form with this instrument in it, percent-encoded; empty where there is no form, or no one instrument.

    A form speaks of `{base}` and `{quote}`, or of `{low_base}` and `{low_quote}` where the site writes small letters.
    """
    if instrument.base == EVERYTHING:
        return ""
    base, money = quote(instrument.base, safe=""), quote(instrument.quote, safe="")
    low_base, low_money = quote(instrument.base.lower(), safe=""), quote(instrument.quote.lower(), safe="")
    return form.format(base=base, quote=money, low_base=low_base, low_quote=low_money)
