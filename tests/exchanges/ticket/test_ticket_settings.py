"""What an operator may turn about the venues of the ticket family, and how a wrong turn is told."""

import pytest

from scanner.exchanges.base import Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription

VENUES = ["upbit", "bithumb"]


@pytest.mark.parametrize("venue", VENUES)
def test_addresses_can_be_pointed_elsewhere(venue):
    """At a simulated exchange, say; a slash at the end makes no difference."""
    elsewhere = EXCHANGES[venue].configured(Settings(rest_url="http://127.0.0.1:81/", ws_url="ws://127.0.0.1:82/ws"))
    assert elsewhere.rest_url == "http://127.0.0.1:81"
    assert elsewhere.markets_request().url == "http://127.0.0.1:81/v1/market/all"
    [endpoint] = elsewhere.plan([Subscription("trade", Instrument("WAVE", "KRW"))])
    assert endpoint.url == "ws://127.0.0.1:82/ws"


@pytest.mark.parametrize("venue", VENUES)
def test_settings_start_from_the_venue_and_not_from_earlier_settings(venue):
    """Configuring twice gives what the last settings say, nothing more."""
    first = EXCHANGES[venue].configured(
        Settings(ws_url="ws://127.0.0.1:82", streams_per_connection=7, format="DEFAULT")
    )
    assert first.configured(Settings()) == EXCHANGES[venue]


@pytest.mark.parametrize("venue", VENUES)
def test_streams_per_connection_decide_how_many_connections_there_are(venue):
    """Fifty unless said otherwise."""
    wanted = [Subscription("trade", Instrument(f"C{n}", "KRW")) for n in range(100)]
    assert len(EXCHANGES[venue].plan(wanted)) == 2
    assert len(EXCHANGES[venue].configured(Settings(streams_per_connection=9)).plan(wanted)) == 12


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("region", "mars", "one of kr"),
        ("format", "XML", "one of DEFAULT, SIMPLE"),
        ("rest_url", "ftp://host", "an address that starts with http:// or https://"),
        ("rest_url", "127.0.0.1:80", "an address that starts with http:// or https://"),
        ("ws_url", "https://host", "an address that starts with ws:// or wss://"),
        ("streams_per_connection", -1, "a whole number above 0, or 0 for the default"),
    ],
)
@pytest.mark.parametrize("venue", VENUES)
def test_a_wrong_value_is_told_with_key_value_and_what_was_expected(venue, key, value, expected):
    """One sentence that mends the configuration."""
    with pytest.raises(ValueError, match=rf"^exchanges\.{venue}\.{key} = {value!r}: expected {expected}"):
        EXCHANGES[venue].configured(Settings(**{key: value}))


@pytest.mark.parametrize(
    ("key", "value", "shown", "expected"),
    [
        ("rest_url", "http://127.0.0.1:99999", "http://127.0.0.1:99999", "a port from 1 to 65535"),
        ("ws_url", "ws://", "ws://", "the name of a host"),
        ("ws_url", "ws://a..b/s3cret", "ws://a..b", "the name of a host"),
        ("ws_url", "wss://user:s3cret@host:0/?token=s3cret", "wss://host:0", "a port from 1 to 65535"),
        ("rest_url", "ftp://user:s3cret@host", "ftp://host", "an address that starts with http:// or https://"),
    ],
)
@pytest.mark.parametrize("venue", VENUES)
def test_an_address_nobody_could_connect_to_is_a_wrong_value(venue, key, value, shown, expected):
    """Said before a worker is started and dies of it; what may be a credential is not repeated."""
    with pytest.raises(ValueError, match=rf"^exchanges\.{venue}\.{key} = '{shown}': expected {expected}") as refusal:
        EXCHANGES[venue].configured(Settings(**{key: value}))
    assert "s3cret" not in str(refusal.value)
