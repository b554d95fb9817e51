"""An operator's settings are held against what one venue knows, and a wrong one is told alike everywhere."""

import pytest

from scanner.exchanges.base import Limits, Settings, Window
from scanner.exchanges.checks import Checked
from scanner.exchanges.sites import Region
from tests.exchanges.venues import LISTING, SPEAKING, VENUES, each

HOME, AWAY = Region("https://a", "wss://a", frozenset({"KRW"})), Region("https://b", "wss://b", frozenset({"USDT"}))
REGIONS = {"home": HOME, "away": AWAY}
LIMITS = Limits((), (), (Window(9, 1.0),), streams_per_connection=50, block_s=60.0, trades_top=7)


def checked(**settings):
    return Checked("wave", Settings(**settings))


def test_what_is_empty_is_the_venues_own():
    """The first region, its addresses, the usual format, the limits as they are, and the venue's own pace."""
    nothing = checked()
    assert nothing.region(REGIONS) is HOME
    assert nothing.rest_url(HOME.rest_url) == HOME.rest_url
    assert nothing.ws_url(HOME.ws_url) == HOME.ws_url
    assert nothing.format(("LONG", "SHORT"), "SHORT") == "SHORT"
    assert nothing.limits(LIMITS, 60) == LIMITS
    assert nothing.poll_s(2.0, 1.0) == 2.0
    nothing.unturned("region", "format", "poll")


def test_what_is_said_is_taken():
    """Regions and formats in any case; a slash at the end of the REST side makes no difference."""
    said = checked(
        region="AWAY",
        format="long",
        rest_url="http://host/base/",
        ws_url="ws://host:1/ws?a=b",
        streams_per_connection=60,
        trades_top=3,
        poll=1.0,
    )
    assert said.region(REGIONS) is AWAY
    assert said.format(("LONG", "SHORT"), "SHORT") == "LONG"
    assert (said.rest_url("https://a"), said.ws_url("wss://a")) == ("http://host/base", "ws://host:1/ws?a=b")
    limits = said.limits(LIMITS, 60)
    assert (limits.streams_per_connection, limits.trades_top, limits.requests) == (60, 3, LIMITS.requests)
    assert said.poll_s(2.0, 1.0) == 1.0


@pytest.mark.parametrize(
    ("settings", "take", "sentence"),
    [
        ({"region": "Mars"}, lambda it: it.region(REGIONS), "region = 'Mars': expected one of home, away"),
        ({"format": "xml"}, lambda it: it.format(("LONG",), "LONG"), "format = 'xml': expected one of LONG"),
        ({"rest_url": "a"}, lambda it: it.rest_url(""), "rest_url = 'a': expected an address that starts with http://"),
        (
            {"ws_url": "http://a"},
            lambda it: it.ws_url(""),
            "ws_url = 'http://a': expected an address that starts with",
        ),
        (
            {"ws_url": "ws://a/b"},
            lambda it: it.ws_url("", "/c"),
            "ws_url = 'ws://a': expected an address that ends in",
        ),
        ({"poll": 0.5}, lambda it: it.poll_s(2.0, 1.0), "poll = 0.5: expected at least 1 s, or 0 for the default"),
        (
            {"streams_per_connection": 61},
            lambda it: it.limits(LIMITS, 60),
            "streams_per_connection = 61: expected a whole number up to 60, or 0 for the default",
        ),
        (
            {"streams_per_connection": -1},
            lambda it: it.limits(LIMITS),
            "streams_per_connection = -1: expected a whole number above 0, or 0 for the default",
        ),
        ({"region": "x"}, lambda it: it.unturned("region"), "region = 'x': expected nothing, for it has one site only"),
        ({"format": "x"}, lambda it: it.unturned("format"), "format = 'x': expected nothing, for its frames are"),
        (
            {"poll": 5.0},
            lambda it: it.unturned("region", "poll"),
            "poll = 5.0: expected nothing, for all that there",
        ),
    ],
)
def test_a_wrong_value_is_told_in_one_sentence(settings, take, sentence):
    """Key, value and what was expected, which mends the configuration."""
    with pytest.raises(ValueError, match=r"^exchanges\.wave\.") as refusal:
        take(checked(**settings))
    assert str(refusal.value).startswith(f"exchanges.wave.{sentence}")


@pytest.mark.parametrize(
    ("exchange", "key"),
    [(one, "rest_url") for one in VENUES] + [(one, "ws_url") for one in SPEAKING],
    ids=lambda one: getattr(one, "name", one),
)
def test_no_venue_repeats_a_credential(exchange, key):
    """A wrong address may hold one, and the complaint may reach a log."""
    with pytest.raises(ValueError, match=rf"^exchanges\.{exchange.name}\.{key} = 'ftp://host': expected") as refusal:
        exchange.configured(Settings(**{key: "ftp://user:s3cret@host/?token=s3cret"}))
    assert "s3cret" not in str(refusal.value)


@each(LISTING)
@pytest.mark.parametrize(
    "settings",
    [{"region": "mars"}, {"format": "xml"}, {"streams_per_connection": -1}, {"poll": 0.001}],
    ids=lambda settings: next(iter(settings)),
)
def test_no_venue_takes_what_makes_no_sense_there(exchange, settings):
    """Whatever it can be told, and whatever it cannot: nothing is passed over in silence."""
    [(key, value)] = settings.items()
    with pytest.raises(ValueError, match=rf"^exchanges\.{exchange.name}\.{key} = {value!r}: expected "):
        exchange.configured(Settings(**settings))


@each(VENUES)
def test_without_settings_nothing_changes(exchange):
    """Empty means the venue's own; only what a catalogue taught it is learnt anew."""
    same = exchange.configured(Settings())
    for what in ("rest_url", "ws_url", "quotes", "channels", "limits"):
        assert getattr(same, what) == getattr(exchange, what)
