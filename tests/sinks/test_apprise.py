"""Through apprise a notification reaches services without a sink of their own; what it cannot tell is tried again."""

import json
import logging
import threading

import pytest

from scanner.sinks import apprise
from scanner.sinks.apprise import Apprise, AppriseSettings
from scanner.sinks.base import Delivered, Kit, Retry
from tests.sinks.notices import group, notice, trouble
from tests.sinks.receiver import HookReceiver, is_silent, status

CANARY = "s3cret-canary"


async def nowhere(line):
    """Where this sink writes."""


async def told(notification, nursery, answer=None, **settings):
    """What a delivery to a service on loopback comes to, and the bodies that arrived there."""
    receiver = HookReceiver(answer or status(200))
    await nursery.start(receiver.run)
    url = f"json://{CANARY}:{CANARY}@127.0.0.1:{receiver.port}/{CANARY}"
    sink = Apprise(AppriseSettings(url=url, **settings), Kit("pager", nowhere))
    outcome = await sink.deliver(notification)
    await sink.aclose()
    nursery.cancel_scope.cancel()
    return outcome, [json.loads(body) for _, _, body in receiver.requests]


@pytest.mark.parametrize(
    ("notification", "kind"),
    [
        (notice(severity="info"), "info"),
        (notice(severity="critical"), "failure"),
        (notice(kind="closed", severity="critical"), "success"),
        (group(), "warning"),
        (notice(trouble()), "failure"),
    ],
)
async def test_every_kind_of_news_arrives_as_title_and_body(notification, kind, nursery):
    outcome, (body,) = await told(notification, nursery)
    assert outcome == Delivered()
    assert body["type"] == kind
    assert body["title"]
    assert body["message"]


async def test_it_is_written_in_the_receiver_s_language(nursery):
    """By the scanner's own templates, as for other people's messengers."""
    _, (body,) = await told(notice(), nursery, template="{{ headline }}\nin my words")
    assert (body["title"], body["message"]) == ("ABC/KRW +6.0 % in 1 s", "in my words")


@pytest.mark.parametrize("code", [301, 400, 410, 500])
async def test_what_did_not_go_out_is_tried_again(code, nursery):
    """Apprise says no more than that; the attempts are counted elsewhere."""
    outcome, _ = await told(notice(), nursery, status(code))
    assert outcome == Retry("JSON did not take it, and apprise does not tell why")


async def test_a_service_that_hangs_costs_the_attempt(nursery):
    outcome, _ = await told(notice(), nursery, is_silent, timeout=0.2)
    assert outcome == Retry("JSON did not answer within 0.2 s")


async def test_a_thread_that_was_left_behind_is_not_joined_by_another(monkeypatch):
    """One at most, however often it is tried."""
    wakes, entered = threading.Event(), []
    sink = Apprise(AppriseSettings(url="json://127.0.0.1:9/", timeout=0.05), Kit("pager", nowhere))
    monkeypatch.setattr(sink, "_send", lambda _: entered.append(wakes.wait()) or True)
    assert [type(await sink.deliver(notice())) for _ in range(3)] == [Retry] * 3
    assert entered == []
    wakes.set()
    while not entered:
        await apprise.trio.sleep(0.001)
    assert entered == [True]
    assert await sink.deliver(notice()) == Delivered()


def test_without_the_extra_an_operator_hears_what_to_install(monkeypatch):
    monkeypatch.setattr(apprise, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match=r"pip install 'market-scanner\[apprise\]'"):
        AppriseSettings(url="ntfy://topic")


@pytest.mark.parametrize("url", ["", "nope://x", f"tgram://{CANARY}", "json://a, json://b"])
def test_what_is_no_service_is_refused_at_once_and_not_repeated(url, caplog):
    """Not by apprise's own log either."""
    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(ValueError, match="expected the address of one service") as refusal,
    ):
        AppriseSettings(url=url)
    assert CANARY not in str(refusal.value)
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    ("url", "most"), [("json://a/", 32_768), ("tgram://123456789:abcdefg_hijklmnop/lead2gold/", 4096)]
)
def test_a_message_is_as_long_as_its_service_takes(url, most):
    """Where a service knows no titles, they are part of its body."""
    limits = apprise._limits(apprise._library(url)[0])
    assert limits.body == most
    assert limits.whole <= most + 250
