"""The targets, on the real tapes: what the README's table says stays true."""

import pytest

from scanner.bench.detection.run import Plan, run
from tests.bench.detection.hand_made import fresh_engine


class Nobody:
    def progress(self, part, done, total):
        pass

    def told(self, alert):
        pass

    def note(self, text):
        pass


@pytest.fixture(scope="module")
def data(shared, tmp_path_factory):
    """The pumps alone: quiet months take minutes."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "pumps").symlink_to(shared / "data" / "pumps")
    return folder


def measured(data, feed):
    return run(Plan(data, feed, synthetic=False, peers=False), fresh_engine, Nobody())


def test_real_pumps_are_found_soon_and_little_else(data):
    # Promise: the numbers to reach, of all alerts and of the severe ones.
    report = measured(data, "trades")
    assert report.pumps.recall >= 0.95
    assert report.pumps.precision_strict >= 0.75
    assert report.pumps.precision_lenient >= 0.95
    assert report.pumps.delay_p50_s <= 1
    assert report.pumps.delay_p90_s <= 10
    assert report.pumps.noise_per_symbol_day <= 0.01
    assert report.pumps.duplicates_per_event <= 0.1
    assert report.high.recall >= 0.90
    assert report.high.precision_strict >= 0.93
    assert report.high.precision_lenient >= 0.99


def test_tickers_alone_find_most_of_them(data):
    # Promise: a venue without trades is watched, too, a little later and a little worse.
    report = measured(data, "tickers")
    assert report.pumps.recall >= 0.90
    assert report.pumps.precision_lenient >= 0.93
    assert report.pumps.delay_p90_s <= 15
