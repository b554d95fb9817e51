"""A candle as four dated prints: their order, their sides, their volume."""

from scanner.bench.detection.quiet import Quiet, instrument
from tests.bench.detection.hand_made import quiet_folder


def prints(tmp_path, *rows, venue="binance"):
    folder = quiet_folder(tmp_path, rows, rows)
    return list(Quiet(folder, venue))


def test_a_rising_candle_goes_down_first(tmp_path):
    # Promise: open, low, high, close, 15 seconds apart from the start of the minute.
    (made,) = prints(tmp_path, "1600000020,10,13,9,12,8,bnspot:ADA_BTC")
    assert list(made.prices) == [10, 9, 13, 12]
    assert [at - 1_600_000_020_000 for at in made.at_ms] == [0, 15_000, 30_000, 45_000]
    assert (str(made.instrument), made.exchange, made.name) == ("ADA/BTC", "binance", "bnspot:ADA_BTC")


def test_a_falling_candle_goes_up_first(tmp_path):
    (made,) = prints(tmp_path, "1600000020,12,13,9,10,8,ADA")
    assert list(made.prices) == [12, 13, 9, 10]


def test_each_print_has_a_quarter_of_the_volume(tmp_path):
    # Promise: a volume in base currency is split as it is, one in quote currency at each print's own price.
    row = "1600000020,10,20,5,10,8,ADA"
    assert list(prints(tmp_path, row)[0].sizes) == [2.0, 2.0, 2.0, 2.0]
    assert list(prints(tmp_path, row, venue="bittrex")[0].sizes) == [0.2, 0.4, 0.1, 0.2]


def test_the_side_of_a_print_is_told_by_its_step(tmp_path):
    # Promise: up is a buy, down a sell, and a step of nothing has the side of the last one.
    (made,) = prints(
        tmp_path, "1600000020,10,13,9,13,8,ADA", "1600000080,13,13,13,13,8,ADA", "1600000140,9,9,9,9,8,ADA"
    )
    assert list(made.buys) == [1, 0, 1, 1] + [1] * 4 + [0] * 4


def test_a_minute_without_volume_has_no_print(tmp_path):
    (made,) = prints(tmp_path, "1600000020,10,10,10,10,0,ADA", "1600000080,10,10,10,10,4,ADA")
    assert len(made) == 4
    assert made.at_ms[0] == 1_600_000_080_000


def test_series_come_one_after_another(tmp_path):
    rows = [f"1600000020,1,1,1,1,4,{symbol}" for symbol in ("ADA", "bnspot:XRP_USDT", "bnfut:XRP_USDT_USDT")]
    assert [str(made.instrument) for made in prints(tmp_path, *rows)] == ["ADA/BTC", "XRP/USDT", "XRP/USDT:USDT"]


def test_a_perpetual_is_told_by_its_settlement():
    assert instrument("bnfut:ADA_USDT_USDT").kind == "perpetual"
    assert instrument("ADA").kind == "spot"
