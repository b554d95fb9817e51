"""Silences: a small grammar, told in sentences where it is wrong, and what is hidden by what, and for how long."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.alerts.deadlines import until
from scanner.alerts.silences import MOST, Matcher, complaint, matching, parse, silence
from scanner.model.instrument import Instrument
from scanner.model.news import Trouble
from scanner.model.silence import Silence
from tests.alerts.signals import START, alert

SECOND = 1_000_000_000
HOUR = 3600 * SECOND
KST = timezone(timedelta(hours=9))
SILENT_VENUE = Trouble("1", "venue_silent", "high", "upbit is silent", {}, START, exchange="upbit")


def kept(*matchers, hours=1, name="s"):
    return Silence(name, matchers, START + hours * HOUR, "maintenance", START)


def hides(*matchers, news=None, receiver=""):
    return matching([kept(*matchers)], news or alert(), START, receiver) is not None


# The grammar.


@pytest.mark.parametrize(
    ("text", "matcher"),
    [
        ("symbol=DOGE/*", Matcher("symbol", "DOGE/*")),
        (" severity != critical ", Matcher("severity", "critical", negated=True)),
        ("EXCHANGE=up*", Matcher("exchange", "up*")),
        ("rule=pump", Matcher("rule", "pump")),
        ("kind=ops", Matcher("kind", "ops")),
        ("stage!=p[eu]*", Matcher("stage", "p[eu]*", negated=True)),
        ("receiver=my-pager", Matcher("receiver", "my-pager")),
        ("market=KRW", Matcher("market", "KRW")),
    ],
)
def test_a_matcher_is_a_key_a_sign_and_a_glob(text, matcher):
    assert parse(text) == matcher


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("DOGE", "'DOGE': expected a matcher such as symbol=DOGE/*, exchange=upbit or severity!=critical"),
        ("", "'': expected a matcher such as"),
        ("symbl=DOGE/*", "'symbl=DOGE/*': there is no 'symbl', expected one of symbol, exchange, "),
        ("symbl=DOGE/*", "; did you mean symbol?"),
        ("symbol=", "'symbol=': expected a glob of 1 to 100 characters after the sign"),
        ("symbol=~DOGE.*", "'symbol=~DOGE.*': expected a glob"),
        ("symbol==DOGE", "'symbol==DOGE': expected a symbol or glob"),
        ("symbol=KRW-DOGE", "'symbol=KRW-DOGE': expected a symbol or glob such as DOGE/*"),
        ("severity=hihg", "'severity=hihg': expected one of info, warning, high, critical; did you mean high?"),
        ("kind=trouble", "'kind=trouble': expected one of alert, ops"),
        (f"rule={'x' * 101}", "expected a glob of 1 to 100 characters"),
    ],
)
def test_what_is_no_matcher_is_told_in_a_sentence(text, told):
    # Promise: what was written, what was expected, and the nearest word.
    with pytest.raises(ValueError, match="expected") as caught:
        parse(text)
    assert told in str(caught.value)


@given(st.text(max_size=40) | st.from_regex(r"[a-z]{1,8} ?!?= ?.{0,20}", fullmatch=True))
def test_any_text_is_a_matcher_or_a_mistake(text):
    # Promise: nothing but ValueError comes of what an operator types; and what is read can be used.
    with suppress(ValueError):
        parse(text)
        hides(text)


@given(
    st.sampled_from(["symbol", "exchange", "rule", "severity", "stage", "market", "kind", "receiver"]),
    st.booleans(),
)
def test_a_star_fits_what_has_the_key_and_nothing_else(key, negated):
    # Promise: `key=*` fits whatever has the key, `key!=*` never anything.
    sign = "!=" if negated else "="
    assert hides(f"{key}{sign}*", receiver="pager") is not negated
    of_coins = key in {"symbol", "stage", "market"}
    assert hides(f"{key}{sign}*", news=SILENT_VENUE, receiver="pager") is (not negated and not of_coins)


# What is hidden.


@pytest.mark.parametrize(
    ("matchers", "hidden"),
    [
        (["symbol=ABC/*"], True),
        (["symbol=ABC"], True),
        (["symbol=DOGE/*"], False),
        (["symbol!=DOGE/*"], True),
        (["exchange=upbit"], True),
        (["exchange=bithumb"], False),
        (["rule=pump", "severity=warning"], True),
        (["rule=pump", "severity=critical"], False),
        (["severity!=critical", "market=krw"], True),
        (["stage=dump"], False),
        (["kind=alert"], True),
        (["kind=ops"], False),
    ],
)
def test_all_matchers_of_a_silence_have_to_fit(matchers, hidden):
    # Promise: one silence is an and, several silences are an or.
    assert hides(*matchers) is hidden
    others = [kept("symbol=ZZZ/*", name="other"), kept(*matchers)]
    assert (matching(others, alert(), START) is not None) is hidden


def test_a_silence_of_a_venue_is_about_the_one_that_led():
    # Promise: who follows does not decide, so that every telling of a story is heard or not, as its first was.
    story = alert(exchange="bithumb")
    assert hides("exchange=bithumb", news=story)
    assert not hides("exchange=upbit", news=story)


def test_the_scanner_s_own_troubles_are_hidden_only_by_name():
    # Promise: silencing every coin but one hides no word of a venue that is down.
    assert not hides("symbol!=BTC/*", news=SILENT_VENUE)
    assert not hides("market!=KRW", "severity=*", news=SILENT_VENUE)
    assert hides("rule=venue_silent", "exchange=upbit", news=SILENT_VENUE)
    assert not hides("exchange!=okx", news=Trouble("2", "clock_skew", "high", "our clock", {}, START))


def test_a_silence_may_be_one_receiver_s_alone():
    # Promise: who names a receiver is not heard by others, and does not hide anything from all.
    for matchers in (["receiver=pager"], ["receiver=pager", "symbol=ABC"]):
        assert hides(*matchers, receiver="pager")
        assert not hides(*matchers, receiver="slack")
        assert not hides(*matchers)
    assert not hides("receiver!=pager")
    assert hides("receiver!=pager", receiver="slack")


def test_a_silence_ends_with_its_moment():
    # Promise: until 10:00 means that 10:00 is heard.
    one = kept("symbol=ABC")
    assert matching([one], alert(), one.until - 1) is one
    assert matching([one], alert(), one.until) is None


def test_of_several_the_one_that_lasts_longest_is_named():
    # Promise: whoever asks when it is heard again gets the right answer.
    short, long = kept("symbol=ABC", hours=1), kept("rule=pump", hours=5)
    assert matching([short, long], alert(), START) is long
    assert matching([long, short], alert(), START) is long


def test_a_perpetual_is_silenced_with_its_coin():
    news = alert(instrument=Instrument("ABC", "USDT", "perpetual"))
    assert hides("symbol=ABC/*", news=news)
    assert hides("symbol=ABC/USDT:USDT", news=news)
    assert not hides("symbol=ABC/USDT", news=news)


# Keeping them.


def test_a_silence_is_made_of_matchers_that_can_be_read():
    # Promise: what is kept has an effect; its id is stable and its own.
    made = silence([" symbol=DOGE/* "], until=START + HOUR, comment=" delisting ", created=START, by="kim")
    assert made == Silence(made.id, ("symbol=DOGE/*",), START + HOUR, "delisting", START, "kim")
    assert made.id != silence(["symbol=DOGE/*"], until=START + 2 * HOUR, comment="", created=START).id
    assert complaint(made) == ""


@pytest.mark.parametrize(
    ("matchers", "until", "told"),
    [
        ([], START + 1, "0 matchers: expected 1 to 16"),
        (["symbol=A"] * (MOST + 1), START + 1, "17 matchers"),
        (["symbol=A", "nonsense"], START + 1, "'nonsense': expected a matcher"),
        (["symbol=A"], START, "over already"),
    ],
)
def test_what_would_be_no_silence_is_refused(matchers, until, told):
    with pytest.raises(ValueError, match=told):
        silence(matchers, until=until, comment="", created=START)


@pytest.mark.parametrize("matchers", [(), ("colour=red",), ("symbol=ABC", "colour=red")])
def test_a_silence_that_is_not_understood_hides_nothing_and_says_so(matchers):
    # Promise: what a newer scanner has written is no reason to hide more than was meant, nor passed over quietly.
    foreign = kept(*matchers, name="abc123")
    assert matching([foreign], alert(), START) is None
    assert "silence abc123" in complaint(foreign)
    assert "hides nothing" in complaint(foreign)


# Until when.


NOW = round(datetime(2026, 11, 21, 12, 30, tzinfo=UTC).timestamp()) * SECOND
"""21:30 in Seoul."""


@pytest.mark.parametrize(
    ("text", "after_s"),
    [
        ("2h", 7200),
        ("90m", 5400),
        ("1d", 86_400),
        ("1w", 604_800),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("0.5h", 1800),
        ("22:00", 1800),
        ("21:30", 86_400),
        ("7:00", 9.5 * 3600),
        ("2026-11-21 22:30", 3600),
        ("2026-11-21T14:30Z", 7200),
        ("2026-11-21T14:30:00-01:00", 10_800),
        ("2026-11-22", 2.5 * 3600),
    ],
)
def test_the_end_is_told_as_people_tell_it(text, after_s):
    # Promise: a duration, the next such time of day, or a date, by the operator's own clock.
    assert (until(text, NOW, KST) - NOW) / SECOND == after_s


@pytest.mark.parametrize(
    "text", ["", "soon", "2", "h", "-1h", "1y", "2h or so", "2026-13-01", "1.h", "0001-01-01T00:00"]
)
def test_what_is_no_time_is_told_with_examples(text):
    with pytest.raises(ValueError, match=r"expected a duration such as 2h, or a time such as 07:00|over already"):
        until(text, NOW, KST)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0s", "over already"),
        ("2026-11-21 21:30", "over already"),
        ("2026-01-01", "over already"),
        ("367d", "at most 366 days"),
        ("2030-01-01", "at most 366 days"),
        ("25:00", "from 0:00 to 23:59"),
    ],
)
def test_an_end_has_to_come_and_within_a_year(text, told):
    # Promise: what is hidden for good stands in the configuration, where others see it.
    with pytest.raises(ValueError, match=told):
        until(text, NOW, KST)


@given(st.text("0123456789:.-TZhmsd +", max_size=25), st.sampled_from([UTC, KST, ZoneInfo("Europe/Berlin")]))
def test_any_time_is_one_to_come_or_a_mistake(text, there):
    # Promise: nothing but ValueError, and never a moment of the past.
    with suppress(ValueError):
        assert NOW < until(text, NOW, there) <= NOW + 366 * 24 * HOUR
