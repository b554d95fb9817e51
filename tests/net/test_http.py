"""REST calls: the body of a good answer, and a named failure for every other."""

import pytest
import trio

from scanner.net import http
from scanner.net.http import HttpFailed, open_http


async def serve_once(answer, task_status=trio.TASK_STATUS_IGNORED):
    """A server that reads one request and gives one scripted answer, or hangs when there is none."""
    listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
    task_status.started(listeners[0].socket.getsockname()[1])
    async with listeners[0]:
        stream = await listeners[0].accept()
        async with stream:
            await stream.receive_some()
            if answer is None:
                await trio.sleep_forever()
            await stream.send_all(answer)


async def ask(answer, *, timeout=5.0):
    async with trio.open_nursery() as nursery:
        port = await nursery.start(serve_once, answer)
        try:
            async with open_http(timeout) as client:
                return port, await client.get(f"http://127.0.0.1:{port}/v1/market/all", {"is_details": "true"})
        finally:
            nursery.cancel_scope.cancel()


def reply(status, body=b"", headers=b""):
    return b"HTTP/1.1 %s\r\nContent-Length: %d\r\n%s\r\n%s" % (status, len(body), headers, body)


async def failure(answer, **options):
    with pytest.RaisesGroup(HttpFailed, allow_unwrapped=True, flatten_subgroups=True) as caught:
        await ask(answer, **options)
    error = caught.value
    return error if isinstance(error, HttpFailed) else error.exceptions[0]


async def test_a_good_answer_is_its_body():
    """Bytes, as they came."""
    _, body = await ask(reply(b"200 OK", b"[1,2]"))
    assert body == b"[1,2]"


async def test_too_many_requests_is_a_refusal_with_the_venue_s_wish():
    """Going on would turn a limit into a ban."""
    error = await failure(reply(b"429 Too Many Requests", b"Too many API requests.", b"Retry-After: 3\r\n"))
    assert (error.status, error.refused, error.retry_after) == (429, True, 3.0)
    assert error.reason == "HTTP 429 on /v1/market/all"


async def test_a_server_error_is_no_refusal():
    """Trying again soon is right then."""
    error = await failure(reply(b"503 Service Unavailable"))
    assert (error.status, error.refused) == (503, False)


async def test_silence_ends_at_the_timeout():
    """And names the address."""
    error = await failure(None, timeout=0.2)
    assert error.reason == "no complete answer within 0.2 s"
    assert error.address.startswith("http://127.0.0.1:")


@pytest.mark.filterwarnings("ignore:Async generator 'httpx:ResourceWarning")  # httpx leaves its own behind
@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")
async def test_an_answer_that_drips_for_ever_ends_at_the_timeout_too():
    """The limit is for the call, not for each read."""

    async def drip(task_status=trio.TASK_STATUS_IGNORED):
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        task_status.started(listeners[0].socket.getsockname()[1])
        async with listeners[0], await listeners[0].accept() as stream:
            await stream.send_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while True:
                await stream.send_all(b"x")
                await trio.sleep(0.05)

    async with trio.open_nursery() as nursery:
        port = await nursery.start(drip)
        async with open_http(0.3) as client:
            with pytest.raises(HttpFailed, match=r"no complete answer within 0\.3 s"):
                await client.get(f"http://127.0.0.1:{port}/")
        nursery.cancel_scope.cancel()


@pytest.mark.filterwarnings("ignore:Async generator 'httpx:ResourceWarning")  # httpx leaves its own behind
@pytest.mark.filterwarnings("ignore:Exception ignored:pytest.PytestUnraisableExceptionWarning")
async def test_a_body_that_cannot_be_unpacked_is_the_venue_s_fault_not_ours():
    """A worker must not fall over it."""
    error = await failure(reply(b"200 OK", b"no gzip at all", b"Content-Encoding: gzip\r\n"))
    assert error.status is None


async def test_no_proxy_stands_between_us_and_the_venue(monkeypatch):
    """Sockets know no proxy, so REST must not either: half a venue is none."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    _, body = await ask(reply(b"200 OK", b"direct"))
    assert body == b"direct"


async def test_an_endless_answer_is_cut_off(monkeypatch):
    """What comes from outside has a size limit before it is parsed."""
    monkeypatch.setattr(http, "MAX_BODY", 100)
    error = await failure(reply(b"200 OK", b"x" * 101))
    assert "larger than 100 bytes" in error.reason


async def test_a_body_cut_short_is_a_failure_not_a_short_body():
    """Half a catalogue would look like a mass delisting."""
    error = await failure(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n[1,2")
    assert error.status is None
