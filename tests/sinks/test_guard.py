"""A receiver is out in the open Internet unless an operator says otherwise, and is connected to where it was seen."""

import ipaddress

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from scanner.sinks import dialling, guard
from scanner.sinks.base import Delivered, Refused, Retry
from scanner.sinks.http import HttpSettings, Poster, judge
from tests.sinks.receiver import HookReceiver, status

PUBLIC = [
    "93.184.215.14",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "2606:2800:21f:cb07:6820:80da:af6b:8b2c",
    "64:ff9b::8.8.8.8",
]
NEARER = {
    "0.0.0.0": "an unspecified address",  # noqa: S104  # judged, not bound
    "::": "an unspecified address",
    "127.0.0.1": "a loopback address",
    "127.255.255.254": "a loopback address",
    "::1": "a loopback address",
    "169.254.169.254": "a link-local address",
    "fe80::1": "a link-local address",
    "fe80::1%eth0": "a link-local address",
    "224.0.0.1": "a multicast address",
    "239.255.255.250": "a multicast address",
    "ff02::1": "a multicast address",
    "100.64.0.1": "a carrier's shared address",
    "100.127.255.255": "a carrier's shared address",
    "10.0.0.1": "a private address",
    "172.16.0.1": "a private address",
    "172.31.255.255": "a private address",
    "192.168.1.1": "a private address",
    "192.0.2.1": "a private address",
    "fd00::1": "a private address",
    "fec0::1": "a site-local address",
    "255.255.255.255": "a private address",
    "240.0.0.1": "a private address",
    "::ffff:127.0.0.1": "a private address",
    "::ffff:10.0.0.1": "a private address",
    "::ffff:8.8.8.8": "a private address",
    "::127.0.0.1": "a reserved address",
    "64:ff9b::10.0.0.1": "a private address",
    "64:ff9b:1::8.8.8.8": "a reserved address",
    "2002:7f00:1::": "a private address",
    "2002:a00:1::": "a private address",
    "2001:0:7f00:1::": "a private address",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_the_open_internet_is_allowed(address):
    assert guard.nearer(ipaddress.ip_address(address)) == ""
    guard.check("a.test", [address])


@pytest.mark.parametrize("address", NEARER)
def test_what_is_nearer_is_not_and_is_named(address):
    """Also where an IPv6 address stands for such an IPv4 one."""
    assert guard.nearer(ipaddress.ip_address(address)) != ""
    with pytest.raises(guard.Forbidden, match="allow_private = true"):
        guard.check("a.test", [address])


@pytest.mark.parametrize("address", [each for each in NEARER if ":" not in each])
def test_the_kind_of_an_address_is_said(address):
    assert guard.nearer(ipaddress.ip_address(address)) == NEARER[address]


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_ipv6_clothes_is_seen_through(address):
    """Mapped, translated, tunnelled or as in old times: nearer in itself is nearer in any dress."""
    if not guard.nearer(address):
        return
    for dress in ("::ffff:{}", "64:ff9b::{}", "::{}"):
        assert guard.nearer(ipaddress.ip_address(dress.format(address)))
    high, low = divmod(int(address), 1 << 16)
    assert guard.nearer(ipaddress.ip_address(f"2002:{high:x}:{low:x}::"))


def test_one_bad_address_spoils_a_name():
    """Else it would depend on the resolver's mood where an alert goes."""
    with pytest.raises(guard.Forbidden, match=r"a\.test leads to a private address, 10\.0\.0\.7: allow_private = true"):
        guard.check("a.test", ["8.8.8.8", "10.0.0.7"])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/hook",
        "http://[::1]:9093",
        "https://me:secret@10.1.2.3/x",
        "http://localhost:8080",
        "http://LOCALHOST./",
        "http://hook.localhost/",
        "http://[::ffff:192.168.0.1]/",
    ],
)
def test_an_address_that_is_known_to_be_near_is_refused_before_anything_is_sent(url):
    with pytest.raises(guard.Forbidden) as refusal:
        guard.check_spelling(url)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "url", ["https://hooks.example.org/x", "http://8.8.8.8/", "http://notlocalhost/", "http://localhost.example.org"]
)
def test_names_and_public_addresses_wait_for_the_resolver(url):
    guard.check_spelling(url)


async def attempt(resolver, port, **settings):
    """What one message to `hook.test`, resolved so, comes to; each question to the resolver is noted."""
    asked = []

    async def resolve(host, _port):
        asked.append(host)
        return resolver(len(asked))

    poster = Poster(HttpSettings(**settings), resolve=resolve)
    outcome = judge(await poster.send("POST", f"http://hook.test:{port}/", content=b""))
    await poster.aclose()
    return outcome, asked


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["::ffff:127.0.0.1"], ["93.184.215.14", "127.0.0.1"]])
async def test_a_name_that_leads_to_this_machine_reaches_nobody(addresses, nursery):
    """A real server listens there, and hears nothing: not a request, not a connection."""
    receiver = HookReceiver(status(200))
    await nursery.start(receiver.run)
    outcome, _ = await attempt(lambda _: addresses, receiver.port)
    nursery.cancel_scope.cancel()
    assert outcome == Refused(
        f"hook.test leads to {guard.nearer(ipaddress.ip_address(addresses[-1]))}, {addresses[-1]}: "
        "allow_private = true lets this receiver be there"
    )
    assert receiver.connections == 0


async def test_it_is_reached_where_an_operator_allows_it(nursery):
    """The request still bears the name, for the server behind it."""
    receiver = HookReceiver(status(200))
    await nursery.start(receiver.run)
    outcome, asked = await attempt(lambda _: ["127.0.0.1"], receiver.port, allow_private=True)
    nursery.cancel_scope.cancel()
    assert outcome == Delivered()
    assert asked == ["hook.test"]
    assert receiver.requests[0][1]["host"] == f"hook.test:{receiver.port}"


async def test_a_name_that_changes_its_mind_gains_nothing(nursery, monkeypatch):
    """DNS rebinding: the first answer is public, any later one would be this machine. Nobody asks a second time."""
    receiver = HookReceiver(status(200))
    await nursery.start(receiver.run)
    dialled = []

    async def plain(self, host, port, *_):
        dialled.append(host)
        raise dialling.httpcore.ConnectError

    monkeypatch.setattr(dialling.httpcore.TrioBackend, "connect_tcp", plain)
    outcome, asked = await attempt(lambda time: ["93.184.215.14"] if time == 1 else ["127.0.0.1"], receiver.port)
    nursery.cancel_scope.cancel()
    assert isinstance(outcome, Retry)
    assert (asked, dialled) == (["hook.test"], ["93.184.215.14"])
    assert receiver.connections == 0


async def test_a_name_that_nobody_knows_is_worth_another_try():
    """`.invalid` never resolves (RFC 2606), with or without a network."""
    poster = Poster(HttpSettings())
    outcome = await poster.send("POST", "https://hook.invalid/token", content=b"")
    await poster.aclose()
    assert isinstance(outcome, Retry)
    assert outcome.why.startswith("https://hook.invalid cannot be reached: the name cannot be resolved (")


class Roads:
    """Stands in for connections: each address answers after so long, or never comes about."""

    def __init__(self, **after_s):
        self.after_s = after_s
        self.closed = []
        self.tried = []

    async def connect(self, address):
        self.tried.append((address, trio.current_time()))
        await trio.sleep(abs(self.after_s[address]))
        if self.after_s[address] < 0:
            raise dialling.httpcore.ConnectError(address)
        return Road(self, address)


class Road:
    def __init__(self, roads, address):
        self.address = address
        self.roads = roads

    async def aclose(self):
        self.roads.closed.append(self.address)


@pytest.mark.parametrize(
    ("after_s", "first", "tried", "took_s"),
    [
        ({"a": 0.1, "b": 0.1}, "a", ["a"], 0.1),
        ({"a": 9.0, "b": 0.1}, "b", ["a", "b"], 0.35),
        ({"a": -0.1, "b": 0.1}, "b", ["a", "b"], 0.2),
        ({"a": 0.4, "b": 9.0, "c": 9.0}, "a", ["a", "b"], 0.4),
    ],
)
async def test_a_silent_address_does_not_hold_up_the_next_one(after_s, first, tried, took_s, autojump_clock):
    """Each has a head start of a quarter of a second, and none once it has failed."""
    roads, start = Roads(**after_s), trio.current_time()
    road = await dialling._first(list(after_s), roads.connect)
    assert road.address == first
    assert [address for address, _ in roads.tried] == tried
    assert trio.current_time() - start == pytest.approx(took_s)
    assert roads.closed == []


async def test_a_connection_that_comes_about_too_late_is_closed(autojump_clock):
    """The attempt is over in the very moment in which an address answers: nothing is left open."""
    roads = Roads(a=0.1)
    with trio.CancelScope() as attempt:

        async def connect(address):
            road = await roads.connect(address)
            attempt.cancel()
            return road

        await dialling._first(["a"], connect)
    assert roads.closed == ["a"]


async def test_when_no_address_answers_the_first_failure_is_the_reason(autojump_clock):
    with pytest.raises(dialling.httpcore.ConnectError, match="a"):
        await dialling._first(["a", "b"], Roads(a=-0.1, b=-0.2).connect)
