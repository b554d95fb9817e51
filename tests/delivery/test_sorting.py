"""One piece of news, its letters, and a reason for each of them."""

import pytest

from scanner.alerts.routes import Route
from scanner.alerts.routing import Routing
from scanner.delivery.post import Post
from scanner.delivery.sorting import Sorter
from scanner.model.news import Group, Notification
from scanner.sinks.base import ReceiverSettings
from tests.delivery.office import SECOND, START, alert, trouble


def sorter(*names, routes=None, mute=(), **settings):
    posts = {name: Post(name, None, ReceiverSettings(**settings)) for name in names}
    return Sorter(posts, Routing(routes or {}, (), names), mute)


def sort(news, sorter, now=START):
    return sorter.sort(Notification(news, now), (), now)


def test_each_receiver_of_the_route_has_a_letter_and_a_reason():
    routes = {"night": Route(receivers=("two",), severity="high")}
    found = sort(alert(severity="high"), sorter("one", "two", routes=routes))
    assert [(letter.receiver, letter.due, letter.group) for letter in found.letters] == [("two", START, "")]
    (decision,) = found.decisions
    assert (decision.outcome, decision.receiver, decision.story) == ("routed", "two", "story-0")
    assert decision.why.startswith("night: ")
    assert (decision.symbol, decision.exchange, decision.rule) == ("C0/KRW", "upbit", "pump")


def test_what_no_receiver_wants_is_unheard_with_each_one_s_reason():
    found = sort(alert(), sorter("one", "two", severity="high"))
    assert (found.outcome, found.letters) == ("unheard", ())
    assert [(decision.receiver, decision.outcome) for decision in found.decisions] == [("one", "mild"), ("two", "mild")]


def test_the_fourth_of_a_burst_says_how_long_it_waits_for_the_others():
    desk = sorter("one")
    *_, found = [sort(alert(number), desk, START + number * SECOND) for number in range(4)]
    (letter,) = found.letters
    assert letter.due == START + 10 * SECOND
    assert letter.group
    assert found.decisions[0].outcome == "grouped"
    assert found.decisions[0].why.startswith("more than 3 there within 10 s: told in one message in 7.0 s; ")


def test_troubles_are_never_gathered_and_speak_of_no_coin():
    desk = sorter("one")
    found = [sort(trouble(id=f"trouble-{number}"), desk) for number in range(9)]
    assert not any(each.letters[0].group for each in found)
    assert found[0].decisions[0].symbol == ""


def test_a_group_is_never_offered():
    with pytest.raises(TypeError, match="Group is made of letters"):
        sort(Group((alert(),)), sorter("one"))
