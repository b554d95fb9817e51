"""The way to a venue's REST side: weighed, counted, and shut for as long as the venue says no."""

import pytest
import trio

from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Request
from scanner.net.failure import Unreachable
from scanner.net.http import HttpFailed
from scanner.worker.ledger import Ledger
from scanner.worker.rest import WINDOW_S, Rest

BLOCK_S = 600.0


class Http:
    """Answers by script; remembers when it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.times = []

    async def get(self, _url, _params, _headers):
        await trio.lowlevel.checkpoint()
        self.times.append(trio.current_time())
        answer = self.answers.pop(0) if self.answers else b"[]"
        if isinstance(answer, Exception):
            raise answer
        return answer


def failed(status, retry_after=None):
    return HttpFailed("https://venue.test", f"HTTP {status}", status=status, retry_after=retry_after)


def way(http, *windows):
    door = Breaker(rest_s=BLOCK_S)
    return Rest(http, Limiter(windows), Ledger(), door, BLOCK_S), door


REQUEST = Request("https://venue.test/v1/all", weight=4)


async def test_heavy_calls_leave_room_as_the_venue_counts_it(autojump_clock):
    """Weight 4 of 10 in a second: two at once, the third a second later."""
    http = Http()
    rest, _ = way(http, (10, 1.0))
    start = trio.current_time()
    for _ in range(3):
        await rest.get(REQUEST)
    assert [time - start for time in http.times] == [0, 0, 1]


async def test_too_many_requests_shut_rest_until_the_date_and_leave_sockets_alone(autojump_clock):
    """429 with Retry-After: nobody even asks before; the error says how long."""
    http = Http(failed(429, 30.0))
    rest, door = way(http)
    with pytest.raises(Unreachable, match="429"):
        await rest.get(REQUEST)
    with pytest.raises(Unreachable, match=r"asked again in 30\.0 s") as refusal:
        await rest.get(REQUEST)
    assert refusal.value.retry_after == 30
    assert door.wait(trio.current_time()) == 0
    await trio.sleep(30)
    assert await rest.get(REQUEST) == b"[]"
    assert len(http.times) == 2


@pytest.mark.parametrize(("retry_after", "shut"), [(120.0, 120.0), (None, BLOCK_S), (2 * 86_400.0, 2 * 86_400.0)])
async def test_a_ban_shuts_the_door_for_everything(retry_after, shut, autojump_clock):
    """418: sockets stay away too, until its date, or for as long as this venue's bans are."""
    rest, door = way(Http(failed(418, retry_after)))
    with pytest.raises(Unreachable):
        await rest.get(REQUEST)
    assert door.wait(trio.current_time()) == pytest.approx(shut)


async def test_a_venue_that_keeps_refusing_is_asked_less_and_less(autojump_clock):
    """Without a date the fifth refusal in a row opens the breaker; a good answer closes it."""
    http = Http(*[failed(403)] * 5)
    rest, _ = way(http)
    for _ in range(5):
        with pytest.raises(Unreachable, match="403"):
            await rest.get(REQUEST)
        await trio.sleep(2)
    with pytest.raises(Unreachable, match="asked again"):
        await rest.get(REQUEST)
    await trio.sleep(15)
    assert await rest.get(REQUEST) == b"[]"


async def test_calls_are_counted_by_what_became_of_them(autojump_clock):
    """Failures that are nobody's refusal shut nothing."""
    http = Http(failed(500), b"1", failed(503), b"2")
    door = Breaker()
    ledger = Ledger()
    rest = Rest(http, Limiter(()), ledger, door, BLOCK_S)
    for _ in range(2):
        with pytest.raises(Unreachable):
            await rest.get(REQUEST)
        await rest.get(REQUEST)
    assert ledger.pulse(0).counters["requests"] == {"failed": 2, "ok": 2}


async def test_a_refusal_in_words_is_one_too(autojump_clock):
    """Some venues say no under HTTP 200: nobody asks again for the shortest window there is."""
    http = Http()
    rest, _ = way(http)
    await rest.get(REQUEST)
    rest.turned_away()
    with pytest.raises(Unreachable, match="asked again"):
        await rest.get(REQUEST)
    await trio.sleep(WINDOW_S)
    await rest.get(REQUEST)
    assert len(http.times) == 2
