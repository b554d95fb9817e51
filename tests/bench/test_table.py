"""A report for people says the same as the JSON: every measure, every contender, every figure, every ratio."""

import io

from rich.console import Console

from scanner.bench.rows import Row, report
from scanner.bench.table import show


def shown(told):
    """The words of the table, by line."""
    console = Console(file=io.StringIO(), width=200, color_system=None)
    show(told, console)
    return console.file.getvalue().splitlines()


def line(lines, name):
    """The cells of the one line in which a cell is this."""
    rows = [[cell.strip() for cell in text.strip("│┃").split("│")] for text in lines if "│" in text]
    (found,) = [cells for cells in rows if name in cells]
    return found


def two_contenders():
    row = Row("blast_trades")
    for cpu, theirs in ((7.0, 44.0), (7.5, 50.0), (6.0, 47.0)):
        row.note("ours", {"cpu_us": cpu, "messages": 50_000, "wall_s": 0.5})
        row.note("trio_websocket", {"cpu_us": theirs, "messages": 50_000, "wall_s": 2.0})
    return row


def test_every_contender_has_a_line_with_median_range_and_ratio():
    """The measure stands once, at ours; the ratio at whom we are compared with."""
    lines = shown(report("ingest", 3, [two_contenders()]))
    figures = "messages 50,000, wall_s 0.5"
    assert line(lines, "ours") == ["blast_trades", "ours", "7 (6 to 7.5)", figures, ""]
    assert line(lines, "trio_websocket") == ["", "trio_websocket", "47 (44 to 50)", figures.replace("0.5", "2"), "0.15"]


def test_title_and_caption_say_what_was_measured_on_what():
    """Peer versions stand beside the machine."""
    told = report("ingest", 3, [two_contenders()], versions={"picows": "1.2.3"})
    text = "\n".join(shown(told))
    assert "bench ingest, 3 passes, medians (least to greatest)" in text
    assert f"cores {told['machine']['cores']}" in text
    assert "picows 1.2.3" in text


def test_figures_without_cpu_are_shown_too():
    """A measure of memory has none; large numbers have their thousands apart."""
    row = Row("memory")
    row.note("ours", {"worker_kb": 12_345.678, "slope_kb": -0.25})
    assert line(shown(report("memory", 1, [row])), "ours") == [
        *("memory", "ours", "", "worker_kb 12,346, slope_kb -0.25", ""),
    ]


def test_a_report_of_nothing_is_an_empty_table():
    """And no error."""
    assert any("bench pipe" in text for text in shown(report("pipe", 1, [])))
