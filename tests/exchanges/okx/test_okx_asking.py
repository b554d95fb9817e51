"""What is asked of OKX: in which requests, and whom its refusals mean, though they name no stream."""

import json
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Accepted, Endpoint, Rejected, RemoteNonsense, Send
from scanner.exchanges.okx.asking import MOST_AGAIN, MOST_ARGS, MOST_BYTES, MOST_OPEN, Asking
from scanner.exchanges.okx.spec import OKX
from scanner.exchanges.okx.streams import NAMES
from tests.exchanges.conversations import trades_in

SEEN = 7
trades = partial(trades_in, "USDT")


def coins(count):
    return [f"C{n:03}" for n in range(count)]


def session(*names):
    made = OKX.open(Endpoint(OKX.ws_url, trades(*names)))
    return made, [json.loads(frame) for frame in made.subscribe()]


def names(request):
    return [arg["instId"].removesuffix("-USDT") for arg in request["args"]]


def error(conversation, number="", text="Something is wrong.", code="60018"):
    """Results of an error event, and the requests that it leads to."""
    head = {"id": number} if number else {}
    results = conversation.parse(json.dumps({**head, "event": "error", "code": code, "msg": text}), SEEN)
    sends = [one for one in results if isinstance(one, Send)]
    assert all(one.operation for one in sends)
    return [one for one in results if not isinstance(one, Send)], [json.loads(one.frame) for one in sends]


def confirm(conversation, *bases):
    for base in bases:
        arg = {"channel": "trades", "instId": f"{base}-USDT"}
        conversation.parse(json.dumps({"event": "subscribe", "arg": arg}), SEEN)


def missing(*bases):
    return " ".join(f"Wrong URL or channel:trades,instId:{base}-USDT doesn't exist." for base in bases)


# ---- requests


def test_a_request_lists_streams_and_bears_a_number():
    """At most 32 letters and digits, another one for each request."""
    conversation, [first] = session("WAVE", "REEF")
    [second] = map(json.loads, conversation.update(trades("WAVE", "REEF", "DUNE")))
    [third] = map(json.loads, conversation.update(trades("DUNE")))
    assert (first["op"], names(first)) == ("subscribe", ["REEF", "WAVE"])
    assert (second["op"], names(second)) == ("subscribe", ["DUNE"])
    assert (third["op"], names(third)) == ("unsubscribe", ["REEF", "WAVE"])
    ids = [one["id"] for one in (first, second, third)]
    assert len(set(ids)) == 3
    assert all(one.isascii() and one.isalnum() and len(one) <= 32 for one in ids)


def test_nothing_is_said_about_nothing():
    """An empty request would be an error."""
    conversation, said = session()
    assert said == conversation.update(()) == []


def test_streams_are_asked_for_in_batches():
    """A hundred to a request, each stream in exactly one."""
    conversation, said = session(*coins(240))
    assert [len(names(one)) for one in said] == [MOST_ARGS, MOST_ARGS, 40]
    assert [name for one in said for name in names(one)] == coins(240)
    assert [one["op"] for one in map(json.loads, conversation.update(()))] == ["unsubscribe"] * 3


def test_no_request_is_too_long_for_the_venue():
    """Measured in bytes, and well below the 64 KB at which it hangs up."""
    longs = [f"{'波' * 600}{n}" for n in range(90)]
    made = OKX.open(Endpoint(OKX.ws_url, trades(*longs)))
    frames = made.subscribe()
    assert len(frames) == 4
    assert all(len(frame.encode()) < MOST_BYTES + 100 for frame in frames)
    assert sorted(name for frame in frames for name in names(json.loads(frame))) == sorted(longs)


# ---- refusals


def test_a_named_stream_is_refused_and_the_rest_is_asked_for_again():
    """Whether the others of that request flow is not known, so those without a confirmation are asked for once more."""
    conversation, [request] = session("DUNE", "NOPE", "REEF", "WAVE")
    confirm(conversation, "DUNE")
    rejected, [again] = error(conversation, request["id"], missing("NOPE"))
    assert rejected == [Rejected("60018", missing("NOPE"), subscriptions=trades("NOPE"))]
    assert names(again) == ["REEF", "WAVE"]
    assert conversation.update(trades("DUNE", "REEF", "WAVE")) == []  # it is not wanted any more


def test_a_name_is_taken_whole():
    """BTC is not BTCX, and a swap is no spot market."""
    conversation, [request] = session("BTC", "BTCX", "XBTC")
    rejected, [again] = error(conversation, request["id"], "channel:trades,instId:BTC-USDT doesn't exist")
    assert [one.subscriptions for one in rejected] == [trades("BTC")]
    assert names(again) == ["BTCX", "XBTC"]
    rejected, [again] = error(conversation, again["id"], "channel:trades,instId:BTCX-USDT-SWAP doesn't exist")
    assert (rejected, names(again)) == ([], ["BTCX", "XBTC"])


def test_the_only_one_that_waits_is_meant():
    """Where the others have been confirmed, the text need not say it."""
    conversation, [request] = session("NOPE", "REEF", "WAVE")
    confirm(conversation, "WAVE", "REEF")
    assert error(conversation, request["id"]) == (
        [Rejected("60018", "Something is wrong.", subscriptions=trades("NOPE"))],
        [],
    )


def test_one_of_many_is_found_in_halves():
    """Where nothing says which one it is; the good ones flow as soon as they are asked for without it."""
    conversation, waiting = session(*coins(60), "NOPE")
    rejected, asked = [], 0
    while waiting:
        request = waiting.pop()
        asked += 1
        if "NOPE" in names(request):
            more, again = error(conversation, request["id"])
            rejected += more
            waiting += again
        else:
            confirm(conversation, *names(request))
    assert [one.subscriptions for one in rejected] == [trades("NOPE")]
    assert asked <= 13


def test_confirmations_that_come_late_help_to_find_it():
    """A stream that was confirmed under its first request is not asked for a third time."""
    conversation, [request] = session("DUNE", "NOPE", "REEF", "WAVE")
    _, halves = error(conversation, request["id"])
    assert [names(half) for half in halves] == [["DUNE", "NOPE"], ["REEF", "WAVE"]]
    confirm(conversation, "DUNE")
    rejected, again = error(conversation, halves[0]["id"])
    assert ([one.subscriptions for one in rejected], again) == ([trades("NOPE")], [])


def test_an_error_without_a_number_means_all_that_waits():
    """A request that the venue could not even read comes back without one."""
    conversation, [first] = session("DUNE", "WAVE")
    conversation.update(trades("DUNE", "WAVE", "REEF"))
    confirm(conversation, "WAVE")
    rejected, halves = error(conversation, code="60012")
    assert rejected == []
    assert [names(half) for half in halves] == [["DUNE"], ["REEF"]]
    assert {half["id"] for half in halves}.isdisjoint({first["id"]})


def test_further_errors_about_a_request_that_was_repeated_are_old():
    """Three bad names, three errors: what they mean has been asked for again, and will be answered there."""
    conversation, [request] = session("NOPE", "NOWT", "REEF", "WAVE")
    error(conversation, request["id"])
    assert error(conversation, request["id"]) == ([], [])
    rejected, again = error(conversation, request["id"], missing("NOWT"))
    assert [one.subscriptions for one in rejected] == [trades("NOWT")]
    assert again == []


def test_what_is_not_wanted_any_more_is_neither_refused_nor_asked_for_again():
    """It left while its request was on the way; and whoever stays is not taken for the culprit."""
    conversation, [request] = session("NOPE", "WAVE")
    conversation.update(trades("WAVE"))
    rejected, again = error(conversation, request["id"])
    assert (rejected, [names(one) for one in again]) == ([], [["WAVE"]])
    other, [request] = session("NOPE", "WAVE")
    other.update(trades("WAVE"))
    rejected, again = error(other, request["id"], missing("NOPE"))
    assert (rejected, [names(one) for one in again]) == ([], [["WAVE"]])
    assert error(other, request["id"], missing("NOPE")) == ([], [])


def test_an_error_about_nothing_that_waits_is_blamed():
    """All was confirmed, or it was about leaving: nothing is lost, and it is counted."""
    conversation, [request] = session("WAVE")
    confirm(conversation, "WAVE")
    with pytest.raises(RemoteNonsense, match="nothing that was asked for: 60018"):
        error(conversation, request["id"])
    [leaving] = map(json.loads, conversation.update(()))
    with pytest.raises(RemoteNonsense):
        error(conversation, leaving["id"])


def test_asking_again_has_an_end():
    """After so many requests all that is left is refused, by name."""
    conversation, waiting = session(*coins(100))
    rejected, asked = [], 0
    while waiting:
        more, again = error(conversation, waiting.pop()["id"])
        rejected += more
        waiting += again
        asked += len(again)
    refused = [one for each in rejected for one in each.subscriptions]
    assert asked <= MOST_AGAIN
    assert sorted(refused) == sorted(trades(*coins(100)))
    assert len(refused) == len(set(refused))
    assert conversation.update(()) == []


class Server:
    """A venue that answers in order, and does what it likes with a request in which something is bad."""

    def __init__(self, bad, *, spoils, vague, late):
        self.bad, self.spoils, self.vague, self.late = bad, spoils, vague, late
        self.flowing = set()

    def answer(self, request):
        wrong = [name for name in names(request) if name in self.bad]
        good = [name for name in names(request) if name not in self.bad]
        texts = ["Bad."] * len(wrong) if self.vague else [missing(name) for name in wrong]
        errors = [{"id": request["id"], "event": "error", "code": "60018", "msg": text} for text in texts]
        if wrong and self.spoils:
            return errors[:1]
        self.flowing.update(good)
        args = [{"channel": "trades", "instId": f"{name}-USDT"} for name in good]
        acks = [{"id": request["id"], "event": "subscribe", "arg": arg} for arg in args]
        return [*acks, *errors] if self.late else [*errors, *acks]


@given(
    good=st.sets(st.sampled_from(coins(80)), max_size=80),
    bad=st.sets(st.sampled_from([f"N{n}" for n in range(5)]), max_size=3),
    spoils=st.booleans(),
    vague=st.booleans(),
    late=st.booleans(),
)
def test_bad_names_never_blind_the_rest(good, bad, spoils, vague, late):
    """Whatever a venue does with bad streams: they and only they are refused, once, and all the others flow."""
    conversation, requests = session(*good, *bad)
    server, rejected, accepted = Server(bad, spoils=spoils, vague=vague, late=late), [], set()
    asked = 0
    while requests:
        asked += 1
        for event in server.answer(requests.pop(0)):
            for one in conversation.parse(json.dumps(event), SEEN):
                if isinstance(one, Send):
                    requests.append(json.loads(one.frame))
                elif isinstance(one, Rejected):
                    rejected += one.subscriptions
                else:
                    assert isinstance(one, Accepted)
                    accepted |= set(one.subscriptions)
    assert sorted(rejected) == sorted(trades(*bad))
    assert server.flowing == good
    assert accepted == set(trades(*good))
    assert asked <= 1 + MOST_AGAIN


def test_requests_that_are_never_answered_fill_no_memory():
    """The oldest is forgotten, so an error about it means nothing that waits; all others still wait."""
    asking = Asking(NAMES)
    wanted = trades_in("USDT", *(f"C{n}" for n in range(MOST_OPEN + 1)))
    for one in wanted:
        asking.subscribe([one])
    assert not asking.waits_for(wanted[0])
    assert all(asking.waits_for(one) for one in wanted[1:])
