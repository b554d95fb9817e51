"""What settings come to: receivers with what is known of them, and who is called while all is well."""

import pytest
import trio

from scanner import plan
from scanner.settings import configuration, settle
from scanner.sinks.base import Delivered, Retry
from scanner.sinks.ping import Ping
from tests.sinks.receiver import HookReceiver, hangs_up, says

HOOK = ("receivers.hook.sink=webhook", "receivers.hook.url=https://example.org/hook")


def posts(*sets, json=False, console=True):
    async def write(_):
        pass

    settings = settle(configuration(environment={}, sets=sets))
    return plan.posts(settings, write=write, json=json, console=console, degraded=lambda _: lambda _: None)


def test_a_console_is_there_although_nobody_configured_it():
    """Unless a board shows the alerts, or it was configured under a name of its own."""
    assert list(posts(*HOOK)) == ["console", "hook"]
    assert list(posts(*HOOK, console=False)) == ["hook"]
    assert list(posts("receivers.screen.sink=console")) == ["screen"]


def test_every_console_speaks_json_where_json_is_asked_for():
    """Its lines share standard output with other JSON lines."""
    assert posts("receivers.screen.sink=console", json=True)["screen"].settings.json
    assert not posts("receivers.screen.sink=console")["screen"].settings.json


def test_a_terminal_is_not_written_to_afterwards():
    """What a screen has missed is no news to it; what a webhook has missed is kept for it."""
    made = posts(*HOOK)
    assert (made["console"].durable, made["hook"].durable) == (False, True)


def test_only_what_nobody_configured_escapes_the_routes():
    """A console of the operator's own is a receiver like any other."""
    settings = settle(configuration(environment={}, sets=HOOK))
    assert plan.unrouted(settings) == ("console",)
    assert plan.unrouted(settle(configuration(environment={}, sets=["receivers.screen.sink=console"]))) == ()


@pytest.mark.parametrize("change", ["receivers.hook.url=https://example.org/other", "receivers.hook.timeout=3s"])
def test_a_changed_configuration_is_another_fingerprint(change):
    """A receiver that wanted nothing any more is asked again once somebody has changed something about it."""
    before, same, after = (posts(*HOOK, *more)["hook"].fingerprint for more in ((), (), (change,)))
    assert before == same != after
    assert "example" not in before


def test_nobody_is_called_unless_somebody_said_whom():
    """The address stands in the environment, for it is a secret."""
    assert plan.deadman(settle(configuration(environment={})), lambda: True) is None
    settings = settle(configuration(environment={"SCANNER__DEADMAN__URL": "https://example.org/CANARY"}))
    assert plan.deadman(settings, lambda: True) is not None


async def test_a_sign_of_life_is_one_get():
    """2xx is a sign that arrived; anything else is one that did not, and tells nothing of the address."""
    hook = HookReceiver(says("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), hangs_up)
    async with trio.open_nursery() as nursery:
        await nursery.start(hook.run)
        ping = Ping(f"http://127.0.0.1:{hook.port}/CANARY")
        outcomes = [await ping(), await ping()]
        nursery.cancel_scope.cancel()
    assert outcomes[0] == Delivered()
    assert isinstance(outcomes[1], Retry)
    assert "CANARY" not in str(outcomes[1])
