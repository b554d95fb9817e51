"""One attempt by HTTP ends in time, is judged by what came back, and tells nobody more than scheme, host and port."""

import socket
import ssl
from functools import partial

import msgspec
import pytest
import trio
import trustme
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from scanner.sinks import http
from scanner.sinks.base import Delivered, Gone, Refused, Retry
from scanner.sinks.http import Answer, HttpSettings, Poster, judge
from tests.sinks.receiver import HookReceiver, breaks_off, hangs_up, is_silent, says, status

NOON = 1_790_337_600.0
"""Fri, 25 Sep 2026 12:00:00 GMT."""
CANARY = "s3cret-canary"


async def answers(*coming, nursery, times=1, timeout=5.0, path=f"/hook/{CANARY}?token={CANARY}", tls=None, trust=None):
    """What so many attempts at a receiver that answers so come to, and the receiver."""
    receiver = HookReceiver(*coming, tls=tls)
    await nursery.start(receiver.run)
    poster = Poster(HttpSettings(timeout=timeout, allow_private=True), clock=lambda: NOON, trust=trust)
    found = [await poster.send("POST", receiver.url + path, content=b"news") for _ in range(times)]
    await poster.aclose()
    nursery.cancel_scope.cancel()
    return found, receiver


async def outcome_of(answer, nursery, **options):
    """What one attempt comes to, and the receiver."""
    (found,), receiver = await answers(answer, nursery=nursery, **options)
    return judge(found), receiver


@pytest.mark.parametrize("code", [200, 201, 202, 204, 299])
async def test_any_2xx_is_delivered(code, nursery):
    outcome, receiver = await outcome_of(status(code), nursery)
    assert outcome == Delivered()
    assert receiver.requests[0][2] == b"news"


@pytest.mark.parametrize("code", [408, 425, 429, 500, 502, 503, 504, 599])
async def test_not_now_is_worth_another_try(code, nursery):
    outcome, receiver = await outcome_of(status(code), nursery)
    assert outcome == Retry(f"{receiver.url} answered {code}")


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 413, 422, 451])
async def test_never_is_not(code, nursery):
    outcome, receiver = await outcome_of(status(code), nursery)
    assert outcome == Refused(f"{receiver.url} answered {code}")


async def test_who_is_gone_wants_nothing_any_more(nursery):
    """410 is said of the address, not of the message."""
    outcome, receiver = await outcome_of(status(410), nursery)
    assert outcome == Gone(f"{receiver.url} answered 410: it wants nothing any more")


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["/elsewhere", f"http://[{CANARY}", ""])
async def test_a_redirect_is_refused_and_never_followed(code, where, nursery):
    """Else a stranger could send our alerts, and our headers, wherever he likes; where to does not matter."""
    outcome, receiver = await outcome_of(status(code, f"Location: {where}"), nursery)
    assert isinstance(outcome, Refused)
    assert "redirects are not followed" in outcome.why
    assert CANARY not in outcome.why
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
@pytest.mark.parametrize("code", [429, 503])
async def test_the_receiver_s_own_wish_is_passed_on_in_both_forms(code, wish, after_s, nursery):
    outcome, _ = await outcome_of(status(code, f"Retry-After: {wish}"), nursery)
    assert isinstance(outcome, Retry)
    assert outcome.after_s == after_s


async def test_no_answer_in_time_is_worth_another_try(nursery):
    outcome, receiver = await outcome_of(is_silent, nursery, timeout=0.1)
    assert outcome == Retry(f"{receiver.url} did not answer within 0.1 s")


async def test_half_an_answer_in_time_is_none(nursery):
    """The timeout is for the whole attempt: a receiver that drips its headers does not win time."""
    outcome, _ = await outcome_of(says("HTTP/1.1 200 OK\nX-Dri"), nursery, timeout=0.1)
    assert isinstance(outcome, Retry)


@pytest.mark.parametrize("answer", [hangs_up, breaks_off("HTTP/1.1 20"), says("SSH-2.0-hello\n\n")])
async def test_a_connection_that_ends_without_an_answer_is_worth_another_try(answer, nursery):
    outcome, receiver = await outcome_of(answer, nursery)
    assert outcome == Retry(f"{receiver.url} hung up before it answered")


async def test_nobody_there_is_worth_another_try():
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        place = f"http://127.0.0.1:{unheard.getsockname()[1]}"
        poster = Poster(HttpSettings(allow_private=True))
        outcome = await poster.send("POST", f"{place}/{CANARY}", content=b"")
        await poster.aclose()
    assert outcome == Retry(f"{place} cannot be reached: connection refused")


UNFINISHED = {
    "closed": breaks_off("HTTP/1.1 200 OK\nContent-Length: 1000\n\nonly this"),
    "slow": says("HTTP/1.1 200 OK\nContent-Length: 1000\n\nonly this, then silence"),
    "endless": says("HTTP/1.1 200 OK\nContent-Length: 1000000\n\n" + "x" * 1_000_000),
    "garbled": says("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nnonsense\n"),
}


@pytest.mark.parametrize("answer", UNFINISHED.values(), ids=UNFINISHED)
async def test_an_accepted_message_stays_accepted_whatever_becomes_of_the_body(answer, nursery, monkeypatch):
    """The status was read, so a second try would be a second message."""
    monkeypatch.setattr(http, "ANSWER_MAX_S", 0.1)
    outcome, _ = await outcome_of(answer, nursery)
    assert outcome == Delivered()


async def test_a_body_that_outlasts_the_attempt_takes_nothing_from_its_status(nursery):
    """Also where the deadline of the whole attempt comes first."""
    outcome, _ = await outcome_of(UNFINISHED["slow"], nursery, timeout=0.2)
    assert outcome == Delivered()


async def test_what_is_kept_of_a_body_is_bounded(nursery):
    (answer,), _ = await answers(UNFINISHED["endless"], nursery=nursery)
    assert answer.body == b"x" * http.ANSWER_MAX


async def test_one_connection_serves_many_messages(nursery):
    """A burst of hundreds is no burst of TLS handshakes."""
    found, receiver = await answers(status(200, body="ok"), nursery=nursery, times=20)
    assert [each.body for each in found] == [b"ok"] * 20
    assert receiver.connections == 1


async def test_an_unreadable_body_costs_a_connection_not_the_next_message(nursery, monkeypatch):
    monkeypatch.setattr(http, "ANSWER_MAX_S", 0.1)
    found, receiver = await answers(UNFINISHED["slow"], nursery=nursery, times=2)
    assert [each.status for each in found] == [200, 200]
    assert receiver.connections == 2


async def test_a_receiver_s_cookies_are_neither_kept_nor_sent(nursery):
    """Whoever is posted to could otherwise make every later request larger."""
    found, receiver = await answers(status(200, f"Set-Cookie: a={CANARY}"), nursery=nursery, times=2)
    assert found[0].headers["set-cookie"] == f"a={CANARY}"
    assert "cookie" not in receiver.requests[1][1]


async def test_credentials_in_an_address_become_a_header(nursery):
    """`user:password@` is how many people write it; HTTP wants it as Basic."""
    receiver = HookReceiver(status(200))
    await nursery.start(receiver.run)
    poster = Poster(HttpSettings(allow_private=True))
    url = receiver.url.replace("://", "://me:p%40ss@")
    await poster.send("POST", url, content=b"")
    await poster.send("POST", url, content=b"", headers={"Authorization": "Bearer mine"})
    await poster.aclose()
    nursery.cancel_scope.cancel()
    assert [headers["authorization"] for _, headers, _ in receiver.requests] == ["Basic bWU6cEBzcw==", "Bearer mine"]
    assert "me" not in receiver.requests[0][1]["host"]


async def test_json_and_forms_with_files_are_sent_as_such(nursery):
    """What services that take pictures want."""
    receiver = HookReceiver(status(200))
    await nursery.start(receiver.run)
    poster = Poster(HttpSettings(allow_private=True), {"X-Own": "1"})
    await poster.send("PATCH", receiver.url, json={"text": "\N{CHART WITH UPWARDS TREND}"})
    await poster.send("POST", receiver.url, data={"chat": "1"}, files={"photo": ("a.png", b"\x89PNG", "image/png")})
    await poster.aclose()
    nursery.cancel_scope.cancel()
    (line, headers, body), (_, form, parts) = receiver.requests
    assert line == "PATCH / HTTP/1.1"
    assert (headers["content-type"], headers["x-own"]) == ("application/json", "1")
    assert msgspec.json.decode(body) == {"text": "\N{CHART WITH UPWARDS TREND}"}
    assert form["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="photo"; filename="a.png"' in parts
    assert b"\x89PNG" in parts


class Reply(Struct):
    ok: bool


@pytest.mark.parametrize(
    ("body", "read"),
    [(b'{"ok":true}', Reply(ok=True)), (b"{", None), (b"\xff", None), (b'{"ok":1}', None), (b"", None)],
)
def test_a_body_is_read_as_what_it_should_be_or_not_at_all(body, read):
    assert Answer("http://a", 200, {}, None, body).read(Reply) == read


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


def certified(authority, name):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(name).configure_cert(context)
    return context


def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


async def test_a_receiver_proves_who_it_is(authority, nursery):
    """TLS with a certificate for this very address."""
    tls = certified(authority, "127.0.0.1")
    outcome, _ = await outcome_of(status(200), nursery, tls=tls, trust=trusting(authority))
    assert outcome == Delivered()


@pytest.mark.parametrize(
    ("name", "known", "why"), [("a.test", True, "IP address mismatch"), ("127.0.0.1", False, "issuer")]
)
async def test_somebody_else_hears_nothing(authority, name, known, why, nursery):
    """A certificate for another name, or by nobody we know."""
    trust = trusting(authority) if known else None
    outcome, receiver = await outcome_of(status(200), nursery, tls=certified(authority, name), trust=trust)
    assert isinstance(outcome, Retry)
    assert "the certificate is not valid" in outcome.why
    assert why in outcome.why
    assert receiver.requests == []


async def test_a_certificate_is_held_against_the_name_not_the_address(authority, nursery):
    """The connection goes to an address that was resolved before; who must prove himself is still the name."""

    async def resolve(host, port):
        return ["127.0.0.1"]

    receiver = HookReceiver(status(200), tls=certified(authority, "hook.test"))
    await nursery.start(receiver.run)
    poster = Poster(HttpSettings(allow_private=True), resolve=resolve, trust=trusting(authority))
    outcomes = [
        judge(await poster.send("POST", f"https://{name}:{receiver.port}/", content=b""))
        for name in ("hook.test", "other.test")
    ]
    await poster.aclose()
    nursery.cancel_scope.cancel()
    assert outcomes[0] == Delivered()
    assert "the certificate is not valid" in outcomes[1].why
    assert [headers["host"] for _, headers, _ in receiver.requests] == [f"hook.test:{receiver.port}"]


async def test_who_does_not_speak_tls_is_told_from_who_is_not_there(nursery):
    listeners = await nursery.start(partial(trio.serve_tcp, says("SSH-2.0-hello\n\n"), 0, host="127.0.0.1"))
    port = listeners[0].socket.getsockname()[1]
    poster = Poster(HttpSettings(allow_private=True))
    outcome = await poster.send("POST", f"https://127.0.0.1:{port}/", content=b"")
    await poster.aclose()
    nursery.cancel_scope.cancel()
    assert outcome == Retry(f"https://127.0.0.1:{port} cannot be reached: it does not speak TLS as we do")


async def test_a_handshake_that_never_ends_ends_in_time_and_leaves_nothing_open(nursery):
    """The connection is closed: a socket that is left to the garbage would fail this test with a warning."""
    gone = trio.Event()

    async def stalls(stream):
        while await stream.receive_some():
            pass
        gone.set()

    listeners = await nursery.start(partial(trio.serve_tcp, stalls, 0, host="127.0.0.1"))
    port = listeners[0].socket.getsockname()[1]
    poster = Poster(HttpSettings(allow_private=True, timeout=0.1))
    outcome = await poster.send("POST", f"https://127.0.0.1:{port}/", content=b"")
    assert outcome == Retry(f"https://127.0.0.1:{port} did not answer within 0.1 s")
    await gone.wait()
    await poster.aclose()
    nursery.cancel_scope.cancel()


@pytest.mark.parametrize("url", ["http://xn--i-7iq.ws/", "http://a..b/", "http://h/\x01", "http://[v1.x]/"])
async def test_an_address_that_only_the_client_finds_unusable_costs_the_message_and_nothing_else(url):
    """A second wall: an error of the client's or the resolver's own ends in a refusal, never in the end of the run."""
    poster = Poster(HttpSettings())
    outcome = await poster.send("POST", url, content=b"")
    await poster.aclose()
    assert isinstance(outcome, Refused)
    assert outcome.why.endswith("is an address that no request can be sent to")


@pytest.mark.parametrize("headers", [{"X": "a\r\nY: b"}, {"X Y": "a"}, {"": "a"}, {"X": "\N{SNOWMAN}"}])
def test_a_header_that_no_request_can_hold_is_refused_and_not_repeated(headers):
    with pytest.raises(ValueError, match=r"no header may hold|expected names of letters") as refusal:
        http.check_headers(headers)
    assert "Y: b" not in str(refusal.value)


@pytest.mark.parametrize("name", ["Host", "content-length", "Transfer-Encoding", "Connection"])
def test_a_header_that_makes_the_request_is_not_an_operator_s(name):
    with pytest.raises(ValueError, match="is set by the scanner itself"):
        http.check_headers({name: "1"})


WELL_BEGUN = st.sampled_from(
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 429 No\r\nRetry-After: "]
)


@given(WELL_BEGUN, st.binary(max_size=300))
def test_whatever_somebody_answers_is_judged(beginning, rest):
    """Arbitrary bytes, then the end of the connection: an outcome, never an error that ends the run."""

    async def answer(stream):
        await stream.send_all(beginning + rest)
        await stream.aclose()

    async def attempt():
        async with trio.open_nursery() as nursery:
            outcome, _ = await outcome_of(answer, nursery)
        return outcome

    assert isinstance(trio.run(attempt), (Delivered, Retry, Refused, Gone))


@given(st.integers(100, 999))
def test_every_status_is_judged(code):
    assert isinstance(judge(Answer("http://a", code, {})), (Delivered, Retry, Refused, Gone))


@pytest.mark.parametrize("timeout", [0.0, -1.0])
def test_an_attempt_has_some_time(timeout):
    """With none at all every message would be a dead letter."""
    with pytest.raises(msgspec.ValidationError, match="timeout"):
        msgspec.convert({"timeout": timeout}, HttpSettings)
