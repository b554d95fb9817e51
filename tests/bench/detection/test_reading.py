"""Data that cannot be used is refused by file, line, finding and expectation."""

import pytest

from scanner.bench.detection.pumps import Pumps
from scanner.bench.detection.quiet import Quiet
from scanner.bench.detection.reading import BadData
from tests.bench.detection.hand_made import START, candles, pumps_folder, quiet_folder, zipped

LABEL = f"ABC_1,ABC,{START},{START}.0,True"
TRADE = f"ABC_1,{START},buy,0.5,2"


def complaint(read):
    with pytest.raises(BadData) as refused:
        list(read())
    return str(refused.value)


def test_a_folder_that_is_right_is_read(tmp_path):
    # Promise: label and trades come together; the onset as milliseconds; a control has none.
    folder = pumps_folder(tmp_path, [LABEL, f"ABC_2,ABC,{START},,False"], [TRADE, f"ABC_2,{START},sell,0.4,1"])
    (one, trades), (two, _) = Pumps(folder)
    assert (one.event, str(one.instrument), one.onset_ms) == ("ABC_1", "ABC/BTC", START)
    assert (list(trades.at_ms), list(trades.prices), list(trades.sizes), list(trades.buys)) == (
        [START],
        [0.5],
        [2.0],
        [1],
    )
    assert two.onset_ms is None


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f"ABC_1,{START},buy,nan,2", "price is 'nan', expected a number"),
        (f"ABC_1,{START},buy,0,2", "price is 0, expected a number above 0"),
        (f"ABC_1,{START},buy,0.5,-1", "amount is -1, expected a number above 0"),
        (f"ABC_1,{START},bid,0.5,2", "side is 'bid', expected buy or sell"),
        ("ABC_1,soon,buy,0.5,2", "ts_ms is 'soon', expected a number"),
        ("ABC_1,1,buy", "too few values, expected event, ts_ms, side, price, amount"),
    ],
)
def test_a_wrong_trade_is_named_by_its_line(tmp_path, row, problem):
    folder = pumps_folder(tmp_path, [LABEL], [TRADE, row])
    assert complaint(lambda: Pumps(folder)) == f"{folder / 'trades.csv.gz'}:3: {problem}"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (f"ABC_2,ABC,{START},{START},maybe", "is_pump is 'maybe', expected True or False or true or false"),
        (f"ABC_2,ABC,{START},,True", "onset_ms is '', expected a number"),
        (LABEL, "ABC_1 is listed twice"),
    ],
)
def test_a_wrong_label_is_named_by_its_line(tmp_path, row, problem):
    folder = pumps_folder(tmp_path, [LABEL, row], [TRADE])
    assert complaint(lambda: Pumps(folder)) == f"{folder / 'labels.csv'}:3: {problem}"


def test_an_event_that_begins_again_is_refused(tmp_path):
    # Promise: one event at a time is held, so one whose trades are scattered is told, not played in pieces.
    folder = pumps_folder(tmp_path, [LABEL], [TRADE, f"ABC_2,{START},buy,1,1", TRADE])
    assert "trades.csv.gz:4: ABC_1 begins again, expected its rows to stand together" in complaint(
        lambda: Pumps(folder)
    )


def test_a_label_without_trades_is_refused(tmp_path):
    # Promise: an event that is listed and was not recorded is no silent miss.
    folder = pumps_folder(tmp_path, [LABEL, f"XYZ_1,XYZ,{START},{START},True"], [TRADE])
    assert complaint(lambda: Pumps(folder)).endswith("no trades of XYZ_1, expected all that labels.csv lists")


def test_trades_without_a_label_are_passed_over_and_named(tmp_path):
    folder = pumps_folder(tmp_path, [LABEL], [f"XYZ_1,{START},buy,1,1", TRADE])
    source = Pumps(folder)
    assert [label.event for label, _ in source] == ["ABC_1"]
    assert source.unlabelled == ["XYZ_1"]


def test_a_missing_file_is_named(tmp_path):
    folder = pumps_folder(tmp_path, [LABEL], [TRADE])
    (folder / "trades.csv.gz").unlink()
    assert complaint(lambda: Pumps(folder)) == f"{folder / 'trades.csv.gz'}: no such file or directory"


def test_a_missing_column_is_named(tmp_path):
    folder = pumps_folder(tmp_path, [LABEL], [TRADE])
    zipped(folder / "trades.csv.gz", "event,ts_ms,price,amount", [])
    assert complaint(lambda: Pumps(folder)) == (
        f"{folder / 'trades.csv.gz'}:1: no column side, found event, ts_ms, price, amount, "
        "expected event, ts_ms, side, price, amount"
    )


@pytest.mark.parametrize("cut", [0, 5, 60])
def test_a_damaged_file_is_told_as_such(tmp_path, cut):
    # Promise: a download that broke off is no traceback.
    folder = pumps_folder(tmp_path, [LABEL], [TRADE] * 50)
    path = folder / "trades.csv.gz"
    path.write_bytes(path.read_bytes()[:cut])
    assert complaint(lambda: Pumps(folder)).startswith(str(path))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("1600000080,1,2,1.5,1,1,ADA", "low 1.5, open 1, close 1, high 2, expected low and high outermost"),
        ("1600000080,1,1,1,1,-1,ADA", "volume is -1, expected 0 or more"),
        ("1600000020,1,1,1,1,1,ADA", "minute_s is 1600000020, expected a later one than 1600000020"),
        (
            "1600000080,1,1,1,1,1,ADA_",
            "symbol is 'ADA_', expected one such as ADA, bnspot:ADA_BTC or bnfut:ADA_USDT_USDT",
        ),
    ],
)
def test_a_wrong_candle_is_named_by_its_line(tmp_path, row, problem):
    folder = quiet_folder(tmp_path, [*candles("ADA", 1), row], [])
    assert complaint(lambda: Quiet(folder, "binance")) == f"{folder / 'binance-1m.csv.gz'}:3: {problem}"
