"""Ten thousand alerts to a receiver that fails in every way there is: each arrives, or is a dead letter."""

import random
from collections import Counter
from itertools import chain, repeat

import pytest
import trio

from scanner.sinks.base import Kit
from scanner.sinks.webhook import Webhook, WebhookSettings
from scanner.store import outbox, receivers
from tests.delivery.office import Office, alert, scattered
from tests.delivery.unreliable import ACCEPTING, WAYS, Unreliable

ALERTS = 10_000
IDLE_S = 0.003
"""When nothing has happened on the network for so long, virtual time goes on to the next deadline."""
FOR_EVER_S = 1e9


def a_bad_day(dice):
    """Every way at once; then one request in fifty fails somehow, and some outages last for a while; a 410 half way."""
    some = [way for way in WAYS if way != "410"]
    failures = [way for way in some if way not in ACCEPTING]
    for number in range(ALERTS):
        if number == ALERTS // 2:
            yield "410"
        elif number % 1000 == 500:
            yield from repeat(dice.choice(failures), dice.randrange(3, 12))
        else:
            yield dice.choice(some) if dice.random() < 0.02 else "ok"


async def nothing(line):
    """No output is wanted."""


@pytest.mark.timeout(600)
async def test_a_receiver_that_fails_in_every_documented_way_gets_each_alert_or_it_is_a_dead_letter(
    mock_clock, tmp_path
):
    """Exactly once by id, and never again once its answer was read; after a 410, when an operator has enabled it."""
    mock_clock.autojump_threshold = IDLE_S
    office = Office(tmp_path, {"hook": None}, max_age=FOR_EVER_S, group=False)
    plan = chain(WAYS.keys() - {"410"}, a_bad_day(random.Random(6)), repeat("ok"))
    server = Unreliable(plan, office.clock)
    offered = scattered(ALERTS)
    async with trio.open_nursery() as nursery:
        await nursery.start(server.run)
        settings = WebhookSettings(url=f"http://127.0.0.1:{server.port}/hook", allow_private=True)
        sink = Webhook(settings, Kit("hook", nothing), clock=lambda: office.clock() / 1e9)
        office.change("hook", sink=sink)
        async with office.open():
            office.offer(*offered)
            while "disabled" not in office.dispatcher.states().values():
                await trio.sleep(60)
            gone = office.states("hook")["dead"]
            office.ask(lambda database: (receivers.enable(database, "hook"), _revive_what_waited(database, office)))
            while office.dispatcher.states() != {"hook": "up"} or office.dispatcher.waiting()["hook"].letters:
                await trio.sleep(60)
        nursery.cancel_scope.cancel()

    answers = Counter(way for _, way in server.requests)
    assert set(answers) == set(WAYS)
    assert gone > ALERTS // 3
    listed = office.ask(lambda database: database.execute("SELECT notification, state FROM letters").fetchall())
    assert len(listed) == ALERTS
    delivered, dead = ({name for name, state in listed if state == wanted} for wanted in ("delivered", "dead"))
    assert delivered | dead == {name for name, _ in listed}
    assert Counter(server.accepted) == dict.fromkeys(delivered, 1)
    assert len(dead) < ALERTS // 100
    assert {way for name, way in server.requests if name in dead} <= WAYS.keys() - ACCEPTING
    # No request follows one that was accepted.
    last = dict(server.requests)
    assert all(last[name] in ACCEPTING for name in delivered)


def _revive_what_waited(database, office):
    """What became a dead letter because of the 410, as `scanner alerts retry --dead` does it."""
    ids = [name for (name,) in database.execute("SELECT notification FROM letters WHERE why LIKE '%410%'")]
    return outbox.revive(database, office.clock(), ids=ids)


async def test_an_attempt_that_the_end_breaks_off_is_made_again_at_the_next_start(mock_clock, tmp_path):
    """Under the same id: whether it arrived nobody knows."""
    mock_clock.autojump_threshold = IDLE_S
    async with trio.open_nursery() as nursery:
        server = Unreliable(chain(["timeout"], repeat("ok")), lambda: 0)
        await nursery.start(server.run)
        settings = WebhookSettings(url=f"http://127.0.0.1:{server.port}/hook", allow_private=True)
        for _ in range(2):
            office = Office(tmp_path, {"hook": Webhook(settings, Kit("hook", nothing))})
            await office.serve(alert(), grace_s=1)
        nursery.cancel_scope.cancel()
    (first, _), (second, _) = server.requests
    assert first == second
    assert office.states("hook") == {"delivered": 1}
