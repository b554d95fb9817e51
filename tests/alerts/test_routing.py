"""Who hears of what: routes in their order, each step with its reason, against a slow and obvious reading."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.globs import fits_symbol
from scanner.alerts.routes import Route, checked
from scanner.alerts.routing import Routing
from scanner.model.alert import SEVERITIES
from scanner.model.instrument import Instrument
from scanner.model.news import Trouble
from tests.alerts.signals import START, alert

EVERYBODY = ("console", "slack", "pager")


def pumped(turnover_24h=0.0, **changes):
    return msgspec.structs.replace(alert(**changes), turnover_24h=turnover_24h)


def trouble(rule="venue_silent", severity="high", **about):
    return Trouble("1", rule, severity, "something is wrong", {}, START, **about)


def route(*receivers, **conditions):
    return Route(receivers=receivers or ("pager",), **conditions)


def heard(routes, news, default=(), receivers=EVERYBODY, always=()):
    return Routing(routes, default, receivers, always).route(news).receivers


def takes(news, **conditions):
    """Whether a route with these conditions takes it."""
    return heard({"only": route("pager", **conditions)}, news, default=("console",)) == ("pager",)


# The order of routes.


def test_without_routes_everybody_hears_everything():
    assert heard({}, pumped()) == EVERYBODY
    assert heard({}, trouble()) == EVERYBODY


def test_the_default_hears_what_no_route_decides():
    routes = {"critical": route("pager", severity="critical")}
    assert heard(routes, pumped(), default=("slack",)) == ("slack",)
    assert heard(routes, pumped(severity="critical"), default=("slack",)) == ("pager",)


def test_the_first_route_that_fits_decides():
    # Promise: the order of the file is the order of asking.
    routes = {"z": route("slack", rules=("pump",)), "a": route("pager")}
    assert heard(routes, pumped()) == ("slack",)
    assert heard(dict(reversed(routes.items())), pumped()) == ("pager",)


def test_a_route_may_let_the_next_one_be_asked():
    # Promise: `continue` adds receivers, each once, and the last word may still be another route's.
    routes = {
        "log": route("console", goes_on=True),
        "loud": route("pager", "console", severity="high", goes_on=True),
        "pumps": route("slack", rules=("pump",)),
        "rest": route("pager"),
    }
    assert heard(routes, pumped()) == ("console", "slack")
    assert heard(routes, pumped(severity="high")) == ("console", "pager", "slack")
    assert heard(routes, pumped(rule="dump")) == ("console", "pager")


def test_a_route_that_goes_on_and_is_the_last_has_decided():
    # Promise: the default is for what no route took, not for what one took and let go on.
    assert heard({"log": route("slack", goes_on=True)}, pumped(), default=("console",)) == ("slack",)


def test_what_nobody_configured_hears_everything():
    # Promise: a console that is merely there goes on printing, whatever routes say of the others.
    routes = {"pumps": route("pager", rules=("pump",))}
    assert heard(routes, pumped(), always=("console",)) == ("pager", "console")
    assert heard(routes, pumped(rule="dump"), always=("console",)) == EVERYBODY


def test_who_was_named_by_a_route_is_not_named_again():
    # Promise: the last step names only whom no other one did.
    routing = Routing({"all": route("console")}, (), EVERYBODY, always=("console",))
    assert [step.route for step in routing.route(pumped()).steps] == ["all"]


# Conditions.


@pytest.mark.parametrize(
    ("conditions", "taken"),
    [
        ({}, True),
        ({"kind": "alert"}, True),
        ({"kind": "ops"}, False),
        ({"rules": ("dump", "pump")}, True),
        ({"rules": ("dump",)}, False),
        ({"severity": "info"}, True),
        ({"severity": "warning"}, True),
        ({"severity": "high"}, False),
        ({"exchanges": ("bithumb", "upbit")}, True),
        ({"exchanges": ("bithumb",)}, False),
        ({"markets": ("KRW",)}, True),
        ({"markets": ("USDT",)}, False),
        ({"symbols": ("DOGE/*", "ABC")}, True),
        ({"symbols": ("DOGE/*",)}, False),
        ({"min_turnover": 1e9}, True),
        ({"min_turnover": 3e9}, False),
        ({"rules": ("pump",), "markets": ("KRW",), "symbols": ("ABC/*",), "min_turnover": 2e9}, True),
        ({"rules": ("pump",), "markets": ("KRW",), "symbols": ("ABC/*",), "min_turnover": 2e9 + 1}, False),
    ],
)
def test_every_condition_that_is_set_has_to_be_met(conditions, taken):
    assert takes(pumped(turnover_24h=2e9), **conditions) is taken


def test_an_unknown_turnover_is_not_enough():
    # Promise: what is not known to be large is not routed as large.
    assert not takes(pumped(), min_turnover=1.0)
    assert takes(pumped(), min_turnover=0.0)


def test_a_venue_that_follows_does_not_decide():
    # Promise: a story stays with the receivers of the venue that led, whoever joins.
    story = msgspec.structs.replace(pumped(), exchanges=("bithumb", "upbit"))
    assert takes(story, exchanges=("bithumb",))
    assert not takes(story, exchanges=("upbit",))


@pytest.mark.parametrize("conditions", [{"markets": ("KRW",)}, {"symbols": ("*",)}, {"min_turnover": 0.01}])
def test_word_of_the_scanner_itself_is_about_no_coin(conditions):
    # Promise: a route of coins never takes an ops alert.
    assert not takes(trouble(exchange="upbit"), **conditions)


@pytest.mark.parametrize(
    ("conditions", "taken"),
    [
        ({}, True),
        ({"kind": "ops"}, True),
        ({"kind": "alert"}, False),
        ({"rules": ("venue_silent",)}, True),
        ({"rules": ("clock_skew",)}, False),
        ({"severity": "critical"}, False),
        ({"exchanges": ("upbit",)}, True),
        ({"exchanges": ("okx",)}, False),
    ],
)
def test_word_of_the_scanner_itself_is_routed_too(conditions, taken):
    assert takes(trouble(exchange="upbit"), **conditions) is taken


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"receivers": ()}, "receivers: a route without receivers leads nowhere"),
        ({"receivers": ("a",), "kind": "ops", "markets": ("KRW",)}, "markets: an ops alert is about no coin"),
        ({"receivers": ("a",), "kind": "ops", "min_turnover": 5.0}, "min_turnover: an ops alert is about no coin"),
    ],
)
def test_a_route_that_leads_nowhere_or_nothing_can_take_is_none(values, told):
    with pytest.raises(ValueError, match=told):
        Route(**values)


# Who can bring it.


def test_a_receiver_is_not_asked_to_bring_word_of_itself():
    # Promise: that slack gets nothing is told to the others, whatever routes and default say.
    failing = trouble("receiver_failing", receiver="slack")
    assert heard({}, failing) == ("console", "pager")
    assert heard({"ops": route("slack", kind="ops"), "rest": route("pager")}, failing) == ("pager",)
    assert heard({"ops": route("slack", "pager", kind="ops")}, failing) == ("pager",)
    assert heard({}, failing, default=("slack",)) == ("console", "pager")
    assert heard({}, failing, receivers=("slack",)) == ()


def test_a_receiver_that_this_run_does_not_have_is_passed_over():
    # Promise: with a board there is no console, and what was routed to it alone goes the next way.
    routes = {"pumps": route("console", rules=("pump",))}
    assert heard(routes, pumped(), receivers=("slack",)) == ("slack",)
    assert heard({}, pumped(), default=("console",), receivers=("slack",)) == ("slack",)


# Reasons.


def test_each_step_says_why():
    # Promise: what explain shows is what was decided, condition by condition.
    routes = {
        "big": route("pager", severity="critical", min_turnover=1e9),
        "log": route("console", goes_on=True),
        "krw": route("slack", markets=("KRW", "USDT")),
        "never": route("pager"),
    }
    path = Routing(routes, (), EVERYBODY).route(pumped())
    told = [(step.route, step.taken, step.why, step.receivers) for step in path.steps]
    assert told == [
        (
            "big",
            False,
            (
                "severity: warning is not critical or more, "
                "min_turnover: unknown is not 1,000,000,000 KRW or more in 24 hours"
            ),
            (),
        ),
        ("log", True, "it has no conditions, and the next one is asked too", ("console",)),
        ("krw", True, "it fits", ("slack",)),
    ]
    assert path.why == "log: it has no conditions, and the next one is asked too; krw: it fits"
    assert [(check.condition, check.found, check.fits) for check in path.steps[2].checks] == [("markets", "KRW", True)]


def test_the_last_step_says_that_no_route_decided():
    path = Routing({"big": route("pager", severity="critical")}, ("slack",), EVERYBODY).route(pumped())
    assert path.steps[-1].route == "alerts.receivers"
    assert (path.steps[-1].why, path.steps[-1].receivers) == ("no route decided", ("slack",))
    assert Routing({}, (), EVERYBODY).route(pumped()).why == "alerts.receivers: there are no routes"


def test_a_route_whose_receivers_cannot_bring_it_says_so():
    failing = trouble("receiver_failing", receiver="pager")
    step = Routing({"ops": route("pager")}, (), EVERYBODY).route(failing).steps[0]
    assert (step.taken, step.why) == (False, "it fits, but pager cannot bring it")


# Against a slow reading.

NAMES = st.sampled_from(EVERYBODY)
SYMBOLS = st.sampled_from(["*", "ABC/*", "ABC", "X?Z/KRW", "*/USDT", "DEF/KRW"])
RULES = st.sampled_from(["pump", "dump", "venue_silent"])
VENUES = st.sampled_from(["upbit", "okx"])
MARKETS = st.sampled_from(["KRW", "USDT"])


def few(names):
    return st.lists(names, max_size=2).map(tuple)


ROUTES = st.builds(
    Route,
    kind=st.sampled_from([None, "alert"]),
    rules=few(RULES),
    severity=st.sampled_from(SEVERITIES),
    exchanges=few(VENUES),
    markets=few(MARKETS),
    symbols=few(SYMBOLS),
    min_turnover=st.sampled_from([0.0, 1.0, 5.0]),
    receivers=st.lists(NAMES, min_size=1, max_size=3).map(tuple),
    goes_on=st.booleans(),
)
NEWS = st.builds(
    pumped,
    turnover_24h=st.sampled_from([0.0, 1.0, 7.0]),
    rule=RULES,
    severity=st.sampled_from(SEVERITIES),
    exchange=VENUES,
    instrument=st.builds(Instrument, st.sampled_from(["ABC", "XYZ", "*"]), MARKETS),
) | st.builds(trouble, RULES, st.sampled_from(SEVERITIES), exchange=VENUES | st.just(""), receiver=NAMES | st.just(""))


def slowly(route, news):
    """The conditions, one after the other."""
    ops = isinstance(news, Trouble)
    of_coins = bool(route.markets or route.symbols or route.min_turnover)
    about_all = [
        route.kind in {None, "ops" if ops else "alert"},
        not route.rules or news.rule in route.rules,
        SEVERITIES.index(news.severity) >= SEVERITIES.index(route.severity),
        not route.exchanges or news.exchange in route.exchanges,
    ]
    if ops:
        return all(about_all) and not of_coins
    about_coins = [
        not route.markets or news.instrument.quote in route.markets,
        not route.symbols or any(fits_symbol(glob, news.instrument) for glob in route.symbols),
        news.turnover_24h >= route.min_turnover,
    ]
    return all(about_all + about_coins)


@given(ROUTES, NEWS)
def test_conditions_mean_what_they_say(route, news):
    assert all(check.fits for check in checked(route, news)) is slowly(route, news)


@given(st.lists(ROUTES, max_size=5), NEWS, few(NAMES))
def test_whoever_hears_was_named_by_a_step_that_was_taken(routes, news, default):
    # Promise: nothing is lost on the way: somebody hears it, each once, for a reason; and nobody hears of himself.
    path = Routing({f"r{number}": each for number, each in enumerate(routes)}, default, EVERYBODY).route(news)
    assert path.receivers
    assert len(set(path.receivers)) == len(path.receivers)
    assert getattr(news, "receiver", None) not in path.receivers
    assert {name for step in path.steps if step.taken for name in step.receivers} == set(path.receivers)
    assert all(step.why for step in path.steps)
    stops = [number for number, step in enumerate(path.steps) if step.taken and not step.by_itself]
    assert all(routes[number].goes_on for number in stops[:-1])


def test_routes_behind_one_that_takes_everything_are_named():
    # Promise: a catch-all in the wrong place is found at the start, not in the night; one that goes on hides nothing.
    routes = {"high": route(severity="high"), "all": route("slack"), "krw": route(markets=("KRW",)), "last": route()}
    assert Routing(routes, (), EVERYBODY).unasked == ("krw", "last")
    assert Routing(routes | {"all": route("slack", goes_on=True)}, (), EVERYBODY).unasked == ()
