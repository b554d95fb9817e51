"""Alertmanager gets each story as alerts of its own kind: labels to route by, a beginning, and an end in any case."""

import json

import pytest
from msgspec.structs import replace

from scanner.model.moments import SECOND, rfc3339
from scanner.sinks import alertmanager
from scanner.sinks.alertmanager import Alertmanager, AlertmanagerSettings
from scanner.sinks.base import Delivered, Gone, Kit, Refused, Retry
from tests.sinks.notices import START, alert, group, notice, trouble
from tests.sinks.receiver import HookReceiver, status

NOW = START + 2 * SECOND
LABELS = {
    "alertname": "pump",
    "severity": "warning",
    "exchange": "upbit",
    "symbol": "ABC/KRW",
    "market": "KRW",
    "stage": "pump",
    "kind": "alert",
}
URL = "https://alerts.example.org"


async def nowhere(line):
    """Where this sink writes."""


class House:
    """A sink and the receiver it posts to; `say` delivers and shows what was posted."""

    def __init__(self, nursery, *answers):
        self.nursery = nursery
        self.receiver = HookReceiver(*(answers or [status(200)]))
        self.outcome = None

    async def sink(self, path="", **settings):
        if not self.receiver.port:
            await self.nursery.start(self.receiver.run)
        told = AlertmanagerSettings(url=self.receiver.url + path, allow_private=True, **settings)
        return Alertmanager(told, Kit("am", nowhere), clock=lambda: NOW / SECOND)

    async def say(self, sink, notification, earlier=""):
        self.outcome = await sink.deliver(notification, earlier)
        return json.loads(self.receiver.requests[-1][2])


@pytest.fixture
def house(nursery):
    yield House(nursery)
    nursery.cancel_scope.cancel()


async def test_an_opened_story_is_an_alert_with_labels_to_route_by(house):
    """What it is stands in labels, what is told of it in annotations, and it ends an hour from now at the latest."""
    sink = await house.sink()
    opened = notice(link="https://upbit.com/exchange?code=CRIX.UPBIT.KRW-ABC", facts={"trades": 4, "okx-futures": 0.5})
    (posted,) = await house.say(sink, opened)
    await sink.aclose()
    line, headers, _ = house.receiver.requests[0]
    assert line == "POST /api/v2/alerts HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert posted == {
        "labels": LABELS,
        "annotations": {
            "summary": "ABC/KRW +6.0 % in 1 s",
            "story": opened.news.id,
            "trades": "4",
            "okx_futures": "0.5",
        },
        "startsAt": rfc3339(START),
        "endsAt": rfc3339(NOW + 3600 * SECOND),
        "generatorURL": "https://upbit.com/exchange?code=CRIX.UPBIT.KRW-ABC",
    }
    assert isinstance(house.outcome, Delivered)


async def test_a_closed_story_ends_there_with_all_that_it_was(house):
    """It rose from warning to critical: both alerts end, each with the labels and the beginning it had."""
    sink = await house.sink()
    await house.say(sink, notice())
    both = await house.say(sink, notice(at=START + SECOND, kind="escalated", number=1, severity="critical"))
    closed = await house.say(sink, notice(at=NOW, kind="closed", number=2, severity="critical"))
    await sink.aclose()
    told = [(each["labels"]["severity"], each["startsAt"]) for each in closed]
    assert told == [("warning", rfc3339(START)), ("critical", rfc3339(START + SECOND))]
    assert [(each["labels"]["severity"], each["startsAt"]) for each in both] == told
    assert {each["endsAt"] for each in both} == {rfc3339(NOW + 3600 * SECOND)}
    assert {each["endsAt"] for each in closed} == {rfc3339(NOW)}


async def test_a_repeat_moves_the_end_of_everything_on(house, monkeypatch):
    """Which is why it is repeated at all."""
    sink = await house.sink(resolve_after=60.0)
    await house.say(sink, notice())
    monkeypatch.setattr(sink, "_clock", lambda: NOW / SECOND + 50)
    (posted,) = await house.say(sink, notice(at=NOW + 50 * SECOND, kind="repeated", number=1))
    await sink.aclose()
    assert (posted["startsAt"], posted["endsAt"]) == (rfc3339(START), rfc3339(NOW + 110 * SECOND))


async def test_after_a_restart_the_reference_says_what_a_story_was(house):
    """Another process has opened it; what it was called then is read from the reference of that message."""
    before = await house.sink()
    await house.say(before, notice())
    reference = house.outcome.reference
    after = await house.sink()
    closed = await house.say(after, notice(at=NOW, kind="closed", number=2, stage="dump", severity="high"), reference)
    await before.aclose()
    await after.aclose()
    assert [(each["labels"]["stage"], each["endsAt"]) for each in closed] == [
        ("pump", rfc3339(NOW)),
        ("dump", rfc3339(NOW)),
    ]


@pytest.mark.parametrize("reference", ["", "1234.5678", "[", '[{"labels":3}]', "\xff"])
async def test_a_reference_that_is_not_ours_says_nothing(house, reference):
    sink = await house.sink()
    assert len(await house.say(sink, notice(), reference)) == 1
    await sink.aclose()


async def test_a_burst_is_one_call_of_several_alerts(house):
    sink = await house.sink()
    posted = await house.say(sink, group(5))
    assert len(posted) == 5
    assert house.outcome == Delivered()
    closed = await house.say(sink, notice(replace(group(5).news.alerts[2], kind="closed")))
    await sink.aclose()
    assert [each["startsAt"] for each in closed] == [posted[2]["startsAt"]]


async def test_what_was_not_taken_is_not_remembered(nursery):
    """A refused telling leaves no labels behind that would have to end."""
    house = House(nursery, status(500), status(200))
    sink = await house.sink()
    await house.say(sink, notice(severity="high"))
    assert isinstance(house.outcome, Retry)
    assert len(await house.say(sink, notice(severity="warning"))) == 1
    await sink.aclose()
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize(("code", "kind"), [(400, Refused), (410, Gone), (503, Retry)])
async def test_its_answers_are_judged_as_everywhere(code, kind, nursery):
    house = House(nursery, status(code))
    sink = await house.sink()
    await house.say(sink, notice())
    await sink.aclose()
    nursery.cancel_scope.cancel()
    assert isinstance(house.outcome, kind)


@pytest.mark.parametrize(
    ("kind", "ends"),
    [("opened", NOW + 86_400 * SECOND), ("told", NOW + 300 * SECOND), ("closed", NOW)],
)
async def test_the_scanner_s_own_troubles_end_too(house, kind, ends):
    """A trouble by its `closed`, a word such as a start by itself."""
    sink = await house.sink()
    (posted,) = await house.say(sink, notice(trouble(kind=kind)))
    await sink.aclose()
    assert posted["endsAt"] == rfc3339(ends)
    assert posted["labels"] == {"alertname": "venue_silent", "severity": "high", "exchange": "upbit", "kind": "ops"}


async def test_a_venue_s_clock_that_is_ahead_makes_no_alert_that_ends_before_it_begins(house):
    sink = await house.sink()
    (opened,) = await house.say(sink, notice(at=NOW + 9 * SECOND))
    (closed,) = await house.say(sink, notice(at=NOW + 9 * SECOND, kind="closed"))
    await sink.aclose()
    assert opened["startsAt"] == rfc3339(NOW)
    assert closed["startsAt"] <= closed["endsAt"]


async def test_what_is_remembered_is_bounded(house, monkeypatch):
    """Of the oldest story only this telling's labels are known in the end; that ends by its `endsAt`."""
    monkeypatch.setattr(alertmanager, "STORIES", 2)
    sink = await house.sink()
    for number in range(3):
        await house.say(sink, notice(id=f"{number}"))
    assert list(sink._stories) == ["1", "2"]
    await house.say(sink, notice(id="2", kind="closed"))
    assert list(sink._stories) == ["1"]
    await sink.aclose()


@pytest.mark.parametrize("path", ["", "/", "/api/v2/alerts"])
async def test_its_address_may_be_written_with_or_without_the_path(house, path):
    sink = await house.sink(f"/prefix{path}")
    await house.say(sink, notice())
    await sink.aclose()
    assert house.receiver.requests[0][0] == "POST /prefix/api/v2/alerts HTTP/1.1"


@pytest.mark.parametrize(
    ("settings", "header"),
    [({"token": "t0ken"}, "Bearer t0ken"), ({"username": "me", "password": "p@ss"}, "Basic bWU6cEBzcw==")],
)
async def test_it_is_spoken_to_with_a_token_or_a_password(house, settings, header):
    sink = await house.sink(**settings)
    await house.say(sink, notice())
    await sink.aclose()
    assert house.receiver.requests[0][1]["authorization"] == header


async def test_an_operator_s_own_labels_stand_beside_ours_and_never_over_them(house):
    sink = await house.sink(labels={"team": "trading", "severity": "page"})
    (posted,) = await house.say(sink, notice())
    await sink.aclose()
    assert posted["labels"] == {**LABELS, "team": "trading"}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"url": "alerts.example.org"}, "an alertmanager's url: expected an address that starts with http://"),
        ({"url": "http://localhost:9093"}, "localhost is this machine: allow_private = true"),
        ({"url": URL, "token": "a", "password": "b"}, "either a token or a password"),
        ({"url": URL, "labels": {"my-team": "a"}}, "'my-team' is no name of a label"),
    ],
)
def test_what_cannot_work_is_refused_at_once(settings, expected):
    with pytest.raises(ValueError, match=expected):
        AlertmanagerSettings(**settings)


def test_a_whole_market_is_told_like_a_coin():
    """`*/KRW` is its symbol."""
    market = alert(instrument=type(alert().instrument)("*", "KRW"), rule="market_move", stage="market")
    assert alertmanager.labels_of(market)["symbol"] == "*/KRW"
