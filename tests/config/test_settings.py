"""The scanner's own settings: every room's types in one schema, checked against the registries and each other."""

import pytest
from msgspec import Struct, structs

from scanner.cli.meanings import meanings
from scanner.config.errors import ConfigError
from scanner.config.fields import fields_of
from scanner.config.schema import Assignment, Ordered, Origin, Section
from scanner.config.show import plain, show, starter
from scanner.detectors.registry import DETECTORS
from scanner.exchanges.base import Limits
from scanner.exchanges.registry import EXCHANGES
from scanner.plan import channels
from scanner.settings import configuration, receiver_names, schema, settle
from scanner.sinks.registry import SINKS


class Stranger(Struct, frozen=True):
    """A venue that takes part only when it is named."""

    name: str
    quotes: frozenset[str]
    channels: frozenset[str]
    limits: Limits
    by_default: bool = False

    def configured(self, _settings):
        return self


@pytest.fixture
def strangers(monkeypatch):
    """One with markets and one without, in the registry for the time of a test."""
    limits = Limits((), (), (), 50, 60.0, trades_top=10)
    carried = frozenset({"ticker", "trade", "orderbook"})
    monkeypatch.setitem(EXCHANGES, "futures", Stranger("futures", frozenset({"KRW"}), carried, limits))
    monkeypatch.setitem(EXCHANGES, "gecko", Stranger("gecko", frozenset(), frozenset(), limits))
    schema.cache_clear()
    yield
    schema.cache_clear()


def settled(*sets, **environment):
    return settle(configuration(environment=environment, sets=sets))


def complaint(*sets):
    with pytest.raises(ConfigError) as caught:
        settled(*sets)
    return str(caught.value)


def test_nothing_said_watches_all_of_krw_live():
    # Promise: `scanner start` alone is the main job.
    settings = settled()
    assert settings.scanner.markets == ("KRW",)
    assert list(settings.venues) == [
        name for name, venue in EXCHANGES.items() if "KRW" in venue.quotes and venue.by_default
    ]
    assert {"pump", "dump", "volume_spike"} <= settings.rules.keys()
    assert (settings.ops.host, settings.ops.port, settings.ops.fresh_within) == ("127.0.0.1", 9108, 12.0)
    assert settings.books.top == 30
    assert settings.alerts.cooldown == 300.0
    assert (settings.alerts.mute, settings.alerts.receivers, settings.routes) == ((), (), {})
    assert (settings.state.dir, settings.state.keep, settings.state.keep_alerts) == ("", 30 * 86_400.0, 100_000)
    assert (settings.deadman.url, settings.deadman.every) == ("", 60.0)
    assert (settings.ops_alerts.venue_silent, settings.ops_alerts.clock_skew) == (60.0, 5.0)


def test_every_exchange_detector_and_sink_has_its_place():
    # Promise: one registry line is all that a new one needs.
    tables = schema()
    assert set(tables["exchanges"].types) == set(EXCHANGES)
    assert set(tables["rules"].types) == set(DETECTORS)
    assert set(tables["receivers"].types) == set(SINKS)


def test_currencies_venues_and_symbols_are_written_in_any_case():
    # Promise: nobody has to know our spelling, and nothing is watched twice.
    settings = settled("scanner.markets=krw,KRW", "scanner.exchanges=UPBIT", "scanner.symbols=btc/krw")
    assert settings.scanner.markets == ("KRW",)
    assert settings.scanner.symbols == ("BTC/KRW",)
    assert list(settings.venues) == ["upbit"]


def test_a_venue_is_watched_where_it_lists_a_wanted_market():
    # Promise: --market USDT leaves out who has none of it.
    settings = settled("scanner.markets=USDT")
    assert settings.venues
    assert all("USDT" in venue.quotes for venue in settings.venues.values())


def test_some_venues_take_part_only_when_named(strangers):
    # Promise: futures beside spot, and a venue that lists no markets, are there for who asks for them.
    assert not {"futures", "gecko"} & settled().venues.keys()
    named = settled("scanner.exchanges=futures,gecko,upbit")
    assert list(named.venues) == ["upbit", "futures", "gecko"]
    assert list(settled("scanner.exchanges=gecko").venues) == ["gecko"]


def test_a_venue_that_lists_no_markets_is_not_enough_to_choose_one(strangers):
    # Promise: with nobody left who has markets, the mistake is told for what it is.
    assert "every venue that lists markets is disabled" in complaint(
        *(f"exchanges.{name}.enabled=no" for name in EXCHANGES if name != "gecko")
    )


def test_what_is_left_out_can_be_chosen():
    # Promise: three kinds by default, some of them or none by wish, and no unknown one.
    assert settled().scanner.exclude == ("leveraged", "stable", "fiat")
    assert settled("scanner.exclude=stable").scanner.exclude == ("stable",)
    assert settled("scanner.exclude=").scanner.exclude == ()
    assert "did you mean leveraged?" in complaint("scanner.exclude=leverage")


def test_what_the_workers_carry_is_known_beforehand(strangers):
    # Promise: books where any are wanted, and tickers where trades are for the most traded only.
    assert channels(settled(), "upbit") == ("trade", "orderbook")
    assert channels(settled("books.top=0"), "upbit") == ("trade",)
    assert channels(settled("exchanges.upbit.trades_top=100"), "upbit") == ("ticker", "trade", "orderbook")
    assert channels(settled("exchanges.upbit.trades_top=9", "scanner.symbols=BTC/KRW"), "upbit") == (
        "trade",
        "orderbook",
    )
    assert channels(settled("scanner.exchanges=futures"), "futures") == ("ticker", "trade", "orderbook")
    assert channels(settled("scanner.exchanges=gecko"), "gecko") == ()


def test_a_venue_carries_its_own_settings():
    # Promise: an address on the command line is the address that is called.
    venue = settled("exchanges.upbit.ws_url=ws://127.0.0.1:1/x", "exchanges.upbit.streams_per_connection=7").venues[
        "upbit"
    ]
    assert venue.ws_url == "ws://127.0.0.1:1/x"
    assert venue.limits.streams_per_connection == 7


def test_a_disabled_venue_is_not_watched():
    # Promise: enabled = false is enough.
    assert "upbit" not in settled("exchanges.upbit.enabled=false").venues


@pytest.mark.parametrize(
    ("sets", "told"),
    [
        (["scanner.markets=KRWW"], ["--set: scanner.markets = 'KRWW': expected one of ", "did you mean KRW?"]),
        (["scanner.markets="], ["--set: scanner.markets = []: expected at least one of "]),
        (["scanner.exchanges=upbitt"], ["scanner.exchanges = 'upbitt': expected one of ", "did you mean upbit?"]),
        (["scanner.symbols=BTC/KRX"], ["scanner.symbols = 'BTC/KRX'", "wanted markets, KRW", "did you mean BTC/KRW?"]),
        (["scanner.symbols=BTC/"], ["scanner.symbols = 'BTC/': expected BASE/QUOTE such as BTC/KRW"]),
        (["scanner.channels=trades"], ["expected a list, each item one of", "did you mean trade?"]),
        (["exchanges.upbit.ws_url=http://x"], ["--set: ", "exchanges.upbit.ws_url", "ws://"]),
        (["exchanges.upbit.region=mars"], ["--set: ", "exchanges.upbit.region", "kr"]),
        (["scanner.markets=USDT", "scanner.exchanges=bithumb"], ["scanner.exchanges = 'bithumb'", "that lists USDT"]),
        ([f"exchanges.{name}.enabled=no" for name in EXCHANGES], ["every venue that lists markets is disabled"]),
        (["log.level=loud"], ["--set: log.level = 'loud': expected one of debug, error, info, warning"]),
        (["ops.port=70000"], ["--set: ops.port = '70000': expected a TCP port"]),
        (["rules.pump.detector=price_mve"], ["rules.pump.detector = 'price_mve'", "did you mean price_move?"]),
        (["receivers.x.sink=webhok"], ["receivers.x.sink = 'webhok'", "did you mean webhook?"]),
    ],
)
def test_what_does_not_fit_the_registries_is_told_with_what_would(sets, told):
    # Promise: path, value, what was expected, the nearest known name.
    line = complaint(*sets)
    assert all(part in line for part in told), line


@pytest.mark.parametrize(
    ("sets", "told"),
    [
        (
            ["routes.a.receivers=consle"],
            ["--set: routes.a.receivers = 'consle': expected one of console; did you mean console?"],
        ),
        (["routes.a.severity=high"], ["routes.a.receivers = (not given): expected a list"]),
        (["routes.a.receivers="], ["--set: routes.a: receivers: a route without receivers leads nowhere"]),
        (
            ["routes.a.receivers=console", "routes.a.rules=pmp"],
            ["routes.a.rules = 'pmp': expected one of ", "venue_silent", "did you mean pump?"],
        ),
        (
            ["routes.a.receivers=console", "routes.a.kind=ops", "routes.a.rules=pump"],
            ["routes.a.rules = 'pump': expected one of clock_skew, receiver_disabled, "],
        ),
        (
            ["routes.a.receivers=console", "routes.a.kind=alert", "routes.a.rules=venue_silent"],
            ["routes.a.rules = 'venue_silent': expected one of dump, "],
        ),
        (["routes.a.receivers=console", "routes.a.exchanges=upbitt"], ["= 'upbitt': ", "did you mean upbit?"]),
        (["routes.a.receivers=console", "routes.a.markets=KRWW"], ["routes.a.markets = 'KRWW': ", "mean KRW?"]),
        (["routes.a.receivers=console", 'routes.a.symbols=[""]'], ["routes.a.symbols", "glob such as DOGE/*"]),
        (["routes.a.receivers=console", "routes.a.symbols=KRW-BTC"], ["routes.a.symbols", "glob such as DOGE/*"]),
        (
            ["routes.a.receivers=console", "routes.a.kind=ops", "routes.a.symbols=BTC"],
            ["--set: routes.a: symbols: an ops alert is about no coin"],
        ),
        (["routes.a.receivers=console", "routes.a.kind=trouble"], ["routes.a.kind = 'trouble': expected one of"]),
        (["alerts.receivers=slak"], ["alerts.receivers = 'slak': expected one of console"]),
        (["alerts.mute=KRW-DOGE"], ["--set: alerts.mute", "glob such as DOGE/*"]),
        (
            ["receivers.out.sink=console", "receivers.out.quiet=23-7"],
            ["--set: receivers.out.quiet = '23-7': expected hours such as 23:00-07:00"],
        ),
        (
            ["receivers.out.sink=console", "receivers.out.timezone=Asia/Soul"],
            ["receivers.out.timezone = 'Asia/Soul': expected the name of a time zone", "did you mean Asia/Seoul?"],
        ),
        (["state.keep_alerts=0"], ["state.keep_alerts = '0': expected a whole number, 1 or more"]),
        (["deadman.every=0s"], ["deadman.every = '0s': expected a duration of 1s or more"]),
        (["deadman.url=https://x.org/abc"], ["deadman.url = ***: a secret does not belong here"]),
    ],
)
def test_what_names_nobody_is_told_with_who_is_there(sets, told):
    # Promise: a route that could never lead anywhere is found at the start, not on the night it was made for.
    line = complaint(*sets)
    assert all(part in line for part in told), line


def test_the_address_of_the_dead_man_s_switch_is_never_repeated():
    # Promise: whoever knows it can keep the alarm from being raised.
    said = configuration(environment={"SCANNER__DEADMAN__URL": "https://hc.example.org/canary"})
    assert settle(said).deadman.url == "https://hc.example.org/canary"
    assert "canary" not in show(schema(), said, meanings) + str(plain(schema(), said))
    with pytest.raises(ConfigError) as caught:
        settled(SCANNER__DEADMAN__URL="ftp://canary.example.org/canary")
    assert "canary" not in str(caught.value)
    assert "SCANNER__DEADMAN__URL" in str(caught.value)


def test_routes_are_asked_in_the_order_of_the_file(tmp_path):
    # Promise: and currencies and venues are written in any case.
    path = tmp_path / "scanner.toml"
    path.write_text(
        "[routes.z]\nreceivers = ['console']\nmarkets = ['krw']\nexchanges = ['UPBIT']\ncontinue = true\n"
        "[routes.a]\nreceivers = ['console']\nkind = 'ops'\nrules = ['venue_silent']\n"
    )
    routes = settle(configuration(file=str(path), environment={})).routes
    assert list(routes) == ["z", "a"]
    assert (routes["z"].markets, routes["z"].exchanges, routes["z"].goes_on) == (("KRW",), ("upbit",), True)


def test_a_route_may_be_about_what_is_not_watched_today():
    # Promise: one file serves runs of different markets and venues.
    sets = ["routes.a.receivers=console", "routes.a.markets=USDT", "routes.a.exchanges=okx", "scanner.markets=KRW"]
    assert settled(*sets).routes["a"].exchanges == ("okx",)


def test_a_console_can_be_named_although_nobody_configured_it():
    # Promise: it is there unless another console is.
    assert settled("alerts.receivers=console").alerts.receivers == ("console",)
    named = ["receivers.out.sink=console", "alerts.receivers=out"]
    assert settled(*named).alerts.receivers == ("out",)
    assert receiver_names(settled(*named).receivers) == ["out"]
    assert "expected one of out" in complaint("receivers.out.sink=console", "alerts.receivers=console")


def test_an_option_is_named_where_it_is_wrong():
    # Promise: who typed --market reads --market, not a path of ours alone.
    said = [Assignment(("scanner", "markets"), ["KRWW"], Origin("option", "--market"))]
    with pytest.raises(
        ConfigError, match=r"^--market: scanner\.markets = 'KRWW': expected one of .*; did you mean KRW\?$"
    ):
        settle(configuration(environment={}, options=said))


def test_a_venue_s_own_code_is_left_to_the_venue():
    # Promise: KRW-BTC is as good as BTC/KRW.
    assert settled("scanner.symbols=KRW-BTC").scanner.symbols == ("KRW-BTC",)


def test_what_is_shown_of_everything_loads_back_to_the_same(tmp_path):
    # Promise: `scanner config show > file` freezes what is in force.
    before = configuration(environment={}, sets=["books.top=7", "rules.pump.rearm_after=2m", "log.json=true"])
    path = tmp_path / "frozen.toml"
    path.write_text(show(schema(), before, meanings))
    after = configuration(file=str(path), environment={})
    assert plain(schema(), after)["values"] == plain(schema(), before)["values"]
    assert settle(after).rules == settle(before).rules


def test_the_starter_of_everything_loads_and_changes_nothing(tmp_path):
    # Promise: `scanner config new` is safe to begin with.
    path = tmp_path / "new.toml"
    path.write_text(starter(schema(), meanings))
    after = configuration(file=str(path), environment={})
    assert plain(schema(), after)["values"] == plain(schema(), configuration(environment={}))["values"]


def test_every_setting_says_what_it_means():
    # Promise: `config show` leaves nobody guessing; where a key's own name and unit do not say it, its docstring does.
    sections = [part.type for part in schema().values() if isinstance(part, Section | Ordered)]
    for settings in sections:
        assert meanings(settings)[""], settings
        assert meanings(settings).keys() <= {"", *(field.attribute for field in fields_of(settings).values())}


def test_settings_are_values():
    # Promise: two loads of the same words are equal, so a reload can see what changed.
    assert structs.asdict(settled()) == structs.asdict(settled())


def test_a_venue_with_a_hyphen_can_be_set_from_a_shell():
    # Promise: shells know no hyphens in names, so an underscore means one where a venue has one.
    said = configuration(environment={"SCANNER__EXCHANGES__WEEX_CONTRACT__POLL": "5s"})
    assert said.table("exchanges")["weex-contract"].options.poll == 5.0
