"""Conversations as the tests of single venues begin them: what is wanted, and a session that has asked for it."""

from scanner.exchanges.base import Endpoint
from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, Subscription


def wants(*instruments, channels=CHANNELS):
    """Each of these channels of each of these instruments."""
    return tuple(Subscription(channel, one) for one in instruments for channel in channels)


def trades_in(quote, *bases):
    """The trades of these coins."""
    return wants(*(Instrument(base, quote) for base in bases), channels=("trade",))


def opened(exchange, *wanted):
    """A session that has said all that it has to say at first, to where the venue is."""
    session = exchange.open(Endpoint(exchange.ws_url, wanted))
    session.subscribe()
    return session
