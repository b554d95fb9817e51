"""Trouble that repeats is said seldom, and nothing that was left out is forgotten."""

from scanner.telemetry.log import Seldom


class Logger:
    """Keeps what it is told."""

    def __init__(self):
        self.lines = []

    def warning(self, event, **facts):
        self.lines.append((event, facts))


def test_each_kind_of_trouble_is_said_once_in_a_while_and_counts_what_was_left_out():
    """Ten seconds of silence for each event, not for all together."""
    logger, now = Logger(), [0.0]
    seldom = Seldom(logger, lambda: now[0], every_s=10.0)
    for second in (0, 1, 2, 9.9, 10, 11):
        now[0] = second
        seldom.warning("nonsense", sample=second)
    seldom.warning("dropped")
    assert logger.lines == [
        ("nonsense", {"sample": 0, "left_out": 0}),
        ("nonsense", {"sample": 10, "left_out": 3}),
        ("dropped", {"left_out": 0}),
    ]
