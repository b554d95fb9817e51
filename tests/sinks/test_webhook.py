"""A webhook posts the one body there is, and judges each answer, or its lack, by whether trying again can help."""

import json
import socket

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.sinks import webhook
from scanner.sinks.base import Delivered, Refused, Retry, bulletin
from scanner.sinks.webhook import Webhook, WebhookSettings, judge
from tests.alerts.signals import alerts
from tests.sinks.receiver import HookReceiver, breaks_off, hangs_up, is_silent, says

NOON = 1_790_337_600.0
"""Fri, 25 Sep 2026 12:00:00 GMT."""
(ALERT,) = alerts(1)
CANARY = "s3cret-canary"


async def outcome_of(answer, nursery, *, times=1, timeout=5.0, path=f"/hook/{CANARY}?token={CANARY}", **settings):
    """What deliveries to a receiver with this answer come to, and the receiver."""
    receiver = HookReceiver(answer)
    await nursery.start(receiver.run)
    url = f"http://127.0.0.1:{receiver.port}{path}"
    sink = Webhook(WebhookSettings(url=url, timeout=timeout, **settings), clock=lambda: NOON)
    outcomes = [await sink.deliver(ALERT) for _ in range(times)]
    await sink.aclose()
    nursery.cancel_scope.cancel()
    return (outcomes[0] if times == 1 else outcomes), receiver


async def test_the_request_is_one_post_of_the_body_that_everyone_gets(nursery):
    """JSON, as the command line prints it; with the operator's headers."""
    outcome, receiver = await outcome_of(
        says("HTTP/1.1 204 No Content\n\n"), nursery, headers={"Authorization": f"Bearer {CANARY}"}
    )
    assert outcome == Delivered()
    ((line, headers, body),) = receiver.requests
    assert line == f"POST /hook/{CANARY}?token={CANARY} HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == f"Bearer {CANARY}"
    assert json.loads(body) == bulletin(ALERT)


@pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
async def test_any_2xx_is_delivered(status, nursery):
    outcome, _ = await outcome_of(says(f"HTTP/1.1 {status} Fine\nContent-Length: 0\n\n"), nursery)
    assert outcome == Delivered()


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
async def test_not_now_is_worth_another_try(status, nursery):
    outcome, receiver = await outcome_of(says(f"HTTP/1.1 {status} Later\nContent-Length: 0\n\n"), nursery)
    assert outcome == Retry(f"http://127.0.0.1:{receiver.port} answered {status}")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 410, 413, 422, 451])
async def test_never_is_not(status, nursery):
    outcome, receiver = await outcome_of(says(f"HTTP/1.1 {status} No\nContent-Length: 0\n\n"), nursery)
    assert outcome == Refused(f"http://127.0.0.1:{receiver.port} answered {status}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_refused_and_never_followed(status, nursery):
    """Else a stranger could send our alerts, and our headers, wherever he likes."""
    outcome, receiver = await outcome_of(
        says(f"HTTP/1.1 {status} Moved\nLocation: /elsewhere\nContent-Length: 0\n\n"), nursery
    )
    assert isinstance(outcome, Refused)
    assert "redirects are not followed" in outcome.why
    assert len(receiver.requests) == 1


@pytest.mark.parametrize(
    ("wish", "after_s"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("Fri, 25 Sep 2026 12:02:00 GMT", 120.0),
        ("Fri, 25 Sep 2026 11:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
async def test_the_receiver_s_own_wish_is_passed_on_in_both_forms(wish, after_s, nursery):
    outcome, _ = await outcome_of(says(f"HTTP/1.1 429 Slow\nRetry-After: {wish}\nContent-Length: 0\n\n"), nursery)
    assert isinstance(outcome, Retry)
    assert outcome.after_s == after_s


async def test_no_answer_in_time_is_worth_another_try(nursery):
    outcome, receiver = await outcome_of(is_silent, nursery, timeout=0.1)
    assert outcome == Retry(f"http://127.0.0.1:{receiver.port} did not answer within 0.1 s")


async def test_half_an_answer_in_time_is_none(nursery):
    """The timeout is for the whole attempt: a receiver that drips its headers does not win time."""
    outcome, _ = await outcome_of(says("HTTP/1.1 200 OK\nX-Dri"), nursery, timeout=0.1)
    assert isinstance(outcome, Retry)


@pytest.mark.parametrize("answer", [hangs_up, breaks_off("HTTP/1.1 20"), says("SSH-2.0-hello\n\n")])
async def test_a_connection_that_ends_without_an_answer_is_worth_another_try(answer, nursery):
    outcome, receiver = await outcome_of(answer, nursery)
    assert outcome == Retry(f"http://127.0.0.1:{receiver.port} hung up before it answered")


async def test_nobody_there_is_worth_another_try():
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        port = unheard.getsockname()[1]
        sink = Webhook(WebhookSettings(url=f"http://127.0.0.1:{port}/{CANARY}"))
        outcome = await sink.deliver(ALERT)
        await sink.aclose()
    assert isinstance(outcome, Retry)
    assert outcome.why.startswith(f"http://127.0.0.1:{port} cannot be reached: ")


@pytest.mark.parametrize(
    "answer",
    [
        breaks_off("HTTP/1.1 200 OK\nContent-Length: 1000\n\nonly this"),
        says("HTTP/1.1 200 OK\nContent-Length: 1000\n\nonly this, then silence"),
        says("HTTP/1.1 200 OK\nContent-Length: 1000000\n\n" + "x" * 1_000_000),
        says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nnonsense\n"),
    ],
    ids=["closed", "slow", "endless", "garbled"],
)
async def test_an_accepted_alert_stays_accepted_whatever_becomes_of_the_body(answer, nursery, monkeypatch):
    """The status was read, so a second try would be a second alert."""
    monkeypatch.setattr(webhook, "ANSWER_MAX_S", 0.1)
    outcome, _ = await outcome_of(answer, nursery)
    assert outcome == Delivered()


async def test_one_connection_serves_many_alerts(nursery):
    """A burst of hundreds is no burst of TLS handshakes."""
    outcomes, receiver = await outcome_of(says("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"), nursery, times=20)
    assert outcomes == [Delivered()] * 20
    assert receiver.connections == 1


async def test_an_unreadable_body_costs_a_connection_not_the_next_alert(nursery, monkeypatch):
    monkeypatch.setattr(webhook, "ANSWER_MAX_S", 0.1)
    answer = says("HTTP/1.1 200 OK\nContent-Length: 1000\n\nonly this")
    outcomes, receiver = await outcome_of(answer, nursery, times=2)
    assert outcomes == [Delivered()] * 2
    assert receiver.connections == 2


@pytest.mark.parametrize("answer", [says("HTTP/1.1 500 No\nContent-Length: 0\n\n"), hangs_up, is_silent])
async def test_what_is_said_about_trouble_holds_no_secret(answer, nursery, caplog):
    """Scheme, host and port are all that leaves: not the path, not the query, not a header, not by httpx either."""
    with caplog.at_level("INFO"):
        outcome, _ = await outcome_of(answer, nursery, timeout=0.2, headers={"X-Token": CANARY})
    assert CANARY not in outcome.why
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.example.org",
        "ftp://example.org",
        "https://",
        "https:///path",
        "http://a b",
        "http://a:99999",
        "http://a\n",
        "http://a..b/",
        f"http://{'a' * 64}/",
        "http://h/\x01",
        "http://xn--/",
        "http://[v1.x]/",
        "http://[::1/",
    ],
)
def test_an_address_that_cannot_be_posted_to_is_refused_at_once(url):
    """At the first alert it would be too late."""
    with pytest.raises(msgspec.ValidationError, match="a webhook's url: expected "):
        msgspec.convert({"url": url}, WebhookSettings)


def test_a_refused_address_is_not_repeated():
    with pytest.raises(ValueError, match="expected a port from 1 to 65535") as refusal:
        WebhookSettings(url=f"https://{CANARY}@hooks.example.org:99999/{CANARY}?{CANARY}")
    assert CANARY not in str(refusal.value)


@pytest.mark.parametrize("url", ["http://xn--i-7iq.ws/", "http://a..b/", "http://h/\x01", "http://[v1.x]/"])
async def test_an_address_that_only_the_client_finds_unusable_costs_the_alert_and_nothing_else(url, monkeypatch):
    """A second wall: an error of the client's or the resolver's own ends in a refusal, never in the end of the run."""
    monkeypatch.setattr(webhook, "check_url", lambda *_: None)
    sink = Webhook(WebhookSettings(url=url))
    outcome = await sink.deliver(ALERT)
    await sink.aclose()
    assert isinstance(outcome, Refused)
    assert outcome.why.endswith("is an address that no request can be sent to")


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X Y": "a"}, {"": "a"}, {"X": "\N{SNOWMAN}"}])
def test_a_header_that_no_request_can_hold_is_refused_at_once_and_not_repeated(headers):
    with pytest.raises(msgspec.ValidationError, match="no header may hold") as refusal:
        msgspec.convert({"url": "http://a", "headers": headers}, WebhookSettings)
    assert "Y: b" not in str(refusal.value)


@given(st.integers(100, 999))
def test_every_status_is_judged(status):
    assert isinstance(judge("somebody", status, {}, NOON), (Delivered, Retry, Refused))
