"""What a configuration that is read again changes, and in what words that is told."""

import pytest
import trio
from structlog.testing import capture_logs

from scanner import plan
from scanner.config.errors import ConfigError
from scanner.delivery.tallies import Tallies
from scanner.reload import Reloading, weigh
from scanner.settings import configuration, settle
from scanner.sinks.lines import Lines

HOOK = ("receivers.hook.sink=webhook", "receivers.hook.url=https://example.org/token-4711")
OTHER_HOOK = (HOOK[0], "receivers.hook.url=https://example.org/token-0815")
FILE = ("receivers.diary.sink=file", "receivers.diary.path=alerts.jsonl")


def settings(*sets):
    return settle(configuration(environment={}, sets=sets))


def weighed(before, after):
    change = weigh(settings(*before), settings(*after))
    return change.applied, change.needs_restart


class House:
    """Does as it is told, and writes it down."""

    def __init__(self, *sets):
        self.settings = settings(*sets)
        self.told = []

    def apply(self, settings):
        self.settings = settings

    def tell(self, headline, facts):
        self.told.append((headline, facts))


@pytest.mark.parametrize(
    ("before", "after", "applied"),
    [
        ((), (), ()),
        ((), ("books.top=5",), ("books.top",)),
        ((), ("scanner.symbols=BTC/KRW",), ("scanner.symbols",)),
        ((), ("scanner.exclude=",), ("scanner.exclude",)),
        ((), ("rules.pump.min_trades=9",), ("rules.pump.min_trades",)),
        ((), ("rules.mine.detector=price_move",), ("rules.mine (new)",)),
        ((), ("alerts.cooldown=1m", "alerts.mute=DOGE/*"), ("alerts.cooldown", "alerts.mute")),
        ((), HOOK, ("receivers.hook (new)",)),
        (HOOK, (), ("receivers.hook (gone)",)),
        (HOOK, OTHER_HOOK, ("receivers.hook.url",)),
        (HOOK, ("receivers.hook.sink=file", "receivers.hook.path=x"), ("receivers.hook",)),
        ((), ("deadman.every=2m", "ops_alerts.reload=false"), ("deadman.every", "ops_alerts.reload")),
        ((), ("log.level=debug", "state.keep=1d"), ("state.keep", "log.level")),
    ],
)
def test_what_has_changed_is_told_by_key(before, after, applied):
    """Whole entries where one is new, gone, or of another kind."""
    assert weighed(before, after) == (applied, ())


def test_routes_count_in_their_order():
    """The first that fits decides, so another order is another configuration."""
    one, other = "routes.a.receivers=console", "routes.b.receivers=console"
    assert weighed((one, other), (other, one)) == (("routes (order)",), ())


@pytest.mark.parametrize(
    ("after", "held"),
    [
        (("ops.port=9999",), ("ops.port",)),
        (("state.dir=elsewhere",), ("state.dir",)),
        (("supervisor.grace=3s",), ("supervisor.grace",)),
        (("exchanges.upbit.silence=20s",), ("exchanges.upbit.silence",)),
        (("scanner.exchanges=upbit",), ("scanner.exchanges",)),
    ],
)
def test_what_processes_sockets_and_folders_were_made_by_needs_a_restart(after, held):
    """It is named, and stays as it was."""
    running = settings()
    change = weigh(running, settings(*after))
    assert (change.applied, change.needs_restart) == ((), held)
    assert change.settings == running


def test_a_market_of_other_venues_is_watched_where_it_can_be():
    """Running venues take it up; those that would come or go are named."""
    running = settings("scanner.markets=KRW")
    change = weigh(running, settings("scanner.markets=KRW,USDT"))
    assert change.applied == ("scanner.markets",)
    assert change.settings.scanner.markets == ("KRW", "USDT")
    assert change.settings.venues is running.venues
    assert "binance (to be watched)" in change.needs_restart
    assert weighed(("scanner.markets=KRW,USDT",), ("scanner.markets=KRW",))[1][0] == "binance (not to be watched)"


async def test_a_change_is_applied_and_told_by_its_keys_alone():
    """No value reaches the log or a receiver: it may be a secret."""
    house = House(*HOOK)
    reloading = Reloading(lambda: settings(*OTHER_HOOK, "supervisor.grace=3s"), house)
    with capture_logs() as logs:
        await reloading.reload()
    assert reloading.outcomes == {"applied": 1, "unchanged": 0, "refused": 0}
    assert house.settings.receivers == settings(*OTHER_HOOK).receivers
    headline = "configuration read again, changed: receivers.hook.url; needs a restart: supervisor.grace"
    facts = {"changed": "receivers.hook.url", "needs_a_restart": "supervisor.grace"}
    assert house.told == [(headline, facts)]
    assert not any(token in str((logs, house.told)) for token in ("4711", "0815"))


async def test_what_is_wrong_is_refused_whole_and_in_one_line():
    """The line says where, and nobody has been told to change anything."""
    house = House()
    before = house.settings

    def read():
        raise ConfigError("scanner.toml:3", ("books", "top"), value="-1", expected="0 or more")

    reloading = Reloading(read, house)
    with capture_logs() as logs:
        await reloading.reload()
    assert reloading.outcomes == {"applied": 0, "unchanged": 0, "refused": 1}
    (line,) = logs
    assert line["why"] == "scanner.toml:3: books.top = -1: expected 0 or more"
    assert house.settings is before
    assert house.told == []


async def test_nothing_new_is_said_to_be_nothing_new():
    """Nobody is woken for it."""
    house = House()
    reloading = Reloading(settings, house)
    with capture_logs() as logs:
        await reloading.reload()
    assert reloading.outcomes["unchanged"] == 1
    assert [line["event"] for line in logs] == ["configuration read again, nothing has changed"]
    assert house.told == []


async def test_what_only_needs_a_restart_is_told_too():
    """Whoever changed it would wait for it in vain."""
    house = House()
    reloading = Reloading(lambda: settings("ops.port=9999"), house)
    await reloading.reload()
    assert reloading.outcomes["unchanged"] == 1
    assert house.told[0][1] == {"changed": "nothing", "needs_a_restart": "ops.port"}


def built(*sets, known=None):
    return plan.posts(
        settings(*sets), write=Lines(1).write, json=True, console=True, degraded=Tallies().degrade, known=known or {}
    )


def test_who_stays_as_he_is_stays_the_very_same():
    """Nothing of his is made anew, so connection and standing stay; the others are."""
    before = built(*HOOK, *FILE)
    after = built(*OTHER_HOOK, *FILE, known=before)
    assert after["diary"] is before["diary"]
    assert after["console"] is before["console"]
    assert after["hook"] is not before["hook"]


def test_who_speaks_by_a_template_file_is_made_anew(tmp_path):
    """Its text may be another one under the same name."""
    template = tmp_path / "words.txt"
    template.write_text("{{ headline }}")
    chat = ("receivers.chat.sink=discord", f"receivers.chat.template_file={template}")
    environment = {"SCANNER__RECEIVERS__CHAT__URL": "https://discord.com/api/webhooks/1/x"}

    def made(known):
        chosen = settle(configuration(environment=environment, sets=chat))
        write, degraded = Lines(1).write, Tallies().degrade
        return plan.posts(chosen, write=write, json=True, console=True, degraded=degraded, known=known)

    before = made({})
    assert made(before)["chat"] is not before["chat"]


async def test_reading_does_not_stop_the_loop():
    """It happens in a thread: a slow disk delays no event."""
    turned = trio.Event()

    def read():
        trio.from_thread.run_sync(turned.set)
        return settings()

    await Reloading(read, House()).reload()
    assert turned.is_set()
