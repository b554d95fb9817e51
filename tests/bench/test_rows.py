"""Figures become medians with their range, and ratios between contenders; nothing is lost on the way to JSON."""

import json
from statistics import median

from hypothesis import given
from hypothesis import strategies as st

from scanner.bench.rows import Row, machine, report

FIGURE = st.floats(min_value=0.001, max_value=1e9)


def row(measure="blast", **contenders):
    """A row of these CPU times, one for each pass."""
    made = Row(measure)
    for name, times in contenders.items():
        for time in times:
            made.note(name, {"cpu_us": time})
    return made


def test_a_row_tells_medians_and_the_range_they_come_from():
    """One wild pass moves the range and not the figure."""
    told = row(ours=[2.0, 90.0, 3.0]).as_json()
    assert told == {
        "measure": "blast",
        "ours": {"cpu_us": 3.0, "range": {"cpu_us": [2.0, 90.0]}},
        "peers": {},
        "ratios": {},
    }


def test_ratios_are_ours_to_theirs_of_medians():
    """Below one means that we are cheaper."""
    told = row(ours=[2.0, 4.0, 3.0], picows=[2.0, 2.0, 2.0], ccxt=[12.0, 1.0, 80.0]).as_json()
    assert told["ratios"] == {"picows": 1.5, "ccxt": 0.25}
    assert list(told["peers"]) == ["picows", "ccxt"]


def test_figures_without_a_counterpart_have_no_ratio():
    """A peer that tells no CPU time, a row that is not ours, a figure of nothing."""
    walls = row(ours=[2.0])
    walls.note("waiting", {"wall_s": 1.0})
    walls.note("free", {"cpu_us": 0.0})
    assert walls.as_json()["ratios"] == {}
    assert row(picows=[1.0]).as_json()["ours"] == {}
    assert row(picows=[1.0]).as_json()["ratios"] == {}


def test_a_figure_that_only_some_passes_tell_is_told_of_those():
    """Counts stay whole numbers."""
    some = Row("blast")
    some.note("ours", {"messages": 10})
    some.note("ours", {"messages": 10, "latency_p99_ms": 1.23456789})
    told = some.as_json()["ours"]
    assert told == {
        "messages": 10,
        "latency_p99_ms": 1.2346,
        "range": {"messages": [10, 10], "latency_p99_ms": [1.2346, 1.2346]},
    }
    assert isinstance(told["range"]["messages"][0], int)


@given(st.lists(FIGURE, min_size=1, max_size=9), st.lists(FIGURE, min_size=1, max_size=9))
def test_any_figures_keep_their_order(ours, theirs):
    """The median lies in its range, and a ratio says what the medians say."""
    told = row(ours=ours, peer=theirs).as_json()
    least, greatest = told["ours"]["range"]["cpu_us"]
    assert least <= told["ours"]["cpu_us"] <= greatest
    assert (least, greatest) == (round(min(ours), 4), round(max(ours), 4))
    if median(ours) >= 2 * median(theirs):
        assert told["ratios"].get("peer", 2.0) > 1.9
    json.dumps(told)


def test_a_report_is_one_object_that_json_can_write():
    """What was measured, how often, on what, and whatever else belongs to it."""
    told = report("ingest", 3, [row("paced", ours=[1.0])], versions={"picows": "1.2"})
    assert json.loads(json.dumps(told)) == told
    assert list(told) == ["bench", "passes", "machine", "versions", "rows"]
    assert (told["bench"], told["passes"], told["versions"]) == ("ingest", 3, {"picows": "1.2"})
    assert [one["measure"] for one in told["rows"]] == ["paced"]


def test_the_machine_is_named_without_naming_its_owner():
    """System, architecture, cores and Python; no host, user or path."""
    assert list(machine()) == ["system", "architecture", "cores", "python"]
    assert machine()["cores"] >= 1
