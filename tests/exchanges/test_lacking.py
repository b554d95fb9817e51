"""What a venue has not is told alike everywhere: a channel, a kind of market, a poll, an answer to nothing."""

import pytest

from scanner.exchanges.base import RemoteNonsense
from scanner.exchanges.lacking import Unpolled, require, unfetched
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription

WAVE, PERPETUAL = Instrument("WAVE", "USDT"), Instrument("WAVE", "USDT", "perpetual")
CHANNELS = ("trade", "candle")


def test_what_it_has_may_be_wanted():
    """And so may nothing."""
    require("venue", CHANNELS, "spot", [Subscription(channel, WAVE) for channel in CHANNELS])
    require("venue", CHANNELS, "spot", [])


def test_a_channel_that_it_lacks_is_told_with_those_that_it_has():
    """In the order of the alphabet."""
    with pytest.raises(ValueError, match=r"^venue has no channel 'ticker': it has candle, trade$"):
        require("venue", CHANNELS, "spot", [Subscription("trade", WAVE), Subscription("ticker", WAVE)])


@pytest.mark.parametrize(("elsewhere", "hint"), [("", ""), ("look there", "; look there")])
def test_a_kind_of_market_that_it_lacks_is_told_with_the_one_it_lists(elsewhere, hint):
    """And with where else to look, where that is known."""
    with pytest.raises(ValueError, match=rf"^venue has no WAVE/USDT:USDT: it lists spot markets only{hint}$"):
        require("venue", CHANNELS, "spot", [Subscription("trade", PERPETUAL)], elsewhere)
    with pytest.raises(ValueError, match=r"^venue has no WAVE/USDT: it lists perpetual markets only"):
        require("venue", CHANNELS, "perpetual", [Subscription("trade", WAVE)], elsewhere)


def test_a_venue_without_polls_wants_none_and_blames_their_answers():
    """By its title and the tag, with a piece of what came."""

    class Venue(Unpolled):
        title = "Venue"

    assert Venue().polls([Subscription("ticker", WAVE)]) == Venue().fallback([Subscription("ticker", WAVE)]) == []
    with pytest.raises(RemoteNonsense, match=r"^Venue is not polled for 'tickers': b'\[\]'$"):
        Venue().parse_polled("tickers", b"[]", 7)


def test_an_answer_that_nobody_asked_for_is_blamed():
    """By its tag."""
    assert str(unfetched("Venue", "book", b"{}")) == "Venue was asked for nothing by the name of 'book': b'{}'"
