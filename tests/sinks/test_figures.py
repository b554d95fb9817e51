"""Numbers are written as people read them, in both languages, and no number breaks a message."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.sinks.figures import UNKNOWN, Figures

ENGLISH, KOREAN = Figures("en"), Figures("ko", ZoneInfo("Asia/Seoul"))
NOON = 1_790_337_600_000_000_000
"""2026-09-25 12:00:00 UTC."""


@pytest.mark.parametrize(
    ("price", "told"),
    [
        (98_213_500.0, "98,213,500"),
        (98_213.5, "98,213.5"),
        (106.0, "106"),
        (1_174.6, "1,174.6"),
        (0.1, "0.1"),
        (0.000012345678, "0.0000123457"),
        (0.0, "0"),
        (-3.5, "-3.5"),
        (1e-15, "0"),
        (1e22, "1e+22"),
        (float("nan"), UNKNOWN),
        (float("inf"), UNKNOWN),
    ],
)
def test_a_price_shows_the_digits_that_count(price, told):
    assert ENGLISH.price(price) == told


@pytest.mark.parametrize(
    ("amount", "english", "korean"),
    [
        (950.0, "950 KRW", "950 원"),
        (12_300.0, "12K KRW", "1.2만 원"),
        (34_000_000.0, "34M KRW", "3,400만 원"),
        (1.2e9, "1.2B KRW", "12억 원"),
        (48e9, "48B KRW", "480억 원"),
        (9.9996e8, "1B KRW", "10억 원"),
        (99_999.9e3, "100M KRW", "1억 원"),
        (3.4e12, "3.4T KRW", "3.4조 원"),
        (0.0, "0 KRW", "0 원"),
        (float("nan"), UNKNOWN, UNKNOWN),
    ],
)
def test_money_is_told_by_its_size(amount, english, korean):
    """Koreans count by ten thousands: 1.2 billion is 12억."""
    assert (ENGLISH.money(amount, "KRW"), KOREAN.money(amount, "KRW")) == (english, korean)


def test_only_won_has_a_name_of_its_own():
    assert KOREAN.money(3.4e6, "USDT") == "340만 USDT"


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (0.4, "0.4 s", "0.4초"),
        (4.0, "4 s", "4초"),
        (62.0, "1 min 2 s", "1분 2초"),
        (120.0, "2 min", "2분"),
        (4_800.0, "1 h 20 min", "1시간 20분"),
        (3_600.4, "1 h", "1시간"),
        (273_600.0, "3 d 4 h", "3일 4시간"),
        (-75.0, "-1 min 15 s", "-1분 15초"),
        (float("inf"), UNKNOWN, UNKNOWN),
    ],
)
def test_a_length_of_time_is_told_by_its_two_largest_units(seconds, english, korean):
    assert (ENGLISH.duration(seconds), KOREAN.duration(seconds)) == (english, korean)


def test_changes_are_signed_and_shares_are_not():
    assert (ENGLISH.percent(0.051), KOREAN.percent(-0.051)) == ("+5.1 %", "-5.1%")
    assert (ENGLISH.share(0.904), KOREAN.share(0.9)) == ("90 %", "90%")
    assert (ENGLISH.times(3.44), ENGLISH.times(1_234.0)) == (
        "3.4\N{MULTIPLICATION SIGN}",
        "1,234\N{MULTIPLICATION SIGN}",
    )


def test_a_moment_is_told_on_the_receiver_s_clock():
    """Summer time included: Berlin is two hours ahead in September."""
    assert ENGLISH.time(NOON) == "12:00:00 UTC"
    assert KOREAN.time(NOON) == "21:00:00 KST"
    assert Figures("en", ZoneInfo("Europe/Berlin")).date(NOON) == "2026-09-25 14:00:00 CEST"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("peak_after_s", 62.0, "1 min 2 s"),
        ("peak_change", 0.142, "+14.2 %"),
        ("buy_share", 0.9, "90 %"),
        ("retrace", 0.61, "61 %"),
        ("turnover", 9.7e9, "9.7B"),
        ("peak_price", 1_341.2, "1,341.2"),
        ("escalations", 2, "2"),
        ("warm", False, "False"),
        ("leader", "upbit", "upbit"),
    ],
)
def test_a_fact_is_read_by_its_name(name, value, told):
    assert ENGLISH.fact(value, name) == told


def test_what_is_not_there_is_a_dash():
    """An ops alert has no price, and a template may ask for it all the same."""
    assert {read(None, *more) for read, *more in with_arguments(ENGLISH.filters())} == {UNKNOWN}


def with_arguments(filters):
    return [(read, "a") if name == "fact" else (read,) for name, read in filters.items()]


@given(st.floats() | st.integers(-(2**63), 2**63), st.sampled_from([ENGLISH, KOREAN]))
def test_every_number_is_told_in_a_few_letters(number, figures):
    """NaN and the largest ones too."""
    for name in ("price", "percent", "share", "times", "count", "money", "duration"):
        told = getattr(figures, name)(number)
        assert 0 < len(told) < 40, name


@given(st.integers(-(2**63), 2**63 - 1), st.sampled_from(["UTC", "Asia/Seoul", "America/St_Johns"]))
def test_every_moment_is_told(at, zone):
    assert len(Figures("en", ZoneInfo(zone)).date(at)) >= len("2026-11-21 00:00:00 X")


@given(st.floats(1e-9, 1e12))
def test_a_price_is_told_within_a_millionth_of_itself(price):
    """Six digits: nobody is misled by what is left out."""
    told = float(ENGLISH.price(price).replace(",", ""))
    assert abs(told - price) <= max(price * 1e-5, 1e-12)


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_length_of_time_is_told_to_a_sixtieth(length):
    """Two units: nothing that matters is left out."""
    units = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
    words = ENGLISH.duration(length.total_seconds()).replace(",", "").split()
    told = sum(float(number) * units[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    assert abs(told - length.total_seconds()) <= max(0.51, length.total_seconds() / 24)
