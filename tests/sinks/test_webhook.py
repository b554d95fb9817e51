"""A webhook posts the one body there is by the Standard Webhooks specification, whose own code verifies it."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError
from standardwebhooks import webhooks as package

from scanner.model.news import Notification
from scanner.sinks.base import Delivered, Gone, Kit, Refused, Retry, bulletin
from scanner.sinks.webhook import Webhook, WebhookSettings
from tests.sinks.notices import START, alert, group, notice, trouble
from tests.sinks.receiver import HookReceiver, hangs_up, status

NOON = 1_790_337_600.0
"""Fri, 25 Sep 2026 12:00:00 GMT."""
SECRET = "whsec_" + b64encode(bytes(range(32))).decode()
OLD_SECRET = "whsec_" + b64encode(bytes(range(32, 64))).decode()
CANARY = "s3cret-canary"


async def nowhere(line):
    """Where this sink writes."""


async def posted(*notifications, nursery, answers=(), clock=lambda: NOON, **settings):
    """What deliveries come to, and the requests that were made of them."""
    receiver = HookReceiver(*(answers or [status(204)]))
    await nursery.start(receiver.run)
    url = f"{receiver.url}/hook/{CANARY}?token={CANARY}"
    sink = Webhook(WebhookSettings(url=url, allow_private=True, **settings), Kit("webhook", nowhere), clock=clock)
    outcomes = [await sink.deliver(each) for each in notifications]
    await sink.aclose()
    nursery.cancel_scope.cancel()
    return outcomes, receiver.requests


async def test_the_request_is_one_post_of_the_body_that_everyone_gets(nursery):
    """JSON, as the command line prints it; with the operator's headers."""
    (outcome,), ((line, headers, body),) = await posted(
        notice(), nursery=nursery, headers={"Authorization": f"Bearer {CANARY}"}
    )
    assert outcome == Delivered()
    assert line == f"POST /hook/{CANARY}?token={CANARY} HTTP/1.1"
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == f"Bearer {CANARY}"
    assert json.loads(body) == bulletin(notice())
    assert json.loads(body).keys() == {"type", "timestamp", "data"}


@pytest.mark.parametrize("notification", [notice(kind="closed"), group(), notice(trouble())])
async def test_every_kind_of_news_goes_out(notification, nursery):
    (outcome,), ((_, headers, body),) = await posted(notification, nursery=nursery, secret=SECRET)
    assert outcome == Delivered()
    assert json.loads(body)["type"] == notification.type
    assert headers["webhook-id"] == notification.id


async def test_every_attempt_bears_the_id_of_its_message_and_the_time_of_its_own(nursery):
    """So that who has read one knows the next, and who is slow to mend refuses no honest repeat."""
    times = iter([NOON, NOON + 3_600, NOON + 3_600])
    outcomes, requests = await posted(
        notice(), notice(), nursery=nursery, answers=(hangs_up, status(200)), clock=lambda: next(times)
    )
    assert [type(each) for each in outcomes] == [Retry, Delivered]
    assert [headers["webhook-id"] for _, headers, _ in requests] == [notice().id] * 2
    told = [int(headers["webhook-timestamp"]) for _, headers, _ in requests]
    assert told == [NOON, NOON + 3_600]


async def test_different_tellings_of_one_story_are_different_messages(nursery):
    _, requests = await posted(
        notice(), notice(kind="escalated", number=1), notice(trouble()), group(), nursery=nursery
    )
    assert len({headers["webhook-id"] for _, headers, _ in requests}) == 4


class At(datetime):
    """The verifier's clock."""

    moment = NOON

    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(cls.moment, tz)


@pytest.fixture
def verifier_at(monkeypatch):
    """Sets the clock of whoever verifies; the package reads the machine's."""

    def set_to(seconds):
        monkeypatch.setattr(At, "moment", seconds)
        monkeypatch.setattr(package, "datetime", At)

    set_to(NOON)
    return set_to


async def test_the_signature_verifies_with_the_specification_s_own_package(nursery, verifier_at):
    _, ((_, headers, body),) = await posted(notice(), nursery=nursery, secret=SECRET)
    assert Verifier(SECRET).verify(body, headers) == bulletin(notice())


@pytest.mark.parametrize("wrong_by_s", [-301, 301, -86_400])
async def test_a_wrong_clock_fails(wrong_by_s, nursery, verifier_at):
    """More than the five minutes that the specification allows; 299 s would do."""
    _, ((_, headers, body),) = await posted(notice(), nursery=nursery, secret=SECRET)
    verifier_at(NOON + wrong_by_s)
    with pytest.raises(WebhookVerificationError, match=r"too (old|new)"):
        Verifier(SECRET).verify(body, headers)
    verifier_at(NOON + wrong_by_s / abs(wrong_by_s) * 299)
    Verifier(SECRET).verify(body, headers)


async def test_a_wrong_body_id_time_or_secret_fails(nursery, verifier_at):
    """One byte, one second, one digit."""
    _, ((_, headers, body),) = await posted(notice(), nursery=nursery, secret=SECRET)
    falsified = [
        (SECRET, body.replace(b"6.0 %", b"7.0 %"), {}),
        (SECRET, body + b" ", {}),
        (SECRET, body, {"webhook-id": notice(number=1).id}),
        (SECRET, body, {"webhook-timestamp": str(int(NOON) + 1)}),
        (OLD_SECRET, body, {}),
    ]
    for secret, text, changed in falsified:
        with pytest.raises(WebhookVerificationError, match="No matching signature"):
            Verifier(secret).verify(text, {**headers, **changed})


async def test_while_a_secret_is_changed_both_verify(nursery, verifier_at):
    """The new one and the old one, one a line, as a file holds them."""
    _, ((_, headers, body),) = await posted(notice(), nursery=nursery, secret=f"{SECRET}\n{OLD_SECRET}\n")
    for secret in (SECRET, OLD_SECRET):
        assert Verifier(secret).verify(body, headers) == bulletin(notice())


async def test_without_a_secret_nothing_is_signed(nursery):
    _, ((_, headers, _),) = await posted(notice(), nursery=nursery)
    assert "webhook-signature" not in headers
    assert headers["webhook-timestamp"] == str(int(NOON))


@given(st.text(), st.binary(min_size=24, max_size=64), st.integers(0, 2**62))
def test_whatever_is_said_is_signed_so_that_it_verifies(headline, key, at):
    """Any headline, any secret that the specification allows, any time."""
    notification = Notification(alert(at, headline=headline), made=at)
    settings = WebhookSettings(url="https://hooks.example.org/", secret=b64encode(key).decode())
    body = msgspec.json.encode(bulletin(notification))
    sink = Webhook.__new__(Webhook)
    sink._clock, sink._signers = (lambda: at / 1e9), [Verifier(settings.secret)]
    told = sink._told(notification.id, body)
    moment = datetime.fromtimestamp(int(at / 1e9), UTC)
    assert told["webhook-signature"] == Verifier(key).sign(notification.id, moment, body.decode())


async def test_an_address_that_wants_no_more_is_left_alone(nursery):
    """410 says it of all messages; the outcome says which receiver, and not its path."""
    (outcome,), _ = await posted(notice(), nursery=nursery, answers=(status(410),))
    assert isinstance(outcome, Gone)
    assert CANARY not in outcome.why


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


def test_an_address_on_this_machine_is_refused_with_the_way_out():
    """And with none of its secrets."""
    with pytest.raises(ValueError, match=r"127\.0\.0\.1 is a loopback address: allow_private = true") as refusal:
        WebhookSettings(url=f"http://{CANARY}@127.0.0.1:8080/{CANARY}")
    assert CANARY not in str(refusal.value)
    assert WebhookSettings(url="http://127.0.0.1:8080/", allow_private=True).timeout == 15.0


@pytest.mark.parametrize(
    "secret",
    [" \n", "hunter2", "whsec_c2hvcnQ=", "whsec_" + b64encode(bytes(65)).decode(), f"{SECRET} oops", "ß" * 32],
)
def test_a_secret_that_is_none_is_refused_at_once_and_not_repeated(secret):
    """24 to 64 bytes in base64, by the specification; the package would make a key of anything."""
    with pytest.raises(ValueError, match="expected whsec_ and 24 to 64 bytes") as refusal:
        WebhookSettings(url="https://hooks.example.org/", secret=secret)
    assert secret.strip() not in str(refusal.value).split()


@pytest.mark.parametrize("name", ["Webhook-Id", "webhook-signature", "WEBHOOK-TIMESTAMP", "Content-Length"])
def test_what_the_specification_sets_is_not_an_operator_s(name):
    with pytest.raises(ValueError, match="is set by the scanner itself"):
        WebhookSettings(url="https://hooks.example.org/", headers={name: "1"})


async def test_a_message_that_is_refused_is_refused(nursery):
    (outcome,), _ = await posted(notice(at=START), nursery=nursery, answers=(status(400),))
    assert isinstance(outcome, Refused)
