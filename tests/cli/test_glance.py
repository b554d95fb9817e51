"""Numbers are short and keep what matters; names from outside cannot steer a terminal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.cli.glance import compact, percent, price, printable, span


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (98_412_000.0, "98,412,000"),
        (12_345.6, "12,346"),
        (1234.5, "1,234.5"),
        (1.0, "1"),
        (0.0123456, "0.012346"),
        (0.0, "0"),
        (1e-9, "0.000000001"),
    ],
)
def test_a_price_keeps_five_digits_and_all_whole_ones(value, text):
    # Promise: a coin of 0.012 is as readable as one of a hundred million.
    assert price(value) == text


@given(st.floats(min_value=1e-8, max_value=1e12))
def test_a_price_is_right_to_four_digits(value):
    # Promise: what is shown is the price.
    assert float(price(value).replace(",", "")) == pytest.approx(value, rel=1e-4)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (789.0, "789"),
        (999.9, "1k"),
        (45_600_000.0, "45.6M"),
        (1.234e9, "1.23B"),
        (2e12, "2T"),
        (0.05, "0.05"),
    ],
)
def test_a_turnover_is_three_digits_and_a_unit(value, text):
    # Promise: eight columns hold any of them.
    assert compact(value) == text


@pytest.mark.parametrize(("share", "text"), [(0.0523, "+5.2%"), (-0.3, "-30.0%"), (0.0, "+0.0%")])
def test_a_change_has_its_sign(share, text):
    # Promise: up and down are told apart without colours.
    assert percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0 s"),
        (0.42, "0.4 s"),
        (12.9, "12 s"),
        (59.9, "59 s"),
        (185, "3m 05s"),
        (8040, "2h 14m"),
        (273600, "3d 04h"),
    ],
)
def test_a_span_has_at_most_two_units(seconds, text):
    # Promise: an age fits its column, however long.
    assert span(seconds) == text


@given(st.text())
def test_no_name_steers_the_terminal(text):
    # Promise: what a venue calls a coin is shown, not obeyed.
    assert all(sign.isprintable() for sign in printable(text))
    assert printable("리플 XRP") == "리플 XRP"
    assert printable("\x1b[31mred") == "·[31mred"
