"""What MEXC says about a conversation: acceptance and refusal look alike but for their text."""

import json

import pytest

from scanner.exchanges.base import Accepted, Endpoint, Rejected, RemoteNonsense
from scanner.exchanges.mexc.spec import MEXC
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription, Trade
from tests.exchanges.conversations import opened
from tests.exchanges.venues import samples_of

say = samples_of(MEXC)

SEEN = 1_790_000_000_200_000_000
WAVE, REEF, NOPE = (Instrument(base, "BTC") for base in ("WAVE", "REEF", "NOPE"))
WANTED = tuple(Subscription("trade", one) for one in (WAVE, REEF, NOPE))
NAMES = [say.DEALS.format(f"{one.instrument.base}BTC") for one in WANTED]
PONG = '{"id":0,"code":0,"msg":"PONG"}'
COLON = "\uff1a"


def reply(text, number=1):
    return json.dumps({"id": number, "code": 0, "msg": text}, ensure_ascii=False)


def refusal(*names, tail=f".  Reason{COLON} Blocked! "):
    return f"Not Subscribed successfully! [{','.join(names)}]{tail}"


@pytest.fixture
def session():
    return opened(MEXC, *WANTED)


def test_what_comes_back_verbatim_is_accepted(session):
    """One reply may name several, in any order."""
    assert session.parse(reply(",".join(reversed(NAMES))), SEEN) == [Accepted(tuple(reversed(WANTED)))]


@pytest.mark.parametrize(
    "tail",
    [f".  Reason{COLON} Blocked! ", f". Reason{COLON} Blocked!", ".  Reason: Blocked! "],
)
def test_a_refusal_has_code_0_and_several_spellings(session, tail):
    """The prefix tells, the list in brackets names; the reason is a word of the venue's."""
    text = refusal(NAMES[2], tail=tail)
    expected = Rejected("Blocked", text, subscriptions=(WANTED[2],))
    assert session.parse(reply(text), SEEN) == [expected]


def test_several_channels_in_one_refusal(session):
    """Each one is named; a batch is not refused for one of them."""
    assert session.parse(reply(refusal(*NAMES[:2])), SEEN)[0].subscriptions == WANTED[:2]
    assert session.parse(reply(NAMES[2]), SEEN) == [Accepted(WANTED[2:])]


def test_two_replies_may_answer_one_request(session):
    """Some begin, the others are refused, and what begins goes on."""
    assert session.parse(reply(",".join(NAMES[:2])), SEEN) == [Accepted(WANTED[:2])]
    assert session.parse(reply(refusal(NAMES[2])), SEEN)[0].subscriptions == WANTED[2:]
    assert session.parse(say.deals(say.deal()), SEEN) != []


def test_a_refused_stream_is_never_asked_for_again(session):
    """Not on this connection: the venue calls everything blocked, and asking again never helps."""
    session.parse(reply(refusal(NAMES[2])), SEEN)
    assert session.update(WANTED) == []
    assert session.update(WANTED[:1]) == [
        json.dumps({"method": "UNSUBSCRIPTION", "params": [NAMES[1]], "id": 2}, separators=(",", ":"))
    ]
    assert NAMES[2] not in "".join(session.update(WANTED))


def test_what_no_answer_names_is_refused_by_the_second_pong(session):
    """The first PONG may answer a ping from before the request. Data count as an answer."""
    session.parse(reply(NAMES[0]), SEEN)
    session.parse(say.deals(say.deal(), code="REEFBTC"), SEEN)
    assert session.parse(PONG, SEEN) == [Accepted()]
    expected = Rejected("unanswered", "no answer named it", subscriptions=(WANTED[2],))
    assert session.parse(PONG, SEEN) == [expected]
    assert session.parse(PONG, SEEN) == [Accepted()]


def test_data_may_come_before_the_answer(session):
    """And an answer without an id counts as any other."""
    assert isinstance(session.parse(say.deals(say.deal()), SEEN)[0], Trade)
    assert session.parse(reply(NAMES[1], 0), SEEN) == [Accepted((WANTED[1],))]
    assert session.parse(json.dumps({"msg": NAMES[2]}), SEEN) == [Accepted((WANTED[2],))]


def test_the_echo_of_an_unsubscription_accepts_nothing(session):
    """It looks like an acceptance."""
    session.parse(reply(",".join(NAMES)), SEEN)
    session.update(WANTED[:1])
    assert session.parse(reply(",".join(NAMES[1:]), 2), SEEN) == [Accepted()]


def test_a_refused_ticker_stream_is_refused_for_all():
    """One stream carries every ticker."""
    wanted = tuple(Subscription("ticker", one) for one in (REEF, WAVE))
    session = MEXC.open(Endpoint(MEXC.ws_url, wanted))
    session.subscribe()
    assert session.parse(reply(refusal(say.MINIS)), SEEN)[0].subscriptions == wanted
    assert session.parse(say.minis(say.row()), SEEN) == []


def test_a_malformed_request_is_refused_as_a_whole(session):
    """By its id; without one it is about nothing that can be told."""
    told = session.parse(reply("msg format invalid"), SEEN)
    assert told == [Rejected("msg format invalid", "msg format invalid", subscriptions=tuple(sorted(WANTED)))]
    with pytest.raises(RemoteNonsense, match="msg format invalid"):
        session.parse(reply("msg format invalid", 0), SEEN)


def test_the_text_that_is_no_json(session):
    """A bad listen key, which only an operator's own address can hold, ends it all; other text is nonsense."""
    assert session.parse("Invalid listen key", SEEN) == [Rejected("Invalid listen key", "Invalid listen key")]
    for text in ("Hello", "", "[]", "{}", "5", '{"id":1,"code":0}', '{"msg":5}'):
        with pytest.raises(RemoteNonsense):
            session.parse(text, SEEN)


def test_words_that_nobody_knows_are_a_refusal_of_what_was_asked(session):
    """Whatever does not come back verbatim was not accepted."""
    told = session.parse(reply("Service is busy"), SEEN)
    assert told == [Rejected("refused", "Service is busy", subscriptions=tuple(sorted(WANTED)))]
    assert len(session._requests.open) == 0


def frames_of(count, base="C{}"):
    wanted = [Subscription("trade", Instrument(base.format(n), "USDT")) for n in range(count)]
    return MEXC.open(Endpoint(MEXC.ws_url, tuple(wanted))).subscribe()


@pytest.mark.parametrize("base", ["C{}", "LONGNAMED{}", "币安人生" * 9 + "{}", '"\\{}'])
def test_a_frame_has_at_most_18_names_and_1024_bytes(base):
    """However long the names are, and in whatever letters; nothing is left out."""
    frames = frames_of(30, base)
    said = [json.loads(frame) for frame in frames]
    assert sum(len(one["params"]) for one in said) == 30
    assert max(len(one["params"]) for one in said) <= 18
    assert max(len(frame.encode()) for frame in frames) <= 1024
    assert [one["id"] for one in said] == list(range(1, len(frames) + 1))


def test_a_full_connection_is_asked_for_in_two_frames():
    """Thirty ordinary names are about 1.5 kB."""
    assert [len(json.loads(frame)["params"]) for frame in frames_of(30)] in ([18, 12], [17, 13], [16, 14])


def test_the_old_leaves_before_the_new_comes(session):
    """The venue delivers thirty at most, and ignores what is one too many."""
    fresh = [Subscription("trade", Instrument(f"C{n}", "BTC")) for n in range(2)]
    said = [json.loads(frame)["method"] for frame in session.update([WANTED[0], *fresh])]
    assert said == ["UNSUBSCRIPTION", "SUBSCRIPTION"]


def test_it_pings_in_json_and_needs_a_pong_in_ten_seconds(session):
    """Frames of the protocol below may go unanswered here."""
    keepalive = session.keepalive
    assert (keepalive.every_s, keepalive.frame, keepalive.patience_s) == (15.0, '{"method":"PING"}', 25.0)
