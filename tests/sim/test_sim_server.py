"""The simulated exchanges on real ports: they listen, answer over HTTP, obey their limits, and can be told to fail."""

import json
import socket
import ssl
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import httpx
import pytest
import trio
import trustme
from trio_websocket import ConnectionClosed, open_websocket_url, wrap_client_stream

from scanner.sim.faults import Fault
from scanner.sim.options import CannotServe, Options
from scanner.sim.server import serve


@asynccontextmanager
async def serving(**options):
    async with trio.open_nursery() as nursery:
        yield await nursery.start(serve, Options(**options))
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def websocket_to(url):
    """A client that closes its own socket: trio-websocket leaves one open that the other side has cut."""
    address = urlsplit(url)
    stream = await trio.open_tcp_stream(address.hostname, address.port)
    async with stream, trio.open_nursery() as nursery:
        yield await wrap_client_stream(nursery, stream, address.netloc, address.path)
        nursery.cancel_scope.cancel()


async def get(url, path, **params):
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.get(url + path, params=params)


async def lever(url, method="POST", path="/_sim/faults", **body):
    async with httpx.AsyncClient(trust_env=False) as client:
        return await client.request(method, url + path, json=body or None)


async def test_every_venue_listens_once_it_says_so():
    # Promise: addresses on loopback, one REST and one socket for each venue, all of them usable at once.
    async with serving(exchanges=("upbit", "bithumb")) as urls:
        assert list(urls) == ["upbit", "bithumb"]
        addresses = [address for venue in urls.values() for address in venue.values()]
        assert len({address.split("/")[2] for address in addresses}) == 4
        assert all("//127.0.0.1:" in address for address in addresses)
        for name, venue in urls.items():
            answer = await get(venue["rest_url"], "/v1/market/all")
            assert answer.status_code == 200
            assert len(answer.json()) >= 270
            async with open_websocket_url(venue["ws_url"]) as websocket:
                await websocket.send_message(json.dumps([{"ticket": "t"}, {"type": "ticker", "codes": ["KRW-BTC"]}]))
                frame = await websocket.get_message()
                assert isinstance(frame, bytes if name == "upbit" else str)
                assert json.loads(frame)["stream_type"] == "SNAPSHOT"


async def test_ports_can_be_chosen():
    # Promise: two for each venue, in a row, REST first.
    port = free_ports(4)
    async with serving(port=port) as urls:
        assert urls == {
            "upbit": {
                "rest_url": f"http://127.0.0.1:{port}",
                "ws_url": f"ws://127.0.0.1:{port + 1}/websocket/v1",
            },
            "bithumb": {
                "rest_url": f"http://127.0.0.1:{port + 2}",
                "ws_url": f"ws://127.0.0.1:{port + 3}/websocket/v1",
            },
        }


async def test_a_port_in_use_is_named():
    # Promise: one sentence with the address and what would do.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotServe, match=f"127.0.0.1:{port}.*free port"):
            await serve(Options(port=port))


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"exchanges": ("upbitt",)}, "upbitt.*upbit, bithumb"),
        ({"scenario": "boom"}, "boom.*quiet, pump"),
        ({"faults": (Fault("upbit", "explode"),)}, "explode.*stall, close"),
        ({"exchanges": ("upbit",), "replay": ("/nowhere/capture",)}, "/nowhere/capture"),
        ({"exchanges": ("weex",), "replay": ("capture",)}, "weex.*expected one of upbit, bithumb, binance, okx"),
        ({"host": "not a host"}, "not a host"),
    ],
)
async def test_what_cannot_be_served_is_said_before_anything_listens(options, named):
    # Promise: `CannotServe` with the value and what was expected.
    with pytest.raises(CannotServe, match=named):
        await serve(Options(**options))


async def test_upbit_counts_down_in_a_header():
    # Promise: group and what is left of this second, as the venue writes it.
    async with serving(exchanges=("upbit",)) as urls:
        answer = await get(urls["upbit"]["rest_url"], "/v1/ticker", markets="KRW-BTC")
        assert answer.headers["Remaining-Req"] == "group=ticker; min=600; sec=9"
        assert answer.headers["Content-Type"].startswith("application/json")


async def test_an_origin_header_is_a_group_of_its_own():
    # Promise: one such request in ten seconds at Upbit, whatever it asks.
    async with serving() as urls, httpx.AsyncClient(trust_env=False, headers={"Origin": "http://page"}) as client:
        upbit, bithumb = (urls[name]["rest_url"] + "/v1/market/all" for name in ("upbit", "bithumb"))
        assert [(await client.get(upbit)).status_code for _ in range(2)] == [200, 429]
        assert [(await client.get(bithumb)).status_code for _ in range(2)] == [200, 200]


async def test_unknown_paths_get_the_venues_error_body():
    # Promise: JSON with name and message, never a page.
    async with serving(exchanges=("bithumb",)) as urls:
        answer = await get(urls["bithumb"]["rest_url"], "/v1/nothing")
        assert answer.status_code == 404
        assert answer.json()["error"].keys() == {"name", "message"}


async def test_faults_can_be_pulled_over_http():
    # Promise: POST arms, GET lists, DELETE heals; any venue can be reached through any other.
    async with serving() as urls:
        upbit, bithumb = urls["upbit"], urls["bithumb"]
        async with websocket_to(upbit["ws_url"]) as websocket:
            armed = await lever(bithumb["rest_url"], exchange="upbit", fault="close", for_s=0)
            assert armed.status_code == 200
            with trio.fail_after(5), pytest.raises(ConnectionClosed):
                await websocket.get_message()
        await lever(upbit["rest_url"], fault="stall")
        (row,) = [row for row in (await lever(upbit["rest_url"], "GET")).json() if row["fault"] == "stall"]
        assert row == {"exchange": "upbit", "fault": "stall", "in_s": 0.0, "for_s": None, "active": True}
        await lever(bithumb["rest_url"], "DELETE")
        assert (await lever(upbit["rest_url"], "GET")).json() == []


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "expected"),
        (b"stall", "expected"),
        (b'{"fault": "stal"}', "did you mean stall?"),
        (b'{"fault": "stall", "exchange": "upbitt"}', "did you mean upbit?"),
        (b'{"fault": "stall", "for_s": -1}', "for_s"),
        (b'{"fault": "stall", "for_s": "long"}', "expected"),
        (b'{"fault": "stall", "fors": 1}', "fors"),
        (b" " * 10_000, "expected"),
    ],
)
async def test_a_wrong_lever_is_explained(body, told):
    # Promise: 400 with what was expected, and nothing goes wrong.
    async with serving() as urls, httpx.AsyncClient(trust_env=False) as client:
        url = urls["upbit"]["rest_url"] + "/_sim/faults"
        answer = await client.post(url, content=body)
        assert answer.status_code == 400
        assert told in answer.json()["error"]
        assert (await client.get(url)).json() == []


async def test_on_request_everything_is_encrypted(tmp_path):
    # Promise: https and wss with the certificate given; data, levers and cuts as ever; plain text gets nowhere.
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    certificate.private_key_and_cert_chain_pem.write_to_path(tmp_path / "chain.pem")
    trusting = ssl.create_default_context()
    authority.configure_trust(trusting)
    pem = str(tmp_path / "chain.pem")
    async with serving(exchanges=("bithumb",), tls_cert=pem, tls_key=pem) as urls:
        rest, socket_url = urls["bithumb"]["rest_url"], urls["bithumb"]["ws_url"]
        assert rest.startswith("https://127.0.0.1:")
        assert socket_url.startswith("wss://127.0.0.1:")
        async with httpx.AsyncClient(trust_env=False, verify=trusting) as client:
            assert len((await client.get(rest + "/v1/market/all")).json()) >= 270
        async with httpx.AsyncClient(trust_env=False) as distrusting:
            with pytest.raises(httpx.ConnectError):
                await distrusting.get(rest + "/v1/market/all")
        async with open_websocket_url(socket_url, ssl_context=trusting) as websocket:
            await websocket.send_message(json.dumps([{"ticket": "t"}, {"type": "ticker", "codes": ["KRW-BTC"]}]))
            assert json.loads(await websocket.get_message())["code"] == "KRW-BTC"
        address = urlsplit(socket_url)
        async with await trio.open_tcp_stream(address.hostname, address.port) as plain:
            await plain.send_all(b"GET /websocket/v1 HTTP/1.1\r\nHost: x\r\n\r\n")
            with trio.fail_after(5), suppress(trio.BrokenResourceError):
                while chunk := await plain.receive_some():
                    assert b"HTTP" not in chunk
        async with open_websocket_url(socket_url, ssl_context=trusting) as websocket:
            await websocket.ping()


async def test_a_market_can_be_listed_and_delisted_over_http():
    # Promise: the next catalogue has it, or has it no more, at the venue that was named.
    async with serving(exchanges=("upbit", "bithumb")) as urls:
        upbit, bithumb = urls["upbit"]["rest_url"], urls["bithumb"]["rest_url"]

        async def codes(url):
            return {line["market"] for line in (await get(url, "/v1/market/all")).json()}

        async def change(url, **body):
            return await lever(url, path="/_sim/listing", **body)

        assert (await change(bithumb, exchange="upbit", action="list", symbol="WAVELET/KRW")).status_code == 200
        assert (await change(upbit, action="delist", symbol="XRP/KRW")).status_code == 200
        assert "KRW-WAVELET" in await codes(upbit)
        assert "KRW-XRP" not in await codes(upbit)
        assert "KRW-XRP" in await codes(bithumb)
        for body, told in (
            ({"action": "delist", "symbol": "NOPE/KRW"}, "NOPE/KRW is not listed"),
            ({"action": "burn", "symbol": "XRP/KRW"}, "expected"),
            ({"action": "list", "symbol": "XRP"}, "is no symbol"),
            ({"action": "list", "symbol": "XRP/KRW", "exchange": "upbitt"}, "did you mean upbit?"),
        ):
            answer = await change(upbit, **body)
            assert answer.status_code == 400
            assert told in answer.json()["error"]


def free_ports(count):
    """The first of so many neighbouring ports that nobody uses."""
    for first in range(30_000, 60_000, 7):
        try:
            for port in range(first, first + count):
                socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")
