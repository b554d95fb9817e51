"""What the venues of the ticket family say about the conversation itself."""

import pytest

from scanner.exchanges.base import Accepted, Endpoint, Rejected, RemoteNonsense
from scanner.exchanges.registry import EXCHANGES

VENUES = ["upbit", "bithumb"]


def parse(venue, frame):
    return EXCHANGES[venue].open(Endpoint("wss://venue")).parse(frame, 7)


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "frame", ['{"status":"UP"}', b'{"status":"UP"}', ' { "status" : "UP" }\n', b'[{"status":"UP"}]']
)
def test_a_sign_of_life_is_no_market_data(venue, frame):
    """After a text PING the venue says every ten seconds that it is up."""
    assert parse(venue, frame) == [Accepted(())]


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(
    "frame",
    [
        '{"method":"LIST_SUBSCRIPTIONS","result":[{"type":"orderbook","codes":["KRW-WAVE"],"level":0}],"ticket":"t"}',
        '{"mthd":"LIST_SUBSCRIPTIONS","rslt":[{"ty":"trade","cds":["KRW-WAVE"]}],"tckt":"t"}',
        '[{"mthd":"LIST_SUBSCRIPTIONS","rslt":[],"tckt":"t"}]',
    ],
)
def test_a_list_of_subscriptions_in_the_middle_of_data_says_nothing_new(venue, frame):
    """Somebody may ask for it while debugging; it is not market data and no fault."""
    assert parse(venue, frame) == []


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("name", ["INVALID_AUTH", "WRONG_FORMAT", "NO_TICKET", "NO_TYPE", "NO_CODES", "INVALID_PARAM"])
def test_an_error_is_reported_in_the_words_of_the_venue(venue, name):
    """Name and message are passed on; asking again would not help, so it is no throttling."""
    message = "codes 필드가 비어 있습니다."
    expected = [Rejected(name, message, throttled=False)]
    text = f'{{"error":{{"name":"{name}","message":"{message}"}}}}'
    assert parse(venue, text) == expected
    assert parse(venue, text.encode()) == expected


@pytest.mark.parametrize(
    ("written", "reason", "throttled"),
    [
        ('"Too Many Requests"', "Too Many Requests", True),
        ('"TOO_MANY_REQUESTS"', "TOO_MANY_REQUESTS", True),
        ('"I\'m a teapot"', "I'm a teapot", True),
        ("429", "429", True),
        ('"418"', "418", True),
        ("404", "404", False),
        ('"4290"', "4290", False),
        ("null", "None", False),
    ],
)
@pytest.mark.parametrize("venue", VENUES)
def test_asking_too_often_is_told_apart(venue, written, reason, throttled):
    """Only waiting helps there. Names may be numbers."""
    frame = f'{{"error":{{"name":{written},"message":"slow down"}}}}'
    assert parse(venue, frame) == [Rejected(reason, "slow down", throttled)]


@pytest.mark.parametrize("frame", ["Too many API requests.", b"Too Many Requests", "I'm a teapot"])
@pytest.mark.parametrize("venue", VENUES)
def test_being_told_off_in_plain_words_is_understood(venue, frame):
    """The REST side answers in plain text; no page says in which form it reaches a socket."""
    [result] = parse(venue, frame)
    assert isinstance(result, Rejected)
    assert result.throttled


def test_a_long_complaint_is_cut():
    """The reason becomes a label and the text a log line: both are bounded."""
    [result] = parse("upbit", f'{{"error":{{"name":"{"N" * 5000}","message":"{"m" * 5000}"}}}}')
    assert len(result.reason) <= 200
    assert len(result.text) <= 200


@pytest.mark.parametrize("frame", ['{"error":"gone"}', '{"error":[]}', '{"error":{"name":{}}}', '{"result":1}'])
def test_an_error_of_another_shape_is_nonsense(frame):
    """Documented is an object with name and message."""
    with pytest.raises(RemoteNonsense):
        parse("upbit", frame)
