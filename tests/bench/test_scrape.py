"""What `/metrics` says becomes numbers that can be asked for by name and label."""

import pytest

from scanner.bench.scrape import Scrape

TEXT = """# HELP scanner_gaps_total Holes in the stream.
# TYPE scanner_gaps_total counter
scanner_gaps_total{channel="trade",exchange="upbit",reason="closed"} 2.0
scanner_gaps_total{channel="trade",exchange="bithumb",reason="closed"} 3.0
scanner_gaps_total{channel="ticker",exchange="upbit",reason="dropped"} 5.0
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 1.25
"""


def test_a_total_is_the_sum_of_all_series_with_these_labels():
    """No label means all of them, and what is not there is nothing."""
    look = Scrape.read(TEXT, at=7.5)
    assert look.at == 7.5
    assert look.total("scanner_gaps_total") == 10
    assert look.total("scanner_gaps_total", channel="trade") == 5
    assert look.total("scanner_gaps_total", channel="trade", exchange="upbit") == 2
    assert look.total("process_cpu_seconds_total") == 1.25
    assert look.total("scanner_gaps") == 0
    assert look.total("scanner_gaps_total", channel="orderbook") == 0


def test_what_is_no_exposition_is_told():
    """Such as a page of something else that listens there."""
    with pytest.raises(ValueError, match="invalid metric name"):
        Scrape.read("<html>not found</html>", at=0.0)
