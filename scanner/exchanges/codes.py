"""From a venue's own codes to instruments, as far as a conversation wants them: no code is ever cut in two."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, Channel, Market, Subscription


class Codes:
    """A conversation's instruments by the venue's own code, known from what is wanted and nothing else.

    Bounded by the wants: a venue that invents codes adds nothing. Glued ones such as `TETHERUSDT` can be cut in more
    than one way, so they are written here and looked up, never read.
    """

    def __init__(self, code_of: Callable[[Instrument], str], wanted: Iterable[Subscription] = ()) -> None:
        """`code_of` writes an instrument as the venue does, each one differently within a channel."""
        self._code_of = code_of
        self._instruments: dict[Channel, dict[str, Instrument]] = {}
        self.want(wanted)

    def want(self, wanted: Iterable[Subscription]) -> None:
        """From now on these are wanted, and nothing that was before."""
        instruments: dict[Channel, dict[str, Instrument]] = {channel: {} for channel in CHANNELS}
        for one in wanted:
            instruments[one.channel][self._code_of(one.instrument)] = one.instrument
        self._instruments = instruments

    def get(self, channel: Channel, code: str) -> Instrument | None:
        """The instrument of this code; None when that channel of it is not wanted, so its data may be ignored."""
        return self._instruments[channel].get(code)


def glued(instrument: Instrument) -> str:
    """`BTC/USDT` as venues write it that put nothing between the two: `BTCUSDT`."""
    return instrument.base + instrument.quote


def relist(listed: dict[str, Instrument], markets: Iterable[Market]) -> None:
    """`listed` becomes this catalogue by the venue's own codes, for answers that name markets by nothing else."""
    listed.clear()
    listed.update((market.code, market.instrument) for market in markets)
