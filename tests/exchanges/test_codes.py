"""A conversation knows instruments by the venue's codes, and only those that it wants."""

import pytest

from scanner.exchanges.codes import Codes, glued, relist
from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, Market, Subscription

WAVE, REEF = Instrument("WAVE", "USDT"), Instrument("REEF", "USDT")


def test_a_wanted_code_is_known_in_its_channel_and_in_no_other():
    """Somebody who wants trades is not given books."""
    codes = Codes(glued, [Subscription("trade", WAVE), Subscription("orderbook", REEF)])
    assert codes.get("trade", "WAVEUSDT") == WAVE
    assert codes.get("orderbook", "REEFUSDT") == REEF
    assert codes.get("orderbook", "WAVEUSDT") is None
    assert codes.get("trade", "REEFUSDT") is None


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_conversation_that_wants_nothing_knows_nothing(channel):
    """Whatever the venue sends, nothing is learnt from it."""
    codes = Codes(glued)
    assert codes.get(channel, "WAVEUSDT") is None
    assert codes.get(channel, "") is None


def test_new_wants_replace_the_old_ones():
    """What is no longer wanted may trail in for a while, and is not recognised."""
    codes = Codes(glued, [Subscription("trade", WAVE)])
    codes.want([Subscription("trade", REEF)])
    assert codes.get("trade", "WAVEUSDT") is None
    assert codes.get("trade", "REEFUSDT") == REEF
    codes.want(())
    assert codes.get("trade", "REEFUSDT") is None


def test_glued_codes_that_could_be_cut_in_two_ways_are_told_apart():
    """BTC with USDT, and BTCU with SDT, would be one code: the one that is wanted is meant."""
    odd = Instrument("WAVEU", "SDT")
    assert Codes(glued, [Subscription("trade", odd)]).get("trade", "WAVEUSDT") == odd
    assert Codes(glued, [Subscription("trade", WAVE)]).get("trade", "WAVEUSDT") == WAVE


def test_names_in_any_script_are_only_names():
    """Coins called in Chinese are listed too."""
    wave = Instrument("波", "USDT")
    assert Codes(glued, [Subscription("ticker", wave)]).get("ticker", "波USDT") == wave


def test_a_glued_code_has_nothing_between_the_two():
    """So it may be that of more than one instrument, and is written here, never read."""
    assert glued(WAVE) == "WAVEUSDT"
    assert glued(Instrument("TETHER", "USDT")) == glued(Instrument("TETHERUSD", "T"))


def test_the_last_catalogue_is_all_that_is_listed():
    """What has left it is forgotten, in the very dict that others look into."""
    listed = {"GONEUSDT": Instrument("GONE", "USDT")}
    looked_into = listed
    relist(listed, [Market(WAVE, "WAVEUSDT"), Market(REEF, "REEF_X")])
    assert looked_into == {"WAVEUSDT": WAVE, "REEF_X": REEF}
