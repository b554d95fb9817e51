"""A full mailbox answers by its named policy, and whatever it loses is counted."""

import pytest
import trio
import trio.testing

from scanner.actors.mailbox import Mailbox, Policy


async def test_a_reader_takes_all_that_waits_in_one_wake_up():
    """Draining is what makes a batch of many cost about as much as one."""
    box: Mailbox[int] = Mailbox("numbers", 10)
    for number in range(7):
        box.put_nowait(number)
    assert len(box) == 7
    assert await box.drain() == list(range(7))
    assert len(box) == 0


async def test_wait_holds_the_sender_until_there_is_room(autojump_clock):
    """Pressure runs back to the source: the third item arrives only when the reader has made room, after 5 s."""
    box: Mailbox[str] = Mailbox("slow", 2, Policy.WAIT)
    times: list[float] = []

    async def send() -> None:
        for word in ("a", "b", "c"):
            await box.put(word)
            times.append(trio.current_time())

    start = trio.current_time()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(send)
        await trio.sleep(5)
        assert await box.drain() == ["a", "b", "c"]
    assert [time - start for time in times] == [0, 0, 5]
    assert box.dropped == 0


async def test_wait_never_drops_even_when_not_waited_for():
    """`put_nowait` on a full WAIT mailbox tells the sender instead of losing anything."""
    box: Mailbox[int] = Mailbox("full", 1, Policy.WAIT)
    box.put_nowait(1)
    with pytest.raises(trio.WouldBlock):
        box.put_nowait(2)
    assert await box.drain() == [1]


@pytest.mark.parametrize("policy", [Policy.WAIT, Policy.DROP_OLDEST])
async def test_an_offer_is_taken_where_there_is_room_and_costs_nobody_his_place(policy):
    lost: list[int] = []
    box: Mailbox[int] = Mailbox("full", 1, policy, on_drop=lost.append)
    assert [box.offer(number) for number in (1, 2)] == [True, False]
    assert await box.drain() == [1]
    assert (lost, box.dropped) == ([], 0)


async def test_an_offer_of_what_is_conflated_is_always_taken():
    box: Mailbox[tuple[str, int]] = Mailbox("prices", 5, Policy.CONFLATE, key=lambda price: price[0])
    assert [box.offer(price) for price in (("BTC", 1), ("BTC", 2))] == [True, True]
    assert await box.drain() == [("BTC", 2)]


async def test_drop_oldest_keeps_the_newest_and_names_the_lost():
    """The owner hears of each lost item, in order, so that it can put a gap in its place."""
    lost: list[int] = []
    box: Mailbox[int] = Mailbox("recent", 3, Policy.DROP_OLDEST, on_drop=lost.append)
    for number in range(5):
        await box.put(number)
    assert lost == [0, 1]
    assert box.dropped == 2
    assert await box.drain() == [2, 3, 4]


async def test_drop_oldest_waits_its_patience_before_it_drops(autojump_clock):
    """A short pause of the reader costs nothing; only after exactly the patience does the oldest go."""
    box: Mailbox[int] = Mailbox("patient", 1, Policy.DROP_OLDEST, patience=2.0)
    await box.put(1)
    start = trio.current_time()
    await box.put(2)
    assert trio.current_time() - start == 2.0
    assert box.dropped == 1
    assert await box.drain() == [2]


async def test_conflate_replaces_a_waiting_item_of_the_same_key():
    """A newer ticker says all that the waiting one said; order is that of the first wish for each key."""
    box: Mailbox[tuple[str, int]] = Mailbox("tickers", 2, Policy.CONFLATE, key=lambda item: item[0])
    for item in (("btc", 1), ("eth", 1), ("btc", 2)):
        await box.put(item)
    assert box.dropped == 0
    assert await box.drain() == [("btc", 2), ("eth", 1)]


async def test_conflate_gives_up_the_oldest_key_when_there_are_too_many():
    """The number of keys is bounded too."""
    lost: list[tuple[str, int]] = []
    box: Mailbox[tuple[str, int]] = Mailbox(
        "tickers", 2, Policy.CONFLATE, key=lambda item: item[0], on_drop=lost.append
    )
    for item in (("a", 1), ("b", 1), ("c", 1)):
        await box.put(item)
    assert lost == [("a", 1)]
    assert await box.drain() == [("b", 1), ("c", 1)]


async def test_a_closed_mailbox_is_read_to_its_end():
    """Closing says that nothing more comes, not that what came is forgotten."""
    box: Mailbox[int] = Mailbox("ending", 4)
    box.put_nowait(1)
    box.put_nowait(2)
    box.close()
    assert [batch async for batch in box] == [[1, 2]]
    with pytest.raises(trio.ClosedResourceError):
        box.put_nowait(3)


def test_a_key_and_conflate_belong_together():
    """A policy that cannot work is refused when the mailbox is made."""
    with pytest.raises(ValueError, match="CONFLATE"):
        Mailbox("wrong", 1, Policy.CONFLATE)
    with pytest.raises(ValueError, match="CONFLATE"):
        Mailbox("wrong", 1, Policy.WAIT, key=id)


@pytest.mark.parametrize("policy", [Policy.WAIT, Policy.DROP_OLDEST])
async def test_where_there_is_room_a_put_costs_no_turn_of_the_loop(policy):
    """The sender goes on at once, whoever else is ready to run; the reader has its turn when the sender waits."""
    box: Mailbox[int] = Mailbox("roomy", 3, policy, patience=2.0)
    taken: list[int] = []

    async def read() -> None:
        async for items in box:
            taken.extend(items)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(read)
        await trio.testing.wait_all_tasks_blocked()
        for number in range(3):
            await box.put(number)
        assert taken == []
        box.close()
    assert taken == [0, 1, 2]


@pytest.mark.parametrize("policy", [Policy.WAIT, Policy.DROP_OLDEST])
async def test_a_cancelled_sender_leaves_nothing(policy):
    """Room or no room."""
    box: Mailbox[int] = Mailbox("roomy", 3, policy)
    with trio.CancelScope() as scope:
        scope.cancel()
        await box.put(1)
    assert scope.cancelled_caught
    assert len(box) == 0


async def test_a_put_into_a_closed_mailbox_is_refused():
    """By every policy."""
    for policy, key in ((Policy.WAIT, None), (Policy.DROP_OLDEST, None), (Policy.CONFLATE, hash)):
        box: Mailbox[int] = Mailbox("closed", 3, policy, key=key)
        box.close()
        with pytest.raises(trio.ClosedResourceError):
            await box.put(1)


async def test_room_is_made_though_others_wait_for_it():
    """Each of them takes the room that one item leaves, so that as many go; nobody falls, and the order holds."""
    lost: list[int] = []
    box: Mailbox[int] = Mailbox("jammed", 2, Policy.DROP_OLDEST, patience=2.0, on_drop=lost.append)
    for number in (1, 2):
        box.put_nowait(number)
    async with trio.open_nursery() as nursery:
        for number in (3, 4):
            nursery.start_soon(box.put, number)
            await trio.testing.wait_all_tasks_blocked()
        box.put_nowait(5)
    assert lost == [1, 2, 3]
    assert await box.drain() == [4, 5]
