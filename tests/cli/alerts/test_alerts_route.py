"""`scanner alerts route`: who would hear of an alert, and every step of the way, as delivery itself would go it."""

import json
import time
from tempfile import NamedTemporaryFile

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.routing import Routing
from scanner.alerts.silences import silence
from scanner.cli.alerts.route import command
from scanner.cli.alerts.sample import sample_alert
from scanner.cli.alerts.way import Nowhere, Orders, way
from scanner.cli.main import scanner
from scanner.delivery.post import Post
from scanner.delivery.sorting import Sorter
from scanner.model.alert import SEVERITIES
from scanner.model.moments import SECOND
from scanner.model.news import Notification
from scanner.model.silence import Silence
from scanner.settings import configuration, settle
from scanner.store import receivers, silences
from scanner.store.database import DATABASE, connect

NIGHT = 1_790_000_040 * SECOND
"""23:14 in Seoul."""

SETTINGS = """
[alerts]
mute = ["DOGE"]
receivers = ["desk"]

[receivers.desk]
sink = "console"
json = true

[receivers.pager]
sink = "console"
severity = "high"
quiet = "23:00-07:00"
timezone = "Asia/Seoul"

[routes.large]
severity = "high"
min_turnover = 1e9
receivers = ["pager"]
continue = true

[routes.korea]
markets = ["KRW"]
receivers = ["desk"]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "scanner.toml"
    path.write_text(SETTINGS)
    return path


@pytest.fixture
def asked(file, tmp_path):
    """Run the command with these options; the result."""

    def run(*options):
        chosen = ["--config", str(file), "--state", str(tmp_path / "state")]
        return CliRunner().invoke(scanner, ["alerts", "route", *chosen, *options], catch_exceptions=False)

    return run


@pytest.fixture
def state(tmp_path):
    """A state folder as a scanner leaves it."""
    (tmp_path / "state").mkdir()
    database = connect(tmp_path / "state" / DATABASE, create=True)
    yield database
    database.close()


def settled_from(toml):
    with NamedTemporaryFile("w", suffix=".toml") as file:
        file.write(toml)
        file.flush()
        return settle(configuration(file=file.name, environment={}))


def gone(file, orders=None, now=NIGHT, **sample):
    """The way of a sample alert at this moment."""
    settings = settled_from(file.read_text())
    return way(settings, orders or Orders(), sample_alert(now, **sample), now)


def lines(result):
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_who_would_hear_is_said_in_one_line(asked):
    result = asked("--symbol", "BTC/KRW")
    assert result.exit_code == 0
    assert lines(result) == ["high pump, BTC/KRW on upbit: heard by desk"]


def test_the_way_is_told_step_by_step(asked):
    # Promise: each place in the order of asking, what was decided there, and why.
    result = asked("--explain", "--severity", "critical", "--turnover", "2e9", "--symbol", "btc/krw", "--rule", "dump")
    assert lines(result) == [
        "critical dump, BTC/KRW on upbit: heard by pager, desk",
        "mute ✓ not on the list",
        "silences ✓ there are none",
        "route large ✓ it fits, and the next one is asked too → pager",
        "route korea ✓ it fits → desk",
        "receiver pager ✓ it hears it",
        "receiver desk ✓ it hears it",
    ]


def test_a_route_that_is_not_reached_is_shown_all_the_same(asked):
    # Promise: whoever wonders why a route does nothing finds it there, with the reason.
    always = ("--set", "routes.large.severity=info", "--set", "routes.large.continue=false")
    result = asked("--explain", "--turnover", "2e9", *always)
    assert "route korea ✗ not asked: a route before it has decided" in lines(result)


def test_what_no_route_takes_goes_to_the_default(asked):
    result = asked("--explain", "--exchange", "okx", "--symbol", "BTC/USDT")
    assert "route korea ✗ markets: USDT is not KRW" in lines(result)
    assert "alerts.receivers ✓ no route decided → desk" in lines(result)


def test_a_muted_coin_goes_nowhere(asked):
    assert lines(asked("--explain", "--symbol", "DOGE/KRW"))[:2] == [
        "high pump, DOGE/KRW on upbit: heard by nobody",
        "mute ✗ alerts.mute has DOGE",
    ]


def test_word_of_the_scanner_itself_has_a_way_too(asked):
    result = asked("--explain", "--kind", "ops", "--rule", "venue_silent", "--exchange", "okx")
    assert lines(result)[0] == "high venue_silent, okx: heard by desk"
    assert "route korea ✗ markets: an ops alert is not about a coin" in lines(result)


def test_quiet_hours_are_those_of_the_moment(file):
    # Promise: a receiver's own wishes come last, each with its reason.
    way = gone(file, severity="high", turnover_24h=2e9)
    assert way.receivers == ("desk",)
    pager = next(stage for stage in way.stages if stage.place == "receiver pager")
    assert (pager.passed, "quiet hours 23:00-07:00 Asia/Seoul" in pager.why) == (False, True)
    assert gone(file, severity="critical", turnover_24h=2e9).receivers == ("pager", "desk")
    assert gone(file, now=NIGHT + 8 * 3600 * SECOND, severity="high", turnover_24h=2e9).receivers == ("pager", "desk")


def test_another_hour_can_be_asked_about(asked):
    # Promise: --at 03:00 is the next time that it is three o'clock, in UTC as all times that are printed.
    result = asked("--json", "--at", "03:00")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["at"].endswith("T03:00:00.000Z")


def test_silences_of_the_state_folder_count(asked, state):
    # Promise: beside a running scanner it says what that scanner would do.
    now = time.time_ns()
    made = silence(["symbol=KAVA/*"], until=now + 3600 * SECOND, comment="listing day", created=now)
    silences.add(state, made)
    told = lines(asked("--explain", "--symbol", "KAVA/KRW"))
    assert told[0].endswith("heard by nobody")
    assert any("listing day" in line for line in told)
    assert "silences ✓ none of 1 fits" in lines(asked("--explain"))


def test_a_receiver_that_left_hears_nothing(asked, state):
    receivers.disable(state, "desk", "f", "410 Gone", 1)
    told = lines(asked("--explain"))
    assert told[0].endswith("heard by nobody")
    assert "receiver desk ✗ it wants nothing any more: 410 Gone" in told


def test_programs_get_one_object(asked):
    # Promise: the sample as the webhook would post it, each step, each condition.
    told = json.loads(asked("--json", "--symbol", "BTC/KRW").stdout)
    assert told["receivers"] == ["desk"]
    assert (told["sample"]["type"], told["sample"]["data"]["symbol"]) == ("alert.opened", "BTC/KRW")
    large = next(stage for stage in told["stages"] if stage["place"] == "route large")
    assert large["passed"] is False
    assert large["checks"][1] == {
        "condition": "min_turnover",
        "asked": "1,000,000,000 KRW or more in 24 hours",
        "found": "unknown",
        "fits": False,
    }


@given(
    severity=st.sampled_from(SEVERITIES),
    symbol=st.sampled_from(["BTC/KRW", "DOGE/KRW", "BTC/USDT", "KAVA/KRW"]),
    turnover_24h=st.sampled_from([0.0, 1e9]),
    hour=st.integers(0, 23),
    hidden=st.lists(st.sampled_from(["symbol=KAVA", "receiver=pager", "severity=info", "market!=KRW"]), max_size=2),
)
def test_it_goes_the_way_of_delivery(hidden, hour, **sample):
    # Promise: whom it names is whom delivery would write letters to, whatever the news, the silences and the hour.
    now = NIGHT + hour * 3600 * SECOND
    orders = Orders([Silence(each, (each,), now + SECOND, "", now) for each in hidden])
    settings = settled_from(SETTINGS)
    posts = {name: Post(name, Nowhere(), entry.options) for name, entry in settings.receivers.items()}
    sorter = Sorter(posts, Routing(settings.routes, settings.alerts.receivers, posts), settings.alerts.mute)
    news = sample_alert(now, **sample)
    letters = sorter.sort(Notification(news, now), orders.silences, now).letters
    assert way(settings, orders, news, now).receivers == tuple(letter.receiver for letter in letters)


def test_a_console_that_nobody_configured_hears_everything(file):
    # Promise: routes of configured receivers do not silence the terminal.
    settings = "[receivers.log]\nsink = 'webhook'\nurl_file = 'URL'\n[routes.all]\nreceivers = ['log']\n"
    url = file.parent / "url"
    url.write_text("https://example.org/hook")
    file.write_text(settings.replace("URL", str(url)))
    assert gone(file).receivers == ("log", "console")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--rule", "pmp"], "did you mean pump?"),
        (["--kind", "ops", "--rule", "pump"], "expected one of clock_skew, "),
        (["--severity", "hihg"], "did you mean high?"),
        (["--exchange", "upbitt"], "did you mean upbit?"),
        (["--symbol", "BTC"], "BASE/QUOTE such as BTC/KRW"),
        (["--symbol", "*"], "'*' is no symbol: expected BASE/QUOTE"),
        (["--symbol", "*/"], "BASE/QUOTE such as BTC/KRW"),
        (["--turnover", "-1"], "x>=0"),
        (["--at", "soon"], "expected a duration such as 2h"),
    ],
)
def test_a_slip_is_told_in_one_line(asked, options, told):
    result = asked(*options)
    assert result.exit_code == 2
    (line,) = result.stderr.splitlines()
    assert told in line


def test_every_option_is_explained():
    assert all(parameter.help for parameter in command.params)
